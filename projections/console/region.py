"""A part of the screen and what the browser holds of it: only changed rows travel."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import orjson
from nicegui import events, ui

from projections.console.nodes import Node


class Item(NamedTuple):
    """`seen` decides whether a row changed: equal means the browser has it already.
    Rows of a view are frozen, so an unchanged one is the same object and compares at once."""

    key: str
    seen: object
    draw: Callable[[], Node]


Update = dict[str, Any]  # {"put": [[id, node]], "order": [id] | None}


class Differ:
    """Remembers what was sent. Ids are small integers: keys are long and go over the wire often."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[int, object]] = {}
        self._keys: dict[int, str] = {}
        self._order: list[int] = []
        self._last = 0

    def update(self, items: Iterable[Item]) -> Update | None:
        """What the browser lacks; None when it has everything."""
        put: list[list[Any]] = []
        sent: dict[str, tuple[int, object]] = {}
        for item in items:
            held = self._sent.get(item.key)
            if held is None:
                self._last += 1
            number = held[0] if held else self._last
            if held is None or held[1] != item.seen:
                put.append([number, item.draw()])
            sent[item.key] = (number, item.seen)
        order = [number for number, _ in sent.values()]
        moved = order != self._order
        self._sent, self._order = sent, order
        self._keys = {number: key for key, (number, _) in sent.items()}
        if not put and not moved:
            return None
        return {"put": put, "order": order if moved else None}

    def forget(self) -> None:
        """Send everything anew: the browser may have missed something."""
        self._sent, self._order = {}, []

    def key(self, number: object) -> str | None:
        return self._keys.get(number) if isinstance(number, int) else None


class Region(ui.element, component="region.js"):
    """`act` is called with the `data-act` and the row's key of what was clicked or keyed."""

    def __init__(
        self,
        items: Iterable[Item],
        *,
        tag: str = "div",
        look: str = "",
        empty: str = "",
        act: Callable[[str, str], Any] | None = None,
    ) -> None:
        super().__init__()
        self.differ = Differ()
        first = self.differ.update(items) or {"put": [], "order": []}
        self.props["tag"] = tag
        self.props["initial"] = orjson.dumps(first).decode()
        if empty:
            self.props["data-empty"] = empty
        self.classes(f"region {look}")
        if act is not None:

            def received(event: events.GenericEventArguments) -> Any:
                name, number = event.args
                key = self.differ.key(number)
                return act(name, key) if isinstance(name, str) and key is not None else None

            self.on("act", received)


def fixed(*drawn: Node) -> list[Item]:
    """Items that never change after the page was built."""
    return [Item(str(number), None, partial(_same, one)) for number, one in enumerate(drawn)]


def _same(one: Node) -> Node:
    return one
