"""The city is the same for the same seed, true to its gateways' keys, and says nothing twice."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from core import codec
from core.batch import parse
from core.catalog import CATALOG
from core.event import Recorded
from core.ingest import Ingest
from core.store.sqlite import SQLiteEventStore
from tests.bench.city import City
from tests.fix_core import START

HOURS = 0.5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


def small(folder: Path, seed: int = 7, **more: int) -> City:
    return City(seed, 3, 2, folder=folder, hours=HOURS, **more)


def frames(city: City, events: int) -> list[bytes]:
    return [one.frame for one in city.arrivals(events)]


def events_of(city: City, events: int) -> list[Recorded]:
    found = [
        item
        for place, arrival in enumerate(city.arrivals(events), 1)
        for item in codec.recorded(parse(arrival.frame), place, CATALOG)
    ]
    assert all(isinstance(item, Recorded) for item in found)
    return [item for item in found if isinstance(item, Recorded)]


def test_the_same_seed_makes_the_same_bytes_in_another_folder(folder: Path, tmp_path: Path) -> None:
    assert frames(small(folder), 3000) == frames(small(tmp_path), 3000)


def test_another_seed_makes_others(folder: Path, tmp_path: Path) -> None:
    ours, others = frames(small(folder), 600), frames(small(tmp_path, seed=8), 600)
    assert not set(ours) & set(others)


def test_what_was_kept_is_what_is_made(folder: Path, tmp_path: Path) -> None:
    city = small(tmp_path)
    first = frames(city, 1200)
    more = frames(city, 4800)
    assert len(more) == 48
    assert more[:12] == first == frames(small(tmp_path), 1200)


def test_a_hub_takes_all_of_it(folder: Path, tmp_path: Path) -> None:
    city = small(folder)
    store = SQLiteEventStore(tmp_path / "log.db")
    ingest = Ingest(store, city.trust)
    for group in city.groups(3000, 7):
        assert not [one.refused for one in ingest.accept(group, START) if one.refused]
    assert store.head() == 30
    assert len(store.journals()) == 6
    store.close()


def test_no_event_is_said_twice_over_days_and_neighbourhoods(folder: Path) -> None:
    city = small(folder, devices=600)
    pages = city._template.pages
    count = Counter(
        (item.event.source, item.event.id) for item in events_of(city, 6 * 100 * (4 * pages + 3))
    )
    assert count.most_common(1)[0][1] == 1


def test_the_next_day_is_a_day_later(folder: Path) -> None:
    city = City(7, 1, folder=folder, hours=HOURS)
    rest = (city._template.pages - 1) * 100
    heard = events_of(city, 100 + 2 * rest)
    today, tomorrow = heard[100 : 100 + rest], heard[100 + rest :]
    assert len(today) == len(tomorrow) == rest
    for was, now in zip(today, tomorrow, strict=True):
        assert now.event.id.startswith("1.")
        assert now.event.type == was.event.type
        assert now.event.recordedtime[:10] > was.event.recordedtime[:10]
        assert now.event.recordedtime[10:] == was.event.recordedtime[10:]


def test_more_devices_stand_behind_the_same_gateways(folder: Path) -> None:
    few, many = small(folder), small(folder, devices=600)
    assert many.devices > 1.5 * few.devices
    assert many.gateways == few.gateways
    heard = {(one.gateway, one.device) for one in events_of(many, 12_000)}
    told = {(one.gateway, one.device) for one in events_of(few, 12_000)}
    assert len(heard) > len(told)


def test_every_event_names_its_own_gateway(folder: Path) -> None:
    city = small(folder)
    for arrival in city.arrivals(3000):
        for item in codec.recorded(parse(arrival.frame), 1, CATALOG):
            assert isinstance(item, Recorded)
            assert (item.compound, item.gateway) == (arrival.compound, arrival.gateway)


def test_batches_hold_what_was_asked_for(folder: Path) -> None:
    for size in (100, 10):
        heads = [parse(frame).header for frame in frames(small(folder, batch=size), 600)]
        assert {head.last - head.first + 1 for head in heads} == {size}
        assert len(heads) == 600 // size


def test_lines_are_the_events_of_the_batches(folder: Path) -> None:
    city = small(folder)
    assert [msgspec.json.decode(line)["id"] for line in city.lines(600)] == [
        item.event.id for item in events_of(city, 600)
    ]


def test_shares_are_of_everything(folder: Path) -> None:
    city = small(folder)
    assert sum(city.shares.values()) == pytest.approx(1)
    assert {"camera", "access", "door", "waste"} <= city.shares.keys()
    assert 300 < city.mean_bytes < 900
