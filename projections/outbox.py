"""What the rows concluded of alarms becomes the hub's own record, once: raised, escalated, cleared.

A row of kind "untold" asks for it, and goes when the view has read what was written.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice

from core.clock import Clock, parse_rfc3339, rfc3339
from core.event import Data, Event, source_of
from core.events.alarm import Cleared, Escalated, Raised
from core.moment import millis
from core.ownjournal import GATEWAY
from projections.alarms.row import UNTOLD, Untold
from projections.changes import Changes, Name
from projections.responses import Responses
from projections.runner import Runner

DEVICE = "alarms"  # the device part of the sources of these events
_AT_ONCE = 1000  # events of one append


class Outbox:
    """Owns what is to be told. One thread at a time.

    Dying after the append is safe: the row is told again only if it is still there once the views
    have read everything that was appended before. After an outage the same ids are appended.
    """

    def __init__(
        self,
        runner: Runner,
        head: Callable[[], int],
        append: Callable[[Sequence[Event]], int],
        clock: Clock,
        responses: Responses,
    ) -> None:
        self._append = append
        self._clock = clock
        self._responses = responses
        self._began = clock.now()
        self._changes = Changes(runner, head, UNTOLD)
        self._untold: dict[Name, Untold] = {}
        self._told: set[Name] = set()  # until the views have read it

    @property
    def waiting(self) -> bool:
        """Whether a tick may have something to do; costs nothing."""
        return bool(self._untold) or self._changes.any

    def tick(self) -> bool:
        """Whether there is more. Blocks for one fsync when there is something to tell. DiskFull,
        Unavailable: ask again later."""
        self._learn()
        if not self._untold:
            return False
        now = self._clock.now()
        telling = dict(islice(self._untold.items(), _AT_ONCE))
        self._append([_event(name, row, now) for name, row in telling.items()])
        for name, row in telling.items():
            del self._untold[name]
            self._told.add(name)
            self._measure(row, now)
        return bool(self._untold)

    def _learn(self) -> None:
        found = self._changes.take()
        if self._changes.anew:
            self._untold.clear()
            self._told.clear()
        for name, row in found:
            if not isinstance(row, Untold):
                self._untold.pop(name, None)
                self._told.discard(name)
            elif name not in self._told:
                self._untold[name] = row

    def _measure(self, row: Untold, now: datetime) -> None:
        """Only of what was news: late facts, and what waited for a hub that was off, say nothing
        about how quickly this one answers. Every event has its own figure."""
        if row.what != "raised" or row.late or not row.recorded:
            return
        if parse_rfc3339(row.recorded) >= self._began:
            self._responses.observe(row.priority, _waited_ms(row, now) / 1000)


def _event(name: Name, row: Untold, now: datetime) -> Event:
    data = _data(row, now)
    return Event(
        id=f"{row.what}:{name.digest()}",
        source=source_of(name.compound, GATEWAY, DEVICE),
        type=data.TYPE,
        subject=f"alarm/{row.kind}",
        time=row.at,
        recordedtime=rfc3339(now),
        timequality="device-zone",  # when it was so, by whoever told
        correlationid=row.alarm,
        causationid=row.cause,
        data=data,
    )


def _data(row: Untold, now: datetime) -> Data:
    match row.what:
        case "raised":
            return Raised(
                alarm=row.alarm,
                kind=row.kind,
                priority=row.priority,
                causes=row.causes,
                gb_method=row.gb_method,
                gb_type=row.gb_type,
                rules=row.rules,
                response_ms=_waited_ms(row, now),
                late=row.late,
            )
        case "escalated":
            return Escalated(alarm=row.alarm, level=row.level, to=row.to, due=row.at)
        case "cleared":
            return Cleared(alarm=row.alarm, reason=row.reason or "fact", at=row.at)


def _waited_ms(row: Untold, now: datetime) -> int:
    """By the two clocks as they are; never less than nothing."""
    return max(0, millis(rfc3339(now)) - millis(row.recorded)) if row.recorded else 0
