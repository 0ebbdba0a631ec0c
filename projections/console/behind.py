"""What stands behind an alarm in the log: its causes, and what happened there just before and
after. Read when somebody looks, never kept."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from core.event import Recorded
from core.moment import millis
from projections.alarms.row import Alarm
from projections.console.picture import Shot, shot
from projections.console.since import first_since
from projections.web.desk import Desk
from projections.web.lines import Line
from projections.web.scan import Place, Window, scan, window
from projections.web.selection import Wanted

AROUND = timedelta(minutes=2)
_AROUND_MS = round(AROUND.total_seconds() * 1000)
_EACH_WAY = 80  # events kept
_LOOKED = 8_000  # ... of so many looked at, so that a guard never waits
_SLACK = timedelta(minutes=1)  # how far a batch may trail behind its events


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """`looked`: where there was more than could be looked at, how many are shown; else 0."""

    causes: Sequence[Line] = ()
    around: Sequence[Line] = ()
    pictures: Sequence[Shot] = ()
    looked: int = 0


class _There(Wanted, frozen=True, kw_only=True):
    """Of this thing or of the device that spoke of it, at about that time."""

    subject: str
    device: str
    around_ms: int

    def wants(self, item: Recorded) -> bool:
        return (
            super().wants(item)
            and (item.event.subject == self.subject or item.device == self.device)
            and abs(item.moment.ms - self.around_ms) <= _AROUND_MS
        )


def behind(desk: Desk, compound: str, alarm: Alarm, upto: int | None = None) -> Behind:
    """Reads the log: off the loop. BadFrame, Unavailable as the log does. `upto`: what stood there
    up to that position; None: all there is."""
    head = desk.log.head() if upto is None else upto
    try:
        raised = millis(alarm.raised)
    except ValueError:
        raised = 0
    wanted = _There(
        compounds=frozenset((compound,)),
        subject=alarm.subject,
        device=alarm.device,
        around_ms=raised,
    )
    here = alarm.position
    low, high = _nearby(desk, here)
    ids = frozenset((alarm.cause, *alarm.cause_ids)) - {""}
    before = scan(
        desk.log, desk.catalog, wanted,
        Window(low=Place.after(f"{low - 1}"), high=Place(here, 0), down=True), _EACH_WAY, _LOOKED,
    )  # fmt: skip
    upwards = window(f"{here - 1}", f"{high}", head)
    after = scan(desk.log, desk.catalog, wanted, upwards, _EACH_WAY, _LOOKED)
    named = Wanted(compounds=frozenset((compound,)), ids=ids)
    causes = scan(desk.log, desk.catalog, named, upwards, len(ids), _LOOKED).lines if ids else ()
    around = [*reversed(before.lines), *after.lines]
    shots: dict[str, Shot] = {}
    for line in (*causes, *around):
        event = line.item.event
        for one in event.data.media:
            if one.sha256 not in shots:
                shots[one.sha256] = shot(desk, one, event.id)
    return Behind(
        causes=causes,
        around=around,
        pictures=tuple(shots.values()),
        looked=0 if before.complete and after.complete else len(around),
    )


def _nearby(desk: Desk, position: int) -> tuple[int, int]:
    """Batches that came at about the time this one came: what is about the same minutes, of the
    same gateway, came with them."""
    received = desk.log.received_at(position) if position else None
    if received is None:
        return position, position
    low = first_since(desk.log, received - AROUND - _SLACK)
    return low, first_since(desk.log, received + AROUND + _SLACK)
