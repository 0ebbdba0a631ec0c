"""Nothing behind the gate without a session: no page, no script, no websocket."""

import pytest

from projections.console.gate import CONTENT_POLICY
from tests.unit.console.conftest import Door

HTML = {"accept": "text/html,*/*"}


@pytest.mark.parametrize("cookie", ["", "menwei_session=", "menwei_session=forged"])
def test_without_a_session_pages_lead_to_sign_in_and_all_else_is_refused(
    door: Door, cookie: str
) -> None:
    headers = {"cookie": cookie} if cookie else {}
    page = door.ask("GET", "/waste?compound=c01", headers={**headers, **HTML})
    assert page.status_code == 303
    assert page.headers["location"] == "/signin?next=%2Fwaste%3Fcompound%3Dc01"
    for method, path in (
        ("GET", "/_nicegui/3/static/nicegui.js"),
        ("GET", "/_nicegui_ws/socket.io/?EIO=4&transport=polling"),
        ("POST", "/"),
    ):
        answer = door.ask(method, path, headers=headers)
        assert answer.status_code == 401, path
        assert "inside" not in answer.text
    (closed,) = door.socket(cookie)
    assert closed["type"] == "websocket.close"


def test_with_a_session_everything_opens_and_may_load_from_here_only(door: Door) -> None:
    cookie = f"menwei_session={door.session()}"
    answer = door.ask("GET", "/waste", headers={**HTML, "cookie": cookie})
    assert answer.text == "inside"
    assert answer.headers["content-security-policy"] == CONTENT_POLICY
    assert "connect-src 'self'" in CONTENT_POLICY
    assert door.socket(cookie) == [{"type": "websocket.accept"}]


def test_an_ended_session_opens_nothing(door: Door) -> None:
    secret = door.session()
    door.rig.accounts.sign_out(secret)
    cookie = f"menwei_session={secret}"
    assert door.ask("GET", "/", headers={"cookie": cookie}).status_code == 401
    assert door.socket(cookie)[0]["type"] == "websocket.close"


def test_an_api_token_is_no_session(door: Door) -> None:
    token = door.rig.accounts.token("admin")
    assert door.ask("GET", "/", headers={"cookie": f"menwei_session={token}"}).status_code == 401
