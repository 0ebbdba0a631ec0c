"""The checkpoints a log has signed, with the cosignatures that came for them, and when."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from core.store import wal
from core.store.queries import queries
from core.store.recorder import checkpointed, storage_error, transaction
from core.tlog import checkpoint
from core.tlog.checkpoint import Checkpoint

_SQL = queries(Path(__file__).with_name("checkpoints.sql"))
_ALL = timedelta(hours=1)  # of which every one is kept
_MINUTES = timedelta(days=30)  # of which one a minute is; of what is older one an hour
_THIN = timedelta(hours=1)
_ROW = 4_000  # bytes, about


class Dated(msgspec.Struct, frozen=True):
    """`at`: when the log signed it, by the hub's clock."""

    at: datetime
    checkpoint: Checkpoint


class Checkpoints:
    """Owns checkpoints.db; one connection, used by one thread at a time. DiskFull changes
    nothing; other failures are fatal (I8)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thinned: datetime | None = None
        with self._fatal():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            ask = wal.asking(self._db)
            wal.demand(ask, str(path))
            self._wal = wal.Checkpoints(ask, str(path))
            self._db.execute(_SQL["create"])

    def put(self, one: Dated) -> None:
        """Durable when this returns; in place of one of the same size, whose time stays."""
        found, at = one.checkpoint, one.at
        cosigned = any(by.name != found.head.origin for by in found.note.signatures)
        row = (found.head.size, _us(at), cosigned, found.encode())
        due = self._thinned is None or abs(at - self._thinned) >= _THIN
        with self._fatal(), transaction(self._db):
            self._db.execute(_SQL["put"], row)
            if due:
                bounds = {"all": _us(at - _ALL), "minutes": _us(at - _MINUTES)}
                self._db.execute(_SQL["thin"], bounds)
        if due:
            self._thinned = at
        with self._fatal():
            checkpointed(self._wal, _ROW)

    def newest(self) -> Dated | None:
        return self._one("newest")

    def of(self, size: int) -> Dated | None:
        return self._one("of", size)

    def since(self, moment: datetime) -> Sequence[Dated]:
        with self._fatal():
            return [_dated(*row) for row in self._db.execute(_SQL["since"], (_us(moment),))]

    def close(self) -> None:
        self._db.close()

    def _one(self, query: str, *values: int) -> Dated | None:
        with self._fatal():
            row = self._db.execute(_SQL[query], values).fetchone()
        return _dated(*row) if row else None

    @contextmanager
    def _fatal(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise storage_error(str(self._path), error) from error


def last(path: Path) -> Dated | None:
    """Of a file that somebody else may be writing to; None when there is none. FatalError when
    it cannot be read."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            row = db.execute(_SQL["newest"]).fetchone()
    except sqlite3.Error as error:
        raise storage_error(str(path), error) from error
    return _dated(*row) if row else None


def _dated(at_us: int, note: bytes) -> Dated:
    return Dated(datetime.fromtimestamp(at_us / 1_000_000, UTC), checkpoint.parse(note))


def _us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
