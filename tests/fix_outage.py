"""A store behind a line that breaks: what was asked may be done, or not, or be done later."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import TypeVar
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent

from core.errors import Unavailable
from core.store.port import EventStore

Result = TypeVar("Result")


class Fault(Enum):
    BEFORE = "before the commit"
    AFTER = "after the commit, before the answer"
    LATE = "on its way: committed when the next append comes"


class Outages:
    """The real store, except that append number `at` (from 0) meets `fault`, and that the `away`
    calls after it find nobody."""

    def __init__(
        self, real: EventStore, at: int | None = None, fault: Fault = Fault.BEFORE, away: int = 0
    ) -> None:
        self._real = real
        self._at, self._fault, self._away = at, fault, away
        self._late: tuple[Sequence[StoredEvent], datetime] | None = None
        self.appends = 0
        self.unanswered = 0

    def append(self, batches: Sequence[StoredEvent], received: datetime) -> Sequence[int]:
        if self._late is not None:
            late, self._late = self._late, None
            self._real.append(*late)
        number, self.appends = self.appends, self.appends + 1
        if number != self._at:
            return self._answered(lambda: self._real.append(batches, received))
        if self._fault is Fault.AFTER:
            self._real.append(batches, received)
        elif self._fault is Fault.LATE:
            self._late = batches, received
        self.unanswered += 1
        raise Unavailable("the connection broke")

    def _answered(self, run: Callable[[], Result]) -> Result:
        if self._at is not None and self.appends > self._at and self._away:
            self._away -= 1
            self.unanswered += 1
            raise Unavailable("nobody answers")
        return run()

    def journals(self) -> Sequence[Notification]:
        return self._answered(self._real.journals)

    def get(self, journal: UUID, number: int) -> StoredEvent | None:
        return self._answered(lambda: self._real.get(journal, number))

    def read(self, after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
        return self._answered(lambda: self._real.read(after, limit, max_bytes))

    def frames(self, after: int, limit: int, max_bytes: int) -> Sequence[tuple[int, bytes]]:
        return self._answered(lambda: self._real.frames(after, limit, max_bytes))

    def head(self) -> int:
        return self._answered(self._real.head)

    def position_at(self, moment: datetime) -> int:
        return self._answered(lambda: self._real.position_at(moment))

    def received_at(self, position: int) -> datetime | None:
        return self._answered(lambda: self._real.received_at(position))

    def subscribe(self, wake: Callable[[int], None]) -> None:
        self._real.subscribe(wake)

    def close(self) -> None:
        self._real.close()
