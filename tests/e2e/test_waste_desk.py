"""The district's pages in a real Chromium: one morning, from the missed bin to the ton."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.clock import rfc3339
from core.events.alarm import Acknowledged
from core.events.custody import CatchUpDispatched, LoadAccepted, TicketCorrected
from core.events.waste import BinCollected, DepositRecorded, DepositViolated, LoadWeighed
from infra.ledger.writers import WRITERS
from projections.waste_district.view import WASTE_DISTRICT
from projections.web.deed import event_of
from tests.e2e.test_console import HOSTILE, said, sign_in
from tests.fix_browser import WebRig, live
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window
from tests.fix_core import FixedClock
from tests.fix_hub import VIEWS, HubRig
from tests.fix_register import Entry, entry, fleet

SINCE = "2026-01-01T00:00:00+08:00"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY = "2026-11-20"
BINS = tuple(f"c{compound:03d}-p01-f{n}" for compound in (1, 2, 3) for n in (1, 2))
MISSED = BINS[1]


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"{DAY}T{clock}:00+08:00")


def key(name: str) -> str:
    return f"{name[:4]}/{name}"


def entries() -> Iterator[Entry]:
    for number, title in ((1, "锦绣园"), (2, HOSTILE), (3, "和园")):
        compound, point = f"c{number:03d}", f"c{number:03d}-p01"
        yield entry(f"compound/{compound}", SINCE, name=title)
        lat, lon = 39.9 + number / 50, 116.3
        yield entry(f"point/{point}", SINCE, compound=compound, name="东门", lat=lat, lon=lon)
        for name in (one for one in BINS if one.startswith(compound)):
            yield entry(
                f"bin/{name}", SINCE, compound=compound, point=point, category="food",
                volumeL=240, tareG=12_000, uidHex=f"E2{name.encode().hex().upper()}", tech="uhf",
            )  # fmt: skip
    yield from fleet(SINCE, "v001", "v002", facility="大屯厂", carrier="京环", accepts=["food"])
    for route, vehicle, bins in (
        ("r001", "v001", [key(one) for one in BINS]),
        ("r002", "v002", [key(BINS[0])]),
    ):
        yield entry(
            f"route/{route}", SINCE, vehicle=vehicle, category="food", start="06:00", end="14:00",
            bins=bins, facility="f01",
        )  # fmt: skip


def lift(rig: HubRig, name: str, clock: str, vehicle: str = "v001") -> None:
    data = BinCollected(
        vehicle=vehicle, uid_hex=f"E2{name.encode().hex().upper()}", tech="uhf",
        lat=39.9 + int(name[3]) / 50, lon=116.3, gross_g=40_000, tare_g=12_000, net_g=28_000,
    )  # fmt: skip
    rig.add([rig.event(data, f"vehicle/{vehicle}", at=at(clock))])


def weigh(rig: HubRig, net_g: int) -> None:
    weighed = LoadWeighed(
        site="f01", ticket_no="T-1", vehicle="v001", weighbridge="f01-b1", category="food",
        gross_g=9_000_000 + net_g, tare_g=9_000_000, net_g=net_g,
    )  # fmt: skip
    accepted = LoadAccepted(site="f01", ticket_no="T-1", vehicle="v001", category="food")
    rig.add([rig.event(weighed, "weighbridge/f01-b1", at=at("11:20"))])
    rig.add([rig.event(accepted, "facility/f01", at=at("11:21"))])


def prepare(rig: HubRig) -> None:
    """v001 went past a bin in the first compound, and on to the others."""
    rig.desk = msgspec.structs.replace(rig.desk, clock=FixedClock(NOON), writers=WRITERS)
    rig.own.append(
        [
            event_of(where, subject, data, rfc3339(NOON), f"entry:{subject}")
            for where, subject, data in entries()
        ]
    )
    for n, name in enumerate(one for one in BINS[:5] if one != MISSED):
        lift(rig, name, f"{8 + n:02d}:00")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRig]:
    made = WebRig(tmp_path_factory.mktemp("district"), prepare, (*VIEWS, WASTE_DISTRICT))
    yield made
    made.close()


def opened(window: BrowserContext, rig: WebRig, role: str = "guard", path: str = "") -> Page:
    rig.folded()
    if window.cookies():
        page = window.new_page()
        page.goto(f"{rig.url}/district{path}")
    else:
        page = sign_in(window, rig, role, f"/district{path}")
    live(page)
    expect(page.locator("header")).not_to_have_attribute("data-position", "0")
    return page


def test_what_was_missed_stands_first_and_the_plan_names_where(
    window: BrowserContext, rig: WebRig
) -> None:
    page = opened(window, rig)
    row = page.locator(".missing")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(MISSED)
    expect(row).to_contain_text("班次到 14:00")
    mark = page.locator('.compoundmark[data-compound="c001"]')
    expect(mark).to_have_attribute("aria-label", "锦绣园: 漏收 1, 正常 1")
    assert mark.evaluate("mark => mark.namespaceURI").endswith("/svg")
    box = mark.bounding_box()
    assert box is not None
    assert box["width"] > 10
    expect(page.locator('.route[data-route="r002"]')).to_have_attribute("data-state", "silent")
    assert page.evaluate("window.broken") is None, "a name stays text in a drawing too"


def test_a_vehicle_is_sent_by_keyboard_once_and_everybody_sees_it(
    window: BrowserContext, rig: WebRig
) -> None:
    page, other = opened(window, rig), opened(window, rig)
    page.locator(".missing").focus()
    page.keyboard.press("Enter")
    card = page.locator(".confirm:visible")
    expect(card).to_contain_text("锦绣园 · c001-p01")
    expect(card.locator("input").first).to_have_value("v001（本线路）")
    card.locator(".yes").click()
    expect(page.locator(".q-notification")).to_contain_text("v001 前往补收")
    for screen in (page, other):
        expect(screen.locator(".missing .badge")).to_contain_text("已派 v001")
        expect(screen.locator(".missing button")).to_have_count(0)
    (sent,) = said(rig, CatchUpDispatched)
    assert (sent.vehicle, sent.bins, sent.actor) == ("v001", (key(MISSED),), "guard")


def test_an_alarm_of_the_round_is_acknowledged_where_it_is_seen(
    window: BrowserContext, rig: WebRig
) -> None:
    page = opened(window, rig)
    alarm = page.locator(f'.haulalarm[data-alarm-id*="{MISSED}"]')
    expect(alarm).to_contain_text("漏收")
    alarm.focus()
    page.keyboard.press("a")
    expect(alarm).to_have_count(0)
    (acknowledged,) = said(rig, Acknowledged)
    assert acknowledged.actor == "guard"


def test_who_may_only_look_has_nothing_to_press(window: BrowserContext, rig: WebRig) -> None:
    page = opened(window, rig, "viewer")
    expect(page.locator(".missing")).to_have_count(1)
    expect(page.locator(".missing button")).to_have_count(0)


def test_the_plan_comes_closer_by_keyboard_and_leads_to_a_bins_evidence(
    window: BrowserContext, rig: WebRig
) -> None:
    page = opened(window, rig)
    page.locator('.compoundmark[data-compound="c001"]').focus()
    page.keyboard.press("Space")  # as any button
    expect(page.locator(".binmark")).to_have_count(2)
    page.wait_for_url("**/district?at=c001")
    page.reload()
    live(page)
    expect(page.locator(".binmark"), "what was come closer to stays").to_have_count(2)
    expect(page.locator(f'.binmark[data-bin="{key(MISSED)}"]')).to_have_class(
        "binmark food s-missed"
    )
    page.locator(f'.binmark[data-bin="{key(BINS[0])}"]').click()
    page.wait_for_url(f"**/district/bin/{key(BINS[0])}")
    expect(page.locator("tbody [data-event-id]")).to_have_count(1)
    expect(page.locator("tbody [data-event-id]")).to_contain_text("99%")
    page.locator("tbody [data-event-id] a").first.click()
    page.wait_for_url("**/events/**")
    expect(page.locator(".event.marked")).to_contain_text("waste.bin.collected")


def test_routes_of_one_state_are_listed_alone(window: BrowserContext, rig: WebRig) -> None:
    page = opened(window, rig)
    expect(page.locator(".route")).to_have_count(2)
    silent = page.locator("button[data-state=silent]")
    silent.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".route")).to_have_count(1)
    expect(page.locator(".route")).to_have_attribute("data-state", "silent")
    expect(silent).to_have_attribute("aria-pressed", "true")
    silent.click()
    expect(page.locator(".route")).to_have_count(2)


def test_a_lift_moves_the_route_without_a_reload(window: BrowserContext, rig: WebRig) -> None:
    page = opened(window, rig)
    row = page.locator('.route[data-route="r001"]')
    expect(row).to_contain_text("4 / 6")
    page.evaluate("window.same = true")
    lift(rig.hub, BINS[5], "11:50")
    expect(row).to_contain_text("5 / 6")
    assert page.evaluate("window.same") is True


def test_a_ton_is_followed_from_the_gap_to_the_trip_and_its_tickets_words(
    window: BrowserContext, rig: WebRig
) -> None:
    weigh(rig.hub, 90_000)
    page = opened(window, rig, path=f"/balance?since={DAY}&until={DAY}")
    expect(page.locator(".sankey .band.gap")).not_to_have_count(0)
    expect(page.locator('.sankey [data-stage="facility/f01"]')).to_contain_text("大屯厂 90.0 kg")
    expect(page.locator(".overtime [data-period]")).to_have_count(1)
    page.locator(".astable summary").click()
    expect(page.locator(".astable tr").first).to_be_visible()
    page.locator("tr[data-gap]:not([data-gap=under-way]) a").first.click()
    page.wait_for_url("**gap=**")
    page.locator("tr[data-trip] a").first.click()
    page.wait_for_url(f"**/district/trip/v001/{DAY}/1")
    expect(page.locator(".word")).to_have_count(2)
    corrected = TicketCorrected(site="f01", ticket_no="T-1", net_g=110_000, reason="读数抄错")
    rig.hub.add([rig.hub.event(corrected, "facility/f01", at=at("11:30"))])
    word = page.locator(".word").nth(2)
    expect(word).to_contain_text("90.0 kg → 110.0 kg")
    expect(word).to_contain_text("读数抄错")
    expect(page.locator(".gapbar")).to_contain_text("110.0 kg")


def test_as_it_was_known_then(window: BrowserContext, rig: WebRig) -> None:
    before = rig.hub.log.head()
    page = opened(window, rig, path="?asof=1")
    expect(page.locator(".timebanner")).to_contain_text("日志位置 1")
    expect(page.locator(".missing")).to_have_count(0)
    page.locator(".tab").nth(3).click()
    expect(page).to_have_url(f"{rig.url}/district/findings?asof=1&known=then")
    days = f"since={DAY}&until={DAY}"
    for position, rows in ((1, 0), (before, 1)):
        then = opened(window, rig, path=f"/findings?{days}&kind=missed-bin&asof={position}")
        found = then.locator("tr[data-finding]").filter(has_text=MISSED)
        expect(found).to_have_count(rows)
    found.locator("a").first.click()
    then.wait_for_url(f"**/district/bin/{key(MISSED)}?asof={before}&known=then")
    expect(then.locator(".timebanner")).to_contain_text(f"日志位置 {before}")
    page.goto(f"{rig.url}/district?asof={before + 10_000}")
    expect(page.locator(".claim")).to_contain_text("asof")


def test_findings_are_asked_for_by_kind_and_keep_their_days(
    window: BrowserContext, rig: WebRig
) -> None:
    page = opened(window, rig, path=f"/findings?since={DAY}&until={DAY}")
    page.locator('.kindchip[data-kind="missed-bin"]').click()
    page.wait_for_url("**kind=missed-bin**")
    expect(page.locator("tr[data-finding]").filter(has_text=MISSED)).to_have_count(1)
    expect(page.locator("tr[data-finding]").filter(has_not_text="漏收")).to_have_count(0)
    page.locator("select[name=kind]").select_option("*")
    page.locator(".asked button").click()
    page.wait_for_url(lambda url: "kind=*" in url or "kind=%2A" in url)
    live(page)
    expect(page.locator('.kindchip[aria-current="true"]')).to_have_count(0)
    bad = opened(window, rig, path="/findings?since=2026-13-01")
    expect(bad.locator("[role=alert]:visible")).to_contain_text("查询条件无效")


def test_a_score_is_followed_from_the_league_to_the_event_that_cost_it(
    window: BrowserContext, rig: WebRig
) -> None:
    deeds = (DepositRecorded(category="food", net_g=900), DepositViolated(kind="mixed"))
    rig.hub.own.append(
        [
            event_of("c001", "point/c001-p01", data, rfc3339(at("09:00")), f"deed:{data.TYPE}")
            for data in deeds
        ]
    )
    page = opened(window, rig, path=f"/league?since={DAY}&until={DAY}")
    page.locator('tr[data-standing="c001"] a').first.click()
    page.wait_for_url(f"**/district/quality/c001?since={DAY}&until={DAY}")
    expect(page.locator(".grade")).to_contain_text("90.0")
    expect(page.locator('tr[data-scored="c001-p01"]')).to_contain_text("东门")
    missing = page.locator('tr[data-criterion="participation"]')
    expect(missing).to_contain_text("无数据")
    cause = page.locator('tr[data-cause="mixed"]')
    expect(cause).to_contain_text("−10.0")
    link = cause.locator("a.evidence")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/**")
    expect(page.locator(".event.marked")).to_contain_text("waste.deposit.violated")
    then = opened(window, rig, path=f"/quality/c001?since={DAY}&until={DAY}&asof=1")
    expect(then.locator(".timebanner")).to_contain_text("日志位置 1")
    expect(then.locator("tr[data-cause]")).to_have_count(0)
    none = opened(window, rig, path="/quality/c777")
    expect(none.locator(".waiting")).to_contain_text("没有这个小区")
    page.goto(f"{rig.url}/waste?compound=c001")
    page.locator('a[href="/district/quality/c001"]').click()
    page.wait_for_url("**/district/quality/c001")


def test_a_ledger_is_chosen_in_two_steps_and_comes_as_a_file(
    window: BrowserContext, rig: WebRig
) -> None:
    page = opened(window, rig, path="/ledger")
    page.locator("select[name=of]").select_option("c001")
    page.locator(".asked button").click()
    page.wait_for_url("**of=c001**")
    with page.expect_download() as waiting:
        page.locator("[data-format=csv]").click()
    assert waiting.value.suggested_filename.startswith("c001-2026-11")


def test_the_compounds_own_page_says_what_was_missed(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "guard", "/waste?compound=c001")
    tile = page.locator(f'.bin[data-subject="bin/{MISSED}"]')
    expect(tile).to_contain_text("漏收")
    tile.locator("a").click()
    page.wait_for_url(f"**/district/bin/{key(MISSED)}")
    expect(page.locator(".binfacts")).to_contain_text("漏收")


def test_nothing_of_it_is_to_be_had_without_signing_in(window: BrowserContext, rig: WebRig) -> None:
    page = window.new_page()
    for path in ("", "/balance", f"/bin/{key(MISSED)}", f"/trip/v001/{DAY}/1", "/quality/c001"):
        page.goto(f"{rig.url}/district{path}")
        assert "/signin?next=" in page.url
