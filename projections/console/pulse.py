"""The heartbeat element in the header: the one message a tick that carries every update."""

from collections.abc import Mapping
from typing import Any

import orjson
from nicegui import ui

from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.console.visit import Visit, signin_url

_WORDS = ("live", "past", "lost", "position", "changed", "uplinks", "s", "min", "h", "d")


class Pulse(ui.element, component="pulse.js"):
    def __init__(self, visit: Visit, sight: Sight) -> None:
        super().__init__()
        self._everywhere = visit.path.startswith("/district")
        start = {
            **head(sight, everywhere=self._everywhere),
            "now": sight.now.timestamp() * 1000,
            "past": visit.moment is not None,
            "words": words_of(visit.words),
            "signin": signin_url(visit.path),
        }
        self.props["initial"] = orjson.dumps(start).decode()

    def deliver(self, sight: Sight, regions: Mapping[int, Any], charts: Mapping[int, Any]) -> None:
        self.run_method(
            "deliver",
            {
                "now": sight.now.timestamp() * 1000,
                "head": head(sight, everywhere=self._everywhere),
                "regions": {str(number): update for number, update in regions.items()},
                "charts": {str(number): options for number, options in charts.items()},
            },
        )


def words_of(words: Words) -> dict[str, str]:
    return {name: words(f"pulse.{name}") for name in _WORDS}


def head(sight: Sight, *, everywhere: bool) -> dict[str, Any]:
    """`everywhere`: the page is about all compounds."""
    gateways = sight.everywhere if everywhere else [*sight.uplinks.values()]
    return {
        "position": sight.position,
        "changedAt": sight.received.timestamp() * 1000 if sight.received else 0,
        "up": sum(gateways),
        "total": len(gateways),
    }
