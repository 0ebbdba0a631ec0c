"""devices.toml: what is told of devices here stands over edge.toml, whole or not at all."""

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from devices.adapter import Known, Site
from edge.provisioning.book import NAME, Book, Told, Unfit, _File, checked, text

SITE = Site(
    devices={"door-01": Known(name="south"), "door-02": Known(name="north", zone="UTC")},
    zones={"door-02": ZoneInfo("UTC")},
)


def test_it_stands_over_the_configuration_and_survives(tmp_path: Path) -> None:
    book = Book(tmp_path, SITE)
    assert book.site == SITE
    told = Told(
        name="west",
        kind="rfid",
        readers={"1": "in"},
        options={"model": "dds75"},
        by="管理员",
        at="now",
    )
    book.put("door-02", told)
    book.put("bin-7", Told(zone="Asia/Urumqi"))
    again = Book(tmp_path, SITE)
    assert again.told == {"door-02": told, "bin-7": Told(zone="Asia/Urumqi")}
    site = again.site
    assert (site.known("door-01").name, site.known("door-02").name) == ("south", "west")
    assert "door-02" not in site.zones  # its own zone was told of anew: the site's
    assert site.zones["bin-7"] == ZoneInfo("Asia/Urumqi")
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0
    again.drop("door-02")
    assert Book(tmp_path, SITE).site.known("door-02").name == "north"


@pytest.mark.parametrize("zone", ["Mars/Phobos", "Asia", "../x"])
def test_a_zone_written_by_hand_that_is_none_is_named(tmp_path: Path, zone: str) -> None:
    (tmp_path / "devices.toml").write_text(f'[devices.a]\nzone = "{zone}"\n')
    with pytest.raises(ConfigError, match=r"devices\.a\.zone"):
        Book(tmp_path, Site())


def test_a_damaged_file_is_named_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("[devices.x]\nnome = 1\n")
    with pytest.raises(ConfigError, match=r"devices\.toml.*nome"):
        Book(tmp_path, SITE)


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.text(max_size=8))
def test_whatever_passes_the_check_comes_back(name: str, reader: str) -> None:

    one = Told(name=name, by=name, readers={reader: "in"})
    found = msgspec.convert(tomllib.loads(text({"k": one})), _File)
    assert found.devices["k"] == one


@pytest.mark.parametrize(
    ("key", "told", "field"),
    [
        ("a b", Told(), "device"),
        ("../x", Told(), "device"),
        ("13800138000", Told(), "device"),
        ("x", Told(kind="nobody"), "kind"),
        ("x", Told(name="粤B12345"), "name"),
        ("x", Told(subject="bin"), "subject"),
        ("x", Told(role="Door 1"), "role"),
        ("x", Told(zone="Asia"), "zone"),
        ("x", Told(readers={"a b": "in"}), "readers"),
        ("x", Told(options={"model": "a\nb"}), "options"),
    ],
)
def test_what_cannot_be_so_is_named(key: str, told: Told, field: str) -> None:
    with pytest.raises(Unfit) as caught:
        checked(key, told)
    assert list(caught.value.faults) == [field]


def test_names_may_be_chinese_as_they_are_on_the_wire() -> None:
    told = Told(name="南门", subject="door/南门-1", readers={"1": "in"})
    assert checked("人脸.1", told) == told
