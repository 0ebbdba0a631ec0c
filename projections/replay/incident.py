"""Which part of the log an alarm is the story of."""

from datetime import timedelta

import msgspec

from core.moment import millis
from core.store.port import Log
from projections.alarms.row import CLOSED, KIND, Alarm
from projections.view import Kinds

AROUND = timedelta(minutes=1)


class Span(msgspec.Struct, frozen=True):
    """Batches from `first` to `last`, both included."""

    first: int
    last: int


def alarm_in(rows: Kinds, id: str) -> Alarm | None:
    """The one of that id among those a view shows, and those that a newer one stands for."""
    every = (row for kind in (KIND, CLOSED) for row in rows.get(kind, {}).values())
    return next((row for row in every if isinstance(row, Alarm) and row.id == id), None)


def span(log: Log, alarm: Alarm, around: timedelta = AROUND) -> Span:
    """From so long before the hub received its first cause until so long after it heard that it
    was over: to the end of the log where it is not. What came late came with what was late beside
    it, so the alarm's own length is counted from when it was received."""
    head = log.head()
    received = log.received_at(alarm.position)
    if received is None:
        return Span(min(alarm.position, head), head)
    first = min(alarm.position, log.position_at(received - around) + 1)
    if alarm.open:
        return Span(first, head)
    ended = max(alarm.cleared, alarm.last)
    lasted = timedelta(milliseconds=max(0, millis(ended) - millis(alarm.raised)))
    heard = log.position_at(received + lasted + around)
    return Span(first, max(heard, alarm.position, *(one.position for one in alarm.acts)))
