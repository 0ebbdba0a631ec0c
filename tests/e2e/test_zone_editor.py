"""Drawing lines and regions in a real Chromium, by pointer and by keyboard alone."""

import base64
import socket
import threading
from collections.abc import Iterator
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from playwright.sync_api import BrowserContext, Page, expect

from edge.camera.zones import faults, read
from projections.console.look import STYLE
from projections.console.texts import Language, Words
from projections.console.zones.editor import Zones, zone_editor
from tests.fix_broker import eventually
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window

DRAWN: dict[str, Any] = {
    "version": 1,
    "lines": [{"name": "gate", "from": [0.2, 0.5], "to": [0.8, 0.5], "in_side": "right"}],
}


def picture() -> str:
    image = np.full((360, 640, 3), 90, np.uint8)
    image[200:, :] = 130
    _, jpeg = cv2.imencode(".jpg", image)
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()


class Rig:
    """One page a language with nothing on it but the editor; `refuse` is what saving is told."""

    def __init__(self) -> None:
        self.saved: list[Zones] = []
        self.refuse = ""
        nicegui_app.user_middleware.clear()  # another page's gate, where one was mounted before
        nicegui_app.middleware_stack = None

        async def keep(zones: Zones) -> str:
            if not self.refuse:
                self.saved.append(zones)
            return self.refuse

        def page(language: Language) -> None:
            ui.add_head_html(f"<style>{STYLE}</style>")
            zone_editor(picture(), DRAWN, keep, Words(language))

        ui.page("/zone-editor/zh")(lambda: page("zh"))
        ui.page("/zone-editor/en")(lambda: page("en"))
        made = FastAPI()
        ui.run_with(made, show_welcome_message=False)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/zone-editor"
        self._server = uvicorn.Server(uvicorn.Config(made, log_level="warning", lifespan="on"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(60)
        self._socket.close()


@pytest.fixture(scope="module")
def module_rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


@pytest.fixture
def rig(module_rig: Rig) -> Rig:
    module_rig.saved.clear()
    module_rig.refuse = ""
    return module_rig


def opened(window: BrowserContext, rig: Rig, language: str = "zh") -> Page:
    page = window.new_page()
    page.goto(f"{rig.url}/{language}")
    page.wait_for_function("window.did_handshake === true")
    expect(page.locator("svg.board")).to_have_attribute("viewBox", "0 0 640 360")
    return page


def click(page: Page, x: float, y: float) -> None:
    box = page.locator("svg.board").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def do(page: Page, what: str) -> None:
    page.locator(f"[data-do={what}]").click()


def enter(page: Page, name: str, value: str) -> None:
    """As a person does, who leaves a field for the next."""
    page.fill(f"input[name={name}]", value)
    page.locator(f"input[name={name}]").press("Tab")


def stored(page: Page, rig: Rig) -> Zones:
    before = len(rig.saved)
    do(page, "save")
    eventually(lambda: len(rig.saved) > before)  # what is said may still be of the save before
    expect(page.locator(".said")).to_have_text("已保存。")
    return rig.saved[-1]


def test_a_region_is_drawn_named_and_saved(window: BrowserContext, rig: Rig) -> None:
    page = opened(window, rig)
    expect(page.locator("[data-do=save]")).to_be_disabled()
    do(page, "region")
    for x, y in ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4), (0.1, 0.1)):
        click(page, x, y)
    enter(page, "name", "消防通道-1")
    page.select_option("select[name=purpose]", "fire-lane")
    enter(page, "occupied_s", "120")
    enter(page, "labels", "car，truck")
    kept = stored(page, rig)
    (region,) = kept["regions"]
    assert (region["name"], region["purpose"]) == ("消防通道-1", "fire-lane")
    assert (region["occupied_s"], region["labels"]) == (120, ["car", "truck"])
    assert len(region["polygon"]) == 4
    assert region["polygon"][1] == pytest.approx([0.4, 0.1], abs=0.01)
    expect(page.locator("[data-do=save]")).to_be_disabled()


def test_a_line_is_turned_moved_and_undone(window: BrowserContext, rig: Rig) -> None:
    page = opened(window, rig)
    page.locator("[data-pick=gate]").click()
    before = page.locator("path.way").get_attribute("d")
    do(page, "turn")
    expect(page.locator("path.way")).not_to_have_attribute("d", before or "")
    page.locator("[data-corner='1']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    kept = stored(page, rig)
    assert kept["lines"][0] == {
        "name": "gate", "from": [0.2, 0.5], "to": [0.75, 0.51], "in_side": "left"
    }  # fmt: skip
    expect(page.locator("svg.board")).to_be_focused()  # the button had gone grey under it
    page.keyboard.press("Control+z")
    for _ in range(2):
        do(page, "undo")
    expect(page.locator("[data-do=undo]")).to_be_disabled()
    assert stored(page, rig)["lines"][0] == DRAWN["lines"][0]
    do(page, "redo")
    assert stored(page, rig)["lines"][0]["in_side"] == "left"


def test_all_of_it_can_be_done_by_keyboard(window: BrowserContext, rig: Rig) -> None:
    page = opened(window, rig)
    page.locator("[data-do=region]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("svg.board")).to_be_focused()
    page.keyboard.press("Enter")  # where the cursor begins: the middle
    for key in ("Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # again at the same place: closed
    page.locator("[data-corner='2']").press("Alt+ArrowLeft")
    kept = stored(page, rig)
    assert kept["regions"][0]["polygon"] == [[0.5, 0.5], [0.55, 0.5], [0.548, 0.55]]
    page.locator("svg.board").focus()
    page.keyboard.press("Delete")
    assert stored(page, rig)["regions"] == []


def test_what_is_drawn_is_what_the_camera_takes(window: BrowserContext, rig: Rig) -> None:
    page = opened(window, rig)
    do(page, "region")
    for x, y in ((0.6, 0.6), (0.9, 0.6), (0.9, 0.9)):
        click(page, x, y)
    do(page, "close")
    for name, value in (("bin", "B-7"), ("overflow", "30"), ("crowd", "3")):
        enter(page, name, value)
    page.check("input[name=qr]")
    page.uncheck("input[name=presence]")
    do(page, "line")
    click(page, 0.1, 0.9)
    click(page, 0.5, 0.9)
    do(page, "save")
    expect(page.locator(".said")).to_have_text("已保存。")
    zones = read(msgspec.json.encode(rig.saved[-1]))
    assert faults(zones) == []
    (region,) = zones.regions
    assert (region.bin, region.overflow, region.crowd) == ("B-7", 0.3, 3)
    assert (region.qr, region.presence) == (True, False)
    assert [line.name for line in zones.lines] == ["gate", "line-1"]


def test_a_refusal_is_shown_and_nothing_is_lost(window: BrowserContext, rig: Rig) -> None:
    page = opened(window, rig, "en")
    rig.refuse = "region 'x' crosses itself"
    page.locator("[data-pick=gate]").click()
    enter(page, "name", "two words")
    expect(page.locator(".said.bad")).to_contain_text("letters, digits")
    expect(page.locator("input[name=name]")).to_have_value("gate")
    do(page, "turn")
    do(page, "save")
    expect(page.locator(".said.bad")).to_have_text("region 'x' crosses itself")
    expect(page.locator("[data-do=save]")).to_be_enabled()
    assert rig.saved == []
