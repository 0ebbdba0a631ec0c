"""The controls of a replay: buttons, keys, and playing at a speed, all in the browser."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from nicegui import events, ui

from projections.console.snapshots import Sight
from projections.console.texts import Words

_WORDS = ("first", "back", "play", "pause", "next", "last", "slider", "keys")
SPEEDS = (1, 10, 60)


class Stepper(ui.element, component="stepper.js"):
    """`go` is told how many steps are taken now. `times`: when each was recorded, in ms."""

    def __init__(
        self, times: Sequence[int], places: Sequence[str], at: int, words: Words,
        go: Callable[[int], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self._at = self._told = at
        self.props["words"] = {name: words(f"replay.{name}") for name in _WORDS}
        self.props["initial"] = orjson.dumps(
            {"times": times, "places": places, "at": at, "speeds": SPEEDS}
        ).decode()

        def gone(event: events.GenericEventArguments) -> None:
            if isinstance(event.args, int) and 0 <= event.args <= len(times):
                self._at = self._told = event.args
                go(event.args)

        self.on("go", gone)

    def moved(self, at: int) -> None:
        """By a click elsewhere."""
        self._at = at

    def news(self, _sight: Sight) -> dict[str, Any] | None:
        if self._told == self._at:
            return None
        self._told = self._at
        return {"at": self._at}

    def forget(self) -> None:
        self._told = -1
