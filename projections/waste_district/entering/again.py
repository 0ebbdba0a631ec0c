"""Which vehicles' days may look otherwise once something else holds from a moment on."""

from collections.abc import Collection, Iterable

from projections.days import day_of, next_day, previous_day
from projections.view import Rows
from projections.waste_district.lifts import extras
from projections.waste_district.lifts.gather import haul_key
from projections.waste_district.lifts.hauled import plates_of
from projections.waste_district.register import swaps
from projections.waste_district.register.names import listed
from projections.waste_district.rows.register import Bin, Tag


def of_vehicles(rows: Rows, vehicles: Iterable[str], ms: int) -> Collection[str]:
    """Keys of hauls, also under their plates, and of whoever else ever had one of these."""
    named = set(vehicles)
    for name in tuple(named):
        for plate in plates_of(name, rows):
            named |= {plate, *listed(rows, "plate", plate)}
    return _hauls(rows, named, ms)


def of_bins(rows: Rows, keys: Iterable[str], ms: int) -> Collection[str]:
    """Of all who ever read a tag of theirs or of those put in their place, or were ever to lift
    one of these, or one before them there."""
    concerned: set[str] = set()
    for one in {other for key in keys for other in swaps.after(rows, key)}:
        concerned.update(extras.ever_planned_for(rows, one))
        row = rows.get("bin", one, Bin)
        for uid in row.uids if row else ():
            tag = rows.get("tag", uid, Tag)
            concerned.update(tag.readers if tag else ())
    return _hauls(rows, concerned, ms)


def _hauls(rows: Rows, names: Collection[str], ms: int) -> Collection[str]:
    """Where something was told of one, or a ticket names it: that may be in another's load yet."""
    if not names:
        return ()
    keys = (haul_key(name, day) for day in _days(rows, ms) for name in names)
    hauls, weighed = rows.keys("haul"), rows.keys("weighed")
    return {key for key in keys if key in hauls or key in weighed}


def _days(rows: Rows, ms: int) -> Collection[str]:
    """From the one before on: a shift that began then may go on past midnight, and so may a load,
    whose ticket is of a day of which nothing else is known."""
    first = previous_day(day_of(ms))
    told = [day for day in rows.keys("day") if day >= first]
    return {*told, *map(next_day, told)}
