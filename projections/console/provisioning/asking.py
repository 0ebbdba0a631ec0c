"""One page's line to one gateway: which it is, and what it answers, off the loop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from projections.console.frame import panel
from projections.console.nodes import Node, icon, node
from projections.console.region import Region, fixed
from projections.console.screen import Screen
from projections.console.texts import Words
from projections.console.work import done
from projections.web.gateway_desk import GatewayDesk, Json, Unreached
from projections.web.people import Unfit, Unheard, Unready

TABS = (
    ("/devices", "devices"),
    ("/devices/add", "add"),
    ("/devices/quarantine", "quarantine"),
    ("/devices/kinds", "kinds"),
    ("/cameras", "cameras"),
)
BEAT_S = 2.0  # seconds between looks at what devices said


class Asking:
    """`gateway` is "compound/name", or empty where the compound has none that can be reached."""

    def __init__(self, screen: Screen, desk: GatewayDesk | None, wanted: str) -> None:
        known = desk.gateways() if desk is not None else ()
        # The first gateway of all is set up before anything was ever heard of its compound.
        self.compound = screen.sight.compound or screen.visit.compound
        self.compound = self.compound or (known[0].partition("/")[0] if known else "")
        self.screen, self._desk = screen, desk
        self.every = [one for one in known if one.partition("/")[0] == self.compound]
        chosen = f"{self.compound}/{wanted}"
        self.gateway = chosen if chosen in self.every else (self.every or [""])[0]

    async def quietly(self, *path: str, query: Mapping[str, str] = {}) -> Json | None:
        """None where it has nothing of that name, or does not answer: asked again anyway."""
        try:
            return await asyncio.to_thread(self._work("GET", path, query, None))
        except (Unheard, Unreached):
            return None

    async def ask(
        self,
        method: str,
        *path: str,
        query: Mapping[str, str] = {},
        body: object = None,
    ) -> Json | None:
        """None when it was not done; the person has been told why."""
        if not self.screen.live():
            self.screen.leave()
            return None
        return await done(self.screen.words, self._work(method, path, query, body))

    async def why(self, method: str, *path: str, body: object = None) -> str:
        """Empty when it was done; else the gateway's own sentences."""
        try:
            await asyncio.to_thread(self._work(method, path, {}, body))
        except Unfit as error:
            return " ".join((str(error), *error.errors))
        except (Unheard, Unready, Unreached) as error:
            return str(error)
        return ""

    async def frame(self, camera: str) -> bytes | None:
        desk, account = self._desk, self.screen.visit.account
        assert desk is not None
        try:
            return await asyncio.to_thread(desk.frame, account, self.gateway, camera)
        except (Unheard, Unreached):
            return None

    def _work(
        self, method: str, path: Sequence[str], query: Mapping[str, str], body: object
    ) -> Callable[[], Json]:
        desk, account = self._desk, self.screen.visit.account
        assert desk is not None

        def work() -> Json:
            return desk.ask(account, self.gateway, method, path, query=query, body=body)

        return work


def opened(screen: Screen, here: str, wanted: str) -> Asking | None:
    """The tabs, and the line; None where there is nobody to ask, which the page then says."""
    words = screen.words
    asking = Asking(screen, screen.desk.gateway_desk, wanted)
    Region(fixed(tabs(words, here, asking.compound)), look="desktabs")
    if screen.visit.account.role != "admin" or screen.moment is not None:
        _instead(words, "provision.admin")
        return None
    if not asking.gateway:
        _instead(words, "provision.unknown", compound=asking.compound or "c01")
        return None
    if len(asking.every) > 1:
        Region(fixed(_choice(asking, here)), look="desktabs")
    return asking


def tabs(words: Words, here: str, compound: str) -> Node:
    query = f"?{urlencode({'compound': compound})}" if compound else ""
    return node(
        "nav",
        *(
            node(
                "a.tab",
                words.named("provisiontab", name),
                href=f"{path}{query}",
                aria_current="page" if path == here else "",
            )
            for path, name in TABS
        ),
        aria_label=words("provision.tabs"),
    )


def _choice(asking: Asking, here: str) -> Node:
    compound = asking.compound
    names = [one.partition("/")[2] for one in asking.every]
    chosen = asking.gateway.partition("/")[2]
    return node(
        "nav",
        node("em", asking.screen.words("provision.gateway")),
        *(
            node(
                "a.tab",
                name,
                href=f"{here}?{urlencode({'compound': compound, 'gateway': name})}",
                aria_current="page" if name == chosen else "",
            )
            for name in names
        ),
    )


def _instead(words: Words, key: str, **more: Any) -> None:
    with panel(words, "provision.title"):
        Region(fixed(node("p.trouble", icon("active"), words(key, **more), role="alert")))


def later(seconds: float, work: Callable[[], Any]) -> None:
    """Again and again for as long as the page is open."""
    ui.timer(seconds, work, immediate=True)
