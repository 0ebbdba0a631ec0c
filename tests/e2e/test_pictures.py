"""A picture in a real Chromium: asked why, on record, hashed by the browser, and then shown."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
from playwright.sync_api import BrowserContext, Locator, Page, expect

from core.event import Media
from core.events.door import Forced
from core.events.media import Exported, Viewed
from core.media.credential import Piece
from tests.e2e.test_console import said, sign_in
from tests.fix_browser import PATIENCE_MS, WebRig
from tests.fix_browser import browser as browser
from tests.fix_browser import web_rig as web_rig
from tests.fix_browser import window as window
from tests.fix_media import picture, sha256


def brought(rig: WebRig, content: bytes) -> str:
    """As a gateway brings it."""
    name = sha256(content)
    piece = Piece(sha256=name, offset=0, total=len(content), device="cam-03", content=content)
    headers = dict(piece.headers(rig.hub.signer))
    answer = httpx.put(
        f"http://127.0.0.1:{rig.port}/api/v1/media/{name}",
        content=content,
        headers=headers,
        timeout=PATIENCE_MS / 1000,
    )
    assert answer.status_code == 201, answer.text
    return name


def forced(rig: WebRig, door: str, name: str) -> tuple[str, int]:
    """Id and position of an event that names it, once it is known of at the hub."""
    media = (Media(sha256=name, kind="scene"),)
    event = rig.hub.event(Forced(media=media), f"door/{door}", at=datetime.now(UTC))
    position = rig.hub.add([event])
    rig.folded()
    return event.id, position


def chosen(page: Page, name: str) -> Locator:
    return page.locator(f'menwei-picture[sha256="{name}"]').first


def look(shot: Locator, why: str = "", unit: str = "物业安保部") -> None:
    shot.locator(".look").click()
    if why:
        shot.locator("select[name=word]").select_option(why)
    shot.locator("input[name=unit]").fill(unit)


def test_a_guard_says_why_and_sees_a_picture_that_was_hashed(
    window: BrowserContext, web_rig: WebRig
) -> None:
    name = brought(web_rig, picture(1, 40))
    cause, _ = forced(web_rig, "door-b41", name)
    alarm = f"door.forced:door/door-b41:{cause}"
    page = sign_in(window, web_rig, "guard", f"/?compound=c01&alarm={alarm}")
    shot = chosen(page, name)
    expect(shot).to_contain_text("已入库")
    look(shot)
    shot.locator(".yes").click()
    expect(shot.locator(".said")).to_have_text("请填写事由和单位。")
    assert said(web_rig, Viewed) == []
    shot.locator("select[name=word]").select_option("incident")
    shot.locator(".yes").click()
    expect(shot.locator("img.shown")).to_be_visible()
    expect(shot).to_have_attribute("data-checked", "yes")
    page.wait_for_function("document.querySelector('img.shown').naturalWidth === 40")
    (viewed,) = said(web_rig, Viewed)
    assert (viewed.actor, viewed.reason, viewed.unit) == ("guard", "incident", "物业安保部")
    assert (viewed.sha256, viewed.event_id, viewed.requester) == (name, cause, "internal")


def test_it_stays_in_view_while_the_desk_moves_on(window: BrowserContext, web_rig: WebRig) -> None:
    name = brought(web_rig, picture(2, 40))
    cause, _ = forced(web_rig, "door-b42", name)
    page = sign_in(
        window, web_rig, "guard", f"/?compound=c01&alarm=door.forced:door/door-b42:{cause}"
    )
    shot = chosen(page, name)
    look(shot, "incident")
    page.keyboard.press("a")  # into the unit's field, not to the desk
    expect(page.locator(".confirm")).to_have_count(0)
    shot.locator(".yes").click()
    expect(shot.locator("img.shown")).to_be_visible()
    again = web_rig.hub.event(Forced(), "door/door-b42", at=datetime.now(UTC))
    web_rig.hub.add([again])
    expect(page.locator(f'.dossier [data-event-id="{again.id}"]').first).to_be_visible()
    expect(shot.locator("img.shown")).to_be_visible()
    expect(page.locator(".confirm")).to_have_count(0)


def test_an_export_is_a_file_with_its_reason_on_record(
    window: BrowserContext, web_rig: WebRig, tmp_path: Path
) -> None:
    content = picture(3, 40)
    name = brought(web_rig, content)
    cause, position = forced(web_rig, "door-b43", name)
    page = sign_in(window, web_rig, "auditor", f"/events/{position}?event={cause}")
    shot = chosen(page, name)
    look(shot, "police-request", "某派出所")
    shot.locator("select[name=for]").select_option("police")
    with page.expect_download() as waiting:
        shot.get_by_text("导出文件").click()
    waiting.value.save_as(tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == content
    (exported,) = said(web_rig, Exported)
    assert (exported.actor, exported.requester, exported.unit) == ("auditor", "police", "某派出所")


def test_bytes_that_do_not_hash_are_not_shown(window: BrowserContext, web_rig: WebRig) -> None:
    """Neither when they rot at the hub, nor when somebody between changes them."""
    name = brought(web_rig, picture(4, 40))
    cause, _ = forced(web_rig, "door-b44", name)
    page = sign_in(window, web_rig, "guard", f"/doors/door-b44?compound=c01&event={cause}")
    page.route(
        f"**/api/v1/media/{name}/look",
        lambda route: route.fulfill(body=picture(5, 40), content_type="image/png"),
    )
    shot = chosen(page, name)
    look(shot, "incident")
    shot.locator(".yes").click()
    expect(shot.locator(".said.bad")).to_contain_text("不符")
    expect(shot.locator("img.shown")).to_have_count(0)
    page.unroute_all()
    web_rig.hub.archive.store.path(name).write_bytes(b"rotten")
    shot.locator(".yes").click()
    expect(shot.locator(".said.bad")).to_contain_text("已损坏")
    expect(shot.locator("img.shown")).to_have_count(0)


def test_a_viewer_sees_that_there_is_one_and_not_more(
    window: BrowserContext, web_rig: WebRig
) -> None:
    name = brought(web_rig, picture(6, 40))
    cause, _ = forced(web_rig, "door-b45", name)
    page = sign_in(
        window, web_rig, "viewer", f"/?compound=c01&alarm=door.forced:door/door-b45:{cause}"
    )
    shot = chosen(page, name)
    expect(shot).to_contain_text(name[:12])
    expect(shot.locator("button")).to_have_count(0)


def test_a_door_has_its_pictures(window: BrowserContext, web_rig: WebRig) -> None:
    name = brought(web_rig, picture(7, 40))
    forced(web_rig, "door-b46", name)
    page = sign_in(window, web_rig, "guard", "/doors/door-b46?compound=c01")
    expect(chosen(page, name)).to_contain_text("已入库")
