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

_FLAT, _JUMPING, _INVERTED, _RANGE = LIMITS.flat, LIMITS.jumping, LIMITS.inverted, LIMITS.range
_LEAP = _JUMPING.mm
_SOONEST = round(min(_FLAT.stuck_h, _FLAT.frozen_h) * 60)  # minutes; before, nothing is stuck


def noted(
    level: Level, minute: int, mm: int, cel: int | None, geometries: Sequence[Geometry]
) -> tuple[Level, bool]:
    """With one more reading, and whether that one can not have shown a fault where there was none:
    most readings of most sensors can not. One that is older than the newest joins the window only.
    """
    window, flat, leaps = level.readings, level.flat, level.leaps
    last, last_mm = readings.newest(window)
    window = readings.with_reading(window, last, minute, mm, cel)
    if minute < last:
        return replace(level, readings=window), False
    if last >= 0 and -_FLAT.mm <= mm - flat.mm <= _FLAT.mm:
        flat = Flat(flat.since, flat.mm, flat.count + 1, *_spread(flat, cel))
    else:
        flat = Flat(minute, mm, 1, cel, cel)
    step = mm - last_mm if last >= 0 else 0
    if not -_LEAP < step < _LEAP:
        leaps = _leapt(leaps, minute, 1 if step > 0 else -1)
    elif leaps.turns or leaps.falls:
        leaps = _stepped(leaps, step)
    now = Level(readings=window, flat=flat, leaps=leaps, lifts=level.lifts, used=level.used)
    if level.lifts and minute // 60 == last // 60 and _first_after_lift(now):
        return now, False  # it takes the place of one that spoke otherwise of the lift
    return now, _calm(now, minute, mm, cel, geometries)


def _spread(flat: Flat, cel: int | None) -> tuple[int | None, int | None]:
    low, high = flat.cel_low, flat.cel_high
    if cel is None:
        return low, high
    return (cel if low is None or cel < low else low, cel if high is None or cel > high else high)


def _leapt(leaps: Leaps, minute: int, way: int) -> Leaps:
    turns = min(_JUMPING.turns, leaps.turns + 1) if way != leaps.way else 1
    falls = leaps.falls + 1 if way < 0 else 0
    return Leaps(
        way=way,
        turns=turns,
        turns_since=minute if turns == 1 else leaps.turns_since,
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


def _calm(
    level: Level, minute: int, mm: int, cel: int | None, geometries: Sequence[Geometry]
) -> bool:
    """Whether there is none of what `faults` needs to find something, of the newest reading."""
    leaps = level.leaps
    if leaps.jumping or leaps.falls >= _INVERTED.falls or not _near(mm, geometries):
        return False
    if level.lifts and _first_after_lift(level):
        _, before_mm = readings.before_newest(level.readings)
        if mm - before_mm <= -_INVERTED.mm:
            return False
    still = minute - level.flat.since >= _SOONEST
    return not (still and _flat(level, Reading(minute, mm, cel)))


def _first_after_lift(level: Level) -> bool:
    before, _ = readings.before_newest(level.readings)
    return level.lifts[-1][0] >= before


def moved_by_use(level: Level) -> bool:
    """Whether lifts and deposits can change what is to be thought of the sensor: they show only
    that one is stuck."""
    newest, _ = readings.newest(level.readings)
    return newest - level.flat.since >= _SOONEST


def faults(
    level: Level, geometries: Sequence[Geometry], tilted_at: str = ""
) -> Mapping[str, Fault]:
    """By kind, in order of the kinds."""
    window = readings.unpacked(level.readings)
    found: dict[str, Fault] = {}
    if window:
        seen = window[-1]
        if level.leaps.jumping:
            found["jumping"] = _fault(level.leaps.turns_since, seen, level.leaps.turns)
        found.update(_flat(level, seen))
        found.update(_inverted(level, window))
        found.update(_range(window, geometries))
    if tilted_at:
        found["tilted"] = Fault(since=tilted_at)
    return dict(sorted(found.items()))


def _fault(since: int, seen: Reading, count: int) -> Fault:
    return Fault(
        since=readings.text(since), seen=readings.text(seen.minute), mm=seen.mm, count=count
    )


def _flat(level: Level, seen: Reading) -> Mapping[str, Fault]:
    """Stuck: it says the same though the bin was emptied or filled. Frozen: stuck in the cold; or
    nothing it measures moves at all, which no weather does."""
    hours = (seen.minute - level.flat.since) / 60
    still = level.flat.cel_low is not None and level.flat.cel_low == level.flat.cel_high
    if hours >= _FLAT.frozen_h and still and level.flat.count >= _FLAT.frozen_readings:
        return {"frozen": _fault(level.flat.since, seen, level.flat.count)}
    if hours < _FLAT.stuck_h:
        return {}
    lifts = sum(
        level.flat.since < minute < seen.minute and grams >= _FLAT.lift_g
        for minute, grams in level.lifts
    )
    used = sum(level.flat.since <= hour * 60 and hour * 60 + 60 <= seen.minute
               for hour in level.used)  # fmt: skip
    if lifts < _FLAT.lifts and used < _FLAT.deposit_hours:
        return {}
    icy = seen.cel is not None and seen.cel <= _FLAT.ice_cel * 10
    kind = "frozen" if icy else "stuck"
    return {kind: _fault(level.flat.since, seen, lifts + used)}


def _inverted(level: Level, window: Sequence[Reading]) -> Mapping[str, Fault]:
    """The distance falls when the bin is emptied and grows while it fills."""
    seen = window[-1]
    first, count = 0, 0
    for lift, _ in reversed(level.lifts):
        change = _across(lift, window)
        if change >= _INVERTED.mm:
            break
        if change <= -_INVERTED.mm:
            first, count = lift, count + 1
    if count >= _INVERTED.lifts:
        return {"inverted": _fault(first, seen, count)}
    leaps = level.leaps
    if leaps.falls >= _INVERTED.falls and leaps.crept_mm >= leaps.falls * _INVERTED.mm:
        return {"inverted": _fault(leaps.falls_since, seen, leaps.falls)}
    return {}


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
    if not _RANGE.min_mm <= mm <= _RANGE.max_mm:
        return False
    for one in geometries:
        if mm > one.empty_mm + _RANGE.below_mm and one.empty_mm > one.full_mm:
            return False
    return True
