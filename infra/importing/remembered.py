"""Which files were imported, and the ids of what was in them. Written when a file is in the log,
by who took it; believed as far as the log still has the batch that the file ended with: a log that
was restored from an older backup has lost what is remembered here."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from core.errors import EnvironmentFault
from core.store.port import Log
from core.store.queries import queries
from core.store.recorder import checkpointed, sqlite_code, storage_error, transaction
from core.store.wal import Checkpoints, asking, demand
from infra.importing.staging import IDS, MANIFEST, Manifest, Standing

_SQL = queries(Path(__file__).with_name("remembered.sql"))
REMEMBERED = "remembered.db"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Remembered:
    """Owns remembered.db; one connection."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / REMEMBERED
        try:
            uri = f"{self._path.absolute().as_uri()}?mode=rwc"
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None)
            ask = asking(self._db)
            demand(ask, str(self._path))
            self._checkpoints = Checkpoints(ask, str(self._path))
            for name in ("create_files", "create_known"):
                self._db.execute(_SQL[name])
        except sqlite3.Error as error:
            raise EnvironmentFault(f"{self._path}: cannot be opened ({error}).") from error

    def runs(self, log: Log) -> set[str]:
        """Of the files that are in the log; what is not is forgotten."""
        found: set[str] = set()
        for n, run, *last in self._asked("files"):
            if Standing(*last).stands(log):
                found.add(run)
                continue
            with self._changing():
                self._db.execute(_SQL["forget_known"], (n,))
                self._db.execute(_SQL["forget_file"], (n,))
        return found

    def add(self, manifest: Manifest) -> None:
        """Durable when this returns; twice is once, also when the ids have been removed since.
        EnvironmentFault: they are not whole."""
        last = msgspec.structs.astuple(manifest.last)
        if self._asked("has_file", (manifest.run, *last)) == [(1,)]:
            return
        ids = (self._folder / IDS).absolute().as_uri()
        try:
            self._db.execute("ATTACH ? AS staged", (f"{ids}?mode=ro",))
        except sqlite3.Error as error:
            raise EnvironmentFault(
                f"{self._folder / IDS}: cannot be read ({error}). All that was staged is in the "
                "log: remove staged.json."
            ) from error
        try:
            with self._changing():
                self._db.execute(_SQL["add_file"], (manifest.run, *last))
                n = self._db.execute(_SQL["number_of"], (manifest.run,)).fetchone()
                self._db.execute(_SQL["add_known"], n)
        finally:
            self._db.execute("DETACH staged")

    def _asked(self, name: str, parameters: Sequence[object] = ()) -> list[Any]:
        try:
            return self._db.execute(_SQL[name], parameters).fetchall()
        except sqlite3.Error as error:
            raise EnvironmentFault(f"{self._path}: cannot be read ({error}).") from error

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        try:
            with transaction(self._db):
                yield
            checkpointed(self._checkpoints, 0)
        except sqlite3.Error as error:
            if sqlite_code(error) & 0xFF in _DAMAGED:  # found while reading: nothing has changed
                raise EnvironmentFault(
                    f"{self._path} or {IDS} beside it is damaged ({error}). The log has all that "
                    f"was staged: restore {REMEMBERED} from backup, or remove {MANIFEST}."
                ) from error
            raise storage_error(str(self._path), error) from error
