"""The duty desk in a real Chromium: keyboard, sound, evidence, plan, hand-over, search, wall."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.event import Media
from core.events.access import Denied, Granted
from core.events.alarm import Acknowledged, Assigned, Shelved
from core.events.device import Lost
from core.events.door import Closed, Forced, HeldOpen, Opened
from core.events.duty import HandedOver, Taken
from projections.web.acts import Acts
from tests.e2e.test_console import heard, said, sign_in
from tests.fix_browser import WebRig, live
from tests.fix_browser import browser as browser
from tests.fix_browser import web_rig as web_rig
from tests.fix_browser import window as window

PLAN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100" onload="window.broken=1">
<script>window.broken=1</script><image href="http://elsewhere.example/x.png"/>
<rect data-subject="door/door-b1" x="10" y="10" width="30" height="30"/>
<g id="camera/cam-09"><circle cx="90" cy="20" r="9"/></g></svg>"""


@pytest.fixture(scope="module", autouse=True)
def furnished(web_rig: WebRig) -> None:
    folder = web_rig.hub.folder / "plans"
    folder.mkdir()
    (folder / "c01.svg").write_text(PLAN, encoding="utf-8")
    web_rig.hub.add([web_rig.hub.event(Closed(), "door/door-b1", at=now())])


def now() -> datetime:
    return datetime.now(UTC)


def forced(rig: WebRig, door: str, **more: timedelta) -> str:
    event = rig.hub.event(Forced(), f"door/{door}", at=now() - more.get("ago", timedelta()))
    rig.hub.add([event])
    return f"door.forced:door/{door}:{event.id}"


def row(page: Page, alarm: str) -> str:
    return f'[data-alarm-id="{alarm}"]'


def answer(page: Page) -> None:
    """A dialog takes the keys for as long as it is in the document, seen or not."""
    expect(page.locator(".confirm input:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".confirm")).to_have_count(0)


def test_a_guard_acknowledges_assigns_and_shelves_without_a_mouse(
    window: BrowserContext, web_rig: WebRig
) -> None:
    held = web_rig.hub.event(HeldOpen(), "door/door-b5", at=now())
    web_rig.hub.add([held])
    alarm = f"door.heldopen:door/door-b5:{held.id}"
    page = sign_in(window, web_rig, "guard")
    line = page.locator(row(page, alarm))
    line.focus()
    page.keyboard.press("s")
    expect(page.locator(".confirm .question")).to_have_text("搁置此告警？")
    answer(page)
    expect(line).to_have_attribute("data-state", "shelved")
    line.focus()
    page.keyboard.press("g")
    expect(page.locator(".confirm .question")).to_have_text("指派此告警？")
    answer(page)
    expect(line).to_contain_text("指派 guard")
    line.focus()
    page.keyboard.press("s")
    expect(page.locator(".confirm .question")).to_have_text("取消搁置？")
    answer(page)
    expect(line).to_have_attribute("data-state", "active")
    page.keyboard.press("a")
    expect(page.locator(".confirm .question")).to_have_text("确认此告警？")
    answer(page)
    expect(line).to_have_attribute("data-state", "acknowledged")
    expect(line.locator(".by")).to_contain_text("guard")
    for kind in (Shelved, Assigned, Acknowledged):
        found = [one for one in said(web_rig, kind) if getattr(one, "alarm", "") == alarm]
        assert [getattr(one, "actor", "") for one in found] == ["guard"], kind


def test_a_question_is_gone_as_soon_as_it_is_answered(
    window: BrowserContext, web_rig: WebRig
) -> None:
    alarm = forced(web_rig, "door-b29")
    page = sign_in(window, web_rig, "guard")
    page.locator(row(page, alarm)).focus()
    page.keyboard.press("g")
    expect(page.locator(".confirm input:focus")).to_have_count(1)
    took = page.evaluate(
        """() => [...document.querySelectorAll(".q-dialog__inner, .q-dialog__backdrop")]
             .map(one => getComputedStyle(one).getPropertyValue("--q-transition-duration"))
             .filter(one => parseFloat(one) !== 0)"""
    )
    assert took == []
    page.keyboard.press("Escape")
    expect(page.locator(".confirm")).to_have_count(0)


def test_arrows_walk_the_queue_and_the_evidence_follows(
    window: BrowserContext, web_rig: WebRig
) -> None:
    first = forced(web_rig, "door-b21", ago=timedelta(milliseconds=10))
    second = forced(web_rig, "door-b22")
    page = sign_in(window, web_rig, "guard")
    expect(page.locator(row(page, first))).to_be_visible()
    page.locator(row(page, second)).focus()
    expect(page.locator(".dossier .subject")).to_contain_text("22号楼")
    page.keyboard.press("j")
    expect(page.locator(f"{row(page, first)}.chosen")).to_be_visible()
    expect(page.locator(".dossier .subject")).to_contain_text("21号楼")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".dossier .subject")).to_contain_text("22号楼")
    page.keyboard.press("e")
    expect(page.locator(".dossier :focus")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator(".helped")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".helped")).to_have_count(0)


