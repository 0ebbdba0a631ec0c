"""What stands in the truth can be seen in the messages, by somebody who knows where to look, and
what does not stand there can not."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median

import pytest

from infra.simulate.district.ground import apart
from tests.unit.simulate.district.conftest import District, Said, last_day

NEAR_M = 40  # the next point is further away


class Inspector:
    """Knows which tags are where they belong, and looks at those only."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.bins = district.entered("bin")
        self.points = district.entered("point")
        self.streams = {
            name: one["categories"][0] for name, one in district.entered("vehicle").items()
        }
        changed = {said.subject.removeprefix("bin/") for said in district.of("bin.tag.assigned")}
        changed |= {key.partition("/")[2] for (key,) in district.cases("lost-tag")}
        for pair in district.cases("swapped-tag"):
            changed |= {key.partition("/")[2] for key in pair}
        self.carries = {
            one["uidHex"]: name for name, one in self.bins.items() if name not in changed
        }
        self.silent = {tuple(parts) for parts in district.cases("silent-vehicle")}
        self.gone = {
            said.subject.removeprefix("bin/")
            for what in ("bin.swapped", "bin.scrapped")
            for said in district.of(what)
        } | {said.data["replacedBy"] for said in district.of("bin.swapped")}

    @cached_property
    def lifts(self) -> list[tuple[str, Said]]:
        """Of bins whose tag was read and is theirs."""
        return [
            (self.carries[said.data["uidHex"]], said)
            for said in self.district.of("bin.collected")
            if said.data.get("uidHex") in self.carries and "refusedReason" not in said.data
        ]

    def planned(self) -> Counter[tuple[str, str]]:
        """How often each bin is to be lifted on each day."""
        found: Counter[tuple[str, str]] = Counter()
        days = sorted({said.day for said in self.district.said})
        for route in self.district.entered("route").values():
            for day in days[: days.index(last_day()) + 1]:
                if datetime.fromisoformat(day).isoweekday() in route["weekdays"]:
                    found.update((key.partition("/")[2], day) for key in route["bins"])
        return found


@pytest.fixture(scope="module")
def inspector(district: District) -> Inspector:
    return Inspector(district)


def test_every_kind_has_its_dose(district: District) -> None:
    often = {"missed-bin": 10, "double-read": 8, "refused-bin": 8, "wrong-stream": 2}
    once = ("swapped-tag", "mixed-load", "lost-tag", "late-file", "scale-zero", "silent-vehicle")
    for kind, least in (often | dict.fromkeys(once, 1)).items():
        assert len(district.truth[kind]) >= least, kind


def test_a_double_read_follows_the_same_lift(district: District) -> None:
    lifts, by_id = defaultdict(list), {}
    for said in district.of("bin.collected"):
        lifts[said.vehicle].append(said)
        by_id[said.id] = said
    for (key,) in district.cases("double-read"):
        told = by_id[key]
        before = [
            said
            for said in lifts[told.vehicle]
            if said.id != key
            and timedelta(0) < told.at - said.at < timedelta(minutes=8)
            and said.data.get("uidHex") == told.data.get("uidHex")
            and said.data.get("bin") == told.data.get("bin")
        ]
        assert before, key


def test_a_missed_bin_was_lifted_less_often_than_planned(inspector: Inspector) -> None:
    planned = inspector.planned()
    doubles = inspector.district.truth["double-read"]
    seen = Counter((name, said.day) for name, said in inspector.lifts if said.id not in doubles)
    missed: Counter[tuple[str, str]] = Counter()
    for _, day, key in inspector.district.cases("missed-bin"):
        missed[key.partition("/")[2], day] += 1
    checked = 0
    for (name, day), times in missed.items():
        if name in inspector.carries.values() and name not in inspector.gone:
            assert seen[name, day] <= planned[name, day] - times, (name, day)
            checked += 1
    assert checked > 5


def test_what_was_neither_missed_nor_refused_was_lifted(inspector: Inspector) -> None:
    """But for the few tags that the readers did not see."""
    district = inspector.district
    left = {
        (key.partition("/")[2], day)
        for kind in ("missed-bin", "refused-bin")
        for _, day, key in district.cases(kind)
    }
    quiet = {vehicle for vehicle, _ in inspector.silent}
    of_quiet = {
        key.partition("/")[2]
        for route in district.entered("route").values()
        if route["vehicle"] in quiet
        for key in route["bins"]
    }
    seen = Counter((name, said.day) for name, said in inspector.lifts)
    due = [
        (name, day, times)
        for (name, day), times in inspector.planned().items()
        if name in inspector.carries.values()
        and name not in inspector.gone
        and name not in of_quiet
        and (name, day) not in left
    ]
    unseen = [one for one in due if seen[one[0], one[1]] < one[2]]
    assert len(due) > 2_000
    assert len(unseen) < len(due) * 0.02


