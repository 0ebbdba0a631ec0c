"""Cameras of a gateway: which there are, and one of them live with what is drawn on its picture.
The gateway keeps what is drawn, and says why not where it does not."""

import base64
from functools import partial
from urllib.parse import quote, urlencode

from nicegui import ui

from projections.console.frame import panel
from projections.console.nodes import Node, badge, node
from projections.console.provisioning.asking import Asking, later
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.zones.editor import ZoneEditor, Zones, zone_editor
from projections.web.gateway_desk import Json

_AGAIN_S = 5.0
_LIVE_S = 1.0
_BLANK = (  # until the first frame is there
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='640' height='360'%3E"
    "%3Crect width='640' height='360' fill='%23131b26'/%3E%3C/svg%3E"
)


class CameraList:
    def __init__(self, screen: Screen, asking: Asking) -> None:
        self._screen, self._asking = screen, asking
        self._cameras: list[Json] = []

    def build(self) -> None:
        words = self._screen.words
        with panel(words, "provision.cameras_title", words("provision.cameras_note")):
            self._screen.region(
                self._items, look="camlist scrolls", empty=words("provision.cameras_none")
            )
        later(_AGAIN_S, self._look)

    async def _look(self) -> None:
        found = await self._asking.quietly("cameras")
        self._cameras = found["cameras"] if found is not None else []
        self._screen.redraw()

    def _items(self, _: Sight) -> list[Item]:
        return [Item(one["camera"], one, partial(self._line, one)) for one in self._cameras]

    def _line(self, one: Json) -> Node:
        words = self._screen.words
        gateway = self._asking.gateway.partition("/")[2]
        query = urlencode({"compound": self._asking.compound})
        return node(
            "a.camline",
            node("b", one["camera"]),
            badge("calm", "camera", words("provision.cameras_drawn"))
            if one["sha256"]
            else badge("warm", "once", words("provision.cameras_blank")),
            href=f"/cameras/{quote(gateway)}/{quote(one['camera'])}?{query}",
        )


class CameraPage:
    """Pictures go through this page to the browser and are kept nowhere."""

    def __init__(self, screen: Screen, asking: Asking, camera: str) -> None:
        self._screen, self._asking, self._camera = screen, asking, camera
        self._editor: ZoneEditor | None = None
        self._busy = False

    def build(self) -> None:
        words = self._screen.words
        with ui.element("section").classes("panel camerapage"):
            Region(fixed(node("div.title", node("h2", self._camera))), look="heading")
            self._said = ui.label(words("provision.cameras_waits")).classes("note")
            self._said.props["role"] = "status"
            self._place = ui.element("div").classes("editorplace")
        later(_LIVE_S, self._beat)

    async def _beat(self) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            if self._editor is None:
                await self._open()
            if self._editor is None or not self._screen.live():
                return
            frame = await self._asking.frame(self._camera)
            words = self._screen.words
            self._said.text = words(
                "provision.cameras_live" if frame is not None else "provision.cameras_waits"
            )
            if frame is not None:
                encoded = base64.b64encode(frame).decode()
                self._editor.picture(f"data:image/jpeg;base64,{encoded}")
        finally:
            self._busy = False

    async def _open(self) -> None:
        zones = await self._asking.quietly("cameras", self._camera, "zones")
        if zones is None:
            self._said.text = self._screen.words("provision.cameras_gone")
            return
        with self._place:
            self._editor = zone_editor(_BLANK, zones, self._keep, self._screen.words)

    async def _keep(self, zones: Zones) -> str:
        if not self._screen.live():
            return self._screen.words("provision.cameras_gone")
        return await self._asking.why("PUT", "cameras", self._camera, "zones", body=dict(zones))
