"""The dialog in which a person does something to an alarm: one question, answered by Enter."""

from datetime import timedelta

from nicegui import ui

from projections.alarms.row import Alarm
from projections.console.acts import MAX_NOTE, VERBS, perform
from projections.console.format import clock
from projections.console.places import place
from projections.console.screen import Screen
from projections.console.work import done

_SHELVES = {15: "act.m15", 60: "act.m60", 240: "act.m240", 480: "act.m480"}


class Acting:
    """Of one page. Whoever it asks is checked again when they answer."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._verb = ""
        self._alarm: Alarm | None = None
        self._to: ui.input | None = None
        self._minutes: ui.toggle | None = None
        self._note: ui.input | None = None
        with ui.dialog() as self._dialog:
            self._card = ui.card().classes("confirm")

    def ask(self, verb: str, alarm: str) -> None:
        """S takes a shelved alarm off the shelf. What is asked already stays the question: a key
        that was meant for it may still have reached the list."""
        screen = self._screen
        if verb not in VERBS or not screen.visit.acts or self._dialog.value:
            return
        found = screen.sight.alarm(alarm)
        if found is None:
            return
        if verb == "shelve" and found.shelved_until:
            verb = "unshelve"
        words = screen.words
        if (why := _pointless(verb, found)) is not None:
            ui.notify(words(f"refused.{why}"), type="warning")
            return
        self._verb, self._alarm = verb, found
        self._draw(verb, found)
        self._dialog.open()

    def _draw(self, verb: str, alarm: Alarm) -> None:
        """The question's own fields and no others."""
        words, now = self._screen.words, self._screen.sight.now
        self._to = self._minutes = None
        self._card.clear()
        with self._card:
            ui.label(words(f"asking.{verb}")).classes("question")
            what = words.named("alarmkind", alarm.kind)
            ui.label(f"{what} · {place(alarm.subject, words)}").classes("what")
            when = words("confirm.when", when=clock(alarm.raised, now), n=alarm.causes)
            ui.label(when).classes("when")
            if verb == "shelve":
                options = {minutes: words(key) for minutes, key in _SHELVES.items()}
                self._minutes = ui.toggle(options, value=15).props("no-caps dense")
                self._minutes.props["aria-label"] = words("act.minutes")
            if verb == "assign":
                self._to = self._field(words("act.to"), self._screen.visit.account.name)
            self._note = self._field(words("confirm.note"), "")
            (self._to or self._note).props("autofocus")
            with ui.element("div").classes("buttons"):
                ui.button(words("confirm.cancel"), on_click=self._dialog.close).props(
                    "flat no-caps"
                )
                yes = words("confirm.yes" if verb == "acknowledge" else f"verb.{verb}")
                ui.button(yes, on_click=self._answer).props("unelevated no-caps")

    def _field(self, label: str, value: str) -> ui.input:
        made = ui.input(label, value=value).props(
            f"outlined dense dark maxlength={MAX_NOTE} autocomplete=off"
        )
        made.on("keydown.enter", self._answer)
        return made

    async def _answer(self) -> None:
        alarm, self._alarm = self._alarm, None  # a second Enter finds nothing to do
        if alarm is None:
            return
        screen = self._screen
        if not screen.live():
            screen.leave()
            return
        self._dialog.close()
        compound, account = screen.sight.compound, screen.visit.account
        minutes = int(self._minutes.value or 15) if self._minutes else 15
        work = perform(
            screen.acts,
            self._verb,
            compound,
            account,
            alarm.id,
            note=_text(self._note),
            to=_text(self._to),
            until=screen.sight.now + timedelta(minutes=minutes),
        )
        await done(screen.words, work)


def _text(field: ui.input | None) -> str:
    return str(field.value or "") if field else ""


def _pointless(verb: str, alarm: Alarm) -> str | None:
    """Why there is no need to ask. The hub decides, by what it knows then."""
    if verb == "acknowledge" and alarm.acknowledged:
        return "acknowledged"
    if verb == "shelve" and alarm.priority == 1:
        return "priority"
    if verb == "reopen" and alarm.open:
        return "open"
    if verb not in ("reopen", "acknowledge") and not alarm.open:
        return "closed"
    return None
