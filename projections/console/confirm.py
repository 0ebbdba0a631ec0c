"""Acknowledging: one question with an optional note, answered by Enter."""

import asyncio

from nicegui import ui

from core.errors import Refused
from projections.alarm import Alarm
from projections.console.acts import MAX_NOTE, acknowledge
from projections.console.format import clock
from projections.console.places import place
from projections.console.screen import Screen
from projections.web.acknowledgement import Acknowledgements


class Confirm:
    """The dialog of one page. Whoever it asks is checked again when they answer."""

    def __init__(self, screen: Screen, acknowledgements: Acknowledgements) -> None:
        self._screen = screen
        self._acknowledgements = acknowledgements
        self._alarm: Alarm | None = None
        words = screen.words
        with ui.dialog() as self._dialog, ui.card().classes("confirm"):
            ui.label(words("confirm.title")).classes("question")
            self._what = ui.label().classes("what")
            self._when = ui.label().classes("when")
            self._note = ui.input(words("confirm.note")).props(
                f"autofocus outlined dense dark maxlength={MAX_NOTE} autocomplete=off"
            )
            self._note.on("keydown.enter", self._answer)
            with ui.element("div").classes("buttons"):
                ui.button(words("confirm.cancel"), on_click=self._dialog.close).props(
                    "flat no-caps"
                )
                self._yes = ui.button(words("confirm.yes"), on_click=self._answer).props(
                    "unelevated no-caps"
                )

    def ask(self, name: str, alarm: str) -> None:
        if name != "acknowledge" or not self._screen.visit.account.acts:
            return
        screen = self._screen
        found = next((one for one in screen.sight.alarms() if one.id == alarm), None)
        if found is None or found.acknowledged:
            return
        self._alarm = found
        words = screen.words
        self._what.text = f"{words.named('alarmkind', found.kind)} · {place(found.subject, words)}"
        self._when.text = words(
            "confirm.when", when=clock(found.raised, screen.sight.now), n=found.causes
        )
        self._note.value = ""
        self._yes.enable()
        self._dialog.open()

    async def _answer(self) -> None:
        alarm, self._alarm = self._alarm, None  # a second Enter finds nothing to do
        if alarm is None:
            return
        screen = self._screen
        if not screen.live():
            screen.leave()
            return
        self._yes.disable()
        self._dialog.close()
        note = str(self._note.value or "")
        compound, account = screen.sight.compound, screen.visit.account
        try:
            await asyncio.to_thread(
                acknowledge, self._acknowledgements, account, compound, alarm.id, note
            )
        except Refused as refusal:
            ui.notify(screen.words.named("refused", refusal.reason), type="warning")
