"""Versions of one thing by valid time: what held when, and where another one goes."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from core.event import Recorded
from projections.valid import since
from projections.waste_district.rows.register import Version

VersionT = TypeVar("VersionT", bound=Version)

_MS = attrgetter("ms")


def last(versions: Sequence[VersionT], ms: int) -> VersionT | None:
    """The one that holds at `ms`, even where it says that the thing has ended."""
    if not versions:
        return None
    newest = versions[-1]
    if newest.ms <= ms:  # what is asked for most
        return newest
    at = bisect_right(versions, ms, key=_MS)
    return versions[at - 1] if at else None


def holding(versions: Sequence[VersionT], ms: int) -> VersionT | None:
    found = last(versions, ms)
    return None if found is None or found.ended else found


def beside(versions: tuple[VersionT, ...], one: VersionT) -> tuple[VersionT, ...]:
    """With `one` in its place. The same event twice counts once, as it was told first, so that
    neither the order nor the number of times it came matters."""
    for other in versions:
        if other.id == one.id and _as_told(other, one) == one:
            if other.told <= one.told:
                return versions
            versions = tuple(found for found in versions if found is not other)
            break
    return tuple(sorted((*versions, one), key=order))


def _as_told(version: VersionT, like: Version) -> VersionT:
    return msgspec.structs.replace(version, told=like.told, position=like.position)


def order(version: Version) -> tuple[int, tuple[str, str, int]]:
    return version.ms, version.told


def told(item: Recorded) -> tuple[str, str, int]:
    return item.event.recordedtime, item.gateway, item.sequence


def stamp(item: Recorded, valid_from: str) -> dict[str, Any]:
    """What every version and word begins with."""
    return {
        "ms": since(item, valid_from),
        "told": told(item),
        "position": item.position,
        "id": item.event.id,
    }
