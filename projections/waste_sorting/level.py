"""How full a bin is: the sensor tells a distance, the profile then in force what it means."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from core.event import Recorded
from core.events.waste import LevelMeasured
from core.moment import millis
from projections.view import Rows
from projections.waste_sorting import profile, readings, sensor
from projections.waste_sorting.moves import moves
from projections.waste_sorting.rows import Bin, Geometry, Level, Profile

HOURS = 24  # with deposits, kept for the same

_NEW = Level()


def fill_level(distance_mm: int, empty_mm: int, full_mm: int) -> float | None:
    """(empty - d) / (empty - full), clamped to 0..1; None without a usable profile."""
    if empty_mm <= full_mm:
        return None
    if distance_mm >= empty_mm:
        return 0.0
    if distance_mm <= full_mm:
        return 1.0
    depth = empty_mm - full_mm
    return (2000 * (empty_mm - distance_mm) + depth) // (2 * depth) / 1000  # to the next thousandth


def filled(mm: int, geometry: Geometry | None) -> float | None:
    return None if geometry is None else fill_level(mm, geometry.empty_mm, geometry.full_mm)


class Levels:
    """What sensors tell in a run: each bin is put once, however often its sensor spoke. It does not
    matter that what else is told of the bin in that run is folded before: fill follows from what
    held when it was measured, and belief from all that is kept."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._heard: dict[str, list[Recorded]] = {}

    def hear(self, item: Recorded) -> None:
        subject = item.event.subject
        found = self._heard.get(subject)
        if found is None:
            self._heard[subject] = [item]
        else:
            found.append(item)

    def put(self) -> None:
        for subject, items in self._heard.items():
            _measured(self._rows, subject, items)
        self._heard.clear()


def _measured(rows: Rows, subject: str, items: Iterable[Recorded]) -> None:
    """Once a level came, the sensor is the bin's device, whoever mounted or emptied the bin. What
    is not told stands as it was."""
    row = rows.get("bin", subject, Bin) or Bin(subject=subject, device="")
    known = rows.get("profile", subject, Profile)
    geometries = known.geometries if known else ()
    before = rows.get("level", subject, Level) or _NEW
    heard = sensor.Heard(before, geometries)
    device, position, tilted_at = row.device, row.position, row.tilted_at
    cel, battery, level_at = row.temperature_cel, row.battery_pct, row.level_at
    fullness, weight_g = row.fullness, row.weight_g
    measured_ms, distance_mm = 0, row.distance_mm  # of the newest; 0: none moves the row
    for item in items:
        data, moment = item.event.data, item.moment
        assert isinstance(data, LevelMeasured)
        minute, mm, warm = moment.ms // 60_000, data.distance_mm, data.temperature_cel
        moving = moves(rows, item, level_at)
        if moving and item.device != device:
            heard.another(minute)
            device, tilted_at = item.device, ""
        if mm is not None:
            heard.note(minute, mm, None if warm is None else round(warm * 10))
        if not moving:
            continue
        position = data.position
        if position == "tilt":
            tilted_at = tilted_at or moment.at
        elif position == "normal":
            tilted_at = ""
        if mm is not None:
            distance_mm, level_at, measured_ms = mm, moment.at, moment.ms
        if data.fullness is not None:
            fullness, level_at = min(1.0, max(0.0, data.fullness)), moment.at
        if data.weight_g is not None:
            weight_g, level_at = data.weight_g, moment.at
        if warm is not None:
            cel = warm
        if data.battery_pct is not None:
            battery = data.battery_pct
    fill = row.fill
    if measured_ms and distance_mm is not None:
        geometry = profile.in_force(geometries, measured_ms)
        fill = filled(distance_mm, geometry)
        if _another(row, geometry):
            row = replace(row, **_shown(geometry))
    if distance_mm is None:
        fill = fullness
    row = replace(
        row,
        device=device,
        position=position,
        tilted_at=tilted_at,
        temperature_cel=cel,
        battery_pct=battery,
        distance_mm=distance_mm,
        fill=fill,
        fullness=fullness,
        weight_g=weight_g,
        level_at=level_at,
    )
    level = heard.level()
    if not heard.calm or row.faults or row.tilted_at:
        row = replace(row, faults=sensor.faults(level, geometries, row.tilted_at))
    if level != before:
        rows.put("level", subject, level)
    rows.put("bin", subject, row)


