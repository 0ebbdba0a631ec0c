"""The form a pass is issued by. Times are China's; what is personal is sealed by the hub."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from nicegui import ui

from core.clock import rfc3339
from projections.console.acts import written
from projections.console.places import place
from projections.console.presence import site
from projections.console.screen import Screen
from projections.web.people import PassWish
from projections.window import CHINA

_FIELD = "outlined dense dark autocomplete=off"
_LONGEST = 100
_FORM = "%Y-%m-%dT%H:%M"


class PassForm:
    """Of one page. `issue` tells whether it was done: else what was typed stays."""

    def __init__(self, screen: Screen, issue: Callable[[PassWish], Awaitable[bool]]) -> None:
        self._screen, self._issue = screen, issue
        self._busy = False
        words = screen.words
        with ui.dialog() as self._dialog, ui.card().classes("confirm passform"):
            ui.label(words("pass.issue")).classes("what")
            with ui.element("div").classes("fields"):
                self._from = ui.input(words("pass.from")).props(
                    f"{_FIELD} type=datetime-local stack-label"
                )
                self._to = ui.input(words("pass.to")).props(
                    f"{_FIELD} type=datetime-local stack-label"
                )
                self._doors = ui.select({}, label=words("pass.doorsHint"), multiple=True).props(
                    "outlined dense dark options-dense use-chips"
                )
                self._uses = ui.number(words("pass.number"), value=2, min=1, max=1000, precision=0)
                self._uses.props(_FIELD)
                self._name = self._text("pass.name")
                self._phone = self._text("pass.phone")
                self._host = self._text("pass.host")
                self._plate = self._text("pass.plate")
            ui.label(words("pass.sealed")).classes("when")
            with ui.element("div").classes("buttons"):
                ui.button(words("confirm.cancel"), on_click=self._dialog.close).props(
                    "flat no-caps"
                )
                ui.button(words("pass.make"), on_click=self._answer).props(
                    "unelevated no-caps"
                ).classes("yes")

    def _text(self, key: str) -> ui.input:
        made = ui.input(self._screen.words(key)).props(f"{_FIELD} maxlength={_LONGEST}")
        made.on("keydown.enter", self._answer)
        return made

    def open(self) -> None:
        screen = self._screen
        if not screen.visit.acts or not screen.live():
            return
        begins, ends = proposed(screen.sight.now.astimezone(CHINA))
        self._from.value, self._to.value = f"{begins:{_FORM}}", f"{ends:{_FORM}}"
        self._doors.set_options(
            {key: one.title or place(f"door/{key}", screen.words)
             for key, one in sorted(site(screen.sight).doors.items())},
            value=[],
        )  # fmt: skip
        for field in (self._name, self._phone, self._host, self._plate):
            field.value = ""
        self._uses.value = 2
        self._dialog.open()

    async def _answer(self) -> None:
        if self._busy or not self._dialog.value:
            return
        begins, ends = moment_of(self._from.value), moment_of(self._to.value)
        if not begins or not ends:
            ui.notify(self._screen.words("unable.times"), type="warning")
            return
        wish = PassWish(
            valid_from=begins,
            valid_to=ends,
            doors=tuple(self._doors.value or ()),
            uses=int(self._uses.value or 1),
            host=_line(self._host),
            plate=_line(self._plate),
            name=_line(self._name),
            phone=_line(self._phone),
        )
        self._busy = True  # a second Enter while the first is on its way issues nothing
        try:
            if await self._issue(wish):
                self._dialog.close()
        finally:
            self._busy = False


def _line(field: ui.input) -> str:
    return written(str(field.value or ""))[:_LONGEST]


def moment_of(text: object) -> str:
    """RFC 3339 of what a browser's date field holds; empty if that is no time."""
    try:
        return rfc3339(datetime.fromisoformat(str(text)).replace(tzinfo=CHINA))
    except ValueError:
        return ""


def proposed(now: datetime) -> tuple[datetime, datetime]:
    """From now to ten in the evening, at least four hours."""
    evening = now.replace(hour=22, minute=0, second=0, microsecond=0)
    return now, max(evening, now + timedelta(hours=4))
