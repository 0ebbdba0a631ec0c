"""Lifts that a smart bin tells in two messages: the full bin's weight, then the empty one's.

Either may come first, and the other however late: what was lifted is known once both are there,
and counts where the lift stands. Until then the lift is one whose weight nobody knows, and its
full weight is shown as that. Of several tares of one lift the earliest stands.

Both have one `correlationid`, so of all who tell nothing but full weights no row is kept.
"""

from msgspec.structs import replace

from core import weighing
from core.event import Recorded
from core.events import waste
from projections import window
from projections.view import Rows
from projections.waste_sorting import level, tonnage
from projections.waste_sorting.rows import Bin, Lift, Lifts

KIND, DAYS = "lift", "lifts"


def key_of(item: Recorded) -> str:
    """By which a tare names the lift: its id, unique with the device alone."""
    data, event = item.event.data, item.event
    if not event.correlationid:
        return ""
    if isinstance(data, waste.BinTared):
        return f"{item.device}|{data.collection}"
    assert isinstance(data, waste.BinCollected)
    halved = data.gross_g is not None and data.tare_g is None and data.net_g is None
    return f"{item.device}|{event.id}" if halved else ""


def lifted(rows: Rows, item: Recorded, key: str, subject: str, category: str) -> int | None:
    """What the lift weighed, where its tare was told already. Grams."""
    data = item.event.data
    assert isinstance(data, waste.BinCollected)
    found = rows.get(KIND, key, Lift) or Lift()
    lift = replace(
        found, ms=item.moment.ms, subject=subject, category=category, gross_g=data.gross_g
    )
    _put(rows, key, found, lift, window.buckets(item.moment).day)
    return net_of(lift)


def tared(rows: Rows, item: Recorded, sums: tonnage.Sum) -> None:
    data, key = item.event.data, key_of(item)
    assert isinstance(data, waste.BinTared)
    if data.tare_g is None or not key:
        return
    before = rows.get(KIND, key, Lift) or Lift()
    told = (item.moment.ms, item.event.id, data.tare_g)
    if before.tare is not None and before.tare <= told:
        return
    lift = replace(before, tare=told)
    _put(rows, key, before, lift, before.day or window.buckets(item.moment).day)
    was, now = net_of(before), net_of(lift)
    if lift.gross_g is None or was == now:
        return
    sums.grams(lift.ms, "collected_g", lift.category, (now or 0) - (was or 0))
    row = rows.get("bin", lift.subject, Bin)
    if row is None:
        return
    if row.lift == key:
        gross = lift.gross_g if now is None else None
        rows.put("bin", lift.subject, replace(row, collected_g=now, collected_gross_g=gross))
    level.reweighed(rows, lift.subject, lift.ms, was, now)


def net_of(lift: Lift) -> int | None:
    return weighing.net(None, lift.gross_g, lift.tare[2] if lift.tare else None)


def _put(rows: Rows, key: str, before: Lift, lift: Lift, day: str) -> None:
    """Kept as long as the day it counts in: until the lift itself is told, the tare's."""
    if before.day != day:
        if before.day:
            _list(rows, before.day, _keys(rows, before.day) - {key})
        if not _roomy(rows, day):
            rows.drop(KIND, key)
            return
        _list(rows, day, _keys(rows, day) | {key})
    rows.put(KIND, key, replace(lift, day=day))


def _roomy(rows: Rows, day: str) -> bool:
    """Whether that day is kept; lifts of those that it crowds out go with them."""
    if day in rows.keys(DAYS):
        return True
    for old in window.surplus(rows.keys(DAYS), day, tonnage.DAYS):
        for key in _keys(rows, old):
            rows.drop(KIND, key)
    return window.room(rows, DAYS, day, tonnage.DAYS)


def _keys(rows: Rows, day: str) -> frozenset[str]:
    found = rows.get(DAYS, day, Lifts)
    return frozenset(found.keys) if found else frozenset()


def _list(rows: Rows, day: str, keys: frozenset[str]) -> None:
    if keys:
        rows.put(DAYS, day, Lifts(keys=tuple(sorted(keys))))
    else:
        rows.drop(DAYS, day)
