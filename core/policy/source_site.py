"""The place in a policy file: areas, doors, cameras, and what about them cannot be."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Annotated, Any, get_args

import msgspec

from core.config import SLUG
from core.events.access import Credential
from core.policy.document import Schedule
from core.policy.findings import Findings
from core.policy.limits import unfit
from core.policy.schedule import DAYS, HOLIDAY, compiled, minutes
from core.policy.source_times import days
from core.site import OUTSIDE, Area, Camera, Door, Parking, Screening, Site

_KINDS = {kind: None for kind in get_args(Credential) if kind != "unknown"}
_UNDESCRIBED = {"compound": None}  # what doors lead to in a file without areas
_SLUG = Annotated[str, msgspec.Meta(pattern=SLUG)]


def site(found: Findings, raw: Mapping[str, Any]) -> Site:
    areas = found.entries(raw.get("areas", {}), Area, "areas")
    doors = found.entries(raw.get("doors", {}), Door, "doors")
    cameras = found.entries(raw.get("cameras", {}), Camera, "cameras")
    for name in doors:
        _slug(found, name, f"doors.{name}")
    for name, area in areas.items():
        _area(found, name, area, areas)
    _doors(found, doors, areas)
    expect = found.convert(raw.get("expect_s", {}), dict[str, float], "expect_s")
    made = Site(
        areas=areas,
        doors=doors,
        cameras=cameras,
        screening=found.convert(raw.get("screening", {}), Screening, "screening") or Screening(),
        parking=found.convert(raw.get("parking", {}), Parking, "parking") or Parking(),
        expect_s=expect or {},
    )
    for key, what, remedy in unfit(made):
        found.error(key, what, remedy)
    return made


def schedules(found: Findings, raw: Mapping[str, Any], zone: tzinfo) -> dict[str, Schedule]:
    """A day, several ("mon-fri") or "holiday" → spans "08:00-18:00"; `holidays` and `workdays` of
    the file hold for every schedule, a schedule's own come on top."""
    holidays = tuple(days(found, "holidays", raw.get("holidays", ())))
    workdays = found.convert(raw.get("workdays", {}), dict[str, str], "workdays") or {}
    made: dict[str, Schedule] = {}
    for name, table in found.table(raw.get("schedules", {}), "schedules").items():
        key = f"schedules.{name}"
        rest = dict(found.table(table, key))
        own = tuple(days(found, f"{key}.holidays", rest.pop("holidays", ())))
        weekly: dict[str, tuple[tuple[str, str], ...]] = {}
        for label, spans in rest.items():
            pairs = found.convert(spans, tuple[str, ...], f"{key}.{label}") or ()
            for day in _days(found, f"{key}.{label}", label):
                weekly[day] = tuple(_span(text) for text in pairs)
        schedule = Schedule(
            weekly=weekly, holidays=tuple(sorted({*holidays, *own})), workdays=workdays
        )
        if not any(weekly.values()):
            found.error(key, "has no hours, so it never is on", 'Write mon-fri = ["08:00-18:00"].')
        try:
            compiled(schedule, zone)
        except ValueError as error:
            found.error(key, str(error), "Correct the hours.")
        made[name] = schedule
    return made


def _days(found: Findings, key: str, label: str) -> tuple[str, ...]:
    first, _, last = label.partition("-")
    if label in (*DAYS, HOLIDAY):
        return (label,)
    if first in DAYS and last in DAYS and DAYS.index(first) < DAYS.index(last):
        return DAYS[DAYS.index(first) : DAYS.index(last) + 1]
    found.error(key, "is no day", "Use mon tue wed thu fri sat sun, mon-fri, or holiday.")
    return ()


def _span(text: str) -> tuple[str, str]:
    begin, _, end = text.partition("-")
    return begin.strip(), end.strip()


def _slug(found: Findings, name: str, key: str) -> None:
    try:
        msgspec.convert(name, _SLUG)
    except msgspec.ValidationError:
        found.error(key, "is no name for topics", "Use letters, digits, - and _, at most 64.")


def _area(found: Findings, name: str, area: Area, areas: Mapping[str, Area]) -> None:
    key = f"areas.{name}"
    if name == OUTSIDE:
        found.error(key, "is what lies outside of every area", "Give it another name.")
    if area.parent:
        found.known((area.parent,), areas, f"{key}.parent", "area")
    if area.capacity < 0:
        found.error(f"{key}.capacity", "is less than nobody", "Write 0 for no limit.")
    if area.reset:
        try:
            minutes(area.reset)
        except ValueError as error:
            found.error(f"{key}.reset", str(error), "Correct the time.")
    path = [name]
    while (parent := areas[path[-1]].parent) in areas:
        if parent == name:
            found.error(f"{key}.parent", f"lies in itself: {' in '.join([*path, name])}",
                        "Let one of them lie in another area, or in none.")  # fmt: skip
        if parent in path:
            return  # of another one, which says so
        path.append(parent)


def _doors(found: Findings, doors: Mapping[str, Door], areas: Mapping[str, Area]) -> None:
    described = {**(areas or _UNDESCRIBED), OUTSIDE: None}
    interlocks: dict[str, list[str]] = {}
    for name, door in doors.items():
        key = f"doors.{name}"
        found.known((door.from_area,), described, f"{key}.from_area", "area")
        found.known((door.to_area,), described, f"{key}.to_area", "area")
        for kind in door.credentials:
            if kind not in _KINDS:
                found.error(f"{key}.credentials", f"{kind!r} is no credential",
                            f"Use {', '.join(_KINDS)}.")  # fmt: skip
        if set(door.credentials) == {"face"}:
            found.warn("face-only", f"{key}.credentials", "only a face opens this door",
                       "Let its reader take cards, codes or passes as well: the law requires "
                       "another way in.")  # fmt: skip
        if door.prealarm_s > door.open_s:
            found.error(f"{key}.prealarm_s", "is longer than open_s", "Make it shorter.")
        if door.interlock:
            interlocks.setdefault(door.interlock, []).append(name)
    for interlock, members in interlocks.items():
        if len(members) == 1:
            found.error(f"doors.{members[0]}.interlock", f"{interlock!r} is of this door alone",
                        "Name the same interlock at another door, or none here.")  # fmt: skip
