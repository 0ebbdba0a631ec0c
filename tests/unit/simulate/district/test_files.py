"""The files themselves: reproducible, in order of arrival, readable by those who take them in."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import orjson

from core.policy.findings import Findings
from devices.adapter import Message, Site
from devices.registry import Aside, decode
from infra.simulate.district.month import Wish, generate
from infra.simulate.district.wire import FLEET
from infra.simulate.world import ZONE
from projections.waste_district.register.entry import Entry, read
from tests.unit.simulate.district.conftest import COMPOUNDS, District, Said


def contents(folder: Path, seed: int) -> dict[str, bytes]:
    generate(Wish(out=folder, seed=seed, compounds=2, days=3, start=date(2026, 3, 1)))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    first = contents(tmp_path / "a", 1)
    assert contents(tmp_path / "b", 1) == first
    other = contents(tmp_path / "c", 2)
    assert [name for name in first.keys() & other.keys() if first[name] == other[name]] == []


def test_nothing_of_an_earlier_run_is_left(tmp_path: Path) -> None:
    first = contents(tmp_path, 1)
    (tmp_path / "messages-2031-01-01.jsonl").write_bytes(b"{}\n")
    assert contents(tmp_path, 1) == first


def test_lines_stand_in_the_order_of_arrival_in_the_file_of_its_day(district: District) -> None:
    arrivals = [said.arrived for said in district.said]
    assert arrivals == sorted(arrivals)
    for path in district.made.files:
        day = path.stem.removeprefix("messages-")
        for line in path.read_bytes().splitlines():
            arrived = Said(line).arrived.astimezone(ZONE)
            assert f"{arrived:%Y-%m-%d}" == day
    assert all(said.arrived >= said.at for said in district.said)


def test_the_summary_counts_what_was_written(district: District) -> None:
    assert district.made.messages == Counter(said.body["type"] for said in district.said)
    assert district.made.truth == {kind: len(keys) for kind, keys in district.truth.items()}
    assert district.made.register == len(district.entries)


def test_no_id_is_given_twice(district: District) -> None:
    assert len({said.id for said in district.said}) == len(district.said)


def test_the_gateways_adapters_read_everything_but_what_is_meant_to_be_unusable(
    district: District,
) -> None:
    """Of what is told most often one in five."""
    often = ("bin.level.measured", "deposit.recorded")
    site = Site(zone=ZONE)
    aside = []
    for number, said in enumerate(district.said):
        if said.what in often and number % 5:
            continue
        outcome = decode(Message(said.topic, orjson.dumps(said.body)), site)
        if isinstance(outcome, Aside):
            aside.append((said.what, outcome.reason))
            continue
        (draft,) = outcome.drafts
        assert (draft.id, draft.subject) == (said.id, said.subject)
        assert said.body["type"] == draft.data.TYPE
    assert set(aside) <= {("deposit.recorded", "field")}
    assert len(aside) < 10


def test_who_speaks_is_enrolled_where_it_belongs(district: District) -> None:
    for said in district.said:
        if said.what.startswith(("bin.level", "deposit", "inspection")):
            assert said.subject.split("/")[1].startswith(said.compound)
        elif said.what in ("vehicle.positioned", "bin.collected", "load.weighed"):
            assert said.compound == FLEET


def test_the_register_can_be_published_as_it_is(district: District) -> None:
    found = Findings()
    entries = [read(line, str(number), found) for number, line in enumerate(district.entries)]
    assert found.errors == []
    kinds = Counter(one.kind for one in entries if isinstance(one, Entry))
    assert kinds["compound"] == COMPOUNDS
    assert kinds["facility"] == 12
    assert sum(kinds.values()) == len(district.entries)


def test_late_files_come_in_the_days_after_them(district: District) -> None:
    late = {tuple(parts) for parts in district.cases("late-file")}
    assert late
    for said in district.of("bin.collected"):
        delay = said.arrived - said.at
        if (said.vehicle, said.day) in late:
            assert delay > timedelta(hours=6)
        else:
            assert delay < timedelta(hours=5)
