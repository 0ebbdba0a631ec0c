"""Digest authentication, against the examples of the standards."""

import pytest

from devices import digest

# RFC 2617 §3.5
TOLD = {
    "username": "Mufasa", "realm": "testrealm@host.com", "uri": "/dir/index.html", "qop": "auth",
    "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "nc": "00000001", "cnonce": "0a4f113b",
    "response": "6629fae49393a05397450978507c4ef1",
}  # fmt: skip


def test_the_standards_example() -> None:
    assert digest.verifies(TOLD, "GET", "Circle Of Life")
    assert not digest.verifies(TOLD, "POST", "Circle Of Life")
    assert not digest.verifies(TOLD, "GET", "Circle of Life")


@pytest.mark.parametrize("name", sorted(TOLD))
def test_nothing_may_be_missing(name: str) -> None:
    told = {key: value for key, value in TOLD.items() if key != name}
    assert not digest.verifies(told, "GET", "Circle Of Life")


@pytest.mark.parametrize(("key", "value"), [("qop", "auth-int"), ("algorithm", "SHA-256")])
def test_what_is_not_known_does_not_hold(key: str, value: str) -> None:
    assert not digest.verifies({**TOLD, key: value}, "GET", "Circle Of Life")


@pytest.mark.parametrize("qop", [True, False])
def test_asked_and_answered(qop: bool) -> None:
    asked = digest.fields(digest.challenge("r 1", "n,1", "o", qop=qop))
    assert (asked["realm"], asked["nonce"]) == ("r 1", "n,1")
    shown = digest.fields(digest.authorization(asked, "POST", "/VIID/x", "u", "päss", "c"))
    assert ("cnonce" in shown) is qop
    assert shown["opaque"] == "o"
    assert digest.verifies(shown, "POST", "päss")
    assert not digest.verifies(shown, "POST", "pass")


def test_another_scheme_has_no_fields() -> None:
    assert digest.fields("Basic YTpi") == {}
    assert digest.fields("") == {}
    assert digest.fields("digest username=u,nonce=n") == {"username": "u", "nonce": "n"}
