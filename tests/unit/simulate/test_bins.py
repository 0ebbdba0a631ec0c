"""Weights add up, levels follow them, and a round leaves empty bins."""

from base64 import b64decode
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean

from infra.simulate.bins import INSTALLED
from infra.simulate.compound import Compound
from tests.unit.simulate.conftest import Day

NEAR = timedelta(seconds=40)


def levels(day: Day) -> dict[str, list[tuple[datetime, int]]]:
    found: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for said in day.said:
        if said.topic.startswith("v3/"):
            told = said.body["uplink_message"]["decoded_payload"]["distance"]
            found[said.body["end_device_ids"]["device_id"]].append((said.at, told))
    return found


def test_every_bin_is_profiled_and_tagged_at_the_start(day: Day, compound: Compound) -> None:
    first = day.said[:32]
    assert Counter(said.type for said in first) == {
        "waste.bin.profiled.v1": 16, "waste.bin.tag.assigned.v1": 16,
    }  # fmt: skip
    assert {said.body["subject"] for said in first} == {each.subject for each in compound.bins}
    assert {said.body["time"] for said in first} == {INSTALLED.isoformat(timespec="milliseconds")}


def test_net_is_gross_minus_tare(day: Day) -> None:
    weighed = day.native("waste.bin.collected.v1") + day.native("waste.load.weighed.v1")
    assert len(weighed) == 2 * 16 + 2 * 4
    for said in weighed:
        data = said.body["data"]
        assert data["netG"] == data["grossG"] - data["tareG"] >= 0


def test_a_load_is_the_sum_of_its_lifts(day: Day) -> None:
    def nets(type: str) -> Counter[tuple[str, str]]:
        sums: Counter[tuple[str, str]] = Counter()
        for said in day.native(type):
            data = said.body["data"]
            sums[said.body["subject"], data["category"]] += data["netG"]
        return sums

    assert nets("waste.load.weighed.v1") == nets("waste.bin.collected.v1")


def test_second_lift_of_the_day_weighs_what_was_deposited_since_the_first(day: Day) -> None:
    since: Counter[str] = Counter()
    lifted: Counter[str] = Counter()
    for said in day.said:
        data = said.body.get("data", {})
        if said.type == "waste.deposit.recorded.v1":
            since[data["bin"]] += data["netG"]
        elif said.type == "waste.bin.collected.v1":
            lifted[data["bin"]] += 1
            if lifted[data["bin"]] == 2:
                assert data["netG"] == since[data["bin"]]
            since[data["bin"]] = 0
    assert set(lifted.values()) == {2}


def test_every_lift_is_preceded_by_its_tag(day: Day, compound: Compound) -> None:
    tags = {each.device: each.tag for each in compound.bins}
    read: dict[str, datetime] = {}
    for said in day.said:
        if said.topic.startswith("tele/"):
            read[said.body["PN532"]["UID"]] = said.at
        elif said.type == "waste.bin.collected.v1":
            assert said.at - read.pop(tags[said.body["data"]["bin"]]) < NEAR


def test_the_level_rises_with_deposits_and_falls_at_the_lift(day: Day, compound: Compound) -> None:
    histories = levels(day)
    lifts = {
        said.body["data"]["bin"]: said.at
        for said in day.native("waste.bin.collected.v1")
        if said.at.hour < 12
    }
    for each in compound.bins:
        lift = lifts[each.device]
        before = [mm for at, mm in histories[each.device] if lift - timedelta(hours=1) < at < lift]
        after = [mm for at, mm in histories[each.device] if lift < at < lift + timedelta(hours=0.5)]
        late = [mm for at, mm in histories[each.device] if 19 <= at.hour < 20]
        assert mean(before) < after[0]
        assert abs(after[0] - each.empty_mm) < 60  # people go on bringing
        if each.category != "hazardous":
            assert mean(late) < after[0] - 10


def test_each_bin_tells_its_level_every_few_minutes(day: Day) -> None:
    for history in levels(day).values():
        gaps = [later[0] - earlier[0] for earlier, later in pairwise(history)]
        assert timedelta(minutes=2) < min(gaps) <= max(gaps) < timedelta(minutes=7)


def test_frames_hold_the_decoded_values_and_are_counted_from_nothing(day: Day) -> None:
    counters: dict[str, int] = {}
    for said in day.said:
        if not said.topic.startswith("v3/"):
            continue
        uplink = said.body["uplink_message"]
        frame, told = b64decode(uplink["frm_payload"]), uplink["decoded_payload"]
        assert int.from_bytes(frame[9:11], "little") == told["distance"]
        assert int.from_bytes(frame[5:7], "little") == round(told["temperature"] * 10)
        if said.topic not in counters:
            assert "f_cnt" not in uplink
        else:
            assert uplink["f_cnt"] == counters[said.topic] + 1
        counters[said.topic] = uplink.get("f_cnt", 0)
    assert len(counters) == 16


def test_an_overflow_is_told_once_and_cleared_by_the_lift(day: Day) -> None:
    full: set[str] = set()
    lifted: set[str] = set()
    cleared = 0
    for said in day.said:
        subject = said.body.get("subject", "")
        if said.type == "waste.bin.overflowed.v1":
            assert subject not in full
            full.add(subject)
        elif said.type == "waste.bin.collected.v1":
            lifted |= full & {f"bin/{said.body['data']['bin']}"}
        elif said.type == "waste.bin.cleared.v1" and said.body["data"]["source"] == "sensor":
            lifted.remove(subject)
            full.remove(subject)
            cleared += 1
    assert cleared >= 1
    assert not lifted


def test_smoke_is_cleared_by_a_person(day: Day) -> None:
    smoking: dict[str, datetime] = {}
    for said in day.said:
        if said.type == "waste.bin.smoke.detected.v1":
            smoking[said.body["subject"]] = said.at
        elif said.type == "waste.bin.cleared.v1" and said.body["data"]["source"] == "person":
            del smoking[said.body["subject"]]
    assert len(day.native("waste.bin.smoke.detected.v1")) > len(smoking)
    assert all(at > day.end - timedelta(minutes=30) for at in smoking.values())


def test_trucks_drive_only_during_their_rounds(day: Day) -> None:
    hours = {said.at.hour for said in day.native("vehicle.positioned.v1")}
    assert hours == {8, 20}
