"""Faults at chosen steps: of the one SQLite connection that writes, and of a whole store."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent

from core.errors import FatalError
from core.store.port import EventStore
from core.store.sqlite import SQLiteEventStore

Result = TypeVar("Result")


class Plan:
    """Fails at step `at` (counted from 0), before or after it is done.

    `dead`: the machine is gone with it, so nothing after the fault is done either, not even a
    rollback. Otherwise the process lives on for as long as it takes to stop.
    """

    def __init__(self, at: int | None = None, *, after: bool = False, dead: bool = False) -> None:
        self.steps: list[str] = []
        self._at, self._after, self._dead = at, after, dead
        self._gone = False

    def step(self, name: str, run: Callable[[], Result]) -> Result:
        if self._gone and self._dead:
            raise sqlite3.OperationalError("machine is gone")
        now = not self._gone and len(self.steps) == self._at
        self.steps.append(name)
        self._gone = self._gone or now
        if now and not self._after:
            raise sqlite3.OperationalError(f"disk I/O error before {name}")
        result = run()
        if now:
            raise sqlite3.OperationalError(f"disk I/O error after {name}")
        return result


class _Cursor:
    def __init__(self, cursor: sqlite3.Cursor, plan: Plan) -> None:
        self._cursor, self._plan = cursor, plan

    def execute(self, statement: str, *parameters: Any) -> None:
        name = " ".join(statement.split()[:3])
        self._plan.step(name, lambda: self._cursor.execute(statement, *parameters))

    def executemany(self, statement: str, *parameters: Any) -> None:
        name = " ".join(statement.split()[:3])
        self._plan.step(name, lambda: self._cursor.executemany(statement, *parameters))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class _Connection:
    def __init__(self, connection: sqlite3.Connection, plan: Plan) -> None:
        self._connection, self._plan = connection, plan

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection.cursor(), self._plan)

    def commit(self) -> None:
        self._plan.step("COMMIT", self._connection.commit)

    def rollback(self) -> None:
        self._plan.step("ROLLBACK", self._connection.rollback)

    def close(self) -> None:
        # What a dying process does to the file: nothing. SQLite rolls back at the next open.
        self._connection.close()


def inject(store: SQLiteEventStore, plan: Plan) -> None:
    """From now on every statement of the writing connection is a step of `plan`."""
    (pooled,) = store._writer.datastore.pool._pool
    connection: Any = _Connection(pooled._sqlite_conn, plan)
    pooled._sqlite_conn = connection


class FaultyStore:
    """An EventStore whose named operation fails once, before or after the real one."""

    def __init__(self, real: EventStore, operation: str, *, after: bool) -> None:
        self._real, self._operation, self._after = real, operation, after
        self.failed = False

    def _do(self, operation: str, run: Callable[[], Result]) -> Result:
        if operation != self._operation or self.failed:
            return run()
        self.failed = True
        if self._after:
            run()
        raise FatalError(f"injected at {operation}")

    def append(self, batches: Sequence[StoredEvent], received: datetime) -> Sequence[int]:
        return self._do("append", lambda: self._real.append(batches, received))

    def journals(self) -> Sequence[Notification]:
        return self._do("journals", self._real.journals)

    def get(self, journal: UUID, number: int) -> StoredEvent | None:
        return self._do("get", lambda: self._real.get(journal, number))

    def read(self, after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
        return self._real.read(after, limit, max_bytes)

    def frames(self, after: int, limit: int, max_bytes: int) -> Sequence[tuple[int, bytes]]:
        return self._real.frames(after, limit, max_bytes)

    def head(self) -> int:
        return self._real.head()

    def position_at(self, moment: datetime) -> int:
        return self._real.position_at(moment)

    def received_at(self, position: int) -> datetime | None:
        return self._real.received_at(position)

    def subscribe(self, wake: Callable[[int], None]) -> None:
        self._real.subscribe(wake)

    def close(self) -> None:
        self._real.close()
