"""The keyboard and the sound of the desk: the element, and what it is told."""

from collections.abc import Callable
from typing import Any

import orjson
from nicegui import events, ui

from projections.console import queue
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words

_RINGS = 64  # told to the browser; more do not make it louder
_SOUND = ("off", "on", "ringing", "blocked", "arm")
_HELP = {
    "J K ↑ ↓": "move",
    "A": "acknowledge",
    "S": "shelve",
    "G": "assign",
    "C": "clear",
    "R": "reopen",
    "E": "evidence",
    "/": "search",
    "?": "help",
}


class Keys(ui.element, component="desk.js"):
    """`press` is called with the act and the alarm's id. The browser's word is not believed:
    whoever is called looks the alarm up."""

    def __init__(self, screen: Screen, press: Callable[[str, str], Any]) -> None:
        super().__init__()
        self._told = told(screen.sight)
        self.props["words"] = _words(screen.words)
        self.props["initial"] = orjson.dumps(self._told).decode()

        def pressed(event: events.GenericEventArguments) -> Any:
            match event.args:
                case [str(verb), str(alarm)]:
                    return press(verb, alarm)
            return None

        self.on("press", pressed)

    def news(self, sight: Sight) -> dict[str, Any] | None:
        now = told(sight)
        if now == self._told:
            return None
        self._told = now
        return now

    def forget(self) -> None:
        self._told = {}


def told(sight: Sight) -> dict[str, Any]:
    """What rings, the most urgent first, and how many nobody has taken on."""
    alarms = sight.alarms()
    waiting = [one for one in queue.opened(alarms) if not one.acknowledged]
    ring = [[one.priority, one.id] for one in queue.ringing(alarms)[:_RINGS]]
    return {"ring": ring, "count": len(waiting)}


def _words(words: Words) -> dict[str, Any]:
    return {
        **{name: words(f"sound.{name}") for name in _SOUND},
        "title": words("help.title"),
        "help": words("help.help"),
        "close": words("help.close"),
        "keys": [[key, words(f"help.{name}")] for key, name in _HELP.items()],
    }
