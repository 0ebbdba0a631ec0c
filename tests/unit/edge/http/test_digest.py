"""Digest access authentication, against the example of RFC 7616 §3.9.1 and against replays."""

import hashlib
import re

import pytest

from edge.http.config import Algorithm
from edge.http.digest import Digest, Said, ha1_of, parse

EXAMPLE = (
    'username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, qop=auth, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", response="{}", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
BOTH: tuple[Algorithm, ...] = ("MD5", "SHA-256")


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_the_standard(algorithm: Algorithm, response: str) -> None:
    """Its response is right; its nonce is not one of ours."""
    digest = Digest("http-auth@example.org", BOTH)
    ha1 = ha1_of(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
    said = parse(EXAMPLE.format(algorithm, response))
    assert said.user == "Mufasa"
    assert digest.check(said, ha1, "GET", "/dir/index.html", 0.0) == "stale"
    assert digest.check(said, ha1, "GET", "/dir/other.html", 0.0) == "wrong"
    assert digest.check(said, ha1, "POST", "/dir/index.html", 0.0) == "wrong"
    assert digest.check(parse(EXAMPLE.format(algorithm, "0" * 32)), ha1, "GET",
                        "/dir/index.html", 0.0) == "wrong"  # fmt: skip


def answer(
    challenge: str, count: int = 1, *, target: str = "/a?b=1", uri: str = "", qop: str = "auth"
) -> Said:
    """As device `cam` with password `pw` would."""
    told = parse(challenge.removeprefix("Digest ")).fields
    algorithm: Algorithm = "SHA-256" if told["algorithm"] == "SHA-256" else "MD5"
    nonce, nc, uri = told["nonce"], f"{count:08x}", uri or target
    make = hashlib.sha256 if algorithm == "SHA-256" else hashlib.md5
    ha1 = ha1_of(algorithm, "cam", "menwei", "pw")
    ha2 = make(f"POST:{uri}".encode()).hexdigest()
    response = make(f"{ha1}:{nonce}:{nc}:abc:{qop}:{ha2}".encode()).hexdigest()
    return parse(
        f'username="cam", realm="menwei", nonce="{nonce}", uri="{uri}", qop={qop}, nc={nc}, '
        f'cnonce="abc", response="{response}", algorithm={algorithm}'
    )


def check(digest: Digest, said: Said, now: float = 1.0) -> str:
    algorithm: Algorithm = "SHA-256" if said.algorithm == "SHA-256" else "MD5"
    return digest.check(said, ha1_of(algorithm, "cam", "menwei", "pw"), "POST", "/a?b=1", now)


@pytest.mark.parametrize("place", [0, 1])
def test_a_count_is_good_once(place: int) -> None:
    digest = Digest("menwei", BOTH)
    challenge = digest.challenges(1.0)[place]
    assert check(digest, answer(challenge, 1)) == "right"
    assert check(digest, answer(challenge, 1)) == "stale"
    assert check(digest, answer(challenge, 3)) == "right"
    assert check(digest, answer(challenge, 2)) == "stale"


def test_a_nonce_ends() -> None:
    digest = Digest("menwei", BOTH)
    challenge = digest.challenges(1.0)[0]
    assert check(digest, answer(challenge, 1), 300.0) == "right"
    assert check(digest, answer(challenge, 2), 302.0) == "stale"
    assert "stale=true" in digest.challenges(302.0, stale=True)[0]


def test_a_nonce_that_was_made_up_or_is_of_another_life() -> None:
    first, second = Digest("menwei", BOTH), Digest("menwei", BOTH)
    assert check(second, answer(first.challenges(1.0)[0])) == "stale"
    forged = re.sub(r'nonce="[^"]*"', 'nonce="1.000.00.00"', first.challenges(1.0)[0])
    assert check(first, answer(forged)) == "stale"


def test_under_pressure_nothing_is_good_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.http.digest._REMEMBERED", 8)
    digest = Digest("menwei", BOTH)
    old = digest.challenges(1.0)[0]
    assert check(digest, answer(old)) == "right"
    for number in range(8):
        assert check(digest, answer(digest.challenges(2.0 + number / 1e2)[0]), 3.0) == "right"
    assert check(digest, answer(old), 3.0) == "stale"


@pytest.mark.parametrize("uri", ["/a", "http://10.0.0.1:7080/a?b=1"])
def test_addresses_as_devices_write_them(uri: str) -> None:
    digest = Digest("menwei", BOTH)
    assert check(digest, answer(digest.challenges(1.0)[0], uri=uri)) == "right"


def test_another_quality_of_protection_or_none() -> None:
    digest = Digest("menwei", BOTH)
    challenge = digest.challenges(1.0)[0]
    assert check(digest, answer(challenge, qop="auth-int")) == "wrong"
    assert Digest("menwei", ("SHA-256",)).check(
        answer(challenge), ha1_of("MD5", "cam", "menwei", "pw"), "POST", "/a?b=1", 1.0
    ) == "wrong"  # fmt: skip


@pytest.mark.parametrize("text", ["", ",,,", 'username="', "a=b=c", '="x"', "x" * 5000, 'a="\\'])
def test_reading_is_total(text: str) -> None:
    assert check(Digest("menwei", BOTH), parse(text)) == "wrong"
