"""The dialog that sends a vehicle for bins that were missed."""

from collections.abc import Sequence

from fastapi import HTTPException
from nicegui import ui

from projections.console.acts import MAX_NOTE, written
from projections.console.district.today import Today
from projections.console.format import count
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.console.work import done
from projections.waste_district.asked.board import MissedBin, RouteNow
from projections.web.catchup import CatchUp as Wish
from projections.web.catchup import CatchUps, Done
from projections.web.people import Unfit


class CatchUp:
    """Of one page. What is asked already stays the question."""

    def __init__(self, screen: Screen, catchups: CatchUps) -> None:
        self._screen, self._catchups = screen, catchups
        self._bins: Sequence[MissedBin] = ()
        words = screen.words
        with ui.dialog() as self._dialog, ui.card().classes("confirm"):
            ui.label(words("missing.sure")).classes("question")
            self._what = ui.label().classes("what")
            self._more = ui.label().classes("when")
            self._vehicle = ui.select([], label=words("missing.vehicle"), with_input=True).props(
                "outlined dense dark options-dense"
            )
            self._note = ui.input(words("confirm.note")).props(
                f"outlined dense dark maxlength={MAX_NOTE} autocomplete=off"
            )
            self._note.on("keydown.enter", self._answer)
            with ui.element("div").classes("buttons"):
                ui.button(words("confirm.cancel"), on_click=self._dialog.close).props(
                    "flat no-caps"
                )
                ui.button(words("missing.send"), on_click=self._answer).props(
                    "unelevated no-caps"
                ).classes("yes")

    def ask(self, bins: Sequence[MissedBin], made: Today) -> None:
        screen, words = self._screen, self._screen.words
        if not bins or self._dialog.value or not screen.visit.acts:
            return
        self._bins = bins
        first = bins[0]
        self._what.text = f"{made.names.get(first.compound) or first.compound} · {first.point}"
        self._more.text = words("missing.bins", n=count(len(bins)), route=first.route)
        found = able(made.routes, first)
        self._vehicle.set_options(
            {one: words("missing.own", vehicle=one) if one == first.vehicle else one
             for one in found},
            value=found[0] if found else None,
        )  # fmt: skip
        self._note.value = ""
        self._dialog.open()

    async def _answer(self) -> None:
        screen, bins = self._screen, self._bins
        vehicle = str(self._vehicle.value or "")
        if not bins:  # answered a moment ago
            return
        if not vehicle:
            ui.notify(screen.words("missing.whom"), type="warning")
            return
        self._bins = ()
        self._dialog.close()
        if not screen.live():
            screen.leave()
            return
        wish = Wish(
            route=bins[0].route,
            day=bins[0].day,
            vehicle=vehicle,
            bins=tuple(sorted(one.bin for one in bins)),
            note=written(str(self._note.value or "")),
        )

        def work() -> Done:
            try:
                return self._catchups.dispatch(wish, screen.visit.account)
            except HTTPException as refused:
                raise Unfit(refusal(refused.status_code, screen.words)) from refused

        if await done(screen.words, work) is not None:
            ui.notify(screen.words("missing.done", vehicle=vehicle), type="positive")


def refusal(status: int, words: Words) -> str:
    return words.named("catchuprefused", str(status))


def able(routes: Sequence[RouteNow], missed: MissedBin) -> list[str]:
    """Vehicles that carry that kind today: the one whose route it is, then those with the least
    left to do."""
    alike = sorted(
        (one for one in routes if one.category == missed.category and one.state != "silent"),
        key=lambda one: (one.vehicle != missed.vehicle, one.left, one.vehicle),
    )
    return list(dict.fromkeys(one.vehicle for one in alike))