def test_priority_one_is_never_shelved(window: BrowserContext, web_rig: WebRig) -> None:
    alarm = forced(web_rig, "door-b23")
    page = sign_in(window, web_rig, "guard")
    page.locator(row(page, alarm)).focus()
    page.keyboard.press("s")
    expect(page.locator(".q-notification")).to_contain_text("不能搁置")
    expect(page.locator(".confirm")).to_have_count(0)


def test_evidence_shows_causes_neighbours_and_pictures_with_links(
    window: BrowserContext, web_rig: WebRig
) -> None:
    event, at = web_rig.hub.event, now()
    digest = "ab" * 32
    before = event(Denied(reason="blocked"), "door/door-b31", at=at - timedelta(seconds=70))
    earlier = event(Granted(), "door/door-b31", at=at - timedelta(minutes=9))
    elsewhere = event(Opened(), "door/door-b32", at=at)
    cause = event(Forced(media=(Media(sha256=digest),)), "door/door-b31", at=at)
    after = event(Closed(), "door/door-b31", at=at + timedelta(seconds=5))
    position = web_rig.hub.add([earlier, before, elsewhere, cause, after])
    alarm = f"door.forced:door/door-b31:{cause.id}"
    page = sign_in(window, web_rig, "guard", f"/?compound=c01&alarm={alarm}")
    shown = page.locator(".dossier")
    expect(shown.locator(f'[data-event-id="{before.id}"]')).to_be_visible()
    expect(shown.locator(f'[data-event-id="{after.id}"]')).to_be_visible()
    expect(shown.locator(f'[data-event-id="{earlier.id}"]')).to_have_count(0)
    expect(shown.locator(f'[data-event-id="{elsewhere.id}"]')).to_have_count(0)
    expect(shown.locator(".picture")).to_contain_text(digest[:12])
    expect(shown.locator(".picture")).to_contain_text("尚未送达")
    expect(shown.locator(".interval")).to_have_count(1)
    link = shown.locator(f'.causing [data-event-id="{cause.id}"]')
    link.click()
    page.wait_for_url(f"**/events/{position}?event=**")
    expect(page.locator(".event.marked")).to_contain_text(cause.id)


