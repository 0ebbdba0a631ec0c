"""The auditor's page in a real Chromium: proofs the browser checks for itself, gaps, a pack."""

import base64
import hashlib
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from core.event import Native
from core.events.access import Granted
from core.events.device import GapDetected, GapFilled
from core.tlog import checkpoint
from core.tlog.head import TreeHead
from tests.e2e.test_console import sign_in
from tests.fix_browser import WebRig, live
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window

RAW = b'{"vendor": "bytes"}'


@pytest.fixture
def web_rig(tmp_path: Path) -> Iterator[WebRig]:
    """A log of five batches of which the browser may ask anything."""
    rig = WebRig(tmp_path)
    hub = rig.hub
    for record in range(3):
        native: Native = {"rawsha256": hashlib.sha256(RAW).hexdigest(), "record": record}
        hub.add([hub.event(Granted(credential="card", native=native), "door/south-gate")])
    hub.add([hub.event(GapDetected(from_record=10, to_record=20, method="serialNo"), "door/d1")])
    hub.add([hub.event(GapFilled(from_record=12, to_record=20, method="serialNo"), "door/d1")])
    hub.sign()
    yield rig
    rig.close()


def proved(page: Page) -> None:
    expect(page.locator(".proof [data-verdict]").first).to_have_attribute("data-verdict", "holds")


def test_event_is_proved_down_to_the_vendors_bytes(
    window: BrowserContext, web_rig: WebRig, tmp_path: Path
) -> None:
    page = sign_in(window, web_rig, "auditor")
    page.goto(f"{web_rig.url}/events/2")
    proved(page)
    steps = page.locator(".proof li.right")
    names = [one.get_attribute("data-step") for one in steps.all()]
    assert {"payload", "signature", "inclusion", "checkpoint"} <= set(names)
    page.locator(".proof summary").click()
    frame = web_rig.hub.log.read(1, 1, 10**6)[0].state
    expect(page.locator("pre.hex")).to_have_text(re.compile("^00000  4d 57 42 31"))
    assert frame.startswith(b"MWB1")
    for name, content, same in (("raw", RAW, "true"), ("other", RAW + b" ", "false")):
        (tmp_path / name).write_bytes(content)
        page.locator(".rawfile input").set_input_files(tmp_path / name)
        expect(page.locator("[data-raw]")).to_have_attribute("data-raw", same)


def test_a_batch_that_was_changed_is_seen_by_the_browser(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "auditor")

    def lie(route: Route) -> None:
        """The hub shows another frame than the one it signed over."""
        told = route.fetch().json()
        other = web_rig.hub.log.read(0, 1, 10**6)[0].state
        told["batch"]["frame"] = base64.b64encode(other).decode()
        route.fulfill(body=json.dumps(told), content_type="application/json")

    page.route("**/api/v1/events/2/0", lie)
    page.goto(f"{web_rig.url}/events/2")
    verdict = page.locator(".proof [data-verdict]").first
    expect(verdict).to_have_attribute("data-verdict", "broken")
    expect(page.locator('.proof li.wrong[data-step="inclusion"]')).to_have_count(1)


def test_the_browser_is_a_witness_of_a_log_that_was_rewritten(
    window: BrowserContext, web_rig: WebRig
) -> None:
    """The hub signs another history of as many batches, with its own true key."""
    hub = web_rig.hub
    page = sign_in(window, web_rig, "auditor")
    page.goto(f"{web_rig.url}/audit")
    proved(page)
    hub.add([hub.event(Granted(credential="card"), "door/south-gate")])
    hub.sign()
    page.reload()
    proved(page)
    expect(page.locator('.proof li.right[data-step="consistent"]')).to_have_count(1)
    published = hub.tlog.published()
    assert published is not None
    forged = TreeHead(hub.tlog.origin, published.size, hashlib.sha256(b"other").digest())
    note = checkpoint.signed(forged, hub.hub_key).encode().decode()
    page.route(
        "**/tlog/checkpoint", lambda route: route.fulfill(body=note, content_type="text/plain")
    )
    page.reload()
    verdict = page.locator(".proof [data-verdict]").first
    expect(verdict).to_have_attribute("data-verdict", "broken")
    expect(page.locator('.proof li.wrong[data-step="consistent"]')).to_have_count(1)


def test_gaps_are_listed_and_a_pack_is_taken(window: BrowserContext, web_rig: WebRig) -> None:
    page = sign_in(window, web_rig, "auditor")
    page.goto(f"{web_rig.url}/audit")
    live(page)
    journals = page.locator('[data-table="journals"] tr[data-journal]')
    expect(journals).to_have_count(1)
    expect(journals.first).to_contain_text("1 – 5")
    expect(page.locator('tr[data-device="d1"]')).to_contain_text("10–11")
    page.get_by_label("理由").fill("audit")
    page.get_by_role("button", name="导出").click()
    expect(page.locator("[data-stage]")).to_have_attribute("data-stage", "waiting")
    web_rig.hub.sign()
    expect(page.locator('[data-stage="done"]')).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载").click()
    with zipfile.ZipFile(taken.value.path()) as pack:
        first = web_rig.hub.log.read(0, 1, 10**6)[0].state
        assert pack.read("frames")[20:].startswith(first)
        assert json.loads(pack.read("manifest.json"))["selection"]["to"] == 5


def test_who_does_not_audit_sees_gaps_and_takes_nothing(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "viewer")
    page.goto(f"{web_rig.url}/audit")
    proved(page)
    expect(page.get_by_text("只有审计员和管理员可以导出。")).to_be_visible()
    expect(page.get_by_role("button", name="导出")).to_have_count(0)


def test_a_damaged_batch_is_named_in_place_of_a_report(
    window: BrowserContext, web_rig: WebRig
) -> None:
    with sqlite3.connect(web_rig.hub.folder / "log.db") as db:
        db.execute("UPDATE stored_events SET state = substr(state, 1, 100) WHERE rowid = 3")
    db.close()
    page = sign_in(window, web_rig, "auditor")
    page.goto(f"{web_rig.url}/audit")
    expect(page.get_by_role("alert").filter(has_text="position 3")).to_be_visible()
