"""Bins whose tag is gone: day after day they are lifted, and nothing is read."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.faults import EVENTS
from projections.waste_district.rows.hauls import Haul, Witness

_LIMITS = EVIDENCE.lost


class Lost(msgspec.Struct, frozen=True, gc=False):
    """`since`: the first day without a read; `until` the last, of `days` on which it was lifted.
    `by`: its newest lifts on them."""

    bin: str
    since: str
    until: str
    days: int
    vehicle: str
    ms: int
    by: tuple[Witness, ...] = ()


def lost(hauls: Iterable[Haul]) -> list[Lost]:
    """Of each bin the last run. Days without a lift say nothing; one read ends a run."""
    days = sorted(
        (
            (route.start_ms, haul.day, haul.vehicle, route)
            for haul in hauls
            for route in haul.routes
        ),
        key=lambda one: (one[0], one[2], one[3].route),
    )
    suspects = {key for *_, route in days for key in route.untold}
    if not suspects:
        return []
    running: dict[str, Lost] = {}
    found: dict[str, Lost] = {}
    for start_ms, day, vehicle, route in days:
        untold = dict(zip(route.untold, route.untold_by, strict=True))
        if len(untold) > _LIMITS.unread and len(untold) * 2 > len(route.done):
            continue  # it is the reader that is broken
        for key in route.done:
            if key not in suspects:
                continue
            if key not in untold:
                running.pop(key, None)
                continue
            run = running.get(key)
            if run is None:
                run = Lost(key, day, day, 1, vehicle, start_ms)
            elif run.until != day:
                run = replace(run, until=day, days=run.days + 1)
            run = replace(run, by=(*run.by, untold[key])[-EVENTS:])
            running[key] = run
            if run.days >= _LIMITS.days:
                found[key] = run
    return [found[key] for key in sorted(found)]
