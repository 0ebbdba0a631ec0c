"""The page of what is supported: made from the registry, and what it says can be so."""

from pathlib import Path

import pytest

import devices
from core.catalog import CATALOG
from devices import support
from devices.adapter import Adapter, Known
from devices.registry import ADAPTERS

ROOT = Path(devices.__path__[0]).parent


def test_the_page_is_as_the_registry_says() -> None:
    """`menwei devices --markdown > docs/devices.md` where it is not."""
    page = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
    assert page == support.markdown(support.kinds())


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda one: one.name)
def test_every_kind_says_how_it_is_set_up_and_names_events_there_are(adapter: Adapter) -> None:
    (kind,) = support.kinds([adapter])
    assert kind.steps
    assert kind.title != kind.name
    assert sorted(kind.fields) == sorted(Known.__struct_fields__)
    for row in kind.support:
        assert row.events
        assert [one for one in row.events if one not in CATALOG.types] == []


CHINESE = (
    "hikvision", "dahua", "zkteco", "onvif", "gat1400", "gb28181", "jt808", "lorawan", "onenet",
    "frigate",
)  # fmt: skip


@pytest.mark.parametrize("name", CHINESE)
def test_who_reads_chinese_finds_as_many_steps(name: str) -> None:
    (kind,) = support.kinds([one for one in ADAPTERS if one.name == name])
    assert len(kind.steps_zh) == len(kind.steps) == 5
    assert not set(kind.steps_zh) & set(kind.steps)
    assert kind.title_zh
    assert bool(kind.options) == bool(kind.options_zh) == kind.asks


def test_a_kind_without_a_chinese_section_has_none() -> None:
    (kind,) = support.kinds([one for one in ADAPTERS if one.name == "rfid"])
    assert (kind.title_zh, kind.steps_zh, kind.asks) == ("", (), False)


def test_fields_its_description_speaks_of_come_first() -> None:
    (kind,) = support.kinds([one for one in ADAPTERS if one.name == "rfid"])
    assert set(kind.fields[:2]) == {"role", "subject"}
