"""When a thing happened, as rows write it, and whether it is still news (I9).

Always UTC, so that text order is time order; the event keeps what its device wrote.

Late is decided from the origin and the gateway's time. Back-fill and replay are late. So is a
fact whose device, with a clock that can be believed, says that it happened more than STALE
before the gateway recorded it: it waited in the device. A clock beyond belief (year 2000, 2036,
hours ahead) says nothing, and the gateway's time stands. A clock that is believable and yet
wrong, such as one in another zone, is told by the gateway in `device.clockskewed`: from then
on that much is taken off. Facts of the bulk lane neither open nor sound nor switch anything,
so only their origin is asked, and no row of theirs depends on the urgent lane.
"""

from collections.abc import Iterable
from datetime import UTC, timedelta
from functools import lru_cache

from core.clock import parse_rfc3339, rfc3339
from core.event import CLOCK_LAG, CLOCK_LEAD, Event, Recorded, occurred
from core.events.device import ClockSkewed
from projections.view import Change, Row, Rows

STALE = timedelta(minutes=10)
KIND = "clock"


class Clock(Row, frozen=True, kw_only=True):
    """How far a device's clock is off, by its gateway's word; no row: nothing was said."""

    skew_ms: int


def instant(item: Recorded) -> str:
    return rfc3339(occurred(item.event).astimezone(UTC))


def is_live(rows: Rows, item: Recorded) -> bool:
    """Late facts count and are listed; they do not move a present state."""
    event = item.event
    if event.origin != "live":
        return event.origin == "manual"
    if event.timequality == "gateway" or event.data.BULK:
        return True
    late = _late(event.time, event.recordedtime)
    if late is None or late <= STALE:
        return True
    clock = rows.get(KIND, _key(item), Clock)
    return clock is not None and late + timedelta(milliseconds=clock.skew_ms) <= STALE


def on_time(event: Event) -> bool:
    """The device's own clock shows it present: such a clock needs no correction."""
    if event.origin != "live" or event.timequality == "gateway":
        return False
    late = _late(event.time, event.recordedtime)
    return late is not None and late <= STALE


def follow_clock(rows: Rows, item: Recorded) -> Iterable[Change]:
    """Folds what is known of the device's clock, from its urgent facts alone."""
    data = item.event.data
    if isinstance(data, ClockSkewed):
        yield Change(KIND, _key(item), Clock(skew_ms=data.skew_ms))
    elif rows.get(KIND, _key(item), Clock) and not data.BULK and on_time(item.event):
        yield Change(KIND, _key(item), None)


def _key(item: Recorded) -> str:
    return f"{item.gateway}/{item.device}"


@lru_cache(maxsize=1024)  # each fact is asked about several times
def _late(told: str, recorded: str) -> timedelta | None:
    """How long before it was recorded it happened; None when the clock is beyond belief."""
    then, now = parse_rfc3339(told), parse_rfc3339(recorded)
    return now - then if -CLOCK_LAG <= then - now <= CLOCK_LEAD else None
