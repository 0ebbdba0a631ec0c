"""The eventsourcing library's PostgreSQL recorder with what we promise on top: an append is one
statement, told apart from an outage, and never repeated by itself.

The library repeats a call ten times when the connection breaks, which would turn a commit whose
answer was lost into a conflict; draws positions from a sequence, which has holes; and sends what
it inserts through psycopg's pipeline, which hangs above some 480 kB.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, Cursor
from psycopg.errors import UniqueViolation
from psycopg.pq import Format

from core.errors import FatalError
from core.postgres import faults
from core.postgres.pool import Pool
from core.store.queries import queries

SCHEMA = "log"
SQL = queries(Path(__file__).with_name("postgres.sql"))
_APPEND = SQL["append"].encode()


class BinaryCursor(Cursor[Any]):
    """Frames come as they are, not as hexadecimal text."""

    def __init__(self, connection: Connection[Any], **options: Any) -> None:
        super().__init__(connection, **options)
        self.format = Format.BINARY


class DurableDatastore(PostgresDatastore):
    """The library's datastore on a pool of ours. Errors are ours but for IntegrityError."""

    def __init__(self, pool: Pool) -> None:
        self.schema = SCHEMA
        self.originator_id_type = "uuid"
        self.single_row_tracking = True
        self.lock_timeout = 0
        self.enable_db_functions = False
        self.db_type_names: set[str] = set()
        self.psycopg_type_adapters = {}
        self.psycopg_python_types = {}
        self.pool = pool  # type: ignore[assignment]

    def register_type_adapters(self) -> None:
        """Batches go in as arrays of their columns, which need no composite type."""

    @contextmanager
    def get_connection(self) -> Iterator[Connection[Any]]:
        with self.pool.connection() as connection:
            try:
                yield connection
            except UniqueViolation as error:
                raise IntegrityError(str(error).partition("\n")[0]) from error
            except psycopg.Error as error:
                raise faults.of(error, "event store") from error


class DurableRecorder(PostgresApplicationRecorder):
    """Tables, types and functions are made by migrations/, not by `create_table`."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(DurableDatastore(pool))

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, received_us: int | None = None, **_: Any
    ) -> Sequence[int]:
        """Their positions. IntegrityError when one is there already."""
        if not stored_events:
            return ()
        columns = (
            [event.originator_id for event in stored_events],
            [event.originator_version for event in stored_events],
            [event.topic for event in stored_events],
            [event.state for event in stored_events],
        )
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor()
            row = cursor.execute(_APPEND, (*columns, received_us), prepare=True).fetchone()
        if row is None:
            raise FatalError("event store: no position was given")
        first: int = row["first"]
        return [*range(first, first + len(stored_events))]

    def subscribe(self, *_: Any, **__: Any) -> NoReturn:
        """NOTIFY would take a lock of the whole server at every commit."""
        raise NotImplementedError
