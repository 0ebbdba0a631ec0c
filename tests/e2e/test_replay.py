"""An incident stepped through in a real Chromium: with keys, with buttons, by playing it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.event import Media
from core.events.access import Granted
from core.events.door import Closed, Forced, Opened
from tests.e2e.test_console import sign_in
from tests.fix_browser import WebRig
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window
from tests.fix_hub import HubRig

DIGEST = "cd" * 32
# The next thing that would go on by itself goes on when it is told to.
BY_HAND = """() => {
    const own = window.setInterval;
    window.setInterval = (go) => {
        window.tick = go;
        window.setInterval = own;
        return 0;
    };
}"""


def lived(rig: HubRig) -> None:
    """A door: passed, opened, closed, forced, closed; two seconds each."""
    began = datetime.now(UTC) - timedelta(seconds=10)
    facts = (
        Granted(credential="card", subject_class="resident"),
        Opened(),
        Closed(),
        Forced(media=(Media(sha256=DIGEST),)),
        Closed(),
    )
    for number, data in enumerate(facts):
        rig.add([rig.event(data, "door/door-b1", at=began + timedelta(seconds=2 * number))])
    rig.settle()


@pytest.fixture(scope="module")
def web_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRig]:
    folder: Path = tmp_path_factory.mktemp("web")
    rig = WebRig(folder, lived)
    yield rig
    rig.close()


def at(page: Page, number: int) -> None:
    expect(page.locator(".stepper")).to_have_attribute("data-at", str(number))
    marked = page.locator(".steps .found.marked")
    if number:
        expect(marked).to_have_count(1)
        expect(page.locator(".steps .found").nth(number - 1)).to_have_class("found marked")
    else:
        expect(marked).to_have_count(0)


def door(page: Page, state: str) -> None:
    mark = page.locator('.plan [data-place="door/door-b1"][data-state]')
    expect(mark).to_have_attribute("data-state", state)


def test_with_the_keys_each_event_shows_what_it_changed_and_the_desk_of_then(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "viewer", "/replay?compound=c01&from=1")
    expect(page.locator(".steps .found")).to_have_count(5)
    at(page, 1)
    expect(page.locator(".stepped .event code").first).to_have_text("access.granted.v1")
    page.keyboard.press("ArrowRight")
    at(page, 2)
    door(page, "open")
    change = page.locator('.change[data-kind="door"]')
    expect(change).to_contain_text("physical")
    expect(change.locator(".was").first).not_to_be_empty()
    page.keyboard.press("ArrowRight")
    at(page, 3)
    door(page, "closed")
    expect(page.locator(".thens .dooralarm")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    at(page, 4)
    door(page, "alarm")
    expect(page.locator(".thens .dooralarm")).to_have_count(1)
    expect(page.locator('.change[data-kind="alarm"] em')).to_have_text("新增")
    expect(page.locator(f'menwei-picture[sha256="{DIGEST}"]')).to_contain_text(DIGEST[:12])
    page.keyboard.press("ArrowLeft")
    at(page, 3)
    door(page, "closed")
    expect(page.locator(".thens .dooralarm")).to_have_count(0)
    page.keyboard.press("Home")
    at(page, 0)
    expect(page.locator(".stepped")).to_contain_text("第一个事件之前")
    page.keyboard.press("End")
    at(page, 5)
    page.keyboard.press("ArrowRight")
    at(page, 5)


def test_the_address_names_the_step_and_a_click_in_the_list_goes_there(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "viewer", "/replay?compound=c01&from=1&at=4.0")
    at(page, 4)
    page.locator(".steps .found").nth(1).click()
    at(page, 2)
    door(page, "open")
    expect(page).to_have_url(re.compile(r"at=2\.0"))
    page.locator('[data-step="next"]').click()
    at(page, 3)
    page.reload()
    at(page, 3)
    asof = page.locator(".stepped a.slight").first
    expect(asof).to_have_attribute("href", "/?compound=c01&asof=3")


def test_it_plays_by_itself_and_can_be_paused(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig, "viewer", "/replay?compound=c01&from=1")
    page.keyboard.press("Home")
    at(page, 0)
    page.locator('[data-step="play60"]').click()
    expect(page.locator(".stepper")).to_have_attribute("data-at", "5")
    expect(page.locator(".stepper")).to_have_attribute("data-playing", "false")
    page.keyboard.press("Home")
    at(page, 0)
    page.evaluate(BY_HAND)
    page.locator('[data-step="play1"]').click()
    expect(page.locator(".stepper")).to_have_attribute("data-playing", "true")
    page.evaluate("for (let n = 0; n < 10; n += 1) window.tick()")
    at(page, 1)
    page.locator(".title").first.click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    expect(page.locator(".stepper")).to_have_attribute("data-playing", "false")


def test_an_alarm_leads_to_its_own_replay(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig, "guard", "/?compound=c01")
    page.locator(".dossier a", has_text="逐步回放此事件").click()
    expect(page.locator(".steps .found.cause")).to_have_count(1)
    expect(page.locator(".page.replay .title .note").first).to_contain_text("门被强行打开")
    expect(page).to_have_url(re.compile("alarm="))


def test_nothing_of_it_reaches_the_log(window: BrowserContext, web_rig: WebRig) -> None:
    head = web_rig.hub.log.head()
    page = sign_in(window, web_rig, "guard", "/replay?compound=c01&from=1")
    page.keyboard.press("End")
    at(page, 5)
    assert web_rig.hub.log.head() == head


def test_what_cannot_be_replayed_is_said_and_another_range_asked_for(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "viewer", "/replay?compound=c01")
    expect(page.locator(".rangeform input[name=from]")).to_be_visible()
    page.goto(f"{web_rig.url}/replay?compound=c01&alarm=nothing")
    expect(page.locator("p.trouble")).to_contain_text("不再显示此告警")
    page.goto(f"{web_rig.url}/replay?compound=c01&from=999")
    expect(page.locator("p.trouble")).to_contain_text("from is a position")
    local = (datetime.now(UTC) + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%S")
    page.fill(".rangeform input[name=from]", local)
    page.click(".rangeform button")
    expect(page.locator(".steps .found")).to_have_count(5)
    expect(page.locator(".rangeform input[name=from]")).to_have_value(local)


def test_a_log_that_goes_on_does_not_move_a_replay(window: BrowserContext, web_rig: WebRig) -> None:
    """Last, because the log has more events after it."""
    page = sign_in(window, web_rig, "viewer", "/replay?compound=c01&from=1&to=3")
    page.keyboard.press("End")
    at(page, 3)
    position = web_rig.hub.add([web_rig.hub.event(Opened(), "door/door-b1", at=datetime.now(UTC))])
    header = page.locator(f'header[data-position="{position}"]')
    expect(header).to_have_count(1)
    expect(page.locator(".steps .found")).to_have_count(3)
    door(page, "closed")
