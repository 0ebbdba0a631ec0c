"""Stops of a route at which no bin can be lifted, because the register has none for then."""

from collections.abc import Iterator

import msgspec

from projections.days import days, start_of
from projections.waste_district.held import Rows
from projections.waste_district.register import swaps
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Finding


def unserved(
    rows: Rows, register: Register, since: str, until: str, known_ms: int
) -> Iterator[Finding]:
    """One a route and bin, of the first of the days, however many there are."""
    found: dict[tuple[str, str], Finding] = {}
    for day in days(since, until):
        if start_of(day) > known_ms:
            break
        for vehicle, plan in register.routes_on(day):
            for key in plan.unknown:
                first = found.get((plan.route, key)) or _finding(rows, vehicle, day, plan, key)
                many = int(first.detail["days"]) + 1
                found[plan.route, key] = msgspec.structs.replace(
                    first, detail={**first.detail, "days": many}
                )
    yield from found.values()


def _finding(rows: Rows, vehicle: str, day: str, plan: Planned, key: str) -> Finding:
    """`other`: in whose place it stands."""
    before = {"other": " ".join(sorted(swaps.before(rows, key) - {key}))}
    compound = key.partition("/")[0] if "/" in key else ""
    return Finding(
        kind="unknown-bin",
        key=f"{plan.route}|{key}",
        day=day,
        compound=compound,
        vehicle=vehicle,
        bin=key if compound else "",
        ms=plan.start_ms,
        detail={"route": plan.route, **before, "days": 0},
    )
