"""An audit pack from the console: ask, watch, take. The reason is asked before anything is made."""

import asyncio

from nicegui import ui

from core.errors import DiskFull, Unavailable
from projections.audit.selection import Selection
from projections.console.format import count, size
from projections.console.nodes import Node, node
from projections.console.region import Item
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.web.exports import Exports, State
from projections.web.people import Unready
from projections.web.reasons import NoReason

_FIELD = "outlined dense dark autocomplete=off maxlength=200"


class Wizard:
    """Of one page: the one export it asked for last."""

    def __init__(self, screen: Screen, exports: Exports, selection: Selection) -> None:
        self._screen, self._exports, self._selection = screen, exports, selection
        self._asked = ""
        self._trouble = ""

    def build(self) -> None:
        words = self._screen.words
        with ui.element("div").classes("fields"):
            self._reason = ui.input(words("export.why")).props(_FIELD)
            self._unit = ui.input(words("export.unit")).props(_FIELD)
            ui.button(words("export.start"), on_click=self._start).props(
                "unelevated no-caps"
            ).classes("yes")
        self._screen.region(self._items, look="making")

    async def _start(self) -> None:
        screen = self._screen
        if not screen.live():
            screen.leave()
            return
        account, reason = screen.visit.account, self._reason.value or ""
        try:
            state = await asyncio.to_thread(
                self._exports.ask, account, self._selection, reason, self._unit.value or ""
            )
        except (NoReason, Unready, DiskFull, Unavailable) as why:
            self._asked, self._trouble = "", str(why)
        else:
            self._asked, self._trouble = state.id, ""
        screen.redraw()

    def _items(self, _: Sight) -> list[Item]:
        if self._trouble:
            text = self._screen.words("export.failed", error=self._trouble)
            return [Item("trouble", text, lambda: node("p.trouble", text, role="alert"))]
        if not self._asked:
            return []
        state = self._exports.state(self._asked)
        return [Item("state", state, lambda: self._drawn(state))]

    def _drawn(self, state: State) -> Node:
        words = self._screen.words
        told = words(
            f"export.{state.stage}",
            position=state.position,
            done=count(state.done),
            whole=count(state.whole),
            batches=count(state.batches),
            events=count(state.events),
            size=size(state.bytes),
            error=state.error,
        )
        if state.stage != "done":
            share = f"{100 * state.done / (state.whole or 1):.0f}%"
            bar = node("div.bar", node("i", vars={"share": share}))
            return node("div", node("p", told, data_stage=state.stage), bar)
        file = f"/api/v1/audit/exports/{state.id}/file"
        return node(
            "div",
            node("p", told, data_stage="done"),
            node("a.ack", words("export.take"), href=file, download="1"),
            node("p", node("code", f"SHA-256 {state.sha256}")),
            node("p.note", words("export.check")),
            node("pre", f"python3 verify.py {state.position}.menwei-audit.zip --key …"),
        )
