"""Who a request is from."""

import base64
from pathlib import Path
from typing import Any

import pytest

from edge.endpoint.password import hashed
from edge.http.config import Device
from edge.http.declined import Declined
from edge.http.digest import ha1_of
from edge.http.door import Door, Shown
from tests.fix_http import SECRET, settings

ADDRESS, LAN = "203.0.113.9", "192.168.1.20"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def shown(authorization: str = "", secret: str = "", address: str = ADDRESS) -> Shown:
    return Shown(authorization, secret, "POST", "/a", address)


def asked(door: Door, what: Shown, now: float = 1.0) -> str:
    found = door.ask(what, now)
    if isinstance(found, str):
        return found
    name, check = found
    return door.answer(name, what, now, passed=check())


def refused(door: Door, what: Shown, now: float = 1.0) -> Declined:
    with pytest.raises(Declined) as declined:
        asked(door, what, now)
    return declined.value


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(settings(tmp_path, allow=["192.168.1.0/24", "fd00::/8"]))


@pytest.mark.parametrize(
    "what",
    [
        shown(basic("cam", SECRET)),
        shown(f"Bearer {SECRET}"),
        shown(f"bearer  {SECRET}"),
        shown(secret=SECRET),
        shown(basic("cam", SECRET), address=LAN),
    ],
)
def test_proven(door: Door, what: Shown) -> None:
    assert asked(door, what) == "cam"


@pytest.mark.parametrize(
    "what",
    [
        shown(basic("cam", "x")),
        shown(basic("nobody", SECRET)),
        shown("Bearer x"),
        shown(secret="x"),
        shown("Basic !!!"),
        shown("Digest "),
        shown("Negotiate x"),
        shown(basic("cam", "x"), address=LAN),
        shown(basic("", "")),
    ],
)
def test_wrong(door: Door, what: Shown) -> None:
    declined = refused(door, what)
    assert declined.status == 401
    kinds = [one.partition(" ")[0] for one in declined.challenges]
    assert kinds == ["Digest", "Digest", "Basic"]
    assert SECRET not in str(declined)


def test_who_shows_nothing_is_asked_or_comes_from_where_that_is_allowed(door: Door) -> None:
    assert refused(door, shown()).reason == "unproven"
    for address in (LAN, f"::ffff:{LAN}", "fd00::1"):
        assert asked(door, shown(address=address)) == ""
    # Cameras that cannot be told to leave their factory's account out.
    assert asked(door, shown(basic("admin", "12345"), address=LAN)) == ""


def test_guessing_is_slowed_also_with_the_right_one(door: Door) -> None:
    for _ in range(5):
        assert refused(door, shown(basic("cam", "x"))).status == 401
    declined = refused(door, shown(basic("cam", SECRET)))
    assert (declined.status, dict(declined.headers)) == (429, {"retry-after": "30"})
    assert asked(door, shown(basic("cam", SECRET), address="203.0.113.10")) == "cam"
    assert asked(door, shown(basic("cam", SECRET)), now=100.0) == "cam"


def test_guessing_secrets_is_slowed_by_address(door: Door) -> None:
    for number in range(50):
        assert refused(door, shown(secret=f"guess-{number}")).status == 401
    assert refused(door, shown(secret=SECRET)).status == 429
    assert asked(door, shown(secret=SECRET, address=LAN)) == "cam"


@pytest.mark.parametrize("kept", ["password_hash", "ha1"])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_basic_needs_no_clear_password_on_disk(tmp_path: Path, kept: str, algorithm: Any) -> None:
    made = hashed(SECRET) if kept == "password_hash" else ha1_of(algorithm, "cam", "menwei", SECRET)
    told: dict[str, Any] = {kept: made}
    door = Door(settings(tmp_path, devices={"cam": Device(**told)}))
    assert asked(door, shown(basic("cam", SECRET))) == "cam"
    assert refused(door, shown(basic("cam", "x"))).status == 401
    assert refused(door, shown(f"Bearer {SECRET}")).status == 401


def test_a_password_that_two_devices_have_names_neither(tmp_path: Path) -> None:
    (tmp_path / "cam.password").write_text(SECRET)
    both = {name: Device(password_file="cam.password") for name in ("a", "b")}
    door = Door(settings(tmp_path, devices=both))
    assert asked(door, shown(basic("a", SECRET))) == "a"
    assert refused(door, shown(f"Bearer {SECRET}")).status == 401


def test_a_secret_is_learnt_and_forgotten_between_two_requests(door: Door) -> None:
    refused(door, shown(basic("gate-9", "learnt-later")))
    door.learn("gate-9", "learnt-later")
    assert asked(door, shown(basic("gate-9", "learnt-later"))) == "gate-9"
    assert asked(door, shown("Bearer learnt-later")) == "gate-9"
    assert asked(door, shown(basic("cam", SECRET))) == "cam"  # and nobody else is disturbed
    door.learn("gate-9", "another-secret")
    refused(door, shown("Bearer learnt-later"))
    assert asked(door, shown("Bearer another-secret")) == "gate-9"
    door.forget("gate-9")
    refused(door, shown("Bearer another-secret"))
    assert "gate-9" not in door.devices


def test_what_the_table_says_holds_again(door: Door) -> None:
    door.learn("cam", "for-a-while")
    refused(door, shown(f"Bearer {SECRET}"))
    assert asked(door, shown("Bearer for-a-while")) == "cam"
    door.forget("cam")
    refused(door, shown("Bearer for-a-while"))
    assert asked(door, shown(f"Bearer {SECRET}")) == "cam"


def test_basic_in_another_charset(tmp_path: Path) -> None:
    (tmp_path / "gate.password").write_text("南门:1:密码", encoding="utf-8")
    made = Door(settings(tmp_path, devices={"南门": Device(password_file="gate.password")}))
    for charset in ("utf-8", "gb18030"):
        said = base64.b64encode("南门:南门:1:密码".encode(charset)).decode()
        assert asked(made, shown(f"Basic {said}")) == "南门"
    neither = base64.b64encode(bytes([255, 58, 255])).decode()
    assert refused(made, shown(f"Basic {neither}")).status == 401
