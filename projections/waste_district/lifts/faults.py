"""What was not as it should be with the lifts of a vehicle's day. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.gather import haul_key, late
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.lifts.shifts import nearest
from projections.waste_district.lifts.weights import net_of, said
from projections.waste_district.lifts.whereabouts import leaps
from projections.waste_district.register.register import Planned
from projections.waste_district.rows.hauls import Facts, Finding, bin_on_route

EVENTS = 8  # that a finding of many lifts names


def faults(
    vehicle: str,
    day: str,
    facts: Facts,
    resolved: Sequence[Resolved],
    planned: Sequence[Planned],
    zero_g: int,
) -> tuple[Finding, ...]:
    """By kind and key."""
    found = [
        *(fault for one in resolved for fault in _of_lift(vehicle, day, one)),
        *_refused(vehicle, day, resolved, planned),
        *_late(vehicle, day, facts),
        *_leaps(vehicle, day, facts),
        *_zero(vehicle, day, facts, zero_g),
    ]
    return tuple(sorted(found, key=lambda one: (one.kind, one.key)))


def _of_lift(vehicle: str, day: str, one: Resolved) -> Iterator[Finding]:
    if one.double_of:
        yield _lift(
            "double-read", vehicle, day, one, grams=_grams(one), detail={"first": one.double_of}
        )
        return
    if not one.bin and not one.lift.refused:
        yield _lift("unidentified", vehicle, day, one, grams=one.net_g, detail=_tag(one))
    if "stray" in one.flags:
        yield _lift("stray-tag", vehicle, day, one, grams=one.net_g, detail={"at": one.stray})
    if "wrong-stream" in one.flags and one.counted:
        streams = {"category": one.category, "stream": one.stream}
        yield _lift("wrong-stream", vehicle, day, one, grams=one.net_g, detail=streams)
    if "impossible" in one.flags:
        told = said(one.lift)
        yield _lift("impossible-weight", vehicle, day, one, grams=_grams(one), detail=told)


def _lift(
    kind: str,
    vehicle: str,
    day: str,
    one: Resolved,
    *,
    grams: int,
    detail: Mapping[str, str | int],
) -> Finding:
    return Finding(
        kind=kind,
        key=one.lift.id,
        day=day,
        compound=one.compound,
        vehicle=vehicle,
        bin=one.bin,
        ms=one.lift.ms,
        grams=grams,
        detail=detail,
        events=(one.lift.id,),
        source=one.lift.source,
        position=one.lift.position,
    )


def _grams(one: Resolved) -> int:
    """What it says, right or wrong."""
    return net_of(one.lift) or 0


def _tag(one: Resolved) -> Mapping[str, str | int]:
    told = {"tag": one.lift.uid, "named": one.lift.bin, "point": one.point}
    return {name: value for name, value in told.items() if value}


def _refused(
    vehicle: str, day: str, resolved: Sequence[Resolved], planned: Sequence[Planned]
) -> Iterator[Finding]:
    """The first time of each bin and route."""
    seen: set[str] = set()
    for one in resolved:
        if not one.lift.refused:
            continue
        plan = nearest([plan for plan in planned if one.lifted in plan.bins], one.lift.ms)
        key = bin_on_route(plan.route if plan else "", day, one.lifted or one.lift.id)
        if key not in seen:
            seen.add(key)
            found = _lift(
                "refused-bin", vehicle, day, one, grams=0, detail={"reason": one.lift.refused}
            )
            yield msgspec.structs.replace(found, key=key)


def _late(vehicle: str, day: str, facts: Facts) -> Iterator[Finding]:
    """Who tells of hours all at once sends a file; by a slow clock everything is late alike."""
    behind = [one for one in facts.lifts if late(one)]
    if behind and len(behind) * 2 >= len(facts.lifts):
        lags = [one.late_s for one in behind]
        lasted_s = (behind[-1].ms - behind[0].ms) // 1000
        slow = (max(lags) - min(lags)) * 2 < lasted_s
        yield Finding(
            kind="slow-clock" if slow else "late-file",
            key=haul_key(vehicle, day),
            day=day,
            vehicle=vehicle,
            ms=behind[0].ms,
            detail={"lifts": len(behind), "hours": max(lags) // 3600},
            events=tuple(one.id for one in behind[:EVENTS]),
            position=behind[0].position,
        )


def _leaps(vehicle: str, day: str, facts: Facts) -> Iterator[Finding]:
    found = list(leaps(facts))
    if found:
        ms, _, metres = found[0]
        told = [lift for _, lift, _ in found if lift]
        yield Finding(
            kind="two-places",
            key=haul_key(vehicle, day),
            day=day,
            vehicle=vehicle,
            ms=ms,
            detail={"metres": metres, "times": len(found)},
            events=tuple(one.id for one in told[:EVENTS]),
            position=told[0].position if told else 0,
        )


def _zero(vehicle: str, day: str, facts: Facts, zero_g: int) -> Iterator[Finding]:
    if abs(zero_g) > EVIDENCE.zero.over_g:
        read = [one for one in facts.lifts if one.tare_g is not None]
        yield Finding(
            kind="scale-zero",
            key=f"vehicle/{haul_key(vehicle, day)}",
            day=day,
            vehicle=vehicle,
            ms=read[0].ms,
            grams=zero_g,
            detail={"lifts": len(read)},
            events=tuple(one.id for one in read[:EVENTS]),
            position=read[0].position,
        )
