"""Keys on the devices page: what became of each, and an administrator who enrols and revokes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.test_console import sign_in
from tests.fix_browser import WebRig
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window
from tests.fix_hub import HubRig
from tests.fix_keys import NEW, OLD, Keyed

PAGE = "/devices?compound=c01"


def furnish(hub: HubRig) -> None:
    Keyed(hub)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRig]:
    made = WebRig(tmp_path_factory.mktemp("keys"), furnish)
    yield made
    made.close()


def test_who_may_only_look_has_no_buttons(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "viewer", PAGE)
    expect(page.locator(f"[data-key='{OLD.public.hex()}']")).to_contain_text("有效")
    expect(page.locator("[data-act=revoke]")).to_have_count(0)
    expect(page.get_by_role("button", name="登记网关")).to_have_count(0)


def test_an_administrator_enrols_and_revokes(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "admin", PAGE)
    page.get_by_role("button", name="登记网关").click()
    page.get_by_label("网关名称").fill("gw02")
    page.get_by_label("公钥").fill(NEW.public.hex().upper())
    page.get_by_role("textbox", name="原因").fill("新楼")
    page.locator(".confirm").get_by_role("button", name="登记网关").click()
    row = page.locator(f"[data-key='{NEW.public.hex()}']")
    expect(row).to_contain_text("gw02")
    row.locator("[data-act=revoke]").click()
    page.locator(".confirm").get_by_role("button", name="遗失").click()
    page.locator(".confirm").get_by_role("button", name="吊销").click()
    expect(row).to_contain_text("已吊销：遗失")
    expect(row.locator("[data-act=revoke]")).to_have_count(0)
    history = page.locator("a.keyline")
    expect(history.first).to_contain_text("密钥吊销")
    expect(history.first).to_contain_text("admin")
    expect(history).to_have_count(4)
