"""What one open page was answered, and is answered again while it is looked at."""

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response

from core.errors import MenweiError, Unavailable
from projections.console import notice
from projections.console.district.boards import Boards, Question
from projections.console.district.lane import NotYet, Shown
from projections.console.past.moment import Moment
from projections.console.screen import Screen
from projections.web.turns import Busy

_LOOK_S = 1.0

MadeT = TypeVar("MadeT")
Held = Literal["", "later", "away"]  # why what is shown is no newer: being made, not to be had
UNANSWERED = (NotYet, Unavailable, Busy)


class Answer(Generic[MadeT]):
    """Owned by one page. One about the past is never asked for again."""

    def __init__(self, boards: Boards, question: Question[MadeT], shown: Shown[MadeT]) -> None:
        self._boards, self._question, self._shown = boards, question, shown
        self._held: Held = ""

    @property
    def made(self) -> MadeT:
        return self._shown.made

    @property
    def shown(self) -> Shown[MadeT]:
        return self._shown

    @property
    def held(self) -> Held:
        return self._held

    def follow(self, screen: Screen) -> None:
        """While the page is being built."""
        if screen.moment is not None:
            return

        async def look() -> None:
            if await self.look():
                screen.redraw()

        ui.timer(_LOOK_S, look, immediate=False)

    async def look(self) -> bool:
        """Whether anything is otherwise than before. The page keeps what it has, and says so, as
        long as there is nothing newer."""
        before = self._shown, self._held
        try:
            self._shown, self._held = await self._boards.now(self._question), ""
        except NotYet:
            self._held = "later"
        except UNANSWERED:
            self._held = "away"
        return (self._shown is not before[0]) or self._held != before[1]


def lasting(answer: Answer[MadeT | None], first: MadeT) -> Callable[[], MadeT]:
    """The last there was of what may turn out not to be while its page is open."""
    last = first

    def known() -> MadeT:
        nonlocal last
        if answer.made is not None:
            last = answer.made
        return last

    return known


async def answered(
    boards: Boards, question: Question[MadeT], moment: Moment | None
) -> Answer[MadeT]:
    """`moment`: of the past; None: now."""
    if moment is None:
        shown = await boards.now(question)
    else:
        shown = await boards.then(question, moment.past)
    return Answer(boards, question, shown)


async def instead(request: Request, why: MenweiError) -> Response:
    """What a page says that was UNANSWERED and has nothing to show yet; it asks again by itself."""
    if isinstance(why, NotYet):
        return await notice.later(request, why.seconds)
    return await notice.away(request, why)
