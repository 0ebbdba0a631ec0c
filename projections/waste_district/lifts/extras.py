"""Bins that a vehicle lifted without having them on a route: they are made good to whoever has.

Kind `extra`, a row a day. Each vehicle's part of it follows from its own lifts, so the row follows
from what all of them lifted, in whatever order that was told.
"""

from collections.abc import Collection, Iterable, Sequence

from projections.view import Rows
from projections.waste_district.lifts.cover import Made
from projections.waste_district.lifts.gather import haul_key
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.register import swaps
from projections.waste_district.register.names import enlist, listed
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Extra


def made_good(rows: Rows, vehicle: str, day: str) -> Sequence[Made]:
    """What others lifted on that day that was not theirs."""
    row = rows.get("extra", day, Extra)
    return [Made(key, ms) for key, ms, by in row.lifts if by != vehicle] if row else ()


def lifted(
    rows: Rows,
    vehicle: str,
    day: str,
    resolved: Iterable[Resolved],
    planned: Sequence[Planned],
    register: Register,
) -> Collection[str]:
    """Keys of others' hauls that this makes something good of, or no longer does."""
    own = {key for plan in planned for key in plan.bins}
    mine: dict[str, int] = {}
    for one in resolved:
        if one.counted and one.lifted and one.lifted not in own:
            mine.setdefault(one.lifted, one.lift.ms)
    row = rows.get("extra", day, Extra)
    before = row.lifts if row else ()
    now = tuple(
        sorted(
            [
                *(one for one in before if one[2] != vehicle),
                *((key, ms, vehicle) for key, ms in mine.items()),
            ]
        )
    )
    if now == before:
        return ()
    if now:
        rows.put("extra", day, Extra(lifts=now))
    else:
        rows.drop("extra", day)
    changed = {key for key, _, _ in set(now) ^ set(before)}
    return {
        haul_key(other, day)
        for key in changed
        for other in _planned_for(rows, key, day, register)
        if other != vehicle
    }


def enter_route(rows: Rows, vehicle: str, bins: Iterable[str]) -> None:
    """So that it is found who was to lift a bin: kind `planned`, by the bins' bare names."""
    for told in bins:
        enlist(rows, "planned", _bare(told), vehicle)


def ever_planned_for(rows: Rows, key: str) -> set[str]:
    """Vehicles that ever were to lift the bin, or one in whose place it ever stood."""
    names = map(_bare, swaps.before(rows, key))
    return {vehicle for name in names for vehicle in listed(rows, "planned", name)}


def _planned_for(rows: Rows, key: str, day: str, register: Register) -> Collection[str]:
    """Vehicles that have the bin on a route of that day, or one in whose place it stands."""
    return [
        vehicle
        for vehicle in ever_planned_for(rows, key)
        if any(key in plan.bins for plan in register.routes(vehicle, day))
    ]


def _bare(told: str) -> str:
    return told.rpartition("/")[2]
