"""The district now, for screens and the API alike: today's routes with their progress, what was
missed, every point with its bins. Pure on rows; `now_ms` comes from whoever asks."""

from collections.abc import Collection, Mapping
from typing import Literal, get_args

import msgspec

from projections.days import day_of
from projections.view import Kinds
from projections.waste_district.held import Held
from projections.waste_district.lifts.gather import haul_key
from projections.waste_district.lifts.misses import Corrected
from projections.waste_district.lifts.shifts import SILENT_MS, over_ms
from projections.waste_district.loads.misread import Misread, looked_at
from projections.waste_district.records import dispatch_key
from projections.waste_district.register.names import listed
from projections.waste_district.register.register import Planned, Register
from projections.waste_district.rows.hauls import Extra, Haul, Missed, RouteDay
from projections.waste_district.rows.papers import Dispatch

FULL = 0.8

RouteState = Literal["silent", "behind", "short", "under-way", "later", "done"]
ROUTE_STATES: tuple[RouteState, ...] = get_args(RouteState)  # in trouble first
BinState = Literal["missed", "overflow", "full", "fault", "unknown", "ok"]
BIN_STATES: tuple[BinState, ...] = get_args(BinState)  # the worst first


class Told(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """What a bin's own sensor and people say of it, from the view of its compound."""

    fill: float | None = None
    overflow: bool = False
    fault: str = ""
    level_at: str = ""


class RouteNow(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A route on one day. `left`: neither lifted nor presumed nor refused; those among them that
    the vehicle has passed are `missed`. `unknown`: stops that nobody can serve, beside those of
    `planned`, since no bin is entered for then. `eta_ms`: of the last bin at the pace so far; 0: no
    pace yet, nothing left, or nothing more is expected."""

    route: str
    vehicle: str
    day: str
    category: str = ""
    facility: str = ""
    start_ms: int = 0
    end_ms: int = 0
    planned: int = 0
    lifted: int = 0
    presumed: int = 0
    refused: int = 0
    missed: int = 0
    left: int = 0
    unknown: int = 0
    last_ms: int = 0
    eta_ms: int = 0
    state: RouteState = "later"


class MissedBin(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`passed_ms` 0: the shift ended without it, and nobody saw the vehicle go past. `dispatched`:
    the vehicle that was sent for it."""

    bin: str
    compound: str
    point: str
    category: str
    route: str
    vehicle: str
    day: str
    end_ms: int = 0
    passed_ms: int = 0
    dispatched: str = ""


class BinNow(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    bin: str
    number: str = ""
    category: str = ""
    state: BinState = "unknown"
    fill: float | None = None


class PointNow(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    point: str
    compound: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None
    bins: tuple[BinNow, ...] = ()


def haul_of(kinds: Kinds, vehicle: str, day: str) -> Haul | None:
    return Held(kinds).get("haul", haul_key(vehicle, day), Haul)


def corrected(kinds: Kinds, register: Register, day: str) -> Corrected:
    """By what is known of swapped tags, as the list of findings is."""
    extra = Held(kinds).get("extra", day, Extra)
    pairs = Misread(kinds, register, looked_at(kinds, day, day)).pairs
    return Corrected(pairs, hauls(kinds, day), {day: extra} if extra else {})


def hauls(kinds: Kinds, day: str) -> list[Haul]:
    found = (haul_of(kinds, one, day) for one in listed(Held(kinds), "day", day))
    return [one for one in found if one is not None]


# --- routes -----------------------------------------------------------------------------------


def routes(kinds: Kinds, day: str, now_ms: int) -> tuple[RouteNow, ...]:
    """Those in trouble first, then by when the shift ends."""
    register = Register(kinds)
    known = corrected(kinds, register, day)
    found = []
    for vehicle, planned in register.routes_on(day):
        haul = haul_of(kinds, vehicle, day)
        heard = haul is not None and haul.last_ms > 0
        settled = _settled(haul, planned.route, known)
        found.append(_route(planned, vehicle, day, settled, now_ms, heard=heard))
    found.sort(key=lambda one: (ROUTE_STATES.index(one.state), one.end_ms, one.route))
    return tuple(found)


def _route(
    planned: Planned, vehicle: str, day: str, settled: RouteDay, now_ms: int, *, heard: bool
) -> RouteNow:
    done = settled.lifted + settled.presumed + settled.refused
    left = max(0, len(planned.bins) - done)
    eta = _eta(planned, settled, done, left, now_ms)
    return RouteNow(
        route=planned.route,
        vehicle=vehicle,
        day=day,
        category=planned.category,
        facility=planned.facility,
        start_ms=planned.start_ms,
        end_ms=planned.end_ms,
        planned=len(planned.bins),
        lifted=settled.lifted,
        presumed=settled.presumed,
        refused=settled.refused,
        missed=sum(_gone_past(one, planned.end_ms, now_ms) for one in settled.missed if heard),
        left=left,
        unknown=len(planned.unknown),
        last_ms=settled.last_ms,
        eta_ms=eta,
        state=_state(planned, left, eta, now_ms, heard=heard),
    )


def _settled(haul: Haul | None, route: str, known: Corrected) -> RouteDay:
    if haul is not None:
        for one in haul.routes:
            if one.route == route:
                return known.route(haul, one)
    return RouteDay(route=route)


def _gone_past(one: Missed, end_ms: int, now_ms: int) -> bool:
    return one.passed_ms > 0 or now_ms > end_ms


def _eta(planned: Planned, settled: RouteDay, done: int, left: int, now_ms: int) -> int:
    """The pace is that of the bins done since the shift began. Whoever rests is late by it."""
    took = settled.last_ms - planned.start_ms
    if not left or not done or took <= 0 or now_ms > over_ms(planned):
        return 0
    pace = took // done
    return max(settled.last_ms + pace, now_ms) + pace * (left - 1)


def _state(planned: Planned, left: int, eta_ms: int, now_ms: int, *, heard: bool) -> RouteState:
    if not left:
        return "done"
    if not heard and now_ms >= planned.start_ms + SILENT_MS:
        return "silent"
    if now_ms > planned.end_ms:
        return "short"
    if eta_ms > planned.end_ms:
        return "behind"
    return "under-way" if heard and now_ms >= planned.start_ms else "later"


# --- missed bins --------------------------------------------------------------------------------


def missed(kinds: Kinds, day: str, now_ms: int) -> tuple[MissedBin, ...]:
    """Those with the least time left to act first. A vehicle nobody has heard of stands among the
    routes as silent, not here bin by bin."""
    register = Register(kinds)
    known = corrected(kinds, register, day)
    found = [
        _missed(kinds, register, haul, settled, one)
        for haul in hauls(kinds, day)
        if haul.last_ms
        for told in haul.routes
        for settled in (known.route(haul, told),)
        for one in settled.missed
        if _gone_past(one, settled.end_ms, now_ms)
    ]
    found.sort(key=lambda one: (bool(one.dispatched), one.end_ms <= now_ms, one.end_ms, one.bin))
    return tuple(found)


def done(kinds: Kinds, route: str, day: str) -> Collection[str]:
    """Bins of a route that were lifted on that day, by whomever."""
    known = corrected(kinds, Register(kinds), day)
    return {
        key
        for haul in hauls(kinds, day)
        for told in haul.routes
        if told.route == route
        for key in known.route(haul, told).done
    }


def _done(kinds: Kinds, day: str) -> Collection[str]:
    """Bins that any vehicle lifted on that day, on a route or for another one."""
    extra = Held(kinds).get("extra", day, Extra)
    found = {key for key, _, _ in extra.lifts} if extra else set()
    for haul in hauls(kinds, day):
        found.update(*(settled.done for settled in haul.routes))
    return found


def _missed(
    kinds: Kinds, register: Register, haul: Haul, settled: RouteDay, one: Missed
) -> MissedBin:
    version = register.bin(one.bin, settled.end_ms)
    sent = Held(kinds).get("dispatch", dispatch_key(settled.route, haul.day), Dispatch)
    return MissedBin(
        bin=one.bin,
        compound=one.bin.partition("/")[0],
        point=one.point or (version.point if version else ""),
        category=(version.category if version else "") or settled.category,
        route=settled.route,
        vehicle=haul.vehicle,
        day=haul.day,
        end_ms=settled.end_ms,
        passed_ms=one.passed_ms,
        dispatched=sent.vehicle if sent is not None and one.bin in sent.bins else "",
    )


# --- points -------------------------------------------------------------------------------------


def points(
    kinds: Kinds, now_ms: int, told: Mapping[str, Told] | None = None
) -> tuple[PointNow, ...]:
    """Every point that holds now, with the bins that stand at it. `told`: by bin key."""
    register = Register(kinds)
    day = day_of(now_ms)
    gone = {one.bin for one in missed(kinds, day, now_ms)}
    done = _done(kinds, day)
    known = told or {}
    found = []
    for name in sorted(kinds.get("point", {})):
        version = register.point(name, now_ms)
        if version is None:
            continue
        bins = tuple(
            _bin(register, key, now_ms, known.get(key), missed=key in gone, lifted=key in done)
            for key in register.bins_at(name, now_ms)
        )
        found.append(
            PointNow(
                point=name, compound=version.compound, name=version.name, lat=version.lat,
                lon=version.lon, bins=bins,
            )
        )  # fmt: skip
    return tuple(found)


def _bin(
    register: Register, key: str, ms: int, told: Told | None, *, missed: bool, lifted: bool
) -> BinNow:
    version = register.bin(key, ms)
    return BinNow(
        bin=key,
        number=version.number if version else "",
        category=version.category if version else "",
        state=state_of(told, missed=missed, lifted=lifted),
        fill=told.fill if told else None,
    )


def state_of(told: Told | None, *, missed: bool, lifted: bool) -> BinState:
    """Of several, the one that a vehicle has to be sent for first."""
    if missed:
        return "missed"
    if told is not None and told.overflow:
        return "overflow"
    if told is not None and told.fault:
        return "fault"
    if told is not None and told.fill is not None:
        return "full" if told.fill >= FULL else "ok"
    return "ok" if lifted else "unknown"
