"""hub.toml: what is wrong is named with file, key and remedy."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from infra.hub import config

KEY, OTHER = "a1" * 32, "b2" * 32
GOOD = f'''\
data = "state"

[broker]
host = "127.0.0.1"
port = 1883
username = "hub"
password_file = "password"

[http]
port = 8080

[[gateways]]
compound = "jinxiu"
name = "gw-1"
key = "{KEY}"

[[gateways]]
compound = "jinxiu"
name = "gw-2"
key = "{OTHER}"
'''


def written(folder: Path, text: str) -> Path:
    (folder / "password").write_text("secret\n")
    path = folder / "hub.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_named_is_resolved(tmp_path: Path) -> None:
    settings = config.read(written(tmp_path, GOOD))
    assert (settings.folder, settings.broker.password) == (tmp_path / "state", "secret")
    assert [one.name for one in settings.config.gateways] == ["gw-1", "gw-2"]
    assert settings.config.http.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("was", "wrong", "key", "says"),
    [
        ('data = "state"', "", "data", "is missing"),
        ('data = "state"', "data = 1", "data", "Expected `str`"),
        ("port = 1883", "port = 0", "broker.port", ">= 1"),
        ("port = 8080", "port = 65536", "http.port", "<= 65535"),
        ("port = 8080", 'port = "http"', "http.port", "Expected `int`"),
        ("port = 8080", "prt = 8080", "http.prt", "is not known"),
        ('password_file = "password"', 'password_file = "no"', "broker.password_file", "mode 0600"),
        ('compound = "jinxiu"\nname = "gw-1"', 'name = "gw-1"', "gateways[0].compound", "missing"),
        ('name = "gw-2"', 'name = "gw-2"\nrole = "x"', "gateways[1].role", "is not known"),
        ('name = "gw-2"', 'name = "gw/2"', "gateways[1]", "letters, digits"),
        ('compound = "jinxiu"', 'compound = "a b"', "gateways[0]", "letters, digits"),
        (OTHER, OTHER[:-1], "gateways[1]", "64 hex digits"),
        (OTHER, "g" * 64, "gateways[1]", "64 hex digits"),
        (OTHER, KEY, "gateways[1]", "used twice"),
        ('name = "gw-2"', 'name = "gw-1"', "gateways[1]", "used twice"),
    ],
)
def test_one_key_wrong(tmp_path: Path, was: str, wrong: str, key: str, says: str) -> None:
    assert was in GOOD
    path = written(tmp_path, GOOD.replace(was, wrong, 1))
    with pytest.raises(ConfigError) as caught:
        config.read(path)
    said = str(caught.value)
    assert f"`{key}`" in said
    assert str(tmp_path) in said
    assert says in said
    assert "secret" not in said


def test_rules_are_those_named_or_those_of_the_data_folder(tmp_path: Path) -> None:
    settings = config.read(written(tmp_path, GOOD))
    assert (settings.rules, settings.rules_named) == (tmp_path / "state" / "rules.toml", False)
    (tmp_path / "mine.toml").write_text("", encoding="utf-8")
    settings = config.read(written(tmp_path, f'{GOOD}\n[rules]\nfile = "mine.toml"\n'))
    assert (settings.rules, settings.rules_named) == (tmp_path / "mine.toml", True)


def test_rules_that_are_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rules\.file"):
        config.read(written(tmp_path, f'{GOOD}\n[rules]\nfile = "none.toml"\n'))


MEDIA = """
[media]
largest_mb = 8

[media.groups.parking]
profile = "art7"
floor_days = 30
ceiling_days = 60
devices = ["jinxiu/cam-*"]

[media.groups.default]
ceiling_days = 45
"""


def test_how_long_pictures_stay_goes_by_camera_group(tmp_path: Path) -> None:
    media = config.read(written(tmp_path, GOOD + MEDIA)).config.media
    assert (media.largest_mb, media.turn_days) == (8, 7)
    assert media.groups["parking"].profile == "art7"
    assert media.groups["default"].ceiling_days == 45


@pytest.mark.parametrize(
    ("was", "wrong", "key"),
    [
        ("floor_days = 30", "floor_days = 29", "media.groups.parking.floor_days"),
        ("ceiling_days = 45", "ceiling_days = 29", "media.groups.default.ceiling_days"),
        ("ceiling_days = 45", 'devices = ["x/y"]', "media.groups.default.devices"),
        ('profile = "art7"', 'profile = "art8"', "media.groups.parking.profile"),
        ("largest_mb = 8", "largest_mb = 0", "media.largest_mb"),
        ("largest_mb = 8", "largest = 8", "media.largest"),
    ],
)
def test_a_group_that_can_not_be_is_named(tmp_path: Path, was: str, wrong: str, key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config.read(written(tmp_path, GOOD + MEDIA.replace(was, wrong)))
    assert f"key `{key}`" in str(refused.value)
