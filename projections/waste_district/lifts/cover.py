"""What came of a vehicle's routes: which of their bins were lifted, and which were gone past.

A bin is passed when the vehicle has lifted at two later points of its route, one after the other,
or took its load away with the route's end behind it. Who lifts a route the other way round, or
leaves in its midst to unload, passes nothing.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from projections.days import day_of
from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.lifts.shifts import Shift, begins_ms, in_shift, nearest, shift_of
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Lift, Missed, RouteDay, Witness

_TICKET = -1  # in the place of a stop
_SURER = ("", "place", "stray", "name", "tag")
_TAIL = EVIDENCE.schedule.tail


class Made(msgspec.Struct, frozen=True, gc=False):
    """A bin that another vehicle lifted on that day, by its tag or name."""

    bin: str
    ms: int


def cover(
    resolved: Sequence[Resolved],
    planned: Sequence[Planned],
    tickets_ms: Sequence[int],
    register: Register,
    made: Sequence[Made] = (),
    beside: Sequence[Planned] = (),
) -> tuple[RouteDay, ...]:
    """`planned`: the day's; `resolved`: everything that may have been lifted on them. `made`: what
    others lifted of them; `beside`: routes of the neighbouring days that it may have been on."""
    plans = _plans((*planned, *beside))
    lifts: dict[Shift, list[Resolved]] = {shift_of(plan): [] for plan in planned}
    for one in resolved:
        if not one.double_of and (plan := _counts_for(plans, one.lifted, one.lift.ms)):
            lifts.setdefault(shift_of(plan), []).append(one)
    caught = _caught_up(planned, lifts, made)
    found = []
    for plan in planned:
        mine = lifts[shift_of(plan)]
        day = _day(plan, mine, caught[shift_of(plan)], tickets_ms, register)
        last = max(mine or resolved, key=lambda one: one.lift.ms, default=None)
        found.append(replace(day, last=_witness(last.lift) if last else None))
    return tuple(found)


def _witness(lift: Lift) -> Witness:
    return Witness(id=lift.id, position=lift.position)


def _caught_up(
    planned: Sequence[Planned], lifts: Mapping[Shift, Sequence[Resolved]], made: Sequence[Made]
) -> Mapping[Shift, Mapping[str, int]]:
    """Bin → when another vehicle lifted it. Who comes later in the day makes good what was missed
    first."""
    found: dict[Shift, dict[str, int]] = {shift_of(plan): {} for plan in planned}
    wanted = {key for plan in planned for key in plan.bins}
    mine = [one for one in made if one.bin in wanted]
    for more in sorted(mine, key=lambda one: (one.ms, one.bin)):
        for plan in planned:
            shift = shift_of(plan)
            lifted = (one.lifted for one in lifts[shift] if not one.lift.refused)
            if (
                more.bin in plan.bins
                and begins_ms(plan) <= more.ms
                and more.bin not in found[shift]
                and more.bin not in lifted
            ):
                found[shift][more.bin] = more.ms
                break
    return found


def _plans(planned: Sequence[Planned]) -> dict[str, list[Planned]]:
    """Bin → routes."""
    found: dict[str, list[Planned]] = {}
    for plan in planned:
        for key in plan.bins:
            found.setdefault(key, []).append(plan)
    return found


def _counts_for(plans: Mapping[str, Sequence[Planned]], key: str, ms: int) -> Planned | None:
    """The shift that the lift is in; else, late or early, the nearest one of its day."""
    of_bin = plans.get(key, ())
    on = [plan for plan in of_bin if in_shift(plan, ms)]
    if not on and of_bin:
        on = [plan for plan in of_bin if day_of(plan.start_ms) == day_of(ms)]
    return on[0] if len(on) == 1 else nearest(on, ms)


def _day(
    plan: Planned,
    lifts: Sequence[Resolved],
    caught: Mapping[str, int],
    tickets_ms: Sequence[int],
    register: Register,
) -> RouteDay:
    done = dict(caught)  # bin → when
    known = dict.fromkeys(caught, "tag")  # by what
    refused: set[str] = set()
    first: dict[str, Lift] = {}  # of each bin
    for one in lifts:
        key = one.lifted
        if one.lift.refused:
            refused.add(key)
            continue
        done.setdefault(key, one.lift.ms)
        first.setdefault(key, one.lift)
        by = "stray" if one.instead else one.by
        known[key] = max(known.get(key, by), by, key=_SURER.index)
    presumed = {key for key, by in known.items() if by in ("place", "stray")}
    reads = sum(one.by == "tag" for one in lifts) * 2 >= len(lifts)
    untold = sorted(key for key, by in known.items() if by == "place" or (reads and by == "name"))
    missing = [key for key in plan.bins if key not in done and key not in refused]
    return RouteDay(
        route=plan.route,
        category=plan.category,
        start_ms=plan.start_ms,
        end_ms=plan.end_ms,
        planned=len(plan.bins),
        lifted=len(done) - len(presumed),
        presumed=len(presumed),
        refused=len(refused - done.keys()),
        missed=_missed(plan, missing, lifts, tickets_ms, register) if missing else (),
        done=tuple(sorted(done, key=lambda key: (done[key], key))),
        untold=tuple(untold),
        untold_by=tuple(_witness(first[key]) for key in untold),
        caught_up=tuple(sorted(caught)),
        last_ms=max((one.lift.ms for one in lifts), default=0),
    )


def _missed(
    plan: Planned,
    missing: Sequence[str],
    lifts: Sequence[Resolved],
    tickets_ms: Sequence[int],
    register: Register,
) -> tuple[Missed, ...]:
    of_bin = {key: _point(key, plan, register) for key in plan.bins}
    stops = {point: number for number, point in enumerate(dict.fromkeys(of_bin.values()))}
    lifted = [(one.lift.ms, stops[of_bin[one.lifted]]) for one in lifts]
    gone = _gone_past(lifted, len(stops), tickets_ms)
    at = {one.lift.ms: _witness(one.lift) for one in lifts}
    found = []
    for key in missing:
        passed_ms = _passed(gone, stops[of_bin[key]])
        by = at.get(passed_ms)
        found.append(Missed(bin=key, point=of_bin[key], passed_ms=passed_ms, by=by))
    return tuple(found)


def _point(key: str, plan: Planned, register: Register) -> str:
    """A bin that stands at no point is a stop of its own."""
    bin_ = register.bin(key, plan.start_ms)
    return bin_.point if bin_ and bin_.point else key


def _gone_past(
    lifted: Sequence[tuple[int, int]], stops: int, tickets_ms: Sequence[int]
) -> list[tuple[int, int]]:
    """(when, number of the stop before which all are passed), both rising. `lifted`: when, and at
    which stop."""
    found: list[tuple[int, int]] = []
    seen: set[int] = set()
    for ms, stop in sorted([*lifted, *((ms, _TICKET) for ms in tickets_ms)]):
        if stop == _TICKET:
            if seen:  # else it is for a load from before
                _go(found, ms, _taken_away(max(seen), stops))
        else:
            _go(found, ms, max((one for one in seen if one < stop), default=0))
            seen.add(stop)
    return found


def _go(found: list[tuple[int, int]], ms: int, before: int) -> None:
    if before > (found[-1][1] if found else 0):
        found.append((ms, before))


def _taken_away(furthest: int, stops: int) -> int:
    return stops if furthest >= stops - 1 - _TAIL else furthest


def _passed(gone: Sequence[tuple[int, int]], stop: int) -> int:
    return next((ms for ms, before in gone if stop < before), 0)
