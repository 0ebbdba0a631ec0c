"""Visitors and presence in a real Chromium: passes, the muster list, orders with a reason."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.events.access import Granted, ScreeningHeld
from core.events.policy import CommandIssued
from core.events.subject import LookedUp
from core.events.visitor import PassIssued, PassRevoked
from projections.web.accounts import Account
from tests.e2e.test_console import said, sign_in
from tests.fix_browser import WebRig
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window
from tests.fix_hub import HubRig
from tests.fix_people import POLICY, PeopleRig

REF = f"s:{7:032x}"


@pytest.fixture(scope="module")
def web_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRig]:
    made = WebRig(Path(tmp_path_factory.mktemp("people")), _staffed)
    yield made
    made.close()


def _staffed(hub: HubRig) -> None:
    rig = PeopleRig(hub)
    rig.people.publish("c01", Account("admin", "admin"), POLICY, dry_run=False)


@pytest.fixture(scope="module", autouse=True)
def furnished(web_rig: WebRig) -> None:
    event, at = web_rig.hub.event, datetime.now(UTC)
    granted = Granted(subject_ref=REF, subject_class="resident", direction="in")
    held = ScreeningHeld(measured="m1", temperature_cel=38.4)
    web_rig.hub.add(
        [event(granted, "door/south-gate", at=at), event(held, "door/south-gate", at=at)]
    )
    web_rig.folded()


def because(page: Page, reason: str) -> None:
    page.locator(".because:visible input[maxlength]").fill(reason)
    page.locator(".because:visible .yes").click()
    expect(page.locator(".because:visible")).to_have_count(0)


def test_a_pass_is_issued_shown_as_a_code_and_revoked_with_a_reason(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "guard", "/people")
    page.click(".issue")
    page.locator(".passform input[maxlength]").first.fill("李访客")
    page.click(".passform .yes")
    code = page.locator("img.code")
    expect(code).to_be_visible()
    expect(code).to_have_attribute("src", re.compile(r"^data:image/svg\+xml;base64,"))
    page.wait_for_function("document.querySelector('img.code').naturalWidth > 100")
    page.keyboard.press("Escape")
    expect(code).to_have_count(0)
    (issued,) = said(web_rig, PassIssued)
    line = page.locator(f'[data-pass="{issued.pass_id}"]')
    expect(line).to_contain_text("有效")
    assert issued.actor == "guard"
    line.locator('[data-act="revoke"]').click()
    page.locator(".because:visible .yes").click()
    expect(line).to_contain_text("已撤销")
    expect(line.locator("button")).to_have_count(0)
    (revoked,) = said(web_rig, PassRevoked)
    assert (revoked.pass_id, revoked.reason) == (issued.pass_id, "cancelled")


def test_nobody_is_listed_before_the_look_up_is_in_the_log(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "guard", "/people")
    expect(page.locator(".person")).to_have_count(0)
    page.click('[data-act="muster"]')
    page.locator(".because:visible .yes").click()
    expect(page.get_by_text("请写明原因。")).to_be_visible()
    assert said(web_rig, LookedUp) == []
    because(page, "三号楼火警")
    expect(page.locator(".person")).to_have_count(1)
    (looked,) = said(web_rig, LookedUp)
    assert (looked.what, looked.actor, looked.reason) == ("muster", "guard", "other")
    event = web_rig.hub.event
    out = Granted(subject_ref=REF, subject_class="resident", direction="out")
    web_rig.hub.add([event(out, "door/south-gate", at=datetime.now(UTC))])
    expect(page.locator(".person.gone")).to_contain_text("之后已离开")


def test_a_held_gate_is_released_by_an_order_with_a_reason(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "guard", "/people")
    page.locator('[data-hold="m1"] [data-act="admitted"]').click()
    expect(page.locator(".because:visible .what")).to_contain_text("38.4")
    because(page, "")
    expect(page.get_by_text("指令已发出，等待网关答复")).to_be_visible()
    orders = said(web_rig, CommandIssued)
    assert [(one.verb, one.reason) for one in orders] == [("release", "care")]


def test_a_door_is_opened_from_its_page_with_a_reason_on_record(
    window: BrowserContext, web_rig: WebRig
) -> None:
    page = sign_in(window, web_rig, "guard", "/doors/south-gate")
    page.locator(".order").first.click()
    because(page, "")
    expect(page.locator(".orders .ordered").first).to_contain_text("等待答复")
    orders = said(web_rig, CommandIssued)
    assert ("open", "door/south-gate", "guard", "resident-request") in [
        (one.verb, one.target, one.actor, one.reason) for one in orders
    ]


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_only_look_sees_no_button_that_does_nothing(
    window: BrowserContext, web_rig: WebRig, role: str
) -> None:
    page = sign_in(window, web_rig, role, "/people")
    expect(page.locator(".areas tbody tr")).not_to_have_count(0)
    expect(page.locator(".issue, [data-hold] button, [data-pass] button")).to_have_count(0)
    expect(page.locator('[data-act="muster"]')).to_have_count(0 if role == "viewer" else 1)
    page.goto(f"{web_rig.url}/doors/south-gate")
    expect(page.locator(".doorstates .subject")).to_be_visible()
    expect(page.locator(".order")).to_have_count(0)
