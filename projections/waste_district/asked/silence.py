"""Vehicles of which nothing was heard, though they were to drive. Pure on rows."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from projections.days import days, start_of
from projections.view import Kinds
from projections.waste_district.held import Held
from projections.waste_district.lifts.faults import EVENTS
from projections.waste_district.lifts.gather import haul_key
from projections.waste_district.lifts.shifts import over_ms
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Finding, Haul
from projections.waste_district.rows.register import Route


def silent(
    kinds: Kinds, register: Register, since: str, until: str, known_ms: int
) -> Iterator[Finding]:
    """Vehicles of which nothing is known all day, though a whole shift of theirs is over. A day of
    which nothing is known of anybody is one finding: it is not the vehicles that fell silent."""
    heard = _heard(kinds)
    for day in days(since, until):
        if start_of(day) > known_ms:
            return
        over = {
            vehicle: plans
            for vehicle in sorted(kinds.get("driven", {}))
            if vehicle not in heard.get(day, ())
            and (plans := [one for one in register.routes(vehicle, day) if over_ms(one) < known_ms])
        }
        if day in heard:
            for vehicle, plans in over.items():
                yield _unheard(kinds, vehicle, day, plans)
        elif over:
            whole = [one for plans in over.values() for one in plans]
            yield _unheard(kinds, "", day, whole, {"vehicles": len(over)})


def _heard(kinds: Kinds) -> Mapping[str, Collection[str]]:
    """Day → vehicles that told something."""
    found: dict[str, set[str]] = {}
    for haul in kinds.get("haul", {}).values():
        if isinstance(haul, Haul) and haul.last_ms:
            found.setdefault(haul.day, set()).add(haul.vehicle)
    return found


def _unheard(
    kinds: Kinds,
    vehicle: str,
    day: str,
    plans: Sequence[Planned],
    told: Mapping[str, int] | None = None,
) -> Finding:
    """What was not heard no event tells, but what was entered to be driven."""
    entries = [
        [one for one in row.versions if one.ms <= plan.start_ms and not one.ended][-1]
        for plan in plans[:EVENTS]
        if (row := Held(kinds).get("route", plan.route, Route))
    ]
    return Finding(
        kind="silent-vehicle",
        key=haul_key(vehicle, day),
        day=day,
        vehicle=vehicle,
        ms=min(one.start_ms for one in plans),
        detail={"bins": sum(len(one.bins) for one in plans), **(told or {})},
        events=tuple(one.id for one in entries if one.id),
        position=entries[0].position if entries else 0,
    )
