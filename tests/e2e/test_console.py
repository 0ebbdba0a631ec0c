"""The console in a real Chromium, over the real app."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

from core import codec
from core.batch import parse
from core.catalog import CATALOG
from core.event import Data, Recorded
from core.events.access import Denied, Granted
from core.events.alarm import Acknowledged
from core.events.camera import LineCrossed, VideoLost
from core.events.device import HealthReported, Rejected
from core.events.door import Closed, Forced, HeldOpen
from core.events.waste import (
    BinProfiled,
    DepositRecorded,
    DepositViolated,
    LevelMeasured,
    LoadWeighed,
    Overflowed,
)
from tests.fix_browser import PASSWORD, WebRig, live
from tests.fix_browser import browser as browser
from tests.fix_browser import web_rig as web_rig
from tests.fix_browser import window as window

DataT = TypeVar("DataT", bound=Data)
HOSTILE = (
    "<script>window.broken=1</script><img src=x onerror=window.broken=1>\"'`${window.broken=1}\\"
)


def now() -> datetime:
    return datetime.now(UTC)


def sign_in(window: BrowserContext, rig: WebRig, role: str = "admin", path: str = "/") -> Page:
    page = window.new_page()
    page.goto(rig.url + path)
    page.fill("input[name=name]", role)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    live(page)
    return page


def furnish(rig: WebRig) -> None:
    """Something of everything, so that no page is empty."""
    event, at = rig.hub.event, now()
    rig.hub.add(
        [
            event(Closed(), "door/gate-south", at=at),
            event(HeldOpen(), "door/door-b2", at=at),
            event(Denied(reason="blocked", subject_class="visitor"), "door/gate-south", at=at),
            event(LineCrossed(label="person"), "camera/cam-01", at=at),
            event(VideoLost(), "camera/cam-02", at=at),
            event(BinProfiled(empty_mm=900, full_mm=100, category="food", point="东门投放点"),
                  "bin/东门-厨余桶", at=at),
            event(LevelMeasured(distance_mm=300), "bin/东门-厨余桶", at=at),
            event(Overflowed(), "bin/bin-a01-food", at=at),
            event(DepositRecorded(category="food", net_g=1200), "point/东门投放点", at=at),
            event(DepositViolated(kind="mixed"), "point/东门投放点", at=at),
            event(LoadWeighed(site="transfer-01", category="food", net_g=190_000),
                  "site/transfer-01", at=at),
            event(HealthReported(boot=2, backlog=3, quarantined=1), "gateway/gw01", at=at),
            event(Rejected(adapter="hikvision", reason="malformed"), "gateway/gw01", at=at),
        ]
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def furnished(web_rig: WebRig) -> None:
    furnish(web_rig)


def said(rig: WebRig, kind: type[DataT]) -> list[DataT]:
    """What the log holds of one type, the oldest first."""
    return [
        item.event.data
        for notification in rig.hub.log.read(0, 10_000, 100_000_000)
        for item in codec.recorded(parse(notification.state), notification.id, CATALOG)
        if isinstance(item, Recorded) and isinstance(item.event.data, kind)
    ]


def test_a_wrong_password_says_nothing_and_the_right_one_returns_to_the_page(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = window.new_page()
    page.goto(f"{web_rig.url}/devices?compound=c01")
    assert "/signin?next=" in page.url
    said = []
    for name in ("admin", "nobody"):
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", "wrong")
        with page.expect_navigation():
            page.click("button[type=submit]")
        said.append(page.locator("[role=alert]").inner_text())
        assert page.context.cookies() == []
    assert said[0] == said[1] == "账号或密码不正确。"
    page.fill("input[name=name]", "admin")
    page.fill("input[name=password]", PASSWORD)
    before = time.time()
    page.click("button[type=submit]")
    expect(page).to_have_url(f"{web_rig.url}/devices?compound=c01")
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (
        "menwei_session", True, "Strict",
    )  # fmt: skip
    assert before - 2 <= cookie["expires"] - 12 * 3600 <= time.time() + 2


def test_a_new_event_is_there_without_a_reload(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig)
    page.evaluate("window.same = true")
    event = web_rig.hub.event(
        Granted(subject_class="courier", credential="qr", direction="in"),
        "door/gate-north",
        at=now(),
    )
    position = web_rig.hub.add([event])
    row = page.locator(f'[data-event-id="{event.id}"]')
    expect(row).to_contain_text("快递")
    expect(row).to_have_attribute("data-position", str(position))
    expect(page.locator("header")).to_have_attribute("data-position", str(position))
    expect(page.locator('.tile[data-subject="door/gate-north"]')).to_contain_text("快递·二维码")
    assert page.evaluate("window.same") is True


def test_an_alarm_acknowledged_by_key_is_one_event_in_the_log(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig)
    event = web_rig.hub.event(Forced(), "door/door-b7", at=now())
    web_rig.hub.add([event])
    alarm = f"door.forced:door/door-b7:{event.id}"
    row = page.locator(f'[data-alarm-id="{alarm}"]')
    row.focus()
    page.keyboard.press("a")
    expect(page.locator(".confirm .what")).to_contain_text("门被强行打开 · 7号楼")
    expect(page.locator(".confirm input")).to_be_focused()
    page.keyboard.type("已派人")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(row.locator(".by")).to_contain_text("admin")
    found = [one for one in said(web_rig, Acknowledged) if one.alarm == alarm]
    assert [one.actor for one in found] == ["admin"]


PRESS_ALL = """() => {
    for (const part of Object.values(mounted_app.$refs))
        for (const id of part?.rows?.keys() ?? []) part.$emit("act", "acknowledge", id)
}"""


def heard(page: Page) -> None:
    """The hub hears in the order in which a page sends: what was sent before, it has heard."""
    page.keyboard.press("/")
    expect(page.locator(".searching .hits > *").first).to_be_visible()


@pytest.mark.parametrize(("role", "asked"), [("guard", 1), ("viewer", 0), ("auditor", 0)])
def test_who_only_looks_cannot_acknowledge_even_by_hand(
    window: BrowserContext, web_rig: WebRig, role: str, asked: int
) -> None:
    event = web_rig.hub.event(Forced(), "door/door-b8", at=now())
    web_rig.hub.add([event])
    page = sign_in(window, web_rig, role)
    buttons = page.locator(".alarm.new button")
    expect(buttons.first).to_be_enabled(enabled=bool(asked))
    before = len(said(web_rig, Acknowledged))
    page.evaluate(PRESS_ALL)
    if not asked:
        heard(page)
    expect(page.locator(".confirm")).to_have_count(asked)
    assert len(said(web_rig, Acknowledged)) == before


def test_the_language_is_chosen_in_the_header(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig)
    expect(page.locator("nav .link").first).to_have_text("值班台")
    page.get_by_text("English", exact=True).click()
    expect(page.locator("nav .link").first).to_have_text("Duty desk")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(f"{web_rig.url}/waste")
    expect(page.locator("nav .link").first).to_have_text("Duty desk")
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("nav .link").first).to_have_text("值班台")
    expect(page).to_have_url(f"{web_rig.url}/waste")


def test_no_page_complains_or_asks_another_host(window: BrowserContext, web_rig: WebRig) -> None:
    trouble: list[str] = []
    own = (f"{web_rig.url}/", f"ws{web_rig.url[4:]}/", "data:")

    def noted(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            trouble.append(f"{message.type}: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith(own):
            trouble.append(f"foreign: {request.url}")

    furnish(web_rig)  # a page shows what is of today, and midnight may have passed
    window.on("console", noted)
    window.on("request", asked)
    window.on("weberror", lambda error: trouble.append(f"thrown: {error.error}"))
    page = sign_in(window, web_rig)
    position = web_rig.hub.log.head()
    shown = {
        "/": (".alarm", ".tile.door", ".tile.camera", ".passage", "canvas"),
        "/waste": (".bin", ".load", "canvas", ".offence"),
        "/devices": ("tr[data-device]", ".gateway", ".reject"),
        f"/events/{position}": (".event", "summary"),
    }
    for path, parts in shown.items():
        page.goto(web_rig.url + path)
        for part in parts:
            expect(page.locator(part).first).to_be_visible()
        live(page)
    assert trouble == []


def test_hostile_strings_are_shown_as_text(window: BrowserContext, web_rig: WebRig) -> None:
    rig = web_rig.hub
    forced = rig.event(Forced(), f"door/{HOSTILE}", at=now())
    denied = rig.event(
        Denied(credential="card", subject_class="resident"), f"door/{HOSTILE}", at=now()
    )
    crossed = rig.event(LineCrossed(label=HOSTILE, zone=HOSTILE), f"camera/{HOSTILE}", at=now())
    binned = rig.event(
        BinProfiled(empty_mm=900, full_mm=100, point=HOSTILE), f"bin/{HOSTILE}", at=now()
    )
    weighed = rig.event(LoadWeighed(site=HOSTILE, ticket_no=HOSTILE), "site/x", at=now())
    page = sign_in(window, web_rig)
    position = rig.add([forced, denied, crossed, binned, weighed])
    expect(page.locator(".alarm .place", has_text=HOSTILE)).to_be_visible()
    expect(page.locator(".tile.door b", has_text=HOSTILE)).to_be_visible()
    for path, part in (
        ("/", ".alarm .place"),
        ("/waste", ".point b"),
        ("/waste", ".load .ticket"),
        ("/devices", "tr[data-device] b"),
        (f"/events/{position}", ".event b"),
    ):
        page.goto(web_rig.url + path)
        expect(page.locator(part, has_text=HOSTILE).first).to_be_attached()
        assert page.evaluate("window.broken") is None, path
        assert page.locator("main img, main script").count() == 0


def test_a_browser_that_was_cut_off_says_so_and_catches_up(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig)
    expect(page.locator("#banner")).to_be_hidden()
    page.evaluate("window.same = true")
    web_rig.line.cut()
    event = web_rig.hub.event(Granted(subject_class="staff"), "door/gate-east", at=now())
    web_rig.hub.add([event])
    expect(page.locator("#banner")).to_be_visible()
    expect(page.locator("#banner")).to_contain_text("连接中断")
    expect(page.locator("#banner")).to_contain_text("Connection lost")
    assert page.locator(f'[data-event-id="{event.id}"]').count() == 0
    web_rig.line.mend()
    expect(page.locator(f'[data-event-id="{event.id}"]')).to_be_visible()
    expect(page.locator("#banner")).to_be_hidden()
    assert page.evaluate("window.same") is True, "a short cut needs no reload"


def test_an_ended_session_ends_its_screens_and_opens_no_socket(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "guard")
    secret = page.context.cookies()[0]["value"]
    web_rig.hub.accounts.sign_out(secret)
    page.wait_for_url("**/signin*")
    refused = page.request.get(f"{web_rig.url}/_nicegui_ws/socket.io/?EIO=4&transport=polling")
    assert refused.status == 401
    assert page.request.get(f"{web_rig.url}/devices", max_redirects=0).status in (303, 401)


def test_signing_out_forgets_the_session(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig)
    secret = page.context.cookies()[0]["value"]
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/signin")
    assert web_rig.hub.accounts.session(secret) is None
    assert page.context.cookies() == []


def test_a_page_that_is_not_there_is_said_plainly(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig)
    answer = page.goto(f"{web_rig.url}/nosuch")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator(".claim")).to_have_text("没有这个页面。")


def test_nothing_is_written_beside_the_program(web_rig: WebRig) -> None:
    assert not Path(".nicegui").exists()