def test_sound_is_off_until_armed_rings_and_stops_when_acknowledged(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "guard")
    desk = page.locator(".desk")
    expect(desk).to_have_attribute("data-sound", "off")
    expect(desk.locator(".sound")).to_have_text("声音关")
    alarm = forced(web_rig, "door-b41")
    expect(page.locator(row(page, alarm))).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\("))
    assert desk.get_attribute("data-rung") is None, "silent while nobody has armed it"
    desk.locator(".sound").click()
    expect(desk).to_have_attribute("data-sound", "ringing")
    expect(desk).to_have_attribute("data-rung", re.compile("[1-9]"))
    acknowledge_all(page, web_rig)
    expect(desk).to_have_attribute("data-sound", "on")
    expect(page).to_have_title("值班台 · 门卫")


SLOW_SOUND = """
window.AudioContext = class extends AudioContext {
    constructor() {
        super();
        this.suspend();
    }
    async resume() {
        await new Promise((go) => setTimeout(go, 1500));
        await super.resume();
    }
};"""


def test_sound_that_takes_its_time_to_start_is_armed_then(
    window: BrowserContext, web_rig: WebRig
) -> None:
    window.add_init_script(SLOW_SOUND)
    page = sign_in(window, web_rig, "guard")
    acknowledge_all(page, web_rig)
    desk = page.locator(".desk")
    desk.locator(".sound").click()
    expect(desk).to_have_attribute("data-sound", "on")
    expect(desk).to_have_attribute("data-rung", "1")


def acknowledge_all(page: Page, rig: WebRig) -> None:
    guard = rig.hub.accounts.session(page.context.cookies()[0]["value"])
    assert guard is not None
    acts = Acts(rig.hub.desk)  # the page's own object is not reached from here
    rows = page.locator('.alarm[data-state="active"], .alarm[data-state="cleared"]')
    for alarm in rows.evaluate_all("rows => rows.map((row) => row.dataset.alarmId)"):
        acts.acknowledge("c01", guard, alarm, "")
    expect(rows).to_have_count(0)


def test_a_late_alarm_is_shown_and_never_sounds(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig, "guard")
    acknowledge_all(page, web_rig)
    desk = page.locator(".desk")
    desk.locator(".sound").click()
    expect(desk).to_have_attribute("data-sound", "on")
    rung = desk.get_attribute("data-rung")
    late = web_rig.hub.event(
        Forced(), "door/door-b42", at=now() - timedelta(hours=2), origin="backfill"
    )
    web_rig.hub.add([late])
    shown = page.locator(row(page, f"door.forced:door/door-b42:{late.id}"))
    expect(shown).to_contain_text("补传")
    expect(desk).to_have_attribute("data-sound", "on")
    assert desk.get_attribute("data-rung") == rung


def test_the_plan_is_live_clean_and_leads_to_the_door(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "guard")
    mark = page.locator('.plan .mark[data-place="door/door-b1"]')
    expect(mark).to_have_attribute("data-state", "closed")
    shape = mark.locator("path").get_attribute("d") or ""
    assert page.evaluate("window.broken") is None
    assert page.locator(".plan script, .plan image").count() == 0
    web_rig.hub.add([web_rig.hub.event(Forced(), "door/door-b1", at=now())])
    expect(mark).to_have_attribute("data-state", "alarm")
    expect(mark.locator("path"), "another colour and another shape").not_to_have_attribute(
        "d", shape
    )
    expect(page.locator('.plan .mark[data-place="camera/cam-09"]')).to_have_attribute(
        "data-state", "unknown"
    )
    mark.click()
    page.wait_for_url("**/doors/door/door-b1?compound=c01")
    expect(page.locator(".doorstates")).to_contain_text("强行打开")
    expect(page.locator(".dooralarm")).to_contain_text("门被强行打开")


def test_the_watch_is_taken_handed_over_with_a_note_and_taken_by_the_next(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "guard")
    expect(page.locator(".watch")).to_contain_text("无人当班")
    page.locator(".watch button").click()
    page.locator(".letter:visible .yes").click()
    expect(page.locator(".watch b")).to_have_text("guard")
    page.locator(".watch button").click()
    note = page.locator(".letter:visible textarea")
    expect(note).to_have_value(re.compile("未关闭告警"))
    note.fill("北门闸机报修，等师傅")
    page.locator(".letter:visible .yes").click()
    expect(page.locator(".watch")).to_contain_text("guard 已交班")
    (handed,) = said(web_rig, HandedOver)
    assert (handed.actor, handed.note) == ("guard", ""), "the note is sealed"
    other = window.browser.new_context(locale="zh-CN") if window.browser else None
    assert other is not None
    mine = sign_in(other, web_rig, "admin")
    mine.locator(".watch button").click()
    expect(mine.locator(".letter:visible .said")).to_contain_text("北门闸机报修")
    mine.locator(".letter:visible .yes").click()
    expect(page.locator(".watch b")).to_have_text("admin")
    assert [one.actor for one in said(web_rig, Taken)] == ["guard", "admin"]
    other.close()


def test_no_key_reaches_the_queue_while_a_dialog_asks(
    window: BrowserContext, web_rig: WebRig
) -> None:
    forced(web_rig, "door-b51")
    page = sign_in(window, web_rig, "guard")
    page.locator(".watch button").click()
    page.locator(".letter:visible button").first.focus()
    page.keyboard.press("s")
    page.keyboard.press("?")
    expect(page.locator(".letter:visible")).to_have_count(1)
    expect(page.locator(".helped")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".letter")).to_have_count(0)
    heard(page)
    expect(page.locator(".q-notification")).to_have_count(0)


