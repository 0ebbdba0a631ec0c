"""What one open page was answered, and is answered again while it is looked at."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import msgspec
from nicegui import ui

from projections.console.district.boards import Boards, Seen, Shown
from projections.console.screen import Screen

_LOOK_S = 1.0

MadeT = TypeVar("MadeT")


class Question(msgspec.Struct, Generic[MadeT], frozen=True):
    """`name` is equal where `make` gives the same: one answer is then made for all who ask."""

    name: Hashable
    make: Callable[[Seen], MadeT]


class Answer(Generic[MadeT]):
    """Owned by one page. One about the past is never asked for again."""

    def __init__(self, boards: Boards, question: Question[MadeT], shown: Shown[MadeT]) -> None:
        self._boards, self._question, self._shown = boards, question, shown

    @property
    def made(self) -> MadeT:
        return self._shown.made

    @property
    def shown(self) -> Shown[MadeT]:
        return self._shown

    def follow(self, screen: Screen) -> None:
        """While the page is being built."""
        if self._shown.then:
            return

        async def look() -> None:
            shown = await self._boards.now(self._question.name, self._question.make)
            if shown is not self._shown:
                self._shown = shown
                screen.redraw()

        ui.timer(_LOOK_S, look, immediate=False)


async def answered(
    boards: Boards, question: Question[MadeT], position: int | None
) -> Answer[MadeT]:
    """`position`: as it was known there; None: now."""
    if position is None:
        shown = await boards.now(question.name, question.make)
    else:
        shown = await boards.then(question.name, question.make, position)
    return Answer(boards, question, shown)
