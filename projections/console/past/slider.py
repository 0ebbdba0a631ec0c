"""The time slider of every page: which moment it shows, and on which axis."""

import asyncio
from typing import Any

import orjson
from nicegui import events, ui

from core.errors import Unavailable
from projections.console.past.moment import Moment, NoMoment, moment
from projections.console.past.steps import beside
from projections.console.screen import Screen
from projections.web.turns import Busy

_WORDS = (
    "title", "then", "now", "thenlong", "nowlong", "banner", "back", "late", "place", "hour",
    "minute", "before", "after", "axis", "span", "span_hour", "span_day", "span_week", "span_all",
    "live", "range",
)  # fmt: skip


class TimeSlider(ui.element, component="slider.js"):
    """`moves`: this page can go on in the past as it is; any other is loaded again. Asked for more
    often than it can be answered, it answers the newest."""

    def __init__(self, screen: Screen, *, moves: bool) -> None:
        super().__init__()
        self._screen, self._moves = screen, moves and screen.moment is not None
        words = screen.words
        start = {
            "first": screen.pasts.first_ms,
            "now": screen.desk.clock.now().timestamp() * 1000,
            "words": {name: words(f"past.{name}") for name in _WORDS},
            "moves": self._moves,
            "compound": screen.sight.compound,
            "shown": _told(screen.moment) if screen.moment else None,
        }
        self.props["initial"] = orjson.dumps(start).decode()
        self.on("move", self._move)
        self.on("step", self._step)
        if self._moves:
            screen.arrived(lambda found: self.run_method("tell", _told(found)))

    async def _move(self, event: events.GenericEventArguments) -> None:
        asof, known = event.args if isinstance(event.args, list) else (None, None)
        if isinstance(asof, str) and isinstance(known, str):
            await self._go(asof[:64], known[:18])

    async def _step(self, event: events.GenericEventArguments) -> None:
        """To the batch before or after that tells something of this compound."""
        forward, known = event.args if isinstance(event.args, list) else (None, None)
        if not isinstance(forward, bool) or not isinstance(known, str):
            return
        screen = self._screen
        at = screen.moment.past.position if screen.moment else screen.sight.position
        try:
            position = await asyncio.to_thread(
                beside, screen.desk, screen.sight.compound, at, forward=forward
            )
        except Unavailable as away:
            self.run_method("refuse", str(away))
            return
        if position is None:
            self.run_method("refuse", screen.words("past.last" if forward else "past.first"))
        else:
            await self._go(str(position), known[:18])

    async def _go(self, asof: str, known: str) -> None:
        screen = self._screen
        if not screen.live():
            screen.leave()
            return
        try:
            found = await asyncio.to_thread(moment, screen.desk, asof, known)
        except (NoMoment, Unavailable, Busy) as wrong:
            self.run_method("refuse", str(wrong))
            return
        if self._moves:
            screen.move(found)
        else:
            self.run_method("go", found.query)


def _told(found: Moment) -> dict[str, Any]:
    past = found.past
    return {
        "ms": past.ms,
        "position": past.position,
        "later": past.later,
        "heard": past.known,
        **found.query,
    }
