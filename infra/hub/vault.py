"""Files of the hub that name persons: sealed, 0600, whole or not there."""

import os
from pathlib import Path

import zstandard
from cryptography.exceptions import InvalidTag

from core.durable import sync_directory
from core.errors import FatalError
from core.keys import write_secret
from core.keystore import KeyStore

_NONCE = 12
_MOST = 16 * 1024 * 1024  # bytes in the clear


class Vault:
    """Owns one folder, sealed with one key of the hub's key store: destroying it erases them all.

    The key is asked for once, at start: the store is used by one thread at a time, and later by
    the hub's own journal.
    """

    def __init__(self, folder: Path, keys: KeyStore, kid: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._cipher = keys.cipher(kid)
        keys.flush()

    def names(self, under: str) -> list[str]:
        folder = self.folder / under
        return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []

    def write(self, name: str, plain: bytes) -> None:
        """Durable when this returns; a power cut leaves the old file or the new one."""
        nonce = os.urandom(_NONCE)
        packed = zstandard.ZstdCompressor(level=3).compress(plain)
        sealed = nonce + self._cipher.encrypt(nonce, packed, name.encode())
        write_secret(self.folder / name, sealed)

    def read(self, name: str) -> bytes | None:
        """None where there is none. FatalError for one that is not what was written (I8)."""
        path = self.folder / name
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            packed = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
            return zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MOST)
        except (InvalidTag, ValueError, zstandard.ZstdError) as error:
            raise FatalError(
                f"{path}: not what this hub wrote, or its key is gone. Restore it with keys.db."
            ) from error

    def remove(self, name: str) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_directory(path.parent)
