"""Overflow, smoke and lid: who said so, since when, and what ended it."""

from typing import Literal

from msgspec.structs import replace

from core.event import Recorded
from core.events import waste
from projections.alarms import fold as alarms
from projections.instant import is_live
from projections.view import Rows
from projections.waste_sorting.bins import bin_row
from projections.waste_sorting.moves import after, told
from projections.waste_sorting.rows import Bin, Ended, Said

OVERFLOWED = "waste.bin.overflowed"  # the kind of alarm
SAID = 16  # words that are kept of one overflow: the first, since when, and the newest


def state(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    row = bin_row(rows, item)
    lifted = not after(item, row.collected_told)
    if is_live(rows, item):
        if isinstance(data, waste.Overflowed):
            row = _overflowed(row, item, data, lifted=lifted)
        elif isinstance(data, waste.SmokeDetected):
            row = replace(row, smoke=True)
        elif isinstance(data, waste.Cleared):
            row = replace(_over(row, item, data.source), overflow=False, smoke=False)
        else:
            row = replace(row, lid="open" if isinstance(data, waste.LidOpened) else "closed")
    rows.put("bin", row.subject, row)
    if isinstance(data, waste.Overflowed):
        alarms.trigger(rows, item, OVERFLOWED, lasting=not lifted)
    elif isinstance(data, waste.Cleared):
        alarms.clear(rows, item, OVERFLOWED)


def _overflowed(row: Bin, item: Recorded, data: waste.Overflowed, *, lifted: bool) -> Bin:
    """One that was told of before the last lift, by another gateway, is over already."""
    if after(item, row.overflow_told):
        row = replace(row, overflow_told=told(item))
    if lifted:
        return row
    said = Said(
        at=item.moment.at,
        id=item.event.id,
        by=data.source,
        told=told(item),
        position=item.position,
    )
    words = row.overflows if len(row.overflows) < SAID else (row.overflows[0], *row.overflows[2:])
    return replace(row, overflow=True, overflows=(*words, said))


def lifted(row: Bin, item: Recorded) -> Bin:
    """What was said of it before the lift is over; what was said after it stands."""
    if after(item, row.overflow_told):
        return replace(_over(row, item, "collected"), overflow=False)
    standing = tuple(one for one in row.overflows if not after(item, one.told))
    if len(standing) == len(row.overflows):
        return row
    return replace(_over(row, item, "collected"), overflows=standing)


def _over(row: Bin, item: Recorded, by: Literal["sensor", "camera", "person", "collected"]) -> Bin:
    if not row.overflows:
        return row
    ended = Ended(at=item.moment.at, id=item.event.id, by=by, position=item.position)
    return replace(row, overflows=(), overflow_ended=ended)
