"""EventStore on PostgreSQL: the hub's log, shared by the processes that follow it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from psycopg import Connection
from psycopg.errors import LockNotAvailable
from psycopg.rows import dict_row, tuple_row

from core.errors import EnvironmentFault, FatalError, Unavailable
from core.postgres import settings
from core.postgres.database import Database, Role
from core.postgres.faults import told
from core.postgres.migrate import migrate
from core.postgres.pool import Pool
from core.store.port import Conflict
from core.store.postgres_recorder import SQL, BinaryCursor, DurableRecorder

MIGRATIONS = Path(__file__).with_name("migrations")
_CHUNK = 256
_READERS = 8
_SESSION = {"search_path": "pg_catalog", "lock_timeout": "15s"}
# Held by the session that appends, for as long as the server keeps that session. Who gets it
# knows that nothing an earlier connection sent will still be committed.
_WRITER = 0x6D656E7765690002


class PostgresLog:
    """Reads, in a role that may."""

    def __init__(self, database: Database, role: Role = Role.PROJECT) -> None:
        self._database = database
        self._readers = Pool(lambda: session(database, role), _READERS)

    def read(self, after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
        found: list[Notification] = []
        size = 0
        while len(found) < limit and (size < max_bytes or not found):
            start = found[-1].id if found else after
            chunk = min(_CHUNK, limit - len(found))
            page = self._rows("read", start, chunk, max(max_bytes - size, 1))
            found += map(_notification, page)
            size += sum(len(row["state"]) for row in page)
            if len(page) < chunk:
                break
        return found

    def frames(self, after: int, limit: int, max_bytes: int) -> Sequence[tuple[int, bytes]]:
        with self._readers.connection() as connection, told("event store"):
            cursor = BinaryCursor(connection, row_factory=tuple_row)
            cursor.execute(SQL["frames"].encode(), (after, limit, max(max_bytes, 1)), prepare=True)
            return cursor.fetchall()

    def head(self) -> int:
        return _number(self._rows("head"))

    def journals(self) -> Sequence[Notification]:
        return [_notification(row) for row in self._rows("journals")]

    def get(self, journal: UUID, number: int) -> StoredEvent | None:
        rows = self._rows("get", journal, number)
        return StoredEvent(**rows[0]) if rows else None

    def position_at(self, moment: datetime) -> int:
        rows = self._rows("position_at", round(moment.timestamp() * 1_000_000))
        return _number(rows) if rows else 0

    def received_at(self, position: int) -> datetime | None:
        rows = self._rows("received_at", position)
        return datetime.fromtimestamp(_number(rows) / 1_000_000, UTC) if rows else None

    def close(self) -> None:
        self._readers.close()

    def _rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self._readers.connection() as connection, told("event store"):
            return _execute(connection, query, *values)


class PostgresEventStore(PostgresLog):
    """Owns the right to append to this database's log, through one connection."""

    def __init__(self, database: Database) -> None:
        """EnvironmentFault when the server's settings would lose what was receipted, when the
        schema is another version's, and when another process appends to this log."""
        super().__init__(database, Role.INGEST)
        with closing(database.connect(Role.OWNER)) as owner:  # before anything is made there
            settings.demand(settings.read(owner), str(database))
        migrate(database, "log", MIGRATIONS)
        self._writer = Pool(self._begin, 1)
        self._recorder = DurableRecorder(self._writer)
        self._advance = threading.Lock()
        self._wakes: list[Callable[[int], None]] = []
        self._head: int | None = None
        self._known = 0  # highest position that was ever told to be committed
        with ExitStack() as unless_it_opens:
            unless_it_opens.callback(self.close)
            self.head()
            unless_it_opens.pop_all()

    def append(self, batches: Sequence[StoredEvent], received: datetime) -> Sequence[int]:
        # Whole milliseconds, as times are written everywhere: asked for the time it was told,
        # a reader finds the same position again.
        at = int(received.timestamp() * 1000) * 1000
        if not batches:
            return ()
        try:
            positions = self._recorder.insert_events(batches, received_us=at)
        except IntegrityError as error:
            raise Conflict(str(error)) from error
        except Unavailable:
            with self._advance:
                self._head = None  # it may be there
            raise
        with self._advance:  # two appenders may come back in either order
            head = self._head = self._known = max(self._known, positions[-1])
        for wake in self._wakes:
            wake(head)
        return positions

    def head(self) -> int:
        head = self._head
        if head is not None:
            return head
        # On the connection that appends: it is ours only once the one before it has ended.
        with self._writer.connection() as connection, told("event store"):
            found = _number(_execute(connection, "head"))
        with self._advance:
            self._head = self._known = max(self._known, found)
            return self._head

    def journals(self) -> Sequence[Notification]:
        self.head()  # asked after an outage, it is answered when nothing can change it any more
        return super().journals()

    def get(self, journal: UUID, number: int) -> StoredEvent | None:
        self.head()
        return super().get(journal, number)

    def subscribe(self, wake: Callable[[int], None]) -> None:
        self._wakes.append(wake)

    def close(self) -> None:
        super().close()
        self._writer.close()

    def _begin(self) -> Connection[Any]:
        """The connection that appends; a server that came back may be another one, or set
        otherwise."""
        connection = session(self._database, Role.INGEST)
        with ExitStack() as unless_it_may:
            unless_it_may.callback(connection.close)
            found = settings.read(connection)
            settings.demand(found, str(self._database))
            self._claim(connection, found.synchronous_commit)
            self._demand_all(connection)
            unless_it_may.pop_all()
        return connection

    def _demand_all(self, connection: Connection[Any]) -> None:
        """A standby that was behind, or an old copy, may have taken the server's place. Whoever
        appends would leave a hole behind what is gone: all of us have to look again (I8)."""
        with told("event store"):
            found = _number(_execute(connection, "head"))
        if found < self._known:
            raise FatalError(
                f"{self._database}: the log ends at position {found}, and {self._known} was "
                "committed: the server lost the rest, in a failover or a restore"
            )

    def _claim(self, connection: Connection[Any], level: str) -> None:
        with told("event store"):
            try:
                # For this session, whatever the server is set to from now on.
                connection.execute("SELECT set_config('synchronous_commit', %s, false)", (level,))
                connection.execute("SELECT pg_advisory_lock(%s)", (_WRITER,))
            except LockNotAvailable as error:
                raise EnvironmentFault(
                    f"{self._database}: another process appends to this log. Stop the other hub: "
                    "pg_stat_activity shows it as application `menwei ingest`."
                ) from error


def session(database: Database, role: Role) -> Connection[Any]:
    """On the log; rows by name, frames as bytes."""
    return database.connect(
        role, settings=_SESSION, row_factory=dict_row, cursor_factory=BinaryCursor
    )


def _execute(connection: Connection[Any], query: str, *values: object) -> list[dict[str, Any]]:
    return connection.execute(SQL[query].encode(), values, prepare=True).fetchall()


def _number(rows: Sequence[Mapping[str, Any]]) -> int:
    (value,) = rows[0].values()
    return int(value)


def _notification(row: Mapping[str, Any]) -> Notification:
    return Notification(
        id=row["notification_id"],
        originator_id=row["originator_id"],
        originator_version=row["originator_version"],
        topic=row["topic"],
        state=row["state"],
    )
