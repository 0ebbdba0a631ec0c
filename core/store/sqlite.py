"""EventStore on one SQLite file: the hub's log when no PostgreSQL is configured."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.sqlite import SQLiteCursor

from core.store.queries import queries
from core.store.recorder import DurableRecorder, fatal_storage, open_reader, open_writer

_SQL = queries(Path(__file__).with_name("sqlite.sql"))
_CHUNK = 64


class SQLiteLog:
    """Read-only connections to a log.db, of this process or another one."""

    def __init__(self, path: Path) -> None:
        self._reader = open_reader(path)

    def read(self, after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
        found: list[Notification] = []
        size = 0
        while len(found) < limit and (size < max_bytes or not found):
            start = found[-1].id if found else after
            with fatal_storage():
                page = self._reader.select_notifications(
                    start, min(_CHUNK, limit - len(found)), inclusive_of_start=False
                )
            for notification in page:
                found.append(notification)
                size += len(notification.state)
                if size >= max_bytes:
                    break
            if len(page) < _CHUNK:
                break
        return found

    def frames(self, after: int, limit: int, max_bytes: int) -> Sequence[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        size = 0
        with self._reader.reading() as c:
            c.execute(_SQL["frames"], (after, limit))
            while (not found or size < max_bytes) and (row := c.fetchone()) is not None:
                found.append((row[0], row[1]))
                size += len(row[1])
        return found

    def head(self) -> int:
        with fatal_storage():
            return self._reader.max_notification_id() or 0

    def journals(self) -> Sequence[Notification]:
        with self._reader.reading() as c:
            c.execute(_SQL["journals"])
            return [
                Notification(
                    id=row["rowid"],
                    originator_id=UUID(row["originator_id"]),
                    originator_version=row["originator_version"],
                    topic=row["topic"],
                    state=row["state"],
                )
                for row in c.fetchall()
            ]

    def get(self, journal: UUID, number: int) -> StoredEvent | None:
        with fatal_storage():
            found = self._reader.select_events(journal, gt=number - 1, lte=number)
        return found[0] if found else None

    def position_at(self, moment: datetime) -> int:
        at = round(moment.timestamp() * 1_000_000)
        with self._reader.reading() as c:
            c.execute(_SQL["position_at"], (at,))
            row = c.fetchone()
        return row[0] if row else 0

    def received_at(self, position: int) -> datetime | None:
        with self._reader.reading() as c:
            c.execute(_SQL["received_at"], (position,))
            row = c.fetchone()
        return datetime.fromtimestamp(row[0] / 1_000_000, UTC) if row else None

    def close(self) -> None:
        self._reader.datastore.close()


class SQLiteEventStore(SQLiteLog):
    """Owns log.db: the only writer, and read-only connections for everybody else's reads."""

    def __init__(self, path: Path) -> None:
        self._writer: DurableRecorder = open_writer(path, _SQL["create_arrivals"])
        super().__init__(path)
        self._advance = threading.Lock()
        self._wakes: list[Callable[[int], None]] = []
        self._head = super().head()

    def append(self, batches: Sequence[StoredEvent], received: datetime) -> Sequence[int]:
        # Whole milliseconds, as times are written everywhere: asked for the time it was told,
        # a reader finds the same position again.
        at = int(received.timestamp() * 1000) * 1000

        def arrivals(c: SQLiteCursor, positions: Sequence[int]) -> None:
            c.executemany(_SQL["insert_arrival"], [(position, at) for position in positions])

        positions = self._writer.append(batches, beside=arrivals)
        if positions:
            with self._advance:  # two appenders may come back in either order
                self._head = max(self._head, positions[-1])
            for wake in self._wakes:
                wake(self._head)
        return positions

    def head(self) -> int:
        return self._head

    def subscribe(self, wake: Callable[[int], None]) -> None:
        self._wakes.append(wake)

    def close(self) -> None:
        super().close()
        self._writer.datastore.close()
