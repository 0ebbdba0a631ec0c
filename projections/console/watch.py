"""Whose watch it is, in the header of every page; handing it over and taking it."""

import asyncio
from collections.abc import Callable
from functools import partial

from nicegui import ui

from core.errors import Unavailable
from projections.console.acts import MAX_HANDOVER, letter, written
from projections.console.format import clock, short
from projections.console.handover import on_watch, proposed
from projections.console.nodes import Node, icon, node
from projections.console.region import Item
from projections.console.screen import Screen
from projections.console.snapshots import Sight, row
from projections.console.texts import Words
from projections.console.visit import Visit
from projections.console.work import done
from projections.safe_community.rows.duty import Duty
from projections.web import duty_note
from projections.web.desk import Desk
from projections.web.duty import Watch


def items(sight: Sight, words: Words, visit: Visit) -> list[Item]:
    if not sight.compound:
        return []
    found = on_watch(sight)
    by = row(sight.safe, "duty", "duty", Duty)
    handed = by.handed_by if by is not None and found.handed else ""
    draw = partial(drawn, found, handed, words, visit, sight)
    return [Item("watch", (found, handed, sight.today), draw)]


def drawn(found: Watch, handed: str, words: Words, visit: Visit, sight: Sight) -> Node:
    if found.handed:
        text = words("watch.handed", who=handed or "–")
    else:
        text = found.actor or words("watch.nobody")
    since = words("watch.since", when=short(found.since, sight.now)) if found.actor else ""
    mine = found.actor == visit.account.name
    button = None
    if visit.acts:
        verb = "handOver" if mine else "takeOver"
        button = node("button.slight", words(f"watch.{verb}"), type="button", data_act=verb)
    return node(
        "span.watch" if found.actor else "span.watch.free",
        icon("duty"),
        node("em", words("watch.holder")),
        node("b", text),
        node("span.num", since),
        button,
    )


def note_of(desk: Desk, compound: str) -> str:
    """What the last watch wrote, opened. Reads the log: off the loop."""
    try:
        handed = duty_note.read(desk, compound, unsealed=True)["handed"]
    except Unavailable:
        return ""
    return str(handed["note"]) if handed else ""


class HandOver:
    """The two dialogs of one page. `ask` is called with what the header's button says."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._open = ""
        words = screen.words
        with ui.dialog() as self._giving, ui.card().classes("confirm letter"):
            ui.label(words("watch.title")).classes("what")
            self._note = ui.textarea(words("watch.note")).props(
                f"autofocus outlined dark autogrow maxlength={MAX_HANDOVER} autocomplete=off"
            )
            self._to = ui.input(words("watch.to")).props("outlined dense dark autocomplete=off")
            self._buttons("watch.handOver", self._give, self._giving)
        with ui.dialog() as self._taking, ui.card().classes("confirm letter"):
            ui.label(words("watch.takeTitle")).classes("what")
            ui.label(words("watch.previous")).classes("question")
            self._said = ui.label().classes("said")
            self._buttons("watch.takeOver", self._take, self._taking)

    def _buttons(self, key: str, work: Callable[[], object], dialog: ui.dialog) -> None:
        words = self._screen.words
        with ui.element("div").classes("buttons"):
            ui.button(words("confirm.cancel"), on_click=dialog.close).props("flat no-caps")
            ui.button(words(key), on_click=work).props("unelevated no-caps autofocus").classes(
                "yes"
            )

    async def ask(self, name: str, _key: str) -> None:
        screen = self._screen
        if not screen.visit.acts or not screen.live():
            return
        sight, words = screen.sight, screen.words
        if name == "handOver":
            self._note.value = proposed(sight, screen.visit.account.name, words)
            self._to.value = ""
            self._giving.open()
        elif name == "takeOver":
            duty = row(sight.safe, "duty", "duty", Duty)
            said = await asyncio.to_thread(note_of, screen.desk, sight.compound)
            lead = ""
            if duty is not None and duty.handed_by:
                lead = f"{duty.handed_by} · {clock(duty.handed_at, sight.now)}\n"
            self._said.text = f"{lead}{said or words('watch.noNote')}"
            self._taking.open()
        self._open = name

    async def _give(self) -> None:
        screen = self._screen
        note, to = letter(str(self._note.value or "")), written(str(self._to.value or ""))
        work = partial(screen.acts.hand_over, screen.sight.compound, screen.visit.account, note, to)
        await self._do("handOver", self._giving, work)

    async def _take(self) -> None:
        screen = self._screen
        work = partial(screen.acts.take_over, screen.sight.compound, screen.visit.account)
        await self._do("takeOver", self._taking, work)

    async def _do(self, name: str, dialog: ui.dialog, work: Callable[[], int]) -> None:
        if self._open != name:  # a second click finds nothing to do
            return
        self._open = ""
        dialog.close()
        screen = self._screen
        if not screen.live():
            screen.leave()
            return
        await done(screen.words, work)