def test_every_lift_of_another_stream_is_in_the_truth_and_no_other(inspector: Inspector) -> None:
    doubles = inspector.district.truth["double-read"]
    wrong = inspector.district.truth["wrong-stream"]
    for name, said in inspector.lifts:
        if said.id not in doubles:
            other = inspector.bins[name]["category"] != inspector.streams[said.vehicle]
            assert (said.id in wrong) == other, said.id


def test_a_mixed_load_has_other_streams_in_it_or_is_where_it_does_not_belong(
    inspector: Inspector,
) -> None:
    district = inspector.district
    sites = district.entered("facility")
    tickets = {
        (said.data["site"], said.data["ticketNo"]): said for said in district.of("load.weighed")
    }
    wrong = [said for said in district.said if said.id in district.truth["wrong-stream"]]
    for site, number in district.cases("mixed-load"):
        ticket = tickets[site, number]
        vehicle = ticket.data["vehicle"]
        within = [
            said
            for said in wrong
            if said.vehicle == vehicle and timedelta(0) < ticket.at - said.at < timedelta(hours=9)
        ]
        assert within or inspector.streams[vehicle] not in sites[site]["accepts"]


def test_a_lost_tag_is_read_no_more(district: District, inspector: Inspector) -> None:
    read = {said.data.get("uidHex") for said in district.said if said.day == last_day()}
    for (key,) in district.cases("lost-tag"):
        assert inspector.bins[key.partition("/")[2]]["uidHex"] not in read
    assert read & inspector.carries.keys()


def test_swapped_tags_are_read_in_each_others_place(inspector: Inspector) -> None:
    checked = Counter[bool]()
    for keys in inspector.district.cases("swapped-tag"):
        one, other = (inspector.bins[key.partition("/")[2]] for key in keys)
        for tagged, place in ((one, other), (other, one)):
            point = inspector.points[place["point"]]
            for said in inspector.district.of("bin.collected"):
                if said.data.get("uidHex") != tagged["uidHex"] or said.day != last_day():
                    continue
                if "lat" in said.data:
                    here = said.data["lat"], said.data["lon"]
                    assert apart(here, (point["lat"], point["lon"])) < NEAR_M
                beside = one["point"] == other["point"]
                if said.id not in inspector.district.truth["wrong-stream"]:
                    assert inspector.streams[said.vehicle] == place["category"]
                    checked[beside] += 1
    assert checked.keys() == {True, False}


def test_a_wrong_zero_shows_in_the_empty_bins_of_that_day_only(inspector: Inspector) -> None:
    off = defaultdict(list)
    for name, said in inspector.lifts:
        if "tareG" in said.data and said.data["grossG"] < 1_000_000:
            tare = inspector.bins[name]["tareG"]
            off[said.vehicle, said.day].append(said.data["tareG"] - tare)
    wrong = {
        (thing.removeprefix("vehicle/"), day)
        for thing, day in inspector.district.cases("scale-zero")
        if thing.startswith("vehicle/")
    }
    assert wrong
    for key, values in off.items():
        if len(values) >= 10:
            assert (abs(median(values)) > 2_000) == (key in wrong), key


def test_a_silent_vehicle_says_nothing_all_day(inspector: Inspector) -> None:
    spoke = {(said.vehicle, said.day) for said in inspector.district.said}
    assert inspector.silent
    assert not inspector.silent & spoke


def test_every_refusal_is_in_the_truth(district: District) -> None:
    refused = [said for said in district.of("bin.collected") if "refusedReason" in said.data]
    assert len(refused) == len(district.truth["refused-bin"])
    assert all("netG" not in said.data for said in refused)


def test_a_reader_that_sees_a_tag_in_passing_says_no_lift(district: District) -> None:
    seen = district.of("bin.identified")
    assert seen
    assert all(said.data.keys() == {"uidHex", "tech", "reader"} for said in seen)


def test_what_was_lifted_arrives(inspector: Inspector) -> None:
    """But for what drains on the way, and what scales are off by."""
    district = inspector.district
    excluded = {vehicle for vehicle, _ in inspector.silent}
    skipped = district.truth["double-read"] | district.truth.get("impossible-weight", set())
    lifted: Counter[str] = Counter()
    for said in district.of("bin.collected"):
        if said.id not in skipped:
            lifted[said.vehicle] += said.data.get("netG", 0)
    weighed: dict[tuple[str, str], tuple[str, int]] = {}
    refused = {(said.data["site"], said.data["ticketNo"]) for said in district.of("load.refused")}
    for what in ("load.weighed", "ticket.corrected"):
        for said in district.of(what):
            key = said.data["site"], said.data["ticketNo"]
            if "netG" in said.data and key not in refused:
                weighed[key] = said.data["vehicle"], said.data["netG"]
    received: Counter[str] = Counter()
    for vehicle, net in weighed.values():
        received[vehicle] += net
    collecting = [name for name in lifted if name not in excluded and lifted[name] > 10_000_000]
    assert len(collecting) > 5
    for name in collecting:
        assert abs(lifted[name] - received[name]) < lifted[name] * 0.06, name
