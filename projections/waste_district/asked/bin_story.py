"""One bin from its first entry to now: what it was called and carried, when it was lifted and how
sure that is, what was wrong. Pure on rows; the days it is looked for on are worked out anew."""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from projections.days import DAY_MS, day_of, days, start_of
from projections.view import Kinds
from projections.waste_district.asked.findings import of_bin
from projections.waste_district.held import Held
from projections.waste_district.lifts.gather import haul_key
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.loads.custody import Custody
from projections.waste_district.register.names import listed
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Extra, Finding, Haul
from projections.waste_district.rows.register import Bin, BinVersion, PointVersion, Route, Tag

DAYS = 31  # back from the newest that is known


class TagHeld(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`until_ms` 0: to this day."""

    uid: str
    tech: str
    since_ms: int
    until_ms: int = 0
    id: str = ""
    position: int = 0


class LiftTold(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A lift with what it was taken for, and why."""

    ms: int
    id: str
    source: str
    position: int
    vehicle: str
    bin: str = ""
    compound: str = ""
    point: str = ""
    category: str = ""
    by: str = ""
    confidence: float = 0.0
    uid: str = ""
    gross_g: int | None = None
    tare_g: int | None = None
    net_g: int = 0
    counted: bool = True
    weighed: bool = False
    double_of: str = ""
    stray: str = ""
    refused: str = ""
    flags: tuple[str, ...] = ()
    late_s: int = 0
    lat: float | None = None
    lon: float | None = None


class BinStory(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`now` is empty for a bin that is no more. `lifts` and `findings`: the newest first, of the
    DAYS days up to `until`: today, or when one of its vehicles was last heard of."""

    bin: str
    now: BinVersion | None
    versions: tuple[BinVersion, ...]
    point: PointVersion | None = None
    tags: tuple[TagHeld, ...] = ()
    routes: tuple[str, ...] = ()
    until: str = ""
    lifts: tuple[LiftTold, ...] = ()
    findings: tuple[Finding, ...] = ()


def told(one: Resolved, vehicle: str) -> LiftTold:
    lift = one.lift
    return LiftTold(
        ms=lift.ms,
        id=lift.id,
        source=lift.source,
        position=lift.position,
        vehicle=vehicle,
        bin=one.bin,
        compound=one.compound,
        point=one.point,
        category=one.category,
        by=one.by,
        confidence=one.confidence,
        uid=lift.uid,
        gross_g=lift.gross_g,
        tare_g=lift.tare_g,
        net_g=one.net_g,
        counted=one.counted,
        weighed=one.weighed,
        double_of=one.double_of,
        stray=one.stray,
        refused=lift.refused,
        flags=one.flags,
        late_s=lift.late_s,
        lat=lift.lat,
        lon=lift.lon,
    )


def bin_story(kinds: Kinds, key: str, now_ms: int) -> BinStory | None:
    """None where no bin was ever called so."""
    row = Held(kinds).get("bin", key, Bin)
    if row is None:
        return None
    register = Register(kinds)
    now = register.bin(key, now_ms)
    routes = set(_routes(kinds, key))
    vehicles = {vehicle for _, vehicle in routes}
    vehicles.update(name for uid in row.uids for name in _readers(kinds, uid))
    until = _heard(kinds, vehicles, day_of(now_ms))
    recent = days(day_of(start_of(until) - (DAYS - 1) * DAY_MS), until)
    vehicles.update(_others(kinds, key, recent))
    hauls = [
        haul
        for day in recent
        for vehicle in sorted(vehicles)
        if (haul := Held(kinds).get("haul", haul_key(vehicle, day), Haul)) is not None
    ]
    custody = Custody(kinds, register)
    lifts = [
        told(one, haul.vehicle)
        for haul in hauls
        for one in custody.lifted(haul.vehicle, haul.day)
        if one.bin == key
    ]
    wrong = of_bin(kinds, key, recent[0], recent[-1])
    return BinStory(
        bin=key,
        now=now,
        versions=row.versions,
        point=register.point(now.point, now_ms) if now else None,
        tags=tuple(sorted(_tags(kinds, key, row), key=lambda one: one.since_ms)),
        routes=tuple(sorted({route for route, _ in routes})),
        until=until,
        lifts=tuple(sorted(lifts, key=lambda one: (one.ms, one.id), reverse=True)),
        findings=tuple(sorted(wrong, key=lambda one: (one.day, one.ms, one.kind), reverse=True)),
    )


def _routes(kinds: Kinds, key: str) -> Iterator[tuple[str, str]]:
    """Routes on which it was ever planned, each with every vehicle that drove it then."""
    called = _called(Held(kinds), key)
    for name, row in kinds.get("route", {}).items():
        if isinstance(row, Route):
            for version in row.versions:
                if not called.isdisjoint(version.bins):
                    yield name, version.vehicle


def _called(held: Held, key: str) -> set[str]:
    """As routes may name it: by its key, by its bare name where no other bin ever had that, and
    like the bins in whose place it was put."""
    keys, names = [key], set[str]()
    for one in keys:
        row = held.get("bin", one, Bin)
        keys += [other for other in row.instead if other not in keys] if row else ()
        bare = one.partition("/")[2]
        names |= {one, bare} if listed(held, "named", bare) == (one,) else {one}
    return names


def _readers(kinds: Kinds, uid: str) -> tuple[str, ...]:
    row = Held(kinds).get("tag", uid, Tag)
    return row.readers if row else ()


def _heard(kinds: Kinds, vehicles: Collection[str], today: str) -> str:
    """The newest day on which one of them told something; `today` where none did."""
    held = Held(kinds)
    for day in sorted(kinds.get("day", {}), reverse=True):
        if day <= today and not set(listed(held, "day", day)).isdisjoint(vehicles):
            return day
    return today


def _others(kinds: Kinds, key: str, asked: Iterable[str]) -> Iterator[str]:
    """Who lifted it on these days without having it on a route, and called it by its name."""
    held = Held(kinds)
    for day in asked:
        extra = held.get("extra", day, Extra)
        for bin_, _, vehicle in extra.lifts if extra else ():
            if bin_ == key:
                yield vehicle


def _tags(kinds: Kinds, key: str, row: Bin) -> Iterator[TagHeld]:
    """From when until when it carried each."""
    for uid in row.uids:
        tag = Held(kinds).get("tag", uid, Tag)
        held: TagHeld | None = None
        for version in tag.versions if tag else ():
            if key in version.bins and held is None:
                held = TagHeld(
                    uid=uid, tech=version.tech, since_ms=version.ms, id=version.id,
                    position=version.position,
                )  # fmt: skip
            elif key not in version.bins and held is not None:
                yield msgspec.structs.replace(held, until_ms=version.ms)
                held = None
        if held is not None:
            yield held
