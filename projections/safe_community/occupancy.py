"""Areas, passes and lists as a screen shows them: with what only all rows together tell.

`now` is the newest moment at which a gateway heard anything: views have no clock."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from core.clock import parse_rfc3339, rfc3339
from core.site import OUTSIDE, Area
from projections.safe_community.places import path
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.gateways import Gateway
from projections.safe_community.rows.places import Inside, Place
from projections.safe_community.rows.policy import Rulebook
from projections.safe_community.rows.presence import Device
from projections.safe_community.rows.visitors import Pass
from projections.safe_community.rows.watching import Watched
from projections.safe_community.timers import millis_of
from projections.view import Kinds, RowT

STALE = timedelta(hours=24)

_replace = msgspec.structs.replace


def now(kinds: Kinds) -> str:
    devices = _of(kinds, "device", Device).values()
    gateways = _of(kinds, "gateway", Gateway).values()
    return max([*(row.seen for row in devices), *(row.seen for row in gateways)], default="")


def places(kinds: Kinds) -> list[Place]:
    """Every area of the site and every other in which somebody was counted."""
    site = _of(kinds, "policy", Rulebook).get("policy", Rulebook()).site
    found = _of(kinds, "place", Place)
    stale = _stale(kinds, {area: path(site, area) for area in {*site.areas, *found}})
    missing = _missing(kinds)
    made = []
    for area in sorted({*found, *site.areas} - {OUTSIDE}):
        row, described = found.get(area, Place(area=area)), site.areas.get(area, Area())
        lost, gone = missing.get(area, 0), stale.get(area, 0)
        made.append(
            _replace(
                row,
                title=described.title,
                capacity=described.capacity,
                stale=gone,
                missing=lost,
                low=max(0, row.low - gone - lost),
                high=row.high + lost,
            )
        )
    return made


def _stale(kinds: Kinds, paths: Mapping[str, tuple[str, ...]]) -> Mapping[str, int]:
    newest = now(kinds)
    counts: dict[str, int] = {}
    if not newest:
        return counts
    floor = rfc3339(parse_rfc3339(newest) - STALE)
    for row in _of(kinds, "inside", Inside).values():
        if row.since < floor:
            for area in paths.get(row.area, (row.area,)):
                counts[area] = counts.get(area, 0) + 1
    return counts


def _missing(kinds: Kinds) -> Mapping[str, int]:
    """Records that the devices of an area's doors counted and never delivered."""
    site = _of(kinds, "policy", Rulebook).get("policy", Rulebook()).site
    devices = _of(kinds, "device", Device)
    told: dict[str, set[str]] = {}
    for subject, row in _of(kinds, "door", Door).items():
        key = subject.partition("/")[2]
        described = site.doors.get(key)
        if described is None and site.doors:
            continue
        ends = ("compound",) if described is None else (described.from_area, described.to_area)
        names = {row.device} if described is None else {row.device, described.device} - {""}
        for end in ends:
            for area in path(site, end):
                told.setdefault(area, set()).update(names)
    return {
        area: sum(devices[name].gaps for name in names if name in devices)
        for area, names in told.items()
    }


def passes(kinds: Kinds) -> list[Pass]:
    at = millis_of(now(kinds))
    found = _of(kinds, "pass", Pass)
    return [_replace(row, state="expired") if _expired(row, at) else row
            for _, row in sorted(found.items())]  # fmt: skip


def _expired(row: Pass, at: int | None) -> bool:
    until = millis_of(row.valid_to)
    over = at is not None and until is not None and until <= at
    return over and row.state in ("issued", "used")


def watched(kinds: Kinds) -> list[dict[str, Any]]:
    """Who is listed, and whether the entry still does anything."""
    at = millis_of(now(kinds))
    made = []
    for _, row in sorted(_of(kinds, "watch", Watched).items()):
        if row.ended:
            continue
        until = millis_of(row.until)
        expired = until is None or (at is not None and until <= at)
        told = msgspec.to_builtins(_replace(row, former=()))
        del told["former"], told["ended"]
        made.append({**told, "state": "expired" if expired else "listed"})
    return made


def _of(kinds: Kinds, kind: str, row_type: type[RowT]) -> Mapping[str, RowT]:
    return {key: row for key, row in kinds.get(kind, {}).items() if isinstance(row, row_type)}
