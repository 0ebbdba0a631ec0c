"""Tags that several bins carry at once, and plates that several vehicles have."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from projections.days import DAY_MS, day_of, start_of
from projections.view import Kinds
from projections.waste_district.held import Held
from projections.waste_district.register.plates import Carried, carried
from projections.waste_district.register.versions import VersionT
from projections.waste_district.rows.hauls import Finding
from projections.waste_district.rows.register import Tag, TagVersion


def on_two_bins(kinds: Kinds, since: str, until: str) -> Iterator[Finding]:
    """One a tag, while the days last."""
    for uid, row in kinds.get("tag", {}).items():
        versions = row.versions if isinstance(row, Tag) else ()
        for one in _during(versions, _bins, since, until):
            yield Finding(
                kind="tag-conflict",
                key=uid,
                day=day_of(max(one.ms, start_of(since))),
                compound=one.bin.partition("/")[0],
                bin=one.bin,
                ms=one.ms,
                detail={"bins": " ".join(one.bins)},
                events=(one.id,) if one.id else (),
                position=one.position,
            )


def on_two_vehicles(kinds: Kinds, since: str, until: str) -> Iterator[Finding]:
    """One a plate, by the name that stands for it, while the days last."""
    for name in kinds.get("plate", {}):
        for one in _during(carried(Held(kinds), name), _vehicles, since, until):
            yield Finding(
                kind="plate-conflict",
                key=name,
                day=day_of(max(one.ms, start_of(since))),
                vehicle=one.vehicles[-1],
                ms=one.ms,
                detail={"shared": " ".join(one.vehicles)},
                events=(one.id,),
                position=one.position,
            )


def _bins(one: TagVersion) -> Sequence[str]:
    return one.bins


def _vehicles(one: Carried) -> Sequence[str]:
    return one.vehicles


def _during(
    versions: Sequence[VersionT], who: Callable[[VersionT], Sequence[str]], since: str, until: str
) -> Iterator[VersionT]:
    """The first that holds on one of these days, and says it of several."""
    first_ms, last_ms = start_of(since), start_of(until) + DAY_MS
    for one, following in zip_longest(versions, versions[1:]):
        ends_ms = following.ms if following else last_ms
        if len(who(one)) > 1 and one.ms < last_ms and ends_ms > first_ms:
            yield one
            break
