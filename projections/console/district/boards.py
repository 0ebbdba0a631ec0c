"""What the district's pages are made of, computed once for all who look: off the event loop, when
the rows have moved or time has, never more than once a second, and what takes long less often."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from core.errors import MenweiError
from projections.console.district import levels
from projections.days import day_of
from projections.runner import Runner
from projections.view import DISTRICT, Kinds
from projections.waste_district.asked.board import Told
from projections.waste_district.view import WASTE_DISTRICT
from projections.waste_sorting.view import WASTE_SORTING
from projections.web.desk import Desk
from projections.web.turns import Turns

VIEW = WASTE_DISTRICT.name
_PAUSE_S = 1.0
_SHARE = 8  # what took a second is not computed again for so many
_STALE_S = 20.0  # what depends on the time of day is computed again after it
_PATIENCE_S = 0.4  # a page that finds an older answer waits no longer for the new one
_FIRST_S = 4.0  # … and one that finds none is told that it has to wait
_KEPT = 24
_PASTS = 2  # moments of the past whose rows are kept

MadeT = TypeVar("MadeT")


class NotYet(MenweiError):
    """It is being made, for `seconds` by now; whoever asks again gets it once it is there."""

    def __init__(self, seconds: float) -> None:
        super().__init__("the answer is still being made")
        self.seconds = seconds


class Seen:
    """The district's rows as of one position. What a page makes of them is made on a thread."""

    def __init__(self, kinds: Kinds, now: datetime, runner: Runner | None = None) -> None:
        self.kinds, self.now, self._runner = kinds, now, runner
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


class Shown(msgspec.Struct, Generic[MadeT], frozen=True):
    made: MadeT
    position: int
    now: datetime
    then: bool = False  # as it was known at that position


class _Kept(msgspec.Struct, Generic[MadeT]):
    shown: Shown[MadeT] | None = None
    at: float = 0.0
    took: float = 0.0
    making: asyncio.Task[Shown[MadeT]] | None = None  # until somebody was given what it made
    began: float = 0.0


class Boards:
    """Owns the newest answer per question. Event loop only, but for what it hands to threads."""

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
        self._first_s = first_s
        self._kept: dict[Hashable, _Kept[Any]] = {}
        self._pasts: dict[int, Kinds] = {}
        self._one = asyncio.Lock()  # two at once would only be slower

    def position(self) -> int:
        runner = self._desk.runner
        return runner.view(VIEW).position() if VIEW in runner.views else 0

    async def now(self, question: Hashable, make: Callable[[Seen], MadeT]) -> Shown[MadeT]:
        """The newest answer; one that is a little older where the new one takes long. NotYet
        where there is none."""
        kept = self._place(question)
        if kept.making is None and self._due(kept):
            self._begin(kept, self._make(kept, make))
        return await self._made(kept, _PATIENCE_S if kept.shown is not None else self._first_s)

    async def then(
        self, question: Hashable, make: Callable[[Seen], MadeT], position: int
    ) -> Shown[MadeT]:
        """As it was known at a position: it does not change any more. NotYet while its rows are
        folded again, Busy where too many ask."""
        kept = self._place((question, position))
        if kept.making is None and kept.shown is None:
            self._begin(kept, self._remember(kept, make, position))
        return await self._made(kept, self._first_s)

    def _begin(self, kept: _Kept[MadeT], making: Coroutine[Any, Any, Shown[MadeT]]) -> None:
        kept.began = self._elapsed()
        kept.making = asyncio.create_task(making)

    async def _made(self, kept: _Kept[MadeT], patience: float) -> Shown[MadeT]:
        """What is being made, or what was made before if that takes longer. Others may wait for
        the same, so nobody who goes away ends it; and if it fails after all have gone, whoever
        comes back is told."""
        making = kept.making
        if making is not None:
            done, _ = await asyncio.wait({making}, timeout=patience)
            if done:
                if kept.making is making:
                    kept.making = None
                return making.result()
        if kept.shown is None:
            raise NotYet(self._elapsed() - kept.began)
        return kept.shown

    def _place(self, question: Hashable) -> _Kept[Any]:
        kept = self._kept.pop(question, None) or _Kept()
        if kept.making is not None and kept.making.done() and kept.making.exception() is None:
            kept.making = None  # nobody waited for it so long; it may be old by now
        self._kept[question] = kept  # the one asked for last stands last
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return kept

    def _due(self, kept: _Kept[Any]) -> bool:
        if kept.shown is None:
            return True
        age = self._elapsed() - kept.at
        if age < max(_PAUSE_S, kept.took * _SHARE):
            return False
        return age >= _STALE_S or kept.shown.position != self.position()

    async def _make(self, kept: _Kept[MadeT], make: Callable[[Seen], MadeT]) -> Shown[MadeT]:
        async with self._one:
            began = self._elapsed()
            shown = await asyncio.to_thread(self._present, make)
        kept.shown, kept.at = shown, self._elapsed()
        kept.took = kept.at - began
        return shown

    async def _remember(
        self, kept: _Kept[MadeT], make: Callable[[Seen], MadeT], position: int
    ) -> Shown[MadeT]:
        kept.shown = await self._folds.run(self._past, make, position)
        return kept.shown

    def _present(self, make: Callable[[Seen], MadeT]) -> Shown[MadeT]:
        runner = self._desk.runner
        position, kinds = runner.rows(VIEW, DISTRICT) if VIEW in runner.views else (0, {})
        seen = Seen(kinds, self._desk.clock.now(), runner)
        return Shown(make(seen), position, seen.now)

    def _past(self, make: Callable[[Seen], MadeT], position: int) -> Shown[MadeT]:
        """At the time it was then. Who looks at a moment mostly looks at several pages of it."""
        desk = self._desk
        kinds = self._pasts.get(position)
        if kinds is None:
            known = VIEW in desk.runner.views
            kinds = desk.runner.view(VIEW).as_of(DISTRICT, position) if known else {}
            self._pasts = {**dict([*self._pasts.items()][1 - _PASTS :]), position: kinds}
        now = desk.log.received_at(position) or desk.clock.now()
        return Shown(make(Seen(kinds, now)), position, now, then=True)
