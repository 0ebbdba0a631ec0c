"""The stream as a whole: same from the same seed, in order, alive, with the shape of a day."""

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import orjson
import pytest

from core.clock import parse_rfc3339
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound
from infra.simulate.day import messages
from tests.unit.simulate.conftest import START, Day

MORNING = START + timedelta(hours=7)


def first(
    number: int, *, seed: int = 7, start: datetime = MORNING, rate: float | None = None
) -> list[Timed]:
    return list(islice(messages(Compound(seed, "c01"), start, rate=rate), number))


@pytest.mark.parametrize("rate", [None, 500.0])
def test_same_seed_and_start_give_the_same_bytes(rate: float | None) -> None:
    assert first(3000, rate=rate) == first(3000, rate=rate)


def test_another_seed_gives_another_compound_and_another_day() -> None:
    one, other = (first(400, seed=seed) for seed in (7, 8))
    assert {timed.payload for timed in one}.isdisjoint(timed.payload for timed in other[40:])


def test_messages_come_in_the_order_of_time(day: Day) -> None:
    assert day.backwards == 0


def test_something_happens_every_other_second_at_any_hour(day: Day) -> None:
    assert set(day.longest_gap) == set(range(24))
    assert max(day.longest_gap.values()) < 3.0


def test_mornings_and_evenings_are_busiest_at_the_doors(day: Day) -> None:
    records = Counter(said.at.hour for said in day.said if said.record)
    night = max(records[hour] for hour in (1, 2, 3, 4))
    noon = max(records[hour] for hour in (10, 11, 13, 14))
    assert min(records[7], records[18]) > 2 * noon
    assert noon > night > 0


def test_people_leave_in_the_morning_and_come_home_in_the_evening(day: Day) -> None:
    taken = day.native("access.taken.v1")
    ways = Counter((said.at.hour, said.body["data"]["direction"]) for said in taken)
    assert ways[7, "out"] > 3 * ways[7, "in"] > 0
    assert ways[18, "in"] > 3 * ways[18, "out"] > 0


def test_a_weekend_has_no_rush_hour() -> None:
    saturday = datetime.fromisoformat("2026-11-21T07:00:00+08:00")
    until = timedelta(minutes=40)
    rush, rest = (
        sum(
            timed.topic.startswith("hikvision/")
            for timed in messages(Compound(7, "c01"), start, until=start + until)
        )
        for start in (MORNING, saturday)
    )
    assert rush > 3 * rest > 0


def test_the_run_ends_before_until() -> None:
    until = MORNING + timedelta(seconds=30)
    run = list(messages(Compound(7, "c01"), MORNING, until=until))
    assert until - timedelta(seconds=3) < run[-1].at < until


def test_at_a_rate_messages_are_evenly_spaced_and_tell_the_time_of_sending() -> None:
    until = START + timedelta(seconds=10)
    run = list(messages(Compound(7, "c01"), START, until=until, rate=500))
    assert len(run) == 5000
    assert [timed.at for timed in run[::500]] == [
        START + timedelta(seconds=second) for second in range(10)
    ]
    natives = [timed for timed in run if timed.topic.startswith("site/")]
    told = {timed.at: orjson.loads(timed.payload)["time"] for timed in natives[32:]}
    assert len(told) > 400
    assert all(parse_rfc3339(time) == at for at, time in told.items())


def test_a_load_run_has_something_of_everything() -> None:
    run = messages(Compound(7, "c01"), START, until=START + timedelta(seconds=60), rate=500)
    kinds = Counter(_kind(timed) for timed in run)
    assert kinds.keys() >= {
        "hikvision", "frigate", "v3", "tele", "door.opened.v1", "access.taken.v1",
        "vehicle.passed.v1", "waste.deposit.recorded.v1", "waste.bin.collected.v1",
        "waste.load.weighed.v1", "vehicle.positioned.v1",
    }  # fmt: skip
    assert kinds["frigate"] < 0.85 * kinds.total()


def test_at_double_speed_the_same_day_takes_half_the_time() -> None:
    def run(speed: float, minutes: int) -> list[Timed]:
        until = MORNING + timedelta(minutes=minutes)
        return list(messages(Compound(7, "c01"), MORNING, until=until, speed=speed))

    plain, fast = run(1, 20), run(2, 10)
    assert [timed.topic for timed in fast] == [timed.topic for timed in plain]
    half = [MORNING + (timed.at - MORNING) / 2 for timed in plain]
    assert all(
        abs(timed.at - at) < timedelta(milliseconds=1) for timed, at in zip(fast, half, strict=True)
    )


def test_restarted_devices_reuse_no_record_number_but_state_their_bins_again() -> None:
    runs = [first(6000, start=MORNING + timedelta(minutes=late)) for late in (0, 1)]
    ids = [{_id(timed) for timed in run} - {""} for run in runs]
    both = ids[0] & ids[1]
    assert len(ids[0]) > 1500
    assert len(both) == 32
    assert {name.rpartition("-")[0].partition("-food-")[2] for name in both} >= {
        "profiled", "tag.assigned",
    }  # fmt: skip
    stated = [{timed.payload for timed in run if _id(timed) in both} for run in runs]
    assert stated[0] == stated[1]


def _kind(timed: Timed) -> str:
    root = timed.topic.partition("/")[0]
    return orjson.loads(timed.payload)["type"] if root == "site" else root


def _id(timed: Timed) -> str:
    """The device's own record number, made unique; empty where the device counts nothing."""
    body = orjson.loads(timed.payload)
    match timed.topic.partition("/")[0]:
        case "site":
            return str(body["id"])
        case "hikvision":
            return f"{timed.topic}/{body['AccessControllerEvent']['serialNo']}"
        case "frigate":
            return f"{body['after']['id']}/{body['after']['frame_time']}"
        case "v3":
            ids, uplink = body["end_device_ids"], body["uplink_message"]
            return f"{ids['dev_addr']}/{uplink['session_key_id']}/{uplink.get('f_cnt', 0)}"
    return ""


def test_bytes_do_not_depend_on_the_process() -> None:
    """Sets and dictionaries are ordered differently under another hash seed."""
    program = (
        "import sys; from hashlib import sha256; from itertools import islice; "
        "from tests.unit.simulate.test_day import first; "
        "print(sha256(b''.join(timed.payload for timed in first(4000))).hexdigest())"
    )
    root = Path(__file__).parents[3]
    digests = {
        subprocess.check_output(
            [sys.executable, "-c", program], cwd=root, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    }
    assert len(digests) == 1
