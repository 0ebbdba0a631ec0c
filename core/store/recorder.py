"""The eventsourcing library's SQLite recorder with what we promise on top: FULL sync, one writer.

One connection per file both writes and checkpoints, so no SQLite build's WAL-reset
bug (3.7.0-3.51.2, two connections writing or checkpointing) can be met; readers open the
file read-only and can do neither. `synchronous` is set and asserted because the library
leaves it to the build's default.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from core.errors import DiskFull, EnvironmentFault, FatalError
from core.store.port import Conflict
from core.store.wal import Checkpoints, demand

log = logging.getLogger("store")

Beside = Callable[[SQLiteCursor, Sequence[int]], None]


class _DurablePool(SQLiteConnectionPool):
    def _create_connection(self) -> SQLiteConnection:
        self.is_journal_mode_wal = True  # the library would not look whether the change succeeded
        connection = super()._create_connection()
        if not self.is_sqlite_memory_mode:
            demand(lambda pragma: _ask(connection, pragma), self.db_name)
            # Persons are sealed in here: what is given up need not be overwritten page by page,
            # for which a full disk would have no room.
            _ask(connection, "PRAGMA secure_delete=OFF")
        return connection


def _ask(connection: SQLiteConnection, pragma: str) -> object:
    cursor = connection.cursor()
    cursor.execute(pragma)
    rows = cursor.fetchall()  # to the end: there a change of mode is committed
    return rows[0][0] if rows else None


class DurableDatastore(SQLiteDatastore):
    """`writer=True`: the one connection of this file. Otherwise up to four read-only ones."""

    def __init__(
        self,
        path: str,
        *,
        writer: bool,
        id_type: Literal["uuid", "text"] = "uuid",
    ) -> None:
        self.originator_id_type = id_type
        self.single_row_tracking = True
        memory = SQLiteConnectionPool.detect_memory_mode(path)
        pool = _DurablePool if writer else SQLiteConnectionPool
        self.pool = pool(
            db_name=path if memory or path.startswith("file:") else _uri(path, writer),
            pool_size=1 if writer else 4,
            max_overflow=0,
            pool_timeout=30.0,
        )


class DurableRecorder(SQLiteApplicationRecorder):
    """`beside` runs in the same transaction as the insert: what must commit with a batch."""

    def __init__(self, datastore: DurableDatastore) -> None:
        super().__init__(datastore)
        self._checkpoints = Checkpoints(self._pragma, path_of(datastore.pool.db_name))

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        beside: Beside | None = None,
        **kwargs: Any,
    ) -> Sequence[int] | None:
        positions = super()._insert_events(c, stored_events, **kwargs)
        if beside is not None:
            beside(c, positions or ())
        return positions

    def append(self, batches: Sequence[StoredEvent], beside: Beside | None = None) -> Sequence[int]:
        """Conflict if one is there already; FatalError if storage fails (I8)."""
        try:
            positions = self.insert_events(batches, beside=beside) or ()
            self.committed(sum(len(batch.state) for batch in batches))
            return positions
        except IntegrityError as error:
            raise Conflict(str(error)) from error
        except (PersistenceError, sqlite3.Error) as error:
            raise storage_error("event store", error) from error

    def committed(self, size: int) -> None:
        """After each commit of `size` bytes: the checkpoint, when it is time."""
        with fatal_storage():
            checkpointed(self._checkpoints, size)

    def checkpoint(self) -> None:
        """At once, whatever is in the WAL."""
        with fatal_storage():
            self._pragma("PRAGMA wal_checkpoint(TRUNCATE)")

    def _pragma(self, pragma: str) -> object:
        with self.datastore.get_connection(commit=True) as connection:
            return _ask(connection, pragma)

    def insert(self, c: SQLiteCursor, batches: Sequence[StoredEvent]) -> None:
        """Within the caller's transaction."""
        super()._insert_events(c, batches)

    @contextmanager
    def reading(self) -> Iterator[SQLiteCursor]:
        """A read transaction; FatalError when the file does not give back what it holds."""
        with fatal_storage(), self.datastore.transaction(commit=False) as cursor:
            yield cursor


@contextmanager
def fatal_storage() -> Iterator[None]:
    """Storage failing under us is fatal, in whichever of the two ways it is told."""
    try:
        yield
    except (PersistenceError, sqlite3.Error) as error:
        raise storage_error("event store", error) from error


def storage_error(what: str, error: BaseException) -> FatalError:
    """DiskFull where SQLite rolled back for want of room (of the file or of its -shm); anything
    else, a failed sync above all, leaves the file in a state only a restart can judge."""
    code = sqlite_code(error)
    kind = DiskFull if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE) else FatalError
    return kind(f"{what}: {error}")


def checkpointed(checkpoints: Checkpoints, size: int) -> None:
    """A full disk only puts a checkpoint off: the commit stands. Raises any other failure, after
    which it is not known what is on disk."""
    try:
        checkpoints.committed(size)
    except sqlite3.Error as error:
        if not isinstance(storage_error("checkpoint", error), DiskFull):
            raise
        log.warning("checkpoint put off: %s", error)


def sqlite_code(error: BaseException) -> int:
    """SQLite's extended result code, through the library's wrapping; 0 when it is none of his."""
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "sqlite_errorcode", None)
        if isinstance(code, int):
            return code
        cause = cause.__cause__
    return 0


def open_writer(path: Path, *tables: str) -> DurableRecorder:
    """The file is made if it is not there; it is never reset, renamed or recreated (I8).
    `tables`: statements that make what stands beside the events."""
    try:
        recorder = DurableRecorder(DurableDatastore(str(path), writer=True))
        recorder.create_table()
        for statement in tables:
            with recorder.datastore.transaction(commit=True) as c:
                c.execute(statement)
    except (PersistenceError, sqlite3.Error) as error:
        raise EnvironmentFault(
            f"{path}: cannot be opened as an event store: {error}. "
            "Check permissions and free space; keep a damaged file and restore from backup."
        ) from error
    return recorder


def open_reader(path: Path) -> DurableRecorder:
    return DurableRecorder(DurableDatastore(str(path), writer=False))


def path_of(name: str) -> str:
    """Of the file that a connection's URI names."""
    return unquote(urlsplit(name).path) if name.startswith("file:") else name


def _uri(path: str, writer: bool) -> str:
    return f"{Path(path).absolute().as_uri()}?mode={'rwc' if writer else 'ro'}"


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """BEGIN … COMMIT on an autocommit connection; rolled back when the body or the commit fails,
    so that it may be tried again when there is room."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:  # either of the two has failed
            db.execute("ROLLBACK")
