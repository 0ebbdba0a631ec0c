"""The register as entries, so that what was published can be read again like a file."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import msgspec

from core.events.register import EntryKind
from projections.waste_district.held import Rows
from projections.waste_district.register import swaps
from projections.waste_district.register.entry import SPOKEN, written
from projections.waste_district.register.register import Register
from projections.waste_district.register.versions import holding, last
from projections.waste_district.rows.kinds import KINDS
from projections.waste_district.rows.register import (
    Bin,
    BinVersion,
    Route,
    Tag,
    Version,
)

LISTED: tuple[str, ...] = (*get_args(EntryKind), "tag")

_CHINA = timezone(timedelta(hours=8))
_OURS = frozenset(Version.__struct_fields__) | {"replacedBy", "swappedMs"}
_UNSAID: tuple[Any, ...] = ("", None, 0, (), [], {}, False)


def listed(rows: Rows, kind: str, ms: int) -> Iterator[dict[str, Any]]:
    """What holds at `ms`, by name. A bin has the tag that it was entered with, and behind it stands
    by which it was swapped; tags that it carries beside that one are kind `tag`. One that has ended
    is listed with its end while a route needs it."""
    register = Register(rows)
    if kind == "tag":
        for key in sorted(rows.keys("bin")):
            yield from _tags(rows, register, key, ms)
        return
    named = _named(rows, ms) if kind == "bin" else frozenset()
    for key in sorted(rows.keys(kind)):
        row: Any = rows.get(kind, key, KINDS[kind])
        version: Version | None = holding(row.versions, ms)
        if version is None:
            if key in named:
                yield from _gone(row, register, key, ms)
            continue
        line = _line(kind, key, version)
        if isinstance(version, BinVersion) and (uid := _entered(rows, register, key, ms)):
            line |= {"uidHex": uid, "tech": _tech(rows, uid, ms)}
        yield line
        if isinstance(version, BinVersion) and _swap_counts(version, key, register, ms):
            yield _swap(version, key, version.ms)


def _named(rows: Rows, ms: int) -> Collection[str]:
    """Bins on routes that hold then, and all that were ever put in their place."""
    found: set[str] = set()
    for name in rows.keys("route"):
        row = rows.get("route", name, Route)
        route = holding(row.versions, ms) if row else None
        found.update(route.bins if route else ())
    return {key for named in found for key in swaps.after(rows, named)}


def _gone(row: Bin, register: Register, key: str, ms: int) -> Iterator[dict[str, Any]]:
    """Of a bin that has ended: as it last held, what stands in its place, and its end. Without them
    a route that names it could not be served by who enters it again."""
    said = [one for one in row.versions if one.ms <= ms]
    held = next((number for number in reversed(range(len(said))) if not said[number].ended), None)
    if held is None:
        return
    version, now = said[held], said[-1]
    yield _line("bin", key, version)
    if _swap_counts(now, key, register, ms):
        yield _swap(now, key, max(now.swapped_ms, version.ms))
    yield {"kind": "scrap", "bin": key, "validFrom": _written(said[held + 1].ms)}


def _line(kind: str, key: str, version: Version) -> dict[str, Any]:
    name = key.rpartition("/")[2]
    return {"kind": kind, "name": name, "validFrom": _written(version.ms), **_said(version)}


def _swap(version: BinVersion, key: str, ms: int) -> dict[str, Any]:
    told = {"replacedBy": version.replaced_by, "validFrom": _written(ms)}
    return {"kind": "swap", "bin": key, **told}


def _said(version: Version) -> dict[str, Any]:
    """What it says, without what everything is taken to be where nothing is said."""
    return {
        SPOKEN.get(key, key): value
        for key, value in msgspec.to_builtins(version).items()
        if key not in _OURS and value not in _UNSAID
    }


def _swap_counts(version: BinVersion, key: str, register: Register, ms: int) -> bool:
    """A swap is said as of the version's moment. Of a bin that was put back it would be said anew
    then, if more was said of it since."""
    said_since = version.ms > version.swapped_ms
    return bool(version.replaced_by) and not (said_since and register.in_place(key, ms) == key)


def _tags(rows: Rows, register: Register, key: str, ms: int) -> Iterator[dict[str, Any]]:
    entered = _entered(rows, register, key, ms)
    for uid in register.tags_of(key, ms):
        tag = rows.get("tag", uid, Tag)
        version = last(tag.versions, ms) if tag else None
        if version is not None and uid != entered:
            told = {"uidHex": uid, "tech": version.tech, "validFrom": _written(version.ms)}
            yield {"kind": "tag", "bin": key, **told}


def _entered(rows: Rows, register: Register, key: str, ms: int) -> str:
    """The tag that the entry which holds names, if the bin still carries it."""
    row = rows.get("bin", key, Bin)
    said = [one for one in (row.words if row else ()) if one.what == "entered" and one.uid]
    uid = next((one.uid for one in reversed(said) if one.ms <= ms), "")
    return uid if key in register.bins_of_tag(uid, ms) else ""


def _tech(rows: Rows, uid: str, ms: int) -> str:
    tag = rows.get("tag", uid, Tag)
    version = last(tag.versions, ms) if tag else None
    return version.tech if version else "unknown"


def _written(ms: int) -> str:
    return written(datetime.fromtimestamp(ms / 1000, UTC).astimezone(_CHINA))
