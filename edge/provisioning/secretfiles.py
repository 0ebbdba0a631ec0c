"""DATA/secrets: passwords and secrets that were told of while the agent ran, one a file, mode 0600.

A changed one is a new file under a new name, so that whoever names it (devices.toml) changes from
the one to the other whole; what nobody names any more is removed. Dying in between leaves a file
that nobody names, until the next start.
"""

import secrets
from collections.abc import Collection
from pathlib import Path

from core import durable

FOLDER = "secrets"


class SecretFiles:
    def __init__(self, folder: Path) -> None:
        self._root, self._folder = folder, folder / FOLDER

    def keep(self, device: str, what: str, secret: str) -> str:
        """Where it is from here on, from the data folder; durable when it returns. OSError."""
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700)
            durable.sync_directory(self._root)
        name = f"{device}-{secrets.token_hex(4)}.{what}"
        durable.put(self._folder / name, secret, 0o600)
        return f"{FOLDER}/{name}"

    def sweep(self, named: Collection[str]) -> None:
        """All but those. OSError."""
        if not self._folder.is_dir():
            return
        for file in self._folder.iterdir():
            if f"{FOLDER}/{file.name}" not in named:
                file.unlink(missing_ok=True)
