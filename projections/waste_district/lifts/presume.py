"""Which bins those were that nobody named: by place and schedule, of what is left.

In the order of time, each lift takes a bin of its route at that point that no tag or name accounts
for: one whose turn it is, between the lift before and the one after, else the first of them. One
that repeats the lift before it is that one, told twice. Where the place is not known, or only by
where the vehicle was some time before or after, and nothing is left there, the schedule speaks
alone: a bin whose turn it is, of few.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

import msgspec

from projections.waste_district.lifts.evidence import EVIDENCE
from projections.waste_district.lifts.shifts import Shift, in_shift, shift_of
from projections.waste_district.lifts.weights import same
from projections.waste_district.lifts.whereabouts import Place
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Lift

_CYCLE_MS = EVIDENCE.double.cycle_s * 1000
_NEXT = EVIDENCE.schedule.stops
_DOUBLE_MS = EVIDENCE.double.within_s * 1000

_replace = msgspec.structs.replace


class Presumed(msgspec.Struct, frozen=True, gc=False):
    """`bin` empty: no bin is left that it could be. `point`: the only one there, or that of the
    bin. `sole`: no other bin is left that it could be."""

    bin: str = ""
    point: str = ""
    sole: bool = False
    near: bool = True  # the place is known
    double_of: str = ""


def presume(
    unnamed: Sequence[tuple[Lift, Place | None]],
    named: Mapping[str, Sequence[int]],
    planned: Sequence[Planned],
    register: Register,
    within_g: int,
) -> dict[Lift, Presumed]:
    """By the lifts themselves: two lifters of one vehicle may use one id. `named`: bin → when it
    was lifted by tag or name."""
    choice = _Choice(planned, named, register)
    found: dict[Lift, Presumed] = {}
    last: dict[str, Lift] = {}  # point → the newest lift presumed there
    placeless: Lift | None = None  # the newest of those
    for lift, place in unnamed:
        if place is None:
            if placeless is not None and _repeats(placeless, lift, within_g, left=True):
                found[lift] = _replace(found[placeless], double_of=placeless.id)
                continue
            found[lift] = choice.between(lift.ms)
            placeless = lift
            continue
        near = register.points_near(*place, lift.ms, EVIDENCE.place.near_m)
        points = [point for point, _ in near]
        before = next((last[point] for point in points if point in last), None)
        left = choice.left(points, lift.ms)
        if before is not None and _repeats(before, lift, within_g, left=bool(left)):
            found[lift] = _replace(found[before], double_of=before.id)
            continue
        one = choice.take(left, lift.ms, surely=lift.lat is not None)
        if not one.bin:
            one = Presumed(point=points[0] if len(points) == 1 else "")
        if one.point:
            last[one.point] = lift
        found[lift] = one
    return found


def _repeats(before: Lift, lift: Lift, within_g: int, *, left: bool) -> bool:
    """While bins are left there, only what is too soon for another one."""
    gap = lift.ms - before.ms
    return gap <= (_CYCLE_MS if left else _DOUBLE_MS) and same(before, lift, within_g)


class _Choice:
    """Owns what is left of the planned bins."""

    def __init__(
        self, planned: Sequence[Planned], named: Mapping[str, Sequence[int]], register: Register
    ) -> None:
        self._planned = planned
        self._named = named
        self._register = register
        self._taken: set[tuple[Shift, str]] = set()  # with the bin
        self._lifted: dict[Shift, list[tuple[int, int]]] = {}
        self._at: dict[Shift, dict[str, list[str]]] = {}  # ... → point → bins

    def left(self, points: Sequence[str], ms: int) -> list[tuple[Shift, str]]:
        """Shift and bin, in the order of the route, at the nearest point that has any. Outside
        every shift the schedule says nothing."""
        plans = [one for one in self._planned if in_shift(one, ms)]
        for point in points:
            found = [
                (shift_of(plan), key)
                for plan in plans
                for key in self._bins_at(plan).get(point, ())
                if self._open(plan, key)
            ]
            if found:
                return found
        return []

    def take(self, left: Sequence[tuple[Shift, str]], ms: int, *, surely: bool) -> Presumed:
        """Of those `left`. `surely`: the lift itself said where it was."""
        found = next((one for one in left if self._is_in_turn(*one, ms)), None)
        if found is None and not surely and (by_turn := self.between(ms)).bin:
            return by_turn
        if not left:
            return Presumed()
        shift, key = found or left[0]
        self._taken.add((shift, key))
        return Presumed(bin=key, point=self._point(key, ms), sole=len(left) == 1)

    def between(self, ms: int) -> Presumed:
        """By the schedule alone."""
        for plan in self._planned:
            turn = self._turn(plan, ms)
            stream = {key for keys in self._bins_at(plan).values() for key in keys}
            bins = [plan.bins[stop] for stop in turn] if len(turn) <= _NEXT else ()
            left = [one for one in bins if one in stream and self._open(plan, one)]
            if left:
                self._taken.add((shift_of(plan), left[0]))
                return Presumed(left[0], self._point(left[0], ms), len(left) == 1, near=False)
        return Presumed()

    def _point(self, key: str, ms: int) -> str:
        bin_ = self._register.bin(key, ms)
        return bin_.point if bin_ else ""

    def _is_in_turn(self, shift: Shift, key: str, ms: int) -> bool:
        plan = next(one for one in self._planned if shift_of(one) == shift)
        return plan.bins.index(key) in self._turn(plan, ms)

    def _turn(self, plan: Planned, ms: int) -> range:
        """Stops between the lift before and the one after; behind the last one, the next few.
        Whoever drives the route the other way round comes down from the one before."""
        lifted = self._lifted_on(plan) if in_shift(plan, ms) else []
        if not lifted:
            return range(0)
        at = bisect_left(lifted, (ms, 0))
        if at == len(lifted):
            first = lifted[-1][1] + 1
            return range(first, min(len(plan.bins), first + _NEXT))
        after = lifted[at][1]
        before = lifted[at - 1][1] if at else -1
        return range(min(before, after) + 1, max(before, after))

    def _lifted_on(self, plan: Planned) -> list[tuple[int, int]]:
        """When, and which stop of the route."""
        found = self._lifted.get(shift_of(plan))
        if found is None:
            found = self._lifted[shift_of(plan)] = sorted(
                (ms, stop)
                for stop, key in enumerate(plan.bins)
                for ms in self._named.get(key, ())
                if in_shift(plan, ms)
            )
        return found

    def _open(self, plan: Planned, key: str) -> bool:
        lifted = self._named.get(key, ())
        return (shift_of(plan), key) not in self._taken and not any(
            in_shift(plan, ms) for ms in lifted
        )

    def _bins_at(self, plan: Planned) -> Mapping[str, Sequence[str]]:
        """Those of the route's stream; a bin of another stands beside them for another vehicle."""
        found = self._at.get(shift_of(plan))
        if found is None:
            found = self._at[shift_of(plan)] = {}
            for key in plan.bins:
                bin_ = self._register.bin(key, plan.start_ms)
                if bin_ and (not plan.category or bin_.category == plan.category):
                    found.setdefault(bin_.point, []).append(key)
        return found
