"""What a gateway remembers between decisions: who is where, what was used, how doors stand.

Every update is pure: the gateway keeps the newest one in its journal's transaction, so that after
a power cut it decides as if there had been none. Bounded: of persons the longest unseen are
forgotten first, of passes those that are over.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from core.events.door import DoorMode
from core.policy.book import instant
from core.policy.passes import Pass
from core.site import OUTSIDE, Site

_T = TypeVar("_T")
MAX_BEARERS = 65_536
MAX_PASSES = 16_384
EVERYWHERE = ""  # of a fire relay that speaks for no one door
_KEPT_S = 86_400.0  # a pass is remembered for so long after its end: clocks are set back


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`free`: anti-passback was reset; the next passage is not judged."""

    area: str
    at: float
    free: bool = False


class Used(msgspec.Struct, frozen=True, array_like=True, gc=False):
    times: int
    until: float


class Hold(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A screening's: the gate stays shut until staff release it, or until it ends by itself."""

    measured: str  # id of the measurement
    until: float


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`where`: by the bearer's key (`Decision.bearer`). `counts`: how many are in an area itself,
    known or not. `reserved`: doors a grant was given for that did not open yet."""

    where: Mapping[str, Seen] = {}
    counts: Mapping[str, int] = {}
    uses: Mapping[str, Used] = {}
    open: Mapping[str, float] = {}
    reserved: Mapping[str, float] = {}
    modes: Mapping[str, DoorMode] = {}
    holds: Mapping[str, Hold] = {}
    fire: Mapping[str, float] = {}  # doors the fire relay has released, or EVERYWHERE


NOTHING = Standing()


def taken(
    standing: Standing, site: Site, door: str, direction: str, ref: str, at: datetime
) -> Standing:
    """Somebody went through; without a `ref` nobody knows who. A direction nobody told moves
    nobody, and what is older than what is known does not either."""
    if direction not in ("in", "out"):
        return standing
    described = site.door(door)
    source, target = described.from_area, described.to_area
    if direction == "out":
        source, target = target, source
    where = standing.where
    if ref:
        now = instant(at)
        before = where.get(ref)
        if before is not None:
            if now < before.at:
                return standing
            source = before.area  # wherever a counter believes the bearer to be
        where = _bounded({**where, ref: Seen(target, now)})
    counts = dict(standing.counts)
    if source != target:
        _count(counts, source, -1)
        _count(counts, target, 1)
    return msgspec.structs.replace(standing, where=where, counts=counts)


def used(standing: Standing, shown: Pass, at: datetime) -> Standing:
    """A pass let somebody in once more."""
    uses = standing.uses
    before = uses.get(shown.id)
    times = before.times + 1 if before is not None else 1
    if before is None and len(uses) >= MAX_PASSES:
        over = instant(at) - _KEPT_S
        uses = {key: one for key, one in uses.items() if one.until > over}
    return msgspec.structs.replace(standing, uses={**uses, shown.id: Used(times, float(shown.exp))})


def granted(standing: Standing, door: str, at: datetime) -> Standing:
    """From now on until it was opened and closed, or its time is over, an interlock counts
    this door as open."""
    return msgspec.structs.replace(standing, reserved={**standing.reserved, door: instant(at)})


def opened(standing: Standing, door: str, at: datetime) -> Standing:
    return msgspec.structs.replace(
        standing,
        open={**standing.open, door: instant(at)},
        reserved=_without(standing.reserved, door),
    )


def closed(standing: Standing, door: str) -> Standing:
    """Closed, or its grant was not taken."""
    if door not in standing.open and door not in standing.reserved:
        return standing
    return msgspec.structs.replace(
        standing,
        open=_without(standing.open, door),
        reserved=_without(standing.reserved, door),
    )


def mode(standing: Standing, door: str, told: DoorMode) -> Standing:
    modes = _without(standing.modes, door)
    if told not in ("unknown", "locked"):  # how a door normally is
        modes[door] = told
    return msgspec.structs.replace(standing, modes=modes)


def held(standing: Standing, site: Site, door: str, measured: str, at: datetime) -> Standing:
    hold = Hold(measured, instant(at) + site.screening.hold_s)
    return msgspec.structs.replace(standing, holds={**standing.holds, door: hold})


def released(standing: Standing, door: str) -> Standing:
    return msgspec.structs.replace(standing, holds=_without(standing.holds, door))


def fire_released(standing: Standing, door: str, at: datetime) -> Standing:
    return msgspec.structs.replace(standing, fire={**standing.fire, door: instant(at)})


def fire_ended(standing: Standing, door: str) -> Standing:
    return msgspec.structs.replace(standing, fire=_without(standing.fire, door))


def reset(standing: Standing, *, ref: str = "", area: str = "") -> Standing:
    """Anti-passback is forgotten: of one bearer, of everybody in an area, or of everybody. They
    are still counted where they are."""
    where = dict(standing.where)
    for key, seen in standing.where.items():
        if (not ref or key == ref) and (not area or seen.area == area) and not seen.free:
            where[key] = Seen(seen.area, seen.at, free=True)
    return msgspec.structs.replace(standing, where=where)


def clock_set(standing: Standing, site: Site, by: float, now: float) -> Standing:
    """The gateway's clock was set by so many seconds, none where nobody knows; now it shows `now`.
    What is remembered moves along and lies in nobody's future, or the next passage would be taken
    for an older one."""

    def moved(times: Mapping[str, float]) -> dict[str, float]:
        return {key: min(at + by, now) for key, at in times.items()}

    longest = now + site.screening.hold_s
    return msgspec.structs.replace(
        standing,
        where={
            ref: Seen(seen.area, min(seen.at + by, now), seen.free)
            for ref, seen in standing.where.items()
        },
        open=moved(standing.open),
        reserved=moved(standing.reserved),
        holds={
            door: Hold(hold.measured, min(hold.until + by, longest))
            for door, hold in standing.holds.items()
        },
        fire=moved(standing.fire),
    )


def _count(counts: dict[str, int], area: str, by: int) -> None:
    if area == OUTSIDE:
        return
    left = counts.get(area, 0) + by
    if left > 0:
        counts[area] = left
    else:  # an exit of somebody nobody saw come in
        counts.pop(area, None)


def _bounded(where: dict[str, Seen]) -> dict[str, Seen]:
    if len(where) <= MAX_BEARERS:
        return where
    # Who is outside first, then the longest unseen; an eighth at a time.
    order = sorted(where, key=lambda key: (where[key].area != OUTSIDE, where[key].at, key))
    for key in order[: MAX_BEARERS // 8]:
        del where[key]
    return where


def _without(of: Mapping[str, _T], key: str) -> dict[str, _T]:
    return {one: value for one, value in of.items() if one != key}
