"""How full a bin is: the sensor tells a distance, the profile then in force what it means."""

from typing import Any

from msgspec.structs import replace

from core.event import Recorded
from core.events.waste import LevelMeasured
from core.moment import millis
from projections.view import Rows
from projections.waste_sorting import profile, readings, sensor
from projections.waste_sorting.moves import moves
from projections.waste_sorting.rows import Bin, Geometry, Level, Profile

LIFTS = 6  # kept of a bin, for what its sensor made of them
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
    return round((empty_mm - distance_mm) / (empty_mm - full_mm), 3)


def filled(mm: int, geometry: Geometry | None) -> float | None:
    return None if geometry is None else fill_level(mm, geometry.empty_mm, geometry.full_mm)


def measured(rows: Rows, item: Recorded) -> None:
    """Once a level came, the sensor is the bin's device, whoever mounted or emptied the bin."""
    data, subject = item.event.data, item.event.subject
    assert isinstance(data, LevelMeasured)
    row = rows.get("bin", subject, Bin) or Bin(subject=subject, device="")
    known = rows.get("profile", subject, Profile)
    geometries = known.geometries if known else ()
    mm, cel, calm = data.distance_mm, data.temperature_cel, True
    changes: dict[str, Any] = {"device": item.device}
    if mm is not None:
        level, calm = sensor.noted(
            rows.get("level", subject, Level) or _NEW,
            item.moment.ms // 60_000,
            mm,
            None if cel is None else round(cel * 10),
            geometries,
        )
        rows.put("level", subject, level)
    if moves(rows, item, row.level_at):
        changes["position"] = data.position
        if data.position == "tilt":
            changes["tilted_at"] = row.tilted_at or item.moment.at
        elif data.position == "normal":
            changes["tilted_at"] = ""
        if cel is not None:
            changes["temperature_cel"] = cel
        if data.battery_pct is not None:
            changes["battery_pct"] = data.battery_pct
        if mm is not None:
            geometry = profile.in_force(geometries, item.moment.ms)
            changes["distance_mm"] = mm
            changes["level_at"] = item.moment.at
            changes["fill"] = filled(mm, geometry)
            if _another(row, geometry):
                changes.update(_shown(geometry))
    row = replace(row, **changes)
    if not calm or row.faults or row.tilted_at:
        level = rows.get("level", subject, Level) or _NEW
        row = replace(row, faults=sensor.faults(level, geometries, row.tilted_at))
    rows.put("bin", subject, row)


def emptied(rows: Rows, item: Recorded, subject: str, grams: int | None) -> None:
    """A lift shows whether the sensor notices one."""
    level = rows.get("level", subject, Level) or _NEW
    lift = (item.moment.ms // 60_000, grams or 0)
    level = replace(level, lifts=tuple(sorted((*level.lifts, lift))[-LIFTS:]))
    rows.put("level", subject, level)
    newest, _ = readings.newest(level.readings)
    _look(rows, subject, level, likely=lift[0] < newest)


def used(rows: Rows, item: Recorded, subject: str) -> None:
    """Something was thrown in: of an hour once, because that is all that is asked."""
    level = rows.get("level", subject, Level) or _NEW
    hour = item.moment.ms // 3_600_000
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
        fill=filled(row.distance_mm, geometry) if row.distance_mm is not None else None,
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
