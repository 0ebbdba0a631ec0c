"""The first minutes: somebody signs in before any gateway has been heard of."""

from datetime import UTC, datetime

from playwright.sync_api import BrowserContext, expect

from core.events.access import Granted
from tests.e2e.test_console import sign_in
from tests.fix_browser import WebRig
from tests.fix_browser import browser as browser
from tests.fix_browser import web_rig as web_rig
from tests.fix_browser import window as window


def test_an_empty_desk_says_so_and_fills_by_itself(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig)
    expect(page.locator(".waiting")).to_contain_text("尚未收到任何网关的数据")
    expect(page.locator(".alarms")).to_have_attribute("data-empty", "没有未关闭的告警")
    page.evaluate("window.same = true")
    event = web_rig.hub.event(Granted(), "door/gate-south", at=datetime.now(UTC))
    web_rig.hub.add([event])
    expect(page.locator(f'[data-event-id="{event.id}"]')).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    expect(page.locator('.plan .mark[data-place="door/gate-south"]')).to_be_attached()
    expect(page.locator("header .compound")).to_contain_text("c01")
    assert page.evaluate("window.same") is True, "reloaded"
