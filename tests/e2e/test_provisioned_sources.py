"""The form by which a terminal is asked and a device gets its secret, over a hub and a real agent:
by keyboard, in both languages, and as narrow as a telephone."""

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from devices.hikvision.isapi import Device, Sent
from devices.hikvision.served import Served
from devices.hikvision.simulate import Holder, Terminal
from tests.e2e.test_console import sign_in
from tests.e2e.test_provisioning import ADD
from tests.e2e.test_provisioning import agent as agent
from tests.e2e.test_provisioning import rig as rig
from tests.fix_admin import AdminRig
from tests.fix_broker import eventually
from tests.fix_browser import WebRig, live
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window

MAC, KEY = "02:5e:10:aa:00:09", "025e10aa0009"
PASSWORD = "zeppelin-4711"


@pytest.fixture
def terminal() -> Iterator[Served]:
    """On a loop of its own."""
    made = Served(
        Device(MAC, "DS-K1T671M0002"), lambda: datetime.now(UTC), password=PASSWORD, beat_s=0.2
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(made.start(), loop).result()
    records = Terminal(MAC, "South gate", "127.0.0.1", 100, Random(1))
    holder = Holder(employee="R-2048", name="李小雨", card="8800126053")
    made.device.happened(Sent(records.granted(datetime.now(UTC), holder, "face", "in").payload, {}))
    yield made
    asyncio.run_coroutine_threadsafe(made.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def choose(page: Page, kind: str) -> None:
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name=re.compile(kind)).click()
    expect(page.get_by_role("listbox")).to_have_count(0)  # it takes the focus back when it closes


def tick(page: Page, name: str) -> None:
    """It is ticked once the hub has heard of it."""
    box = page.get_by_role("checkbox", name=name)
    box.click()
    expect(box).to_be_checked()


def test_a_terminal_is_asked(
    window: BrowserContext, rig: WebRig, agent: AdminRig, terminal: Served
) -> None:
    page = sign_in(window, rig, "admin", ADD)
    live(page)
    expect(page.get_by_label("设备上的密码")).to_be_hidden()
    choose(page, "rfid")
    expect(page.get_by_label("设备上的密码")).to_be_hidden()
    expect(page.locator(".steps")).to_contain_text("只有英文")
    choose(page, "hikvision")
    expect(page.locator(".steps b")).to_contain_text("海康威视")
    expect(page.locator(".steps li").first).to_contain_text("HTTP 监听")
    expect(page.locator(".asks")).to_contain_text("首次连接")
    page.get_by_label("设备标识").fill(KEY)
    address = page.get_by_label("地址（http")
    address.fill(f"http://127.0.0.1:{terminal.port}")
    expect(address).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong-one")
    page.keyboard.press("Enter")
    row = page.locator(f"[data-device='{KEY}']")
    expect(row.locator(".standing")).to_contain_text("设备不接受用户或密码")
    expect(page.get_by_label("设备上的密码")).to_have_value("")
    page.get_by_label("设备上的密码").fill(PASSWORD)
    page.get_by_role("button", name="保存").click()
    expect(row.locator(".standing")).to_contain_text("起在询问")
    expect(page.locator(".lastmessage")).to_contain_text("hikvision")
    eventually(lambda: agent.edge.events("access.granted.v1"))
    assert PASSWORD not in page.content()

    page.set_viewport_size({"width": 390, "height": 844})
    field = page.get_by_label("设备上的密码")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390

    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{rig.url}/language/en?next={ADD.replace('&', '%26')}")
    live(page)
    expect(row.locator(".standing")).to_contain_text("asked since")
    row.get_by_role("button", name="Change").click()
    expect(page.get_by_label("User at the device")).to_have_value("admin")
    expect(page.locator(".steps li").first).to_contain_text("httpHosts")
    row.get_by_role("button", name="Forget").click()
    expect(row.locator(".standing")).to_have_count(0)


def test_a_secret_is_shown_once(window: BrowserContext, rig: WebRig, agent: AdminRig) -> None:
    page = sign_in(window, rig, "admin", f"{ADD}&device=door-77")
    live(page)
    tick(page, "生成新密钥")
    page.get_by_role("button", name="保存").click()
    shown = page.locator(".rawcard pre")
    expect(shown).to_have_text(re.compile(r"\w{16}"))
    secret = shown.inner_text().strip()
    page.get_by_role("button", name="关闭").click()
    expect(shown).to_have_count(0)
    (file,) = (agent.folder / "secrets").glob("door-77-*.secret")
    assert file.read_text() == secret
    page.reload()
    live(page)
    assert secret not in page.content()
    row = page.locator("[data-device='door-77']")
    row.get_by_role("button", name="修改").click()
    tick(page, "撤销密钥")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("checkbox", name="撤销密钥")).to_be_hidden()
    assert not file.exists()
