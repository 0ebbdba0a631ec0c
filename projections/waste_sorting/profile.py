"""A bin's geometry and place by valid time: what held when a level was measured, whenever it was
entered. Told by the installer's pad (`waste.bin.profiled`) or by the register; both are versions of
one list. What the register says of category and point stands before what devices say."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from core.event import Recorded
from core.events import register, waste
from projections.valid import since
from projections.view import Rows
from projections.waste_sorting.rows import Entry, Geometry, Profile

KEEP = 8

_Version = TypeVar("_Version", Geometry, Entry)


def of(rows: Rows, subject: str) -> Profile:
    return rows.get("profile", subject, Profile) or _NONE


def profiled(rows: Rows, item: Recorded, data: waste.BinProfiled) -> Profile:
    """The geometry holds from when it says, else from when it was told."""
    known = of(rows, item.event.subject)
    geometries = _newest((*known.geometries, _geometry(item, data)))
    row = Profile(geometries=geometries, entries=known.entries)
    rows.put("profile", item.event.subject, row)
    return row


def entered(rows: Rows, item: Recorded, data: register.BinEntered) -> Profile:
    known = of(rows, item.event.subject)
    geometries = known.geometries
    if data.empty_mm or data.full_mm:
        geometries = _newest((*geometries, _geometry(item, data)))
    entry = Entry(
        ms=since(item, data.valid_from),
        told=_told(item),
        category=data.category or "",
        point=data.point,
    )
    row = Profile(geometries=geometries, entries=_newest((*known.entries, entry)))
    rows.put("profile", item.event.subject, row)
    return row


def ended(rows: Rows, item: Recorded, valid_from: str) -> Profile:
    known = of(rows, item.event.subject)
    entry = Entry(ms=since(item, valid_from), told=_told(item), ended=True)
    row = Profile(geometries=known.geometries, entries=_newest((*known.entries, entry)))
    rows.put("profile", item.event.subject, row)
    return row


def in_force(geometries: Sequence[Geometry], ms: int) -> Geometry | None:
    for one in reversed(geometries):
        if one.ms <= ms:
            return one
    return None


def _geometry(item: Recorded, data: waste.BinProfiled | register.BinEntered) -> Geometry:
    return Geometry(
        ms=since(item, data.valid_from),
        told=_told(item),
        empty_mm=data.empty_mm,
        full_mm=data.full_mm,
        volume_l=data.volume_l,
        profile=data.profile,
    )


def _told(item: Recorded) -> tuple[str, str]:
    return (item.event.recordedtime, item.gateway)


def _newest(versions: Iterable[_Version]) -> tuple[_Version, ...]:
    """The one that came now stands last: of one gateway and one instant it was told later."""
    return tuple(sorted(versions, key=lambda one: (one.ms, one.told))[-KEEP:])


_NONE = Profile()
