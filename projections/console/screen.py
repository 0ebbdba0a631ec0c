"""One open page: its parts, and the tick that sends what changed and nothing else."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from nicegui import Client, ui

from core.errors import Unavailable
from projections.console.past.moment import Moment
from projections.console.past.pasts import Pasts
from projections.console.pulse import Pulse
from projections.console.region import Item, Region
from projections.console.snapshots import Sight, Snapshots
from projections.console.visit import Visit, signin_url
from projections.web.acts import Acts
from projections.web.desk import Desk
from projections.web.turns import Busy

TICK_S = 0.15
BEAT_S = 2.0  # without news; also how soon an ended session is noticed
CHART_S = 2.0
Draw = Callable[[Sight], Iterable[Item]]
Options = Callable[[Sight], dict[str, Any]]


class Part(Protocol):
    """An element that knows what its browser half lacks; `apply` there is given it."""

    id: int

    def news(self, sight: Sight) -> Any | None: ...

    def forget(self) -> None:
        """Send everything anew: the browser may have missed something."""
        ...


class _Chart:
    def __init__(self, element: ui.echart, options: Options, shown: dict[str, Any]) -> None:
        self.element, self.options, self.shown, self.at = element, options, shown, 0.0


class Screen:
    """Owns a client's regions and charts. Built inside a page; `start` once all are there."""

    def __init__(
        self,
        desk: Desk,
        snapshots: Snapshots,
        pasts: Pasts,
        visit: Visit,
        sight: Sight,
        acts: Acts,
    ) -> None:
        self.desk, self.visit, self.sight, self.acts = desk, visit, sight, acts
        self.words = visit.words
        self.pasts = pasts
        self.moment = visit.moment
        self._wanted: Moment | None = None
        self._arrived: Callable[[Moment], Any] = lambda _: None
        self._snapshots = snapshots
        self._regions: list[tuple[Region, Draw]] = []
        self._charts: list[_Chart] = []
        self._parts: list[Part] = []
        self._pulse: Pulse | None = None
        self._beat = 0.0
        self._again = False
        self._met = False
        self._ended = False

    def region(
        self,
        draw: Draw,
        *,
        tag: str = "div",
        look: str = "",
        empty: str = "",
        act: Callable[[str, str], Any] | None = None,
    ) -> None:
        made = Region(draw(self.sight), tag=tag, look=look, empty=empty, act=act)
        self._regions.append((made, draw))

    def part(self, made: Part) -> None:
        self._parts.append(made)

    def chart(self, options: Options, look: str = "") -> None:
        shown = options(self.sight)
        element = ui.echart({**shown}).classes(f"chart {look}")
        self._charts.append(_Chart(element, options, shown))

    def pulse(self) -> None:
        self._pulse = Pulse(self.visit, self.sight)

    def start(self) -> None:
        client = ui.context.client
        client.on_connect(self._connected)
        ui.timer(TICK_S, lambda: self._tick(client), immediate=False)

    def live(self) -> bool:
        """The session still stands; asked again before anything is done in its name."""
        return self.desk.accounts.session(self.visit.secret) == self.visit.account

    def leave(self) -> None:
        ui.navigate.to(signin_url(self.visit.path))

    def redraw(self) -> None:
        """At the next tick, though no event came: what the viewer asked for changed."""
        self._again = True

    def move(self, moment: Moment) -> None:
        """At the next tick, to another moment of the past; only the newest wish counts."""
        self._wanted = moment

    def arrived(self, tell: Callable[[Moment], Any]) -> None:
        """`tell` is called when another moment is shown."""
        self._arrived = tell

    def kept(self, path: str) -> str:
        """The address of another page of ours, at the moment that is shown here."""
        return self.moment.kept(path) if self.moment else path

    def _connected(self) -> None:
        """A browser that was away gets the present state whole, whatever it missed."""
        if not self._met:
            self._met = True
            return
        for region, _ in self._regions:
            region.differ.forget()
        for part in self._parts:
            part.forget()
        for chart in self._charts:
            chart.at = 0.0
        self._again = True

    async def _tick(self, client: Client) -> None:
        if not client.has_socket_connection or self._pulse is None or self._ended:
            return
        now = time.monotonic()
        beat = now - self._beat >= BEAT_S
        if beat and not self.live():
            self._ended = True
            self.leave()
            return
        if not (beat or self._again or self._newer()):
            return
        self._beat, self._again = now, False
        await self._look()
        regions: dict[int, Any] = {
            region.id: update
            for region, draw in self._regions
            if (update := region.differ.update(draw(self.sight))) is not None
        }
        regions |= {
            part.id: update for part in self._parts if (update := part.news(self.sight)) is not None
        }
        self._pulse.deliver(self.sight, regions, self._due(now))

    def _newer(self) -> bool:
        if self.moment is not None:
            return self._wanted is not None
        return self.desk.runner.position() > self.sight.position

    async def _look(self) -> None:
        if self.moment is None:
            self.sight = await self._snapshots.sight(self.sight.compound)
            return
        moment, self._wanted = self._wanted, None
        if moment is None:
            return
        try:
            self.sight = await self.pasts.sight(self.sight.compound, moment.past)
        except (Unavailable, Busy):
            if not self._newer():  # nobody asked for another one meanwhile
                self._wanted = moment  # again at the next tick
            return
        self.moment = moment
        for chart in self._charts:
            chart.at = 0.0
        self._arrived(moment)

    def _due(self, now: float) -> dict[int, dict[str, Any]]:
        due: dict[int, dict[str, Any]] = {}
        for chart in self._charts:
            if now - chart.at < CHART_S:
                continue
            options = chart.options(self.sight)
            if options != chart.shown or chart.at == 0.0:
                due[chart.element.id], chart.shown, chart.at = options, options, now
        return due
