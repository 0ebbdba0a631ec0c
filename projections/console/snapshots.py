"""Rows as of the last folded page, read once for all open screens of a compound."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

import msgspec

from core.errors import Unavailable
from core.tlog.diverged import Diverged
from projections.alarms.row import CLOSED, KIND, Alarm
from projections.failure import Failure
from projections.safe_community.view import SAFE_COMMUNITY
from projections.view import Kinds, Row
from projections.waste_sorting.view import WASTE_SORTING
from projections.web.desk import Desk, Refusal
from projections.web.witnessing import Witnessing
from projections.window import CHINA

_KEPT = 16  # compounds whose rows stay in memory while nobody's screen shows them
RowT = TypeVar("RowT", bound=Row)


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen is drawn from. `received` is when the hub got its newest batch."""

    compound: str  # empty until the first one has been heard of
    compounds: Sequence[str]
    position: int
    received: datetime | None
    safe: Kinds
    waste: Kinds
    now: datetime
    today: date  # as people here have it: part of what a drawn time depends on
    uplinks: Mapping[str, bool]  # of this compound: gateway → live
    refusals: Sequence[Refusal]
    away: bool = False  # the hub's database does not answer
    stopped: Sequence[Failure] = ()  # views whose fold failed
    everywhere: Sequence[bool] = ()  # gateways of all compounds: live
    witnessing: Witnessing | None = None  # None: no witness of the log is asked
    diverged: Diverged | None = None  # the log is not what was signed
    unread: int = 0  # events of this compound that this version cannot read

    def alarms(self) -> list[Alarm]:
        """The newest of each kind and thing."""
        return [*rows(self.safe, KIND, Alarm), *rows(self.waste, KIND, Alarm)]

    def earlier(self) -> list[Alarm]:
        """Those that a newer one of their kind and thing stands for."""
        return [*rows(self.safe, CLOSED, Alarm), *rows(self.waste, CLOSED, Alarm)]

    def alarm(self, id: str) -> Alarm | None:
        every = (*self.alarms(), *self.earlier())
        return next((one for one in every if one.id == id), None)


def rows(kinds: Kinds, kind: str, row_type: type[RowT]) -> list[RowT]:
    return [row for row in kinds.get(kind, {}).values() if isinstance(row, row_type)]


def row(kinds: Kinds, kind: str, key: str, row_type: type[RowT]) -> RowT | None:
    found = kinds.get(kind, {}).get(key)
    return found if isinstance(found, row_type) else None


class _Kept(msgspec.Struct, frozen=True):
    position: int
    compounds: Sequence[str]
    received: datetime | None
    safe: Kinds
    waste: Kinds


class Snapshots:
    """Owns the newest rows per compound. Event loop only; reading waits in a thread, because
    a long page may hold the runner's lock."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: dict[str, _Kept] = {}
        self._reading = asyncio.Lock()

    async def sight(self, wanted: str) -> Sight:
        """Of the compound asked for, or of the first one if there is none of that name."""
        sight = await self._of(wanted)
        if wanted in sight.compounds or not sight.compounds:
            return sight
        return await self._of(sight.compounds[0])

    async def _of(self, compound: str) -> Sight:
        if self._stale(compound):
            async with self._reading:
                if self._stale(compound):
                    self._kept[compound] = await asyncio.to_thread(self._read, compound)
                    while len(self._kept) > _KEPT:
                        del self._kept[next(iter(self._kept))]
        kept = self._kept[compound]
        mine, gateways = f"{compound}/", self._desk.gateways()
        now = self._desk.clock.now()
        return Sight(
            compound=compound if compound in kept.compounds else "",
            compounds=kept.compounds,
            position=kept.position,
            received=kept.received,
            safe=kept.safe,
            waste=kept.waste,
            now=now,
            today=now.astimezone(CHINA).date(),
            uplinks={
                name.removeprefix(mine): live
                for name, live in gateways.items()
                if name.startswith(mine)
            },
            everywhere=(*gateways.values(),),
            refusals=[one for one in self._desk.refusals() if one.compound in (compound, "")],
            away=bool(self._desk.runner.waiting) or self._desk.uplinks().away,
            stopped=tuple(self._desk.runner.failures.values()),
            witnessing=self._desk.witnessing(),
            diverged=self._desk.diverged(),
            unread=self._unread(compound),
        )

    def _unread(self, compound: str) -> int:
        """Of the view that misses most: each skips the same events, until it has them."""
        runner = self._desk.runner
        found = [runner.view(name).unread(compound, runner.position()) for name in runner.views]
        return max((one.count for one in found if one is not None), default=0)

    def _stale(self, compound: str) -> bool:
        held = self._kept.get(compound)
        return held is None or held.position < self._desk.runner.position()

    def _read(self, compound: str) -> _Kept:
        """As of `position` at least; of a view that stands still, as of where it stands."""
        runner = self._desk.runner
        position = runner.position()
        _, safe = runner.rows(SAFE_COMMUNITY.name, compound)
        _, waste = runner.rows(WASTE_SORTING.name, compound)
        try:
            received = self._desk.log.received_at(position)
        except Unavailable:
            received = None
        return _Kept(position, runner.compounds(), received, safe, waste)