def test_search_finds_as_one_types_and_enter_goes_there(
    window: BrowserContext, web_rig: WebRig
) -> None:
    web_rig.hub.add([web_rig.hub.event(Denied(reason="anti-passback"), "door/door-b61", at=now())])
    page = sign_in(window, web_rig, "viewer")
    expect(page.locator('.tile[data-subject="door/door-b61"]')).to_be_attached()
    page.keyboard.press("/")
    expect(page.locator(".searching input")).to_be_focused()
    page.keyboard.type("反潜回")
    expect(page.locator(".hit").first).to_contain_text("61号楼")
    page.keyboard.press("Control+a")
    page.keyboard.type("b61")
    expect(page.locator(".hit").first).to_contain_text("门")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doors/door/door-b61**")
    expect(page.locator(".decided")).to_contain_text("反潜回")


def test_a_figure_opens_the_events_behind_it(window: BrowserContext, web_rig: WebRig) -> None:
    event = web_rig.hub.event(Granted(subject_class="staff"), "door/door-b71", at=now())
    web_rig.hub.add([event])
    page = sign_in(window, web_rig, "viewer")
    page.locator("[data-figure=passages]").click()
    page.wait_for_url("**/events?**")
    expect(page.locator(f'tr[data-event-id="{event.id}"]')).to_be_visible()
    page.goto(f"{web_rig.url}/events?compound=c01&subject=door/door-b71&type=access.denied")
    live(page)
    expect(page.locator("tbody tr")).to_have_count(0)
    page.goto(f"{web_rig.url}/events?origin=nonsense")
    expect(page.locator("[role=alert]:visible")).to_contain_text("查询条件无效")


def test_ten_thousand_devices_are_painted_and_follow(
    window: BrowserContext, web_rig: WebRig
) -> None:
    template = web_rig.hub.event(Closed(), "door/wall", at=now())
    for start in range(0, 10_000, 500):
        web_rig.hub.add(
            [
                msgspec.structs.replace(
                    template,
                    id=f"wall:{n}",
                    source=template.source.replace("/dev/wall", f"/dev/lock-{n:05d}"),
                )
                for n in range(start, start + 500)
            ]
        )
    web_rig.folded()
    page = sign_in(window, web_rig, "guard", "/wall")
    page.reload()
    canvas = page.locator(".frame canvas")
    page.wait_for_function("window.menweiWall > 0")
    expect(canvas).to_have_attribute("data-painted", re.compile(r"^\d{5,}$"))
    live(page)
    lost = page.locator('.legend [data-code="2"] b')
    before = int(lost.inner_text())
    gone = msgspec.structs.replace(
        web_rig.hub.event(Lost(reason="ping"), "device/lock-00007", at=now()),
        source=template.source.replace("/dev/wall", "/dev/lock-00007"),
    )
    web_rig.hub.add([gone])
    expect(lost).to_have_text(str(before + 1))
    some = re.compile(".")
    canvas.focus()
    expect(canvas).to_have_attribute("data-at", some)
    page.keyboard.press("ArrowRight")
    first = canvas.get_attribute("data-at") or ""
    page.keyboard.press("ArrowDown")
    expect(canvas).not_to_have_attribute("data-at", first)
    expect(canvas).to_have_attribute("data-at", some)
    expect(page.locator(".told")).to_contain_text("最近听到")
    canvas.hover()
    page.mouse.wheel(0, -200)
    expect(canvas).to_have_attribute("data-zoom", "1.20")
    canvas.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/*lock-*")


def test_the_desk_of_a_thousand_doors_is_painted(window: BrowserContext, web_rig: WebRig) -> None:
    at = now()
    for start in range(0, 1_000, 250):
        doors = range(start, start + 250)
        web_rig.hub.add([web_rig.hub.event(Closed(), f"door/door-x{n}", at=at) for n in doors])
    forced(web_rig, "door-x7")
    web_rig.folded()
    page = sign_in(window, web_rig, "guard")
    page.reload()
    expect(page.locator(".tile.door").first).to_be_visible()
    expect(page.locator(".dossier .subject")).to_be_visible()
