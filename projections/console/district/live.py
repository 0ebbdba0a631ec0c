"""The waste desk: what was missed first, today's routes, and where the bins stand."""

from collections.abc import Sequence

from nicegui import ui

from projections.console.district import haulalarms, missing, plan, routes
from projections.console.district.answer import Answer
from projections.console.district.catchup import CatchUp
from projections.console.district.drawing import drawing
from projections.console.district.geometry import HEIGHT, WIDTH
from projections.console.district.live_figures import figures
from projections.console.district.today import Today
from projections.console.figures import items
from projections.console.frame import panel
from projections.console.links import district_href, waste_href
from projections.console.nodes import Node, node
from projections.console.region import Item
from projections.console.screen import Screen
from projections.waste_district.asked.board import RouteNow
from projections.web.catchup import CatchUps


class LivePage:
    """The page's own state: which compound the plan shows, and routes of which state are listed;
    empty: all of them."""

    def __init__(self, screen: Screen, answer: Answer[Today], catchups: CatchUps, at: str) -> None:
        self._screen, self._answer, self._at = screen, answer, at
        self._state = ""
        self._catch_up = CatchUp(screen, catchups)

    def build(self) -> None:
        screen, words = self._screen, self._screen.words
        acts = screen.visit.acts
        screen.region(lambda _: items(figures(self._answer.shown, words), words), look="figures")
        screen.region(
            lambda sight: haulalarms.items(self._today.alarms, sight, words, acts=acts),
            look="haulalarms",
            act=self._acknowledge,
        )
        with ui.element("div").classes("columns"):
            with ui.element("div").classes("stack"):
                with panel(words, "missing.title", words("missing.note")):
                    screen.region(
                        lambda _: self._missed(acts=acts),
                        look="missings scrolls",
                        empty=words("missing.none"),
                        act=self._send,
                    )
                with panel(words, "haul.title", words("haul.donenote")).classes("routespanel"):
                    screen.region(self._summary, look="lead counts", act=self._pick)
                    screen.region(
                        lambda _: routes.items(self._listed(), words),
                        look="routes scrolls",
                        empty=words("haul.none"),
                    )
            with (
                ui.element("div").classes("stack wide"),
                panel(words, "district.plan").classes("planpanel"),
            ):
                screen.region(self._where, look="lead", act=self._zoom)
                with drawing("districtplan", words("district.plan"), WIDTH, HEIGHT):
                    screen.region(self._plan, tag="g", act=self._zoom)
                screen.region(lambda _: plan.legend(self._at, words), look="legendline")
        self._answer.follow(screen)

    @property
    def _today(self) -> Today:
        return self._answer.made

    def _missed(self, *, acts: bool) -> Sequence[Item]:
        made = self._today
        words = self._screen.words
        return missing.items(made.missed, made.names, made.now_ms, words, acts=acts)

    def _summary(self, _: object) -> list[Item]:
        return routes.summary(self._today.routes, self._state, self._screen.words)

    def _listed(self) -> Sequence[RouteNow]:
        """Of a state that none is in any more, all."""
        found = self._today.routes
        return [one for one in found if one.state == self._state] or found

    def _pick(self, _: str, state: str) -> None:
        self._state = "" if state == self._state else state
        self._screen.redraw()

    def _where(self, _: object) -> list[Item]:
        return [Item("where", self._at, self._place)]

    def _place(self) -> Node:
        words, compounds = self._screen.words, len(self._today.clusters)
        if not self._at:
            return node("span.note", words("district.whole", n=compounds))
        name = self._today.names.get(self._at) or self._at
        return node(
            "span.counts",
            node("button.slight", words("district.wider"), type="button", data_act="wider"),
            node("b", name),
            node("span.note", self._at),
            node("a.slight", words("district.compound"), href=waste_href(self._at)),
        )

    def _plan(self, _: object) -> list[Item]:
        made, words = self._today, self._screen.words
        if self._at:
            return plan.zoomed(made.points, self._at, words)
        return plan.whole(made.clusters, words)

    def _zoom(self, act: str, key: str) -> None:
        """The browser's word for a compound is one of the drawing's own keys."""
        self._at = key.removeprefix("compound/") if act == "zoom" else ""
        # A reload, and a link that is passed on, show the same.
        ui.navigate.history.replace(self._screen.kept(district_href(at=self._at)))
        self._screen.redraw()

    async def _acknowledge(self, act: str, alarm: str) -> None:
        if act == "acknowledge":
            await haulalarms.acknowledge(self._screen, alarm)

    def _send(self, act: str, key: str) -> None:
        if act == "send":
            self._catch_up.ask(missing.of(self._today.missed, key), self._today)
