"""Findings as they are asked for, and days of vehicles put by hand that they follow from."""

from collections.abc import Sequence

import msgspec

from projections.days import at
from projections.waste_district.asked.findings import findings
from projections.waste_district.rows.hauls import Finding, Haul, RouteDay
from projections.waste_district.rows.kept import Mark
from tests.fix_loads import DAY, LATER, Weighbridge

DAYS = [f"2026-10-{number:02}" for number in range(5, 11)]


def told(heard: Weighbridge, since: str = DAY, until: str = DAY) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings(heard.rows.kinds, since, until):
        found.setdefault(one.kind, []).append(one)
    return found


def keys(found: dict[str, list[Finding]], kind: str) -> list[str]:
    return [one.key for one in found.get(kind, [])]


def route(bins: Sequence[str], **more: object) -> RouteDay:
    made = RouteDay(
        route="r1", start_ms=at(DAY, "06:00"), end_ms=at(DAY, "12:00"), done=tuple(bins)
    )
    return msgspec.structs.replace(made, **more)


def drove(heard: Weighbridge, *hauls: Haul) -> None:
    for haul in hauls:
        heard.rows.put("haul", f"{haul.vehicle}|{haul.day}", haul)
    heard.rows.put("mark", "mark", Mark(ms=LATER))


def haul(day: str = DAY, vehicle: str = "v1", **more: object) -> Haul:
    made = Haul(vehicle=vehicle, day=day, last_ms=1, lifts=1)
    return msgspec.structs.replace(made, **more)
