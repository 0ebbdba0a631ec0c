"""Files by the SHA-256 of their content: what is read back is what was put there, or nothing."""

import hashlib
from pathlib import Path

from core import durable


class Shelf:
    """Owns its folder. Dying while putting leaves the file whole or not there at all; one that
    nothing names is in nobody's way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Its name; durable when this returns. DiskFull: it is not there, and whoever asks again
        once there is room gets it."""
        name = digest(content)
        with durable.room(self._folder):
            if self.get(name) is None:
                self._folder.mkdir(exist_ok=True)
                durable.put(self._folder / name, content, 0o640)
                durable.sync_directory(self._folder.parent)
        return name

    def get(self, name: str) -> bytes | None:
        """None where it is not there, or is no longer what it was."""
        try:
            content = Path(self._folder, name).read_bytes() if name else b""
        except FileNotFoundError:
            return None
        return content if digest(content) == name else None


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
