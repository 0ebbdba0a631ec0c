"""Signing in: one answer for every wrong way, a cookie only the server reads."""

from urllib.parse import parse_qs, urlsplit

import pytest

from projections.console.visit import local, signin_url
from tests.unit.console.conftest import PASSWORD, Door

HTML = {"accept": "text/html"}
RIGHT = {"name": "guard1", "password": PASSWORD}


def test_the_cookie_is_for_the_server_alone_and_one_shift_long(door: Door) -> None:
    answer = door.ask("POST", "/signin", data={**RIGHT, "next": "/waste?compound=c01"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/waste?compound=c01")
    name, *parts = answer.headers["set-cookie"].split("; ")
    assert {part.lower() for part in parts} == {
        "httponly", "samesite=strict", "path=/", "max-age=43200", "secure",
    }  # fmt: skip
    secret = name.removeprefix("menwei_session=")
    account = door.rig.accounts.session(secret)
    assert account is not None
    assert account.name == "guard1"


def test_unknown_names_and_wrong_passwords_are_answered_alike(door: Door) -> None:
    pages = [
        door.ask("POST", "/signin", data={"name": name, "password": "no"}, headers=HTML)
        for name in ("guard1", "nobody")
    ]
    assert [page.status_code for page in pages] == [401, 401]
    assert pages[0].text.replace("guard1", "nobody") == pages[1].text
    assert "账号或密码不正确。" in pages[0].text
    assert all("set-cookie" not in page.headers for page in pages)


@pytest.mark.parametrize("name", ["guard1", "nobody"])
def test_a_guesser_is_told_how_long_to_wait_known_name_or_not(door: Door, name: str) -> None:
    for _ in range(6):
        door.ask("POST", "/signin", data={"name": name, "password": "no"})
    held = door.ask("POST", "/signin", data={"name": name, "password": PASSWORD})
    assert held.status_code == 429
    assert "秒后再试" in held.text
    assert "set-cookie" not in held.headers


def test_what_was_typed_comes_back_as_text_and_the_password_never(door: Door) -> None:
    page = door.ask(
        "POST", "/signin", data={"name": '"><script>', "password": "s3cr3t-typed", "next": '/"x'}
    )
    assert "<script" not in page.text
    assert "&quot;&gt;&lt;script&gt;" in page.text
    assert "s3cr3t-typed" not in page.text


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
     {"origin": "https://elsewhere"}, {"origin": "null"}],
)  # fmt: skip
def test_another_sites_form_signs_nobody_in_or_out(door: Door, headers: dict[str, str]) -> None:
    assert door.ask("POST", "/signin", data=RIGHT, headers=headers).status_code == 403
    secret = door.session()
    cookie = {"cookie": f"menwei_session={secret}"}
    door.ask("POST", "/signout", headers={**headers, **cookie})
    assert door.rig.accounts.session(secret) is not None


def test_its_own_form_does(door: Door) -> None:
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": "https://hub"}, {}):
        assert door.ask("POST", "/signin", data=RIGHT, headers=headers).status_code == 303


@pytest.mark.parametrize("body", [b"x" * 5000, b"\xff\xfe", b"&".join([b"a=1"] * 20), b""])
def test_what_is_no_form_signs_nobody_in(door: Door, body: bytes) -> None:
    answer = door.ask("POST", "/signin", content=body)
    assert answer.status_code in (401, 403)
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_and_the_cookie(door: Door) -> None:
    secret = door.session()
    answer = door.ask("POST", "/signout", headers={"cookie": f"menwei_session={secret}"})
    assert answer.headers["location"] == "/signin"
    assert 'menwei_session=""' in answer.headers["set-cookie"]
    assert door.rig.accounts.session(secret) is None


def test_who_is_signed_in_already_goes_on(door: Door) -> None:
    cookie = {"cookie": f"menwei_session={door.session()}"}
    answer = door.ask("GET", "/signin?next=/devices", headers=cookie)
    assert (answer.status_code, answer.headers["location"]) == (303, "/devices")
    assert door.ask("GET", "/signin/state", headers=cookie).status_code == 204
    assert door.ask("GET", "/signin/state").status_code == 401


def test_the_page_speaks_the_language_asked_for_and_loads_nothing(door: Door) -> None:
    page = door.ask("GET", "/signin", headers={"accept-language": "en-GB"})
    assert "Sign in" in page.text
    assert "<script" not in page.text
    assert 'src="' not in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    chosen = door.ask("GET", "/language/zh?next=/signin")
    assert "menwei_lang=zh" in chosen.headers["set-cookie"]
    assert chosen.headers["location"] == "/signin"
    assert "set-cookie" not in door.ask("GET", "/language/xx").headers


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "/"),
        ("/events/7?event=a%3Ab", "/events/7?event=a%3Ab"),
        ("https://elsewhere/", "/"),
        ("//elsewhere", "/"),
        ("/\\elsewhere", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_to_another_host(path: str, kept: str) -> None:
    assert local(path) == kept


def test_the_way_back_survives_signing_in() -> None:
    url = signin_url("/events/7?event=a:1&x=ü")
    assert parse_qs(urlsplit(url).query)["next"] == ["/events/7?event=a:1&x=ü"]
    assert signin_url("/") == "/signin"
