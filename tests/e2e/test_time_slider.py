"""The time slider in a real Chromium: back to a moment, on both axes, and to now again."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.event import Data
from core.events.access import Granted
from core.events.door import Closed, Forced, Opened
from tests.e2e.test_console import sign_in
from tests.fix_browser import WebRig, live
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window
from tests.fix_core import FixedClock
from tests.fix_hub import HubRig

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 9:00 in China
FORCED = 62  # the minute at which it is heard that the gate was forced at 9:10


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def prepare(rig: HubRig) -> None:
    """A gate opens at 9:00 and closes at 9:20; a minute later somebody goes through, every ten."""

    def heard(minute: int, data: Data, happened: int) -> None:
        rig.clock = FixedClock(at(minute))  # type: ignore[assignment]
        rig.add([rig.event(data, "door/gate-n", at=at(happened))])

    heard(0, Opened(), 0)
    heard(20, Closed(), 20)
    for minute in (30, 40, 50):
        heard(minute, Granted(subject_class="resident"), minute)
    heard(FORCED, Forced(), 10)
    rig.desk = msgspec.structs.replace(rig.desk, clock=FixedClock(at(70)))


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRig]:
    made = WebRig(tmp_path_factory.mktemp("past"), prepare)
    made.folded()
    yield made
    made.close()


def asked(page: Page) -> dict[str, str]:
    return query(page.url)


def query(url: str) -> dict[str, str]:
    return {key: value for key, (value,) in parse_qs(urlsplit(url).query).items()}


def test_the_desk_goes_back_moves_there_and_comes_to_now_again(
    window: BrowserContext, rig: WebRig
) -> None:
    page = sign_in(window, rig, "guard")
    bar = page.locator(".timebar")
    expect(bar).to_have_attribute("data-past", "false")
    expect(page.get_by_role("button", name="接班")).to_be_visible()
    expect(page.locator(".sound")).to_have_count(1)
    page.get_by_label("时间或日志位置").fill("2026-11-20 09:05")
    page.keyboard.press("Enter")
    page.wait_for_url("**asof=**")
    expect(bar).to_have_attribute("data-past", "true")
    expect(page.locator(".timebanner")).to_contain_text("2026-11-20 09:05:00（日志位置 1）")
    expect(page.locator(".tiles .tile").first).to_contain_text("开")
    expect(page.locator(".passages .passage:not(.heads *)")).to_have_count(0)
    expect(page.get_by_role("button", name="接班")).to_have_count(0)
    expect(page.locator(".sound")).to_have_count(0)
    page.evaluate("window.same = true")
    page.get_by_role("button", name="+1 小时").click()
    expect(page.locator(".timebanner")).to_contain_text("10:05:00（日志位置 6）")
    page.get_by_role("button", name="上一事件").click()
    expect(page.locator(".timebanner")).to_contain_text("09:50:00（日志位置 5）")
    expect(page.locator(".tiles .tile").first).to_contain_text("关")
    page.wait_for_url(lambda url: query(url) == {"asof": "5", "known": "then"})
    assert page.evaluate("window.same"), "without loading the page again"
    page.get_by_role("link", name="回到现在").click()
    expect(bar).to_have_attribute("data-past", "false")
    page.wait_for_url(lambda url: query(url) == {})


def test_what_is_typed_stays_while_time_goes_on(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "guard")
    field = page.get_by_label("时间或日志位置")
    field.fill("2026-11-20 09:05")
    slider = page.get_by_role("slider")
    for _ in range(2):
        expect(slider).not_to_have_attribute("max", slider.get_attribute("max") or "")
    expect(field).to_have_value("2026-11-20 09:05")
    page.keyboard.press("Tab")
    expect(field).to_have_value("现在")
    field.fill("2026-11-20 09:05")
    page.keyboard.press("Enter")
    page.wait_for_url("**asof=**")
    expect(field).to_have_value("2026-11-20 09:05:00")


def test_it_is_moved_with_the_keyboard(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "guard", "/?asof=3&known=then")
    slider = page.get_by_role("slider")
    slider.focus()
    was = asked(page)["asof"]
    page.keyboard.press("ArrowLeft")
    expect(page).not_to_have_url(re.compile(rf"asof={was}&"))
    expect(slider).to_have_attribute("aria-valuetext", re.compile("2026-11-20 09:2"))
    expect(page.locator(".timebanner")).to_contain_text("（日志位置 2）")


def test_dragging_asks_no_more_than_ten_times_a_second(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "guard", "/?asof=3&known=then")
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.reload()
    expect(page.locator(".timebanner")).to_be_visible()
    live(page)
    sent.clear()
    took = page.get_by_role("slider").evaluate(
        """async (slider) => {
            const began = performance.now();
            for (let n = 0; n < 60; n += 1) {
                slider.value = Number(slider.value) - 10000;
                slider.dispatchEvent(new Event("input"));
                await new Promise((go) => setTimeout(go, 10));
            }
            return performance.now() - began;
        }"""
    )
    wishes = [one for one in sent if "then" in str(one)]
    assert 1 <= len(wishes) <= took / 100 + 2


def test_what_came_late_is_known_now_and_listed(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "guard", "/?asof=2026-11-20T09:15&known=then")
    expect(page.locator(".tiles .tile").first).to_contain_text("15分")
    page.get_by_role("button", name="现在所知").click()
    expect(page.locator(".timebar")).to_have_attribute("data-known", "now")
    expect(page.locator(".timebanner")).to_contain_text("读到位置 6")
    page.wait_for_url(lambda url: query(url).get("known") == "now")
    page.get_by_role("link", name="此后迟到的记录").click()
    page.wait_for_url("**/late?**")
    live(page)
    first = page.locator("section.panel").first
    expect(first).to_contain_text("1 条迟到的记录")
    hashes = [one.inner_text() for one in first.locator("code[data-hash]").all()]
    assert len({*hashes}) == 2
    expect(first.locator("tbody tr").first).to_contain_text("52.0 分")


@pytest.mark.parametrize("path", ["/", "/people", "/waste", "/devices", "/wall", "/doors/gate-n",
                                  "/events", "/district", "/district/findings"])  # fmt: skip
def test_every_page_has_it_and_its_links_stay_then(
    window: BrowserContext, rig: WebRig, path: str
) -> None:
    page = sign_in(window, rig, "viewer", f"{path}?asof=2&known=then")
    expect(page.locator(".timebanner")).to_contain_text("日志位置 2")
    expect(page.locator(".pulse")).to_contain_text("过去")
    page.locator("header nav a.link").nth(4).click()
    page.wait_for_url("**/devices?**")
    found = asked(page)
    assert (found["asof"], found["known"]) == ("2", "then")


def test_the_log_itself_has_no_other_past(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "viewer", "/events/2")
    expect(page.locator(".timenote")).to_contain_text("日志本身")
    expect(page.locator(".timebar")).to_have_count(0)


def test_what_is_no_moment_is_said_and_nothing_is_lost(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "viewer", "/?asof=2&known=then")
    page.get_by_label("时间或日志位置").fill("tomorrow")
    page.keyboard.press("Enter")
    expect(page.locator(".timewrong")).to_contain_text("asof")
    expect(page.locator(".timebanner")).to_contain_text("日志位置 2")
    page.goto(f"{rig.url}/?asof=999")
    expect(page.locator(".claim")).to_contain_text("asof")
