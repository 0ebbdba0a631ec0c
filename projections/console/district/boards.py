"""What the district's pages are made of, computed once for all who look: off the event loop, when
the rows have moved or time has. What takes long has a lane of its own and holds up no desk."""

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Generic, Literal, TypeVar

import msgspec

from projections.console.district import levels
from projections.console.district.lane import Lane, Shown
from projections.days import day_of
from projections.hindsight import Past
from projections.runner import Runner
from projections.view import DISTRICT, Kinds
from projections.waste_district.asked.board import Told
from projections.waste_district.view import WASTE_DISTRICT
from projections.waste_sorting.view import WASTE_SORTING
from projections.web.desk import Desk
from projections.web.turns import Turns
from projections.web.waste_asked import own

VIEW = WASTE_DISTRICT.name
_FIRST_S = 4.0  # a page that finds no answer is told after it that it has to wait
# Questions that may be looked at at once, by lane: what the desks show, one bin's or trip's page,
# and what goes through many days.
LaneName = Literal["desk", "thing", "days"]
_MOST: Mapping[LaneName, int] = {"desk": 8, "thing": 256, "days": 64}
_THEN = 64  # … and of the past
_PASTS = 2  # moments of the past whose rows are kept
_PAST_S = 300.0  # … after somebody looked at them last: those of a whole district are large

MadeT = TypeVar("MadeT")


class Seen:
    """The district's rows as of one position. What a page makes of them is made on a thread."""

    def __init__(
        self,
        kinds: Kinds,
        now: datetime,
        runner: Runner | None = None,
        beside: Callable[[str], Kinds] = lambda _: {},
    ) -> None:
        """`beside`: a compound's own rows at that very position, of the past too."""
        self.kinds, self.now, self._runner, self.beside = kinds, now, runner, beside
        self.now_ms = round(now.timestamp() * 1000)
        self.today = day_of(self.now_ms)

    @cached_property
    def told(self) -> Mapping[str, Told]:
        """Of every bin with a sensor, from its compound's own view; of the past nothing."""
        return levels.told(self._runner) if self._runner is not None else {}

    def of_compound(self, compound: str) -> Kinds:
        """The rows of its own view; of the past none."""
        if self._runner is None:
            return {}
        return self._runner.rows(WASTE_SORTING.name, compound)[1]


class Question(msgspec.Struct, Generic[MadeT], frozen=True):
    """`name` is equal where `make` gives the same: one answer is then made for all who ask.
    `lane`: those among which it waits."""

    name: Hashable
    make: Callable[[Seen], MadeT]
    lane: LaneName = "thing"


class Boards:
    """Owns the lanes, and the rows of the past that were looked at last. Event loop only, but for
    what it hands to threads."""

    def __init__(
        self,
        desk: Desk,
        folds: Turns,
        elapsed: Callable[[], float] = time.monotonic,
        first_s: float = _FIRST_S,
    ) -> None:
        """`folds`: where the API's own questions about the past take turns too. `first_s`: how long
        a page waits for what was never made before."""
        self._desk, self._folds, self._elapsed = desk, folds, elapsed
        self._lanes = {name: Lane(most, first_s, elapsed) for name, most in _MOST.items()}
        self._then = Lane(_THEN, first_s, elapsed)
        self._pasts: dict[Past, tuple[float, Kinds]] = {}

    def position(self) -> int:
        runner = self._desk.runner
        return runner.view(VIEW).position() if VIEW in runner.views else 0

    async def now(self, question: Question[MadeT]) -> Shown[MadeT]:
        self._pasts = self._wanted()

        async def make() -> Shown[MadeT]:
            return await asyncio.to_thread(self._present, question.make)

        return await self._lanes[question.lane].newest(question.name, make, self.position())

    async def then(self, question: Question[MadeT], past: Past) -> Shown[MadeT]:
        """At a moment of the past. NotYet also while its rows are folded again."""

        async def make() -> Shown[MadeT]:
            return await self._folds.run(self._past, question.make, past)

        return await self._then.once((question.name, past), make)

    def _present(self, make: Callable[[Seen], MadeT]) -> Shown[MadeT]:
        runner = self._desk.runner
        position, kinds = runner.rows(VIEW, DISTRICT) if VIEW in runner.views else (0, {})
        seen = Seen(kinds, self._desk.clock.now(), runner, partial(self._own_now, position))
        return Shown(make(seen), position, seen.now)

    def _past(self, make: Callable[[Seen], MadeT], past: Past) -> Shown[MadeT]:
        """At the time it was then. Who looks at a moment mostly looks at several pages of it."""
        others = self._wanted()
        _, kinds = others.pop(past, (0.0, None))
        if kinds is None:
            kinds = self._then_of(VIEW, past, DISTRICT)
        kept = [*others.items()][1 - _PASTS :]
        self._pasts = dict([*kept, (past, (self._elapsed(), kinds))])
        now = datetime.fromtimestamp(max(past.ms, 0) / 1000, UTC)
        seen = Seen(kinds, now, beside=partial(self._then_of, WASTE_SORTING.name, past))
        return Shown(make(seen), past.position, now, then=True)

    def _own_now(self, position: int, compound: str) -> Kinds:
        runner = self._desk.runner
        return own(runner, compound, position) if WASTE_SORTING.name in runner.views else {}

    def _then_of(self, view: str, past: Past, compound: str) -> Kinds:
        runner = self._desk.runner
        if view not in runner.views:
            return {}
        return runner.view(view).as_known(compound, past, self._desk.late)

    def _wanted(self) -> dict[Past, tuple[float, Kinds]]:
        now = self._elapsed()
        return {at: held for at, held in self._pasts.items() if now - held[0] < _PAST_S}
