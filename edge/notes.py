"""What was said last between the gateway and its devices: a terminal's stamp, the last record asked
for, a registration. Notes are kept after what they speak of is durable, so dying in between asks a
device again, and duplicates are told by their ids: losing this file costs time and no event.
"""

import os
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

from core.errors import EnvironmentFault
from core.store.queries import queries
from core.store.recorder import storage_error, transaction
from core.store.wal import Checkpoints, asking, demand

_SQL = queries(Path(__file__).with_name("notes.sql"))
_MOST = 20_000  # notes; names in their keys come off the wire
_KEY, _VALUE = 300, 4_000  # characters
_ALL = 4_000_000  # of all together: they are in memory


class Notes:
    """Owns notes.db; any thread. All notes are in memory: they are asked for at every request."""

    def __init__(self, path: Path, most: int = _MOST, characters: int = _ALL) -> None:
        """EnvironmentFault when it is not there as it was written: it is never begun anew."""
        self._path, self._most, self._characters = path, most, characters
        self._lock = threading.Lock()
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            ask = asking(self._db)
            demand(ask, str(path))
            self._checkpoints = Checkpoints(ask, str(path))
            self._db.execute(_SQL["create"])
            self._db.execute(_SQL["index"])
            self._notes: dict[str, str] = dict(self._db.execute(_SQL["all"]).fetchall())
            self._size = sum(len(key) + len(value) for key, value in self._notes.items())
            self._used: int = self._db.execute(_SQL["last"]).fetchone()[0]
        except (OSError, sqlite3.Error) as error:
            raise EnvironmentFault(
                f"{path}: cannot be opened: {error}. Move it away: devices are then asked again "
                "for what is here already, which does no harm."
            ) from error

    def get(self, key: str) -> str:
        """Empty when nothing was noted."""
        return self._notes.get(key, "")

    def keep(self, notes: Mapping[str, str]) -> None:
        """Durable when this returns. DiskFull, FatalError: as everywhere. The oldest make room."""
        with self._lock:
            new = {
                key: value
                for key, value in notes.items()
                if len(key) <= _KEY and len(value) <= _VALUE and self._notes.get(key) != value
            }
            if not new:
                return
            forgotten: list[str] = []
            try:
                with transaction(self._db):
                    for used, (key, value) in enumerate(new.items(), self._used + 1):
                        self._db.execute(_SQL["keep"], (key, value, used))
                    if len(self._notes) + len(new) > self._most:
                        rows = self._db.execute(_SQL["forget"], (self._most,)).fetchall()
                        forgotten = [key for (key,) in rows]
                    size = self._size + sum(
                        len(value) - len(self._notes[key])
                        if key in self._notes
                        else len(key) + len(value)
                        for key, value in new.items()
                    )
                    size -= sum(
                        len(key) + len(new.get(key, self._notes.get(key, ""))) for key in forgotten
                    )
                    while size > self._characters:
                        ((key, value),) = self._db.execute(_SQL["forget_oldest"]).fetchall()
                        size -= len(key) + len(value)
                        forgotten.append(key)
                self._checkpoints.committed(sum(map(len, new.values())))
            except sqlite3.Error as error:
                raise storage_error(f"notes {self._path}", error) from error
            self._used += len(new)
            self._notes.update(new)
            self._size = size
            for key in forgotten:
                self._notes.pop(key, None)

    def drop(self, prefix: str) -> None:
        """All whose key begins so. DiskFull, FatalError: as everywhere."""
        with self._lock:
            gone = [key for key in self._notes if key.startswith(prefix)]
            try:
                with transaction(self._db):
                    self._db.executemany(_SQL["drop"], [(key,) for key in gone])
            except sqlite3.Error as error:
                raise storage_error(f"notes {self._path}", error) from error
            for key in gone:
                self._size -= len(key) + len(self._notes.pop(key))

    def close(self) -> None:
        self._db.close()