def emptied(rows: Rows, item: Recorded, subject: str, grams: int | None) -> None:
    """A lift shows whether the sensor notices one."""
    level = rows.get("level", subject, Level) or _NEW
    lift = (item.moment.ms // 60_000, grams or 0)
    lifts = (*level.lifts, lift)
    if level.lifts and lift < level.lifts[-1]:
        lifts = tuple(sorted(lifts))
    level = replace(level, lifts=lifts[-sensor.LIFTS :])
    rows.put("level", subject, level)
    newest, _ = readings.newest(level.readings)
    _look(rows, subject, level, likely=lift[0] < newest)


def reweighed(rows: Rows, subject: str, ms: int, was: int | None, now: int | None) -> None:
    """What a lift weighed is known only now, or better."""
    level = rows.get("level", subject, Level) or _NEW
    lift = (ms // 60_000, was or 0)
    if lift not in level.lifts:
        return  # too old to be kept
    at = level.lifts.index(lift)
    lifts = (*level.lifts[:at], *level.lifts[at + 1 :], (lift[0], now or 0))
    level = replace(level, lifts=tuple(sorted(lifts)))
    rows.put("level", subject, level)
    newest, _ = readings.newest(level.readings)
    _look(rows, subject, level, likely=lift[0] < newest)


def used(rows: Rows, subject: str, hour: int) -> None:
    """Something was thrown in, in that hour since 1970: of one once, since no more is asked."""
    level = rows.get("level", subject, Level) or _NEW
    if hour in level.used or (len(level.used) == HOURS and hour < level.used[0]):
        return
    later = not level.used or hour > level.used[-1]
    hours = (*level.used, hour) if later else tuple(sorted((*level.used, hour)))
    level = replace(level, used=hours[-HOURS:])
    rows.put("level", subject, level)
    _look(rows, subject, level, likely=False)


def _look(rows: Rows, subject: str, level: Level, *, likely: bool) -> None:
    """What was done with the bin is known better: its sensor is to be believed, or not."""
    row = rows.get("bin", subject, Bin)
    if row is None or not (likely or row.faults or sensor.moved_by_use(level)):
        return
    geometries = profile.of(rows, subject).geometries
    found = sensor.faults(level, geometries, row.tilted_at)
    if found != row.faults:
        rows.put("bin", subject, replace(row, faults=found))


def reprofiled(rows: Rows, row: Bin, known: Profile) -> Bin:
    """Its geometry changed, perhaps from the past: what it says of the last reading now."""
    geometry = known.geometries[-1] if known.geometries else None
    if row.distance_mm is not None:
        geometry = profile.in_force(known.geometries, millis(row.level_at))
    level = rows.get("level", row.subject, Level) or _NEW
    return replace(
        row,
        **_shown(geometry),
        fill=filled(row.distance_mm, geometry) if row.distance_mm is not None else row.fullness,
        faults=sensor.faults(level, known.geometries, row.tilted_at),
    )


def _another(row: Bin, geometry: Geometry | None) -> bool:
    """Whether another version came into force than the row shows."""
    if geometry is None:
        return row.empty_mm != 0 or row.full_mm != 0
    return (
        row.empty_mm != geometry.empty_mm
        or row.full_mm != geometry.full_mm
        or row.profile != geometry.profile
        or row.volume_l != geometry.volume_l
    )


def _shown(geometry: Geometry | None) -> dict[str, Any]:
    if geometry is None:
        return {"empty_mm": 0, "full_mm": 0, "profile": 0, "volume_l": None}
    return {
        "empty_mm": geometry.empty_mm,
        "full_mm": geometry.full_mm,
        "profile": geometry.profile,
        "volume_l": geometry.volume_l,
    }
