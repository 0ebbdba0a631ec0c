"""Timers of this view's own, on rows the hub watches: a vehicle that stays, somebody who does not
show.

Which are armed follows from what is known of the thing, whatever order it was heard in. They
come due by the hub's `timer.fired` alone, which waits until every gateway was heard at or after
that second: only then it is known that nothing happened before it.
"""

from collections.abc import Mapping

import msgspec

from core.event import Recorded
from core.moment import millis
from projections.alarms.due import stands
from projections.alarms.row import TIMER, Timer
from projections.instant import is_live
from projections.safe_community.rows.timers import Said
from projections.view import Rows

OWN = ("overstay", "care")
Wanted = Mapping[str, Timer]  # by key

_replace = msgspec.structs.replace


def change(rows: Rows, item: Recorded, before: Wanted, after: Wanted) -> None:
    """One that fired is in both and is not armed again."""
    for key in before.keys() - after.keys():
        rows.drop(TIMER, key)
    for key in sorted(after.keys() - before.keys()):
        known = (*rows.keys("gateway"), item.gateway)
        rows.put(TIMER, key, _replace(after[key], gateways=tuple(sorted(set(known)))))


def evidence(rows: Rows, gateway: str) -> None:
    """A gateway was heard of for the first time: it too may know something."""
    for key in list(rows.keys(TIMER)):
        timer = rows.get(TIMER, key, Timer)
        if timer is not None and timer.name in OWN and gateway not in timer.gateways:
            heard = tuple(sorted((*timer.gateways, gateway)))
            rows.put(TIMER, key, _replace(timer, gateways=heard))


def said(rows: Rows, item: Recorded) -> Said:
    return Said(
        gateway=item.gateway,
        recorded=item.event.recordedtime,
        position=item.position,
        late=not is_live(rows, item),
    )


def past(item: Recorded, id: str, told: Said) -> Recorded:
    """A fact that may have been folded before, as it ends what came due before it was known."""
    found = stands(item, told.recorded, id, told.recorded, "backfill" if told.late else "live")
    return _replace(found, gateway=told.gateway)


def millis_of(stamp: str) -> int | None:
    """None for what is no time: people's words are stored as they were given."""
    try:
        return millis(stamp)
    except ValueError:
        return None
