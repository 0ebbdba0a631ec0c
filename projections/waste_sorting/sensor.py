"""Whether a level sensor can be believed: from what it said and what was done with its bin.

What follows from readings alone is counted as they come, in the order of their gateway. Lifts,
deposits and profiles come by other ways and at any time: what needs them is concluded anew, from
what is kept, whenever one of them changes.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from projections.waste_sorting import readings
from projections.waste_sorting.limits import LIMITS
from projections.waste_sorting.profile import in_force
from projections.waste_sorting.readings import Reading
from projections.waste_sorting.rows import Fault, Flat, Geometry, Leaps, Level

LIFTS = 6  # kept of a bin, for what its sensor made of them

_FLAT, _JUMPING, _INVERTED, _RANGE = LIMITS.flat, LIMITS.jumping, LIMITS.inverted, LIMITS.range
_STILL, _LEAP = _FLAT.mm, _JUMPING.mm
_NEAREST, _FARTHEST, _BELOW = _RANGE.min_mm, _RANGE.max_mm, _RANGE.below_mm
_SOON = round(_JUMPING.within_h * 60)
_SOONEST = round(min(_FLAT.stuck_h, _FLAT.frozen_h) * 60)  # minutes; before, nothing is stuck


class Heard:
    """A level with more readings. `calm`: none of them can have shown a fault where there was none;
    most readings of most sensors can not."""

    __slots__ = ("_flat", "_geometries", "_known", "_leaps", "_since", "_window", "calm")

    def __init__(self, known: Level, geometries: Sequence[Geometry]) -> None:
        self._known, self._geometries = known, geometries
        self._window, self._since = known.readings, known.since
        self._flat, self._leaps = known.flat, known.leaps
        self.calm = True

    def level(self) -> Level:
        known = self._known
        return Level(
            readings=self._window,
            flat=self._flat,
            leaps=self._leaps,
            lifts=known.lifts,
            used=known.used,
            since=self._since,
        )

    def another(self, minute: int) -> None:
        """From then on another sensor speaks, who is not blamed for the one before."""
        if self._window:
            self._since, self._flat, self._leaps = minute, Flat(), Leaps()

    def note(self, minute: int, mm: int, cel: int | None) -> None:
        """One that is older than the newest joins the window only."""
        window, leaps = self._window, self._leaps
        last, last_mm = readings.newest(window)
        self._window = readings.with_reading(window, last, minute, mm, cel)
        if minute < last:
            self.calm = False
            return
        flat = self._flat
        if flat.count and -_STILL <= mm - flat.mm <= _STILL:
            self._flat = Flat(flat.since, flat.mm, flat.count + 1, *_spread(flat, cel))
        else:
            self._flat = Flat(minute, mm, 1, cel, cel)
        step = mm - last_mm if flat.count else 0
        if not -_LEAP < step < _LEAP:
            self._leaps = _leapt(leaps, minute, 1 if step > 0 else -1, near=minute - last <= _SOON)
        elif leaps.turns or leaps.falls:
            self._leaps = _stepped(leaps, step)
        if self.calm:
            self.calm = _near(mm, self._geometries) and self._calm(minute, mm, cel, last, step)

    def _calm(self, minute: int, mm: int, cel: int | None, last: int, step: int) -> bool:
        leaps, lifts = self._leaps, self._known.lifts
        if leaps.jumping or leaps.falls >= _INVERTED.falls:
            return False
        if lifts:
            lift = lifts[-1][0]
            if minute // 60 == last // 60:
                if lift >= readings.before_newest(self._window)[0]:
                    return False  # it takes the place of one that spoke otherwise of the lift
            elif lift >= last and step <= -_INVERTED.mm:
                return False
        still = minute - self._flat.since >= _SOONEST
        return not (still and _flat(self.level(), Reading(minute, mm, cel), self._geometries))


def _spread(flat: Flat, cel: int | None) -> tuple[int | None, int | None]:
    low, high = flat.cel_low, flat.cel_high
    if cel is None:
        return low, high
    return (cel if low is None or cel < low else low, cel if high is None or cel > high else high)


def _leapt(leaps: Leaps, minute: int, way: int, *, near: bool) -> Leaps:
    """Between readings far apart a bin may well have been filled, or emptied."""
    turns = leaps.turns
    if near:
        turns = min(_JUMPING.turns, turns + 1) if way != leaps.way else 1
    falls = leaps.falls + 1 if way < 0 else 0
    return Leaps(
        way=way,
        turns=turns,
        turns_since=minute if near and turns == 1 else leaps.turns_since,
        jumping=leaps.jumping or turns >= _JUMPING.turns,
        falls=falls,
        falls_since=minute if falls == 1 else leaps.falls_since,
        crept_mm=leaps.crept_mm if falls > 1 else 0,
    )


def _stepped(leaps: Leaps, step: int) -> Leaps:
    turns = max(0, leaps.turns - 1)
    return replace(
        leaps,
        turns=turns,
        jumping=leaps.jumping and turns > _JUMPING.calm,
        crept_mm=leaps.crept_mm + step if leaps.falls else 0,
    )


def moved_by_use(level: Level) -> bool:
    """Whether lifts and deposits can change what is to be thought of the sensor: they show only
    that one is stuck."""
    newest, _ = readings.newest(level.readings)
    return newest - level.flat.since >= _SOONEST


def faults(
    level: Level, geometries: Sequence[Geometry], tilted_at: str = ""
) -> Mapping[str, Fault]:
    """By kind, in order of the kinds."""
    window = [one for one in readings.unpacked(level.readings) if one.minute >= level.since]
    found: dict[str, Fault] = {}
    if window:
        seen = window[-1]
        if level.leaps.jumping:
            found["jumping"] = _fault(level.leaps.turns_since, seen, level.leaps.turns)
        found.update(_flat(level, seen, geometries))
        found.update(_inverted(level, window))
        found.update(_range(window, geometries))
    if tilted_at:
        found["tilted"] = Fault(since=tilted_at)
    return dict(sorted(found.items()))


def _fault(since: int, seen: Reading, count: int) -> Fault:
    return Fault(
        since=readings.text(since), seen=readings.text(seen.minute), mm=seen.mm, count=count
    )


def _flat(level: Level, seen: Reading, geometries: Sequence[Geometry]) -> Mapping[str, Fault]:
    """Stuck: it says the same though the bin was emptied or filled. Frozen: stuck in the cold; or
    nothing it measures moves at all, which no weather does."""
    hours = (seen.minute - level.flat.since) / 60
    still = level.flat.cel_low is not None and level.flat.cel_low == level.flat.cel_high
    if hours >= _FLAT.frozen_h and still and level.flat.count >= _FLAT.frozen_readings:
        return {"frozen": _fault(level.flat.since, seen, level.flat.count)}
    if hours < _FLAT.stuck_h:
        return {}
    lifts = _lifted(level, seen.minute)
    used = 0
    if not _full(seen, geometries):
        used = sum(level.flat.since <= hour * 60 and hour * 60 + 60 <= seen.minute
                   for hour in level.used)  # fmt: skip
    if lifts < _FLAT.lifts and used < _FLAT.deposit_hours:
        return {}
    icy = seen.cel is not None and seen.cel <= _FLAT.ice_cel * 10
    kind = "frozen" if icy else "stuck"
    return {kind: _fault(level.flat.since, seen, lifts + used)}


def _lifted(level: Level, until: int) -> int:
    """Lifts while it did not move. What is told of twice within minutes was one."""
    found, before = 0, 0
    for minute, grams in level.lifts:
        if level.flat.since < minute < until and grams >= _FLAT.lift_g:
            found += minute - before >= _FLAT.apart_min
            before = minute
    return found


def _full(seen: Reading, geometries: Sequence[Geometry]) -> bool:
    """What is laid upon a full bin brings nothing nearer."""
    depth = in_force(geometries, seen.ms)
    return depth is not None and seen.mm <= depth.full_mm + _FLAT.mm


def _inverted(level: Level, window: Sequence[Reading]) -> Mapping[str, Fault]:
    """The distance falls when the bin is emptied and grows while it fills."""
    seen = window[-1]
    first, count = 0, 0
    for index in reversed(range(len(level.lifts))):
        lift, _ = level.lifts[index]
        change = _across(lift, window)
        if change >= _INVERTED.mm:
            break
        if change <= -_INVERTED.mm and _grew(level, index, window):
            first, count = lift, count + 1
    if count >= _INVERTED.lifts:
        return {"inverted": _fault(first, seen, count)}
    leaps = level.leaps
    if leaps.falls >= _INVERTED.falls and leaps.crept_mm >= leaps.falls * _INVERTED.mm:
        return {"inverted": _fault(leaps.falls_since, seen, leaps.falls)}
    return {}


def _grew(level: Level, index: int, window: Sequence[Reading]) -> bool:
    """Whether the distance was growing before that lift: where it was not, the bin was filled in
    a rush behind it. Of the oldest that is kept it may not be known since when."""
    if index == 0 and len(level.lifts) == LIFTS:
        return False
    since = level.lifts[index - 1][0] if index else -1
    cycle = [one.mm for one in window if since < one.minute <= level.lifts[index][0]]
    steps = (cycle[-1] - mm for mm in reversed(cycle))
    return next((step for step in steps if not -_STILL <= step <= _STILL), 0) > 0


def _across(lift: int, window: Sequence[Reading]) -> int:
    """By how much the distance grew from the last reading before a lift to the first after it;
    0 where there is none near."""
    near = round(_INVERTED.within_h * 60)
    before = [one for one in window if lift - near <= one.minute <= lift]
    behind = [one for one in window if lift < one.minute <= lift + near]
    return behind[0].mm - before[-1].mm if before and behind else 0


def _range(window: Sequence[Reading], geometries: Sequence[Geometry]) -> Mapping[str, Fault]:
    first, count = 0, 0
    for one in reversed(window):
        if not _out_of_range(one, geometries):
            break
        first, count = one.minute, count + 1
    if count < _RANGE.readings:
        return {}
    return {"out-of-range": _fault(first, window[-1], count)}


def _out_of_range(one: Reading, geometries: Sequence[Geometry]) -> bool:
    depth = in_force(geometries, one.ms)
    return not _near(one.mm, (depth,) if depth else ())


def _near(mm: int, geometries: Sequence[Geometry]) -> bool:
    """Within what the sensor can see, and in a bin of each of these depths."""
    if not _NEAREST <= mm <= _FARTHEST:
        return False
    for one in geometries:
        if mm > one.empty_mm + _BELOW and one.empty_mm > one.full_mm:
            return False
    return True
