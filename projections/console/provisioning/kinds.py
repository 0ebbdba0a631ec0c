"""What this gateway understands, by device, event and direction: read from its registry."""

from functools import partial

from nicegui import ui

from projections.console.frame import panel, sheet
from projections.console.nodes import Node, node
from projections.console.provisioning.asking import Asking, later
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.web.gateway_desk import Json

_HEADS = ("kind", "device", "by", "direction", "events", "backfill", "tested")
_AGAIN_S = 60.0  # a gateway learns nothing new but by an upgrade


class Kinds:
    def __init__(self, screen: Screen, asking: Asking) -> None:
        self._screen, self._asking = screen, asking
        self._kinds: list[Json] = []

    def build(self) -> None:
        words = self._screen.words
        with (
            ui.element("div").classes("provisioning aside"),
            panel(words, "provision.kinds_title", words("provision.kinds_note")),
            sheet("scrolls"),
        ):
            heads = (node("th", words.named("kindhead", name)) for name in _HEADS)
            Region(fixed(node("tr", *heads)), tag="thead")
            empty = words("provision.kinds_none")
            self._screen.region(self._items, tag="tbody", empty=empty)
        later(_AGAIN_S, self._look)

    async def _look(self) -> None:
        found = await self._asking.quietly("kinds")
        if found is not None:
            self._kinds = found["kinds"]
        self._screen.redraw()

    def _items(self, _: Sight) -> list[Item]:
        drawn: list[Item] = []
        for kind in self._kinds:
            rows: list[Json] = kind["support"] or [{}]
            drawn += [
                Item(f"{kind['name']}/{at}", row, partial(self._row, kind, row))
                for at, row in enumerate(rows)
            ]
        return drawn

    def _row(self, kind: Json, row: Json) -> Node:
        words = self._screen.words
        if not row:  # the adapter says nothing of single devices
            ways = ", ".join(kind["ways"])
            return node("tr", node("td", node("b", kind["name"])), node("td", kind["title"]),
                        node("td", ways), *(node("td", "–") for _ in range(4)))  # fmt: skip
        return node(
            "tr",
            node("td", node("b", kind["name"])),
            node("td.wraps", row["device"]),
            node("td", row["by"]),
            node("td", words.named("supportway", row["direction"])),
            node("td.wraps", ", ".join(words.named("type", one) for one in row["events"]),
                 title=", ".join(row["events"])),
            node("td.wraps", row["backfill"] or "–"),
            node("td", words.named("supporttested", row["tested"])),
        )  # fmt: skip
