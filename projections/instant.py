"""Whether what happened is still news (I9).

Late is decided from the origin and the gateway's time. Back-fill and replay are late. So is a
fact whose device, with a clock that can be believed, says that it happened more than STALE
before the gateway recorded it: it waited in the device. A clock beyond belief (year 2000, 2036,
hours ahead) says nothing, and the gateway's time stands. A clock that is believable and yet
wrong, such as one in another zone, is told by the gateway in `device.clockskewed`: from then
on that much is taken off. Facts of the bulk lane neither open nor sound nor switch anything,
so only their origin is asked, and no row of theirs depends on the urgent lane.
"""

from datetime import timedelta

from core.event import Recorded
from core.events.device import ClockSkewed
from projections.view import Row, Rows

STALE = timedelta(minutes=10)
_STALE_MS = round(STALE.total_seconds() * 1000)
KIND = "clock"


class Clock(Row, frozen=True, kw_only=True):
    """How far a device's clock is off, by its gateway's word; no row: nothing was said."""

    skew_ms: int


def is_live(rows: Rows, item: Recorded) -> bool:
    """Late facts count and are listed; they do not move a present state."""
    event = item.event
    if event.origin != "live":
        return event.origin == "manual"
    if event.timequality == "gateway" or event.data.BULK:
        return True
    late = item.moment.late_ms
    if late is None or late <= _STALE_MS:
        return True
    clock = rows.get(KIND, _key(item), Clock)
    return clock is not None and late + clock.skew_ms <= _STALE_MS


def on_time(item: Recorded) -> bool:
    """The device's own clock shows it present: such a clock needs no correction."""
    late = item.moment.late_ms  # of a clock that can be believed, and not the gateway's own
    return late is not None and late <= _STALE_MS and item.event.origin == "live"


def follow_clock(rows: Rows, item: Recorded) -> None:
    """Folds what is known of the device's clock, from an urgent fact of its."""
    data = item.event.data
    if isinstance(data, ClockSkewed):
        rows.put(KIND, _key(item), Clock(skew_ms=data.skew_ms))
    elif rows.keys(KIND) and on_time(item) and rows.get(KIND, _key(item), Clock):
        rows.drop(KIND, _key(item))


def _key(item: Recorded) -> str:
    return f"{item.gateway}/{item.device}"
