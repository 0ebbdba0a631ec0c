"""What each lift of a vehicle's day was: whose bin, how sure that is, and what it weighs.

Pure in what was told of the day and in the register. A tag is evidence, not truth: the place, the
schedule and the other lifts speak too. First the bins that are named, then what of those was told
twice, then those that nobody named (`presume`).
"""

from collections.abc import Mapping, Sequence

import msgspec

from core.events.register import Scale
from projections.waste_district.lifts.evidence import EVIDENCE, By, Near, confidence
from projections.waste_district.lifts.presume import Presumed, presume
from projections.waste_district.lifts.shifts import begins_ms, over_ms
from projections.waste_district.lifts.weights import alike_g, impossible, net_of, same, unweighed
from projections.waste_district.lifts.whereabouts import Place, place_of
from projections.waste_district.register.near import metres
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Facts, Lift
from projections.waste_district.rows.register import BinVersion

_replace = msgspec.structs.replace
_AGAINST_MS = EVIDENCE.place.against_s * 1000
_READ_MS = EVIDENCE.read.within_s * 1000
_DOUBLE_MS = EVIDENCE.double.within_s * 1000
_NEAR_M, _FAR_M = EVIDENCE.place.near_m, EVIDENCE.place.far_m


class Resolved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`bin` empty: nobody can say. `compound` is whose waste it is: of the place where a tag was
    read that belongs elsewhere. `category`: of the bin that stands there. `counted`: a lift of its
    own, neither told twice nor refused; `weighed`: and its mass is known and can be."""

    lift: Lift
    bin: str = ""
    compound: str = ""
    point: str = ""  # of the bin, or the only one near
    category: str = ""
    stream: str = ""  # what the vehicle was collecting
    by: By = ""
    confidence: float = 0.0
    double_of: str = ""  # id of the lift that this is told again
    net_g: int = 0
    counted: bool = True
    weighed: bool = False
    stray: str = ""  # the point where it really was, for a tag that belongs elsewhere
    instead: str = ""  # ... and the bin that stands there, as it is presumed
    flags: tuple[str, ...] = ()  # impossible, stray, wrong-stream

    @property
    def lifted(self) -> str:
        """The bin that was on the lifter, as far as is known: not always the one of the tag."""
        return self.instead or self.bin


def resolve(
    facts: Facts, planned: Sequence[Planned], stream: str, register: Register, scale: Scale
) -> list[Resolved]:
    """In order of time. `stream`: the vehicle's, where no route says another."""
    day = _Day(facts, planned, stream, register, alike_g(scale))
    found = doubled([day.named(one) for one in facts.lifts], day.within_g)
    unnamed = [
        (one.lift, place_of(one.lift, facts.fixes))
        for one in found
        if (not one.bin or one.stray) and not one.double_of
    ]
    if unnamed:
        named: dict[str, list[int]] = {}
        for one in found:
            if one.bin and not one.stray:
                named.setdefault(one.bin, []).append(one.lift.ms)
        presumed = presume(unnamed, named, planned, register, day.within_g)
        found = [day.presumed(one, presumed.get(one.lift)) for one in found]
    return found


