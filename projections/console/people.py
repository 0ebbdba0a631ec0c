"""Visitors and presence (宾客与在场): passes, who is where, who is held, what is wrong with the
place, by which policy the gates decide."""

from functools import partial

from nicegui import ui

from projections.console import passes, presence, rulebook
from projections.console.figures import items
from projections.console.frame import panel, sheet
from projections.console.muster import Muster
from projections.console.orders import send
from projections.console.passes import Passes
from projections.console.people_figures import figures
from projections.console.places import place
from projections.console.reasons import Because
from projections.console.region import Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import row
from projections.safe_community.rows.screening import Held
from projections.web.people import Wish
from projections.web.staff import Room


class PeoplePage:
    """`room`: None where this hub has no people's side; then there is nothing to press."""

    def __init__(self, screen: Screen, room: Room | None) -> None:
        self._screen, self._room = screen, room
        self._because = Because(screen)

    def build(self) -> None:
        screen, words, room = self._screen, self._screen.words, self._room
        acts = screen.visit.acts and room is not None
        screen.region(lambda sight: items(figures(sight, words), words), look="figures")
        with ui.element("div").classes("columns"):
            with ui.element("div").classes("stack wide"):
                with (
                    panel(words, "area.title", words("area.note")).classes("hug areas"),
                    sheet("scrolls"),
                ):
                    Region(fixed(presence.heads(words)), tag="thead")
                    screen.region(
                        lambda sight: presence.areas(sight, words),
                        tag="tbody",
                        empty=words("area.none"),
                    )
                with panel(words, "pass.title") as listed:
                    self._passes(room, acts)
                listed.classes("passlist")
            with ui.element("div").classes("stack"):
                if room is not None:
                    with panel(words, "muster.title", words("muster.note")):
                        Muster(screen, room, self._because).build()
                with panel(words, "hold.title"):
                    screen.region(
                        lambda sight: presence.holds(sight, words, acts),
                        look="holds scrolls",
                        empty=words("hold.none"),
                        act=self._hold,
                    )
                with panel(words, "findings.title"):
                    screen.region(
                        lambda sight: rulebook.finding_items(sight, words),
                        look="findinglist scrolls",
                        empty=words("findings.none"),
                    )
                with panel(words, "rulebook.title").classes("hug"):
                    screen.region(lambda sight: rulebook.lead(sight, words), look="booklead")
                    with sheet("scrolls"):
                        Region(fixed(rulebook.heads(words)), tag="thead")
                        screen.region(lambda sight: rulebook.items(sight, words), tag="tbody")

    def _passes(self, room: Room | None, acts: bool) -> None:
        screen, words = self._screen, self._screen.words
        made = Passes(screen, room, self._because) if room is not None else None
        if made is not None and acts:
            ui.button(words("pass.issue"), on_click=made.ask).props("unelevated no-caps").classes(
                "issue"
            )
        with sheet("scrolls"):
            Region(fixed(passes.heads(words)), tag="thead")
            screen.region(
                lambda sight: passes.items(sight, words, acts),
                tag="tbody",
                empty=words("pass.none"),
                act=made.act if made is not None else None,
            )

    def _hold(self, outcome: str, measured: str) -> None:
        screen, words = self._screen, self._screen.words
        held = row(screen.sight.safe, "held", measured, Held)
        if held is None or outcome not in ("admitted", "turned-away"):
            return
        if self._room is None or not screen.visit.acts:
            return
        verb = words(f"hold.{outcome}")
        what = words(
            "hold.sure",
            where=place(held.door, words),
            degrees=f"{held.temperature_cel:.1f}",
            what=verb,
        )
        answered = partial(self._release, self._room, held, outcome)
        self._because.ask(what, words("muster.on_record"), verb, "care", answered)

    async def _release(self, room: Room, held: Held, outcome: str, reason: str) -> None:
        args = {"measured": held.measured, "outcome": outcome}
        wish = Wish(verb="release", target=held.door, args=args, reason=reason)
        await send(self._screen, room, wish)
