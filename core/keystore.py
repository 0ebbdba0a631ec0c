"""Keys for personal data, in a file of their own beside the log: destroying one is erasure (I3).

One AES-256-GCM key per subject × purpose × month. A key is on disk before the first event
sealed with it is: `flush` runs before the journal's commit. If we die between the two, an
unused key remains, which harms nothing.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import EnvironmentFault
from core.store.recorder import checkpointed, storage_error, transaction
from core.store.wal import Checkpoints, asking, demand

_SCHEMA = """
CREATE TABLE IF NOT EXISTS reference_key (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB);
CREATE TABLE IF NOT EXISTS keys (kid TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID;
"""
_CACHE = 20_000  # keys held in memory; a compound's residents × purposes fit
_CIPHERS = 2_048  # ... and ready for use, 2.5 kB each


class KeyStore:
    """Owns keys.db; one connection, used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise EnvironmentFault(
                f"{path}: the key store cannot be opened ({error.strerror}). Check permissions."
            ) from error
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        with _fatal(path):
            ask = asking(self._db)
            demand(ask, str(path))
            self._checkpoints = Checkpoints(ask, str(path))
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.executescript(_SCHEMA)
            row = self._db.execute("SELECT key FROM reference_key").fetchone()
            if row is None:
                row = (secrets.token_bytes(32),)
                self._db.execute("INSERT INTO reference_key VALUES (1, ?)", row)
        self._path = path
        self.reference_key: bytes = row[0]
        self._cache: dict[str, bytes] = {}
        self._ciphers: dict[str, AESGCM] = {}
        self._unsaved: dict[str, bytes] = {}

    def key(self, kid: str) -> bytes:
        """The key, made now if there is none. Not durable before `flush`."""
        found = self._cache.get(kid)
        if found is None:
            found = self.find(kid)
            if found is None:
                found = self._unsaved[kid] = secrets.token_bytes(32)
            if len(self._cache) >= _CACHE:
                self._cache.clear()
            self._cache[kid] = found
        return found

    def cipher(self, kid: str) -> AESGCM:
        """With the key that `key` gives; making one takes longer than using it."""
        found = self._ciphers.get(kid)
        if found is None:
            if len(self._ciphers) >= _CIPHERS:
                self._ciphers.clear()
            found = self._ciphers[kid] = AESGCM(self.key(kid))
        return found

    def find(self, kid: str) -> bytes | None:
        """The key, or None if it never was or has been shredded."""
        if kid in self._unsaved:
            return self._unsaved[kid]
        with _fatal(self._path):
            row = self._db.execute("SELECT key FROM keys WHERE kid = ?", (kid,)).fetchone()
        return row[0] if row else None

    def destroy(self, kid: str) -> bool:
        """Erasure (I3): what this key sealed can never be read again. False if there was none.

        Durable when this returns; the freed page is overwritten (secure_delete).
        """
        self._cache.pop(kid, None)
        self._ciphers.pop(kid, None)
        unsaved = self._unsaved.pop(kid, None) is not None
        with _fatal(self._path):
            stored = self._db.execute("DELETE FROM keys WHERE kid = ?", (kid,)).rowcount > 0
            if stored:
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return unsaved or stored

    def flush(self) -> None:
        """Commit and sync keys made since the last flush; nothing to do costs nothing. DiskFull
        changes nothing: the keys wait for the next flush."""
        if not self._unsaved:
            return
        with _fatal(self._path), transaction(self._db):
            self._db.executemany("INSERT INTO keys VALUES (?, ?)", list(self._unsaved.items()))
        with _fatal(self._path):
            checkpointed(self._checkpoints, 0)
        self._unsaved.clear()

    def close(self) -> None:
        self._db.close()


def look(path: Path, kid: str) -> bytes | None:
    """A key that is on disk, for a thread that has no key store; None where there is none."""
    with _fatal(path), closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        row = db.execute("SELECT key FROM keys WHERE kid = ?", (kid,)).fetchone()
    return row[0] if row else None


@contextmanager
def _fatal(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise storage_error(f"key store {path}", error) from error