class _Day:
    """What lifts are judged by."""

    def __init__(
        self,
        facts: Facts,
        planned: Sequence[Planned],
        stream: str,
        register: Register,
        within_g: int,
    ) -> None:
        self.within_g = within_g
        self._facts = facts
        self._stream = stream
        self._register = register
        # Asked of every lift: (begins, is over, route, its bins).
        self._shifts = [
            (begins_ms(plan), over_ms(plan), plan, frozenset(plan.bins)) for plan in planned
        ]
        self._tags = _read_beside(facts)

    def named(self, lift: Lift) -> Resolved:
        """By its tag or its name."""
        register, ms = self._register, lift.ms
        uid = lift.uid or self._tags.get(lift, "")
        by: By = "tag"
        key = register.bin_of_tag(uid, ms) if uid else ""
        bin_ = register.bin(key, ms) if key else None
        if bin_ is None and lift.bin:
            by, key = "name", register.resolve(lift.bin, lift.told_in, ms)
            bin_ = register.bin(key, ms) if key else None
        stream = self._collecting(ms)
        if bin_ is None:
            return Resolved(lift=lift, stream=stream)
        place = place_of(lift, self._facts.fixes)
        near = self._near(place, bin_.point, ms)
        if near == "far" and place_of(lift, self._facts.fixes, _AGAINST_MS) is None:
            near = "unknown"  # it has driven on since, or was not there yet
        one = Resolved(
            lift=lift,
            bin=key,
            compound=bin_.compound,
            point=bin_.point,
            category=bin_.category or lift.category or stream,
            stream=stream,
            by=by,
            confidence=confidence(by, near, planned=self._is_planned(key, ms), sole=True),
        )
        if near == "far" and place is not None:
            one = self._strayed(one, place)
        return self._weighed(one, bin_)

    def presumed(self, one: Resolved, of: Presumed | None) -> Resolved:
        """What nobody named. Without any bin it still belongs to whose point is near."""
        if of is None:
            return one
        if one.bin:
            return _replace(one, instead=of.bin)
        register, ms, lift = self._register, one.lift.ms, one.lift
        bin_ = register.bin(of.bin, ms) if of.bin else None
        point = register.point(of.point, ms) if of.point else None
        by: By = "place" if bin_ or point else ""
        place: Near = "near" if of.near else "unknown"
        one = _replace(
            one,
            bin=of.bin if bin_ else "",
            compound=bin_.compound if bin_ else point.compound if point else "",
            point=of.point,
            category=(bin_.category if bin_ else "") or lift.category or one.stream,
            by=by,
            confidence=confidence(by, place, planned=bin_ is not None, sole=of.sole),
            double_of=of.double_of,
        )
        return self._weighed(one, bin_)

    def _weighed(self, one: Resolved, bin_: BinVersion | None) -> Resolved:
        flags = one.flags
        if one.category and one.stream and one.category != one.stream:
            flags = (*flags, "wrong-stream")
        if impossible(one.lift, bin_, self.within_g):
            flags = (*flags, "impossible")
        counted = not one.double_of and not one.lift.refused
        net = net_of(one.lift) if counted and "impossible" not in flags else None
        return _replace(one, flags=flags, counted=counted, net_g=net or 0, weighed=net is not None)

    def _strayed(self, one: Resolved, place: Place) -> Resolved:
        """The bin stays the tag's; the waste is whose point it is, where only one is near."""
        ms = one.lift.ms
        one = _replace(one, flags=(*one.flags, "stray"))
        near = self._register.points_near(*place, ms, _NEAR_M)
        point = self._register.point(near[0][0], ms) if len(near) == 1 else None
        if point is None:
            return one
        stray = near[0][0]
        there = {
            bin_.category
            for key in self._register.bins_at(stray, ms)
            if (bin_ := self._register.bin(key, ms))
        }
        category = one.category
        if one.stream in there:
            category = one.stream
        elif len(there) == 1:
            (category,) = there
        return _replace(one, stray=stray, compound=point.compound, category=category)

    def _near(self, place: Place | None, point: str, ms: int) -> Near:
        found = self._register.point(point, ms) if place and point else None
        if place is None or found is None or found.lat is None or found.lon is None:
            return "unknown"
        away = metres(*place, found.lat, found.lon)
        if away <= _NEAR_M:
            return "near"
        if away > _FAR_M:
            return "far"
        others = self._register.points_near(*place, ms, _NEAR_M)
        return "far" if others and others[0][1] <= away * EVIDENCE.place.nearer else "unknown"

    def _is_planned(self, key: str, ms: int) -> bool:
        return any(begins <= ms <= over and key in bins for begins, over, _, bins in self._shifts)

    def _collecting(self, ms: int) -> str:
        """A route that it is between counts before one whose margin it is in."""
        found = ""
        for begins, over, plan, _ in self._shifts:
            if plan.category and begins <= ms <= over:
                if plan.start_ms <= ms <= plan.end_ms:
                    return plan.category
                found = found or plan.category
        return found or self._stream


def doubled(found: Sequence[Resolved], within_g: int) -> list[Resolved]:
    """Of one bin, what repeats a lift is that lift told again; one without a weight gives way."""
    made = list(found)
    last: dict[str, int] = {}  # bin → its newest lift that stands by itself
    for at, one in enumerate(made):
        if not one.bin or one.lift.refused:
            continue
        before = last.get(one.bin)
        if before is not None and _again(made[before], one, within_g):
            first = made[before]
            if unweighed(first.lift) and not unweighed(one.lift):
                made[before] = _told_again(first, one.lift.id)
            else:
                made[at] = _told_again(one, first.lift.id)
                continue
        last[one.bin] = at
    return made


def _again(first: Resolved, second: Resolved, within_g: int) -> bool:
    return (
        second.lift.ms - first.lift.ms <= _DOUBLE_MS
        and first.stray == second.stray
        and same(first.lift, second.lift, within_g)
    )


def _told_again(one: Resolved, of: str) -> Resolved:
    return _replace(one, double_of=of, counted=False, net_g=0, weighed=False)


def _read_beside(facts: Facts) -> Mapping[Lift, str]:
    """Lifts without tag or name → the only tag a reader saw beside them that no other lift has."""
    if not facts.reads:
        return {}
    told = {one.uid for one in facts.lifts if one.uid}
    reads = [one for one in facts.reads if one.uid and one.uid not in told]
    found: dict[Lift, str] = {}
    for lift in facts.lifts if reads else ():
        if not lift.uid and not lift.bin:
            beside = {one.uid for one in reads if abs(one.ms - lift.ms) <= _READ_MS}
            if len(beside) == 1:
                (found[lift],) = beside
    return found
