"""Setting up a device in a browser, over a hub that asks a real agent: its first message, what was
set aside decoded again, and a camera's picture drawn upon."""

import base64
import json
import re
from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import BrowserContext, expect

from infra.hub.admin_ports import Reached
from infra.hub.gateway_desks import GatewayDesks
from tests.e2e.test_console import sign_in
from tests.fix_admin import TOKEN, AdminRig
from tests.fix_broker import tail
from tests.fix_browser import WebRig, live
from tests.fix_browser import browser as browser
from tests.fix_browser import window as window
from tests.fix_edge import GATEWAY, PERSONAL, face
from tests.fix_hub import HubRig

KEY = "025e10aa0007"
ADD = "/devices/add?compound=c01"
# One grey pixel.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJ"
    "DRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k="
)


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminRig]:
    made = AdminRig(tmp_path_factory.mktemp("agent") / "edge", only_known=True)
    made.edge.start()
    yield made
    made.edge.kill()
    print(tail(made.edge.log))


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, agent: AdminRig) -> Iterator[WebRig]:
    def furnish(hub: HubRig) -> None:
        reached = {f"c01/{GATEWAY}": Reached(url=agent.url, token=TOKEN, tls=None)}
        hub.desk = msgspec.structs.replace(hub.desk, gateway_desk=GatewayDesks(reached))

    made = WebRig(tmp_path_factory.mktemp("web"), furnish)
    yield made
    made.close()


def test_an_unknown_device_is_taken_and_its_quarantine_decoded(
    window: BrowserContext, rig: WebRig, agent: AdminRig
) -> None:
    agent.publish(face(9001))
    page = sign_in(window, rig, "admin", ADD)
    live(page)
    row = page.locator(f"[data-device='{KEY}']")
    expect(row).to_contain_text("未登记")
    row.get_by_role("button", name="登记").click()
    expect(page.locator(".lastmessage")).to_contain_text("access.granted.v1")
    expect(page.locator(".steps li").first).to_contain_text("HTTP 监听")
    assert not any(name in page.content() for name in PERSONAL)
    page.get_by_label("名称", exact=True).fill("南 门")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".q-notification").last).to_contain_text("name: ")
    page.get_by_label("名称", exact=True).fill("south-door")
    page.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("在此登记")

    page.locator(".lastmessage").get_by_role("button", name="原始数据").click()
    page.get_by_role("button", name="查看并记录").click()
    expect(page.locator(".rawcard pre")).to_contain_text(PERSONAL[0])
    page.get_by_role("button", name="关闭").click()

    page.get_by_role("link", name="隔离区").click()
    live(page)
    expect(page.locator("tbody")).to_contain_text("设备未登记")
    page.get_by_role("button", name="全部重新解码").click()
    expect(page.locator(".rawcard")).to_contain_text("1 条中有 1 条现在可以解码")
    expect(page.locator(".rawcard pre")).to_contain_text("door/south-door-1")
    page.get_by_role("button", name="现在解码").click()
    expect(page.locator(".q-notification").last).to_contain_text("1 条已解码，0 条")
    expect(page.locator("tbody tr")).to_have_count(0)


def test_who_waits_sees_the_first_message_come(
    window: BrowserContext, rig: WebRig, agent: AdminRig
) -> None:
    page = sign_in(window, rig, "admin", f"{ADD}&device=bin-a03")
    live(page)
    expect(page.locator(".lastmessage")).to_contain_text("等待 bin-a03 的第一条消息")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("[data-device='bin-a03']")).to_contain_text("在此登记")
    tag = {"Time": "2026-11-21T09:00:00", "PN532": {"UID": "74103794"}}
    agent.publish(("tele/bin-a03/SENSOR", json.dumps(tag).encode()))
    expect(page.locator(".lastmessage")).to_contain_text("waste.bin.identified.v1")


def test_what_is_supported_comes_from_the_gateway(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "admin", "/devices/kinds?compound=c01")
    expect(page.locator("tbody")).to_contain_text("lorawan")


def test_a_camera_is_drawn_upon(window: BrowserContext, rig: WebRig, agent: AdminRig) -> None:
    folder = agent.folder / "camera" / "south"
    folder.mkdir(parents=True)
    (folder / "live.jpg").write_bytes(JPEG)
    page = sign_in(window, rig, "admin", "/cameras?compound=c01")
    page.get_by_role("link", name=re.compile("south")).click()
    live(page)
    page.get_by_role("button", name=re.compile("区域")).first.click()
    board = page.locator(".board")
    box = board.bounding_box()
    assert box is not None
    for x, y in ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)):
        board.click(position={"x": x * box["width"], "y": y * box["height"]})
    page.locator("[data-do=close]").click()
    page.locator("[data-do=save]").click()
    expect(page.locator(".zones .said")).to_have_text("已保存。")
    assert len(json.loads((folder / "zones.json").read_bytes())["regions"]) == 1


def test_a_guard_is_told_who_may(window: BrowserContext, rig: WebRig) -> None:
    page = sign_in(window, rig, "guard", ADD)
    expect(page.locator(".trouble")).to_contain_text("只有管理员")
    status = page.request.get(f"{rig.url}/api/v1/provisioning/c01/{GATEWAY}/devices").status
    assert status == 403
