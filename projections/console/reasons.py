"""The dialog that asks why: nothing personal is shown or changed without a reason on record."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from projections.console.acts import MAX_NOTE, written
from projections.console.screen import Screen
from projections.web.reasons import WORDS

Answered = Callable[[str], Awaitable[None]]


class Because:
    """Of one page. `ask` puts a question; a second answer to it finds nothing to do."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._answered: Answered | None = None
        words = screen.words
        with ui.dialog() as self._dialog, ui.card().classes("confirm because"):
            self._what = ui.label().classes("what")
            self._more = ui.label().classes("when")
            options = {one: words.named("because", one) for one in WORDS}
            self._word = ui.select(options, label=words("reason.why")).props(
                "outlined dense dark options-dense"
            )
            self._free = ui.input(words("reason.free")).props(
                f"outlined dense dark maxlength={MAX_NOTE} autocomplete=off"
            )
            self._free.on("keydown.enter", self._answer)
            with ui.element("div").classes("buttons"):
                ui.button(words("confirm.cancel"), on_click=self._dialog.close).props(
                    "flat no-caps"
                )
                self._yes = ui.button(on_click=self._answer).props("unelevated no-caps")
                self._yes.classes("yes")

    def ask(self, what: str, more: str, yes: str, word: str, answered: Answered) -> None:
        """`word`: the likeliest one of the list; empty: none is proposed."""
        if self._dialog.value or not self._screen.live():
            return
        self._what.text, self._more.text, self._yes.text = what, more, yes
        self._word.value, self._free.value = word or None, ""
        self._answered = answered
        self._dialog.open()

    async def _answer(self) -> None:
        """What was written says more than the word beside it: the log seals it then."""
        screen = self._screen
        reason = written(str(self._free.value or "")) or str(self._word.value or "")
        if not reason:
            ui.notify(screen.words("unable.reason"), type="warning")
            return
        answered, self._answered = self._answered, None
        if answered is None:
            return
        self._dialog.close()
        if not screen.live():
            screen.leave()
            return
        await answered(reason)
