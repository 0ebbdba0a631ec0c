"""Answers to one kind of question, made one after another: whoever asked first is served first."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from core.errors import MenweiError
from projections.web.turns import Busy

_PAUSE_S = 1.0
_SHARE = 8  # all answers of a lane are made anew in one part of so many of its time
_STALE_S = 20.0  # what depends on the time of day is made again after it
_PATIENCE_S = 0.4  # a page that finds an older answer waits no longer for the new one
_LEFT_S = 30.0  # an open page asks every second: what nobody asked for so long is dropped

MadeT = TypeVar("MadeT")


class NotYet(MenweiError):
    """It is being made, for `seconds` by now; whoever asks again gets it once it is there."""

    def __init__(self, seconds: float) -> None:
        super().__init__("the answer is still being made")
        self.seconds = seconds


class Shown(msgspec.Struct, Generic[MadeT], frozen=True):
    made: MadeT
    position: int
    now: datetime
    then: bool = False  # as it was known at that position


class _Kept(msgspec.Struct, Generic[MadeT]):
    asked: float  # last
    shown: Shown[MadeT] | None = None
    at: float = 0.0
    took: float = 0.0
    making: asyncio.Task[Shown[MadeT]] | None = None  # until somebody was given what it made
    began: float = 0.0


class Lane:
    """Owns the newest answer to each question that somebody looks at. Event loop only.

    None is dropped while its page is open, so nobody's page is worked out again because others
    look elsewhere; and what is made anew leaves most of the lane's time to who comes first."""

    def __init__(
        self, most: int, first_s: float, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        """`most`: questions at a time. `first_s`: how long a page waits for what was never made."""
        self._most, self._first_s, self._elapsed = most, first_s, elapsed
        self._kept: dict[Hashable, _Kept[Any]] = {}
        self._turn = asyncio.Lock()  # two at once would only be slower

    async def newest(
        self, question: Hashable, make: Callable[[], Awaitable[Shown[MadeT]]], position: int
    ) -> Shown[MadeT]:
        """The newest answer; one that is a little older where the new one takes long. NotYet where
        there is none, Busy where too much else is looked at. `position`: where the rows stand."""
        kept = self._place(question)
        if kept.making is None and self._due(kept, position):
            self._begin(kept, make)
        return await self._given(kept)

    async def once(
        self, question: Hashable, make: Callable[[], Awaitable[Shown[MadeT]]]
    ) -> Shown[MadeT]:
        """Of what does not change any more."""
        kept = self._place(question)
        if kept.making is None and kept.shown is None:
            self._begin(kept, make)
        return await self._given(kept)

    def _place(self, question: Hashable) -> _Kept[Any]:
        now = self._elapsed()
        kept = self._kept.get(question)
        if kept is None:
            self._kept = {name: one for name, one in self._kept.items() if _held(one, now)}
            if len(self._kept) >= self._most:
                raise Busy("too many different pages are looked at")
            kept = self._kept[question] = _Kept(now)
        kept.asked = now
        if kept.making is not None and kept.making.done() and kept.making.exception() is None:
            kept.making = None  # nobody waited for it so long; it may be old by now
        return kept

    def _due(self, kept: _Kept[Any], position: int) -> bool:
        if kept.shown is None:
            return True
        age = self._elapsed() - kept.at
        if age < max(_PAUSE_S, _SHARE * sum(one.took for one in self._kept.values())):
            return False
        return age >= _STALE_S or kept.shown.position != position

    def _begin(self, kept: _Kept[MadeT], make: Callable[[], Awaitable[Shown[MadeT]]]) -> None:
        kept.began = self._elapsed()
        kept.making = asyncio.create_task(self._make(kept, make))

    async def _make(
        self, kept: _Kept[MadeT], make: Callable[[], Awaitable[Shown[MadeT]]]
    ) -> Shown[MadeT]:
        async with self._turn:
            began = self._elapsed()
            shown = await make()
        kept.shown, kept.at = shown, self._elapsed()
        kept.took = kept.at - began
        return shown

    async def _given(self, kept: _Kept[MadeT]) -> Shown[MadeT]:
        """What is being made, or what was made before if that takes longer. Others may wait for
        the same, so nobody who goes away ends it; and if it fails after all have gone, whoever
        comes back is told."""
        making = kept.making
        if making is not None:
            patience = self._first_s if kept.shown is None else _PATIENCE_S
            done, _ = await asyncio.wait({making}, timeout=patience)
            if done:
                if kept.making is making:
                    kept.making = None
                return making.result()
        if kept.shown is None:
            raise NotYet(self._elapsed() - kept.began)
        return kept.shown


def _held(one: _Kept[Any], now: float) -> bool:
    under_way = one.making is not None and not one.making.done()
    return under_way or now - one.asked < _LEFT_S
