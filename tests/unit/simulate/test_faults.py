"""Each fault does what its name says, at about its rate, and nothing else changes."""

from collections import Counter
from datetime import datetime, timedelta

import orjson
import pytest

from core.errors import ConfigError
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound
from infra.simulate.day import messages
from infra.simulate.faults import Faults, parse_faults, with_faults
from tests.unit.simulate.conftest import START


@pytest.fixture(scope="module")
def sound() -> list[Timed]:
    """A busy stretch with a collection round in it."""
    start = START + timedelta(hours=7, minutes=58)
    until = start + timedelta(minutes=25)
    return list(messages(Compound(7, "c01"), start, until=until))


def faulty(sound: list[Timed], faults: Faults, seed: int = 3) -> list[Timed]:
    return list(with_faults(iter(sound), faults, seed))


def test_without_faults_nothing_changes(sound: list[Timed]) -> None:
    assert faulty(sound, Faults()) == sound


def test_faults_are_seeded_and_keep_the_order_of_sending(sound: list[Timed]) -> None:
    every = Faults(duplicates=0.1, late=0.1, clock=0.5, tag=0.5, garbage=0.1)
    run = faulty(sound, every)
    assert run == faulty(sound, every)
    assert run != faulty(sound, every, seed=4)
    assert [timed.at for timed in run] == sorted(timed.at for timed in run)


def test_a_duplicate_is_the_same_bytes_later(sound: list[Timed]) -> None:
    run = faulty(sound, Faults(duplicates=0.2))
    again = [timed for timed in run if timed.fault == "duplicate"]
    sent = {timed.payload: timed for timed in reversed(run) if not timed.fault}
    assert 0.15 < len(again) / len(sound) < 0.25
    assert [timed for timed in run if not timed.fault] == sound
    for copy in again:
        first = sent[copy.payload]
        assert copy.topic == first.topic
        assert first.at < copy.at <= first.at + timedelta(minutes=5) or copy.at == sound[-1].at


def test_a_late_message_is_sent_hours_later_with_its_own_time() -> None:
    until = START + timedelta(hours=7)
    sound = list(messages(Compound(7, "c01"), START, until=until))
    run = faulty(sound, Faults(late=0.05))
    due = {timed.payload: timed.at for timed in sound}
    held = [timed for timed in run if timed.fault == "late"]
    assert Counter(timed.payload for timed in run) == Counter(timed.payload for timed in sound)
    assert 0.04 < len(held) / len(sound) < 0.06
    before_the_end = [timed for timed in held if timed.at < sound[-1].at]
    assert len(before_the_end) > 100
    for timed in before_the_end:
        assert timedelta(hours=1) <= timed.at - due[timed.payload] <= timedelta(hours=5)


def test_what_is_held_back_when_the_stream_ends_is_sent_last(sound: list[Timed]) -> None:
    run = faulty(sound, Faults(late=1.0))
    assert {timed.at for timed in run} == {sound[-1].at}
    assert [timed.payload for timed in run] != [timed.payload for timed in sound]
    assert sorted(timed.payload for timed in run) == sorted(timed.payload for timed in sound)


def test_a_wrong_clock_stays_with_its_device_in_2000_or_2036(sound: list[Timed]) -> None:
    run = faulty(sound, Faults(clock=0.5))
    years: dict[str, set[int]] = {}
    for wrong, right in zip(run, sound, strict=True):
        assert (wrong.at, wrong.topic) == (right.at, right.topic)
        if (told := _told(wrong)) is not None and "installer" not in wrong.topic:
            years.setdefault(wrong.topic, set()).add(told.year)
            assert _without_time(wrong) == _without_time(right)
    assert all(len(told) == 1 for told in years.values())
    assert {year for told in years.values() for year in told} == {2000, 2026, 2036}


def test_a_wrong_clock_runs_on(sound: list[Timed]) -> None:
    run = faulty(sound, Faults(clock=1.0))
    told = [moment for timed in run if "truck-01/" in timed.topic + "/" if (moment := _told(timed))]
    right = [
        moment for timed in sound if "truck-01/" in timed.topic + "/" if (moment := _told(timed))
    ]
    assert len(told) > 20
    assert [moment - told[0] for moment in told] == [moment - right[0] for moment in right]


def test_servers_that_stamp_for_their_devices_keep_their_time(sound: list[Timed]) -> None:
    run = faulty(sound, Faults(clock=1.0))
    assert {timed.topic for timed in run if not timed.fault} == {
        timed.topic for timed in sound if timed.topic.split("/")[0] in ("frigate", "v3")
    }


def test_a_lost_tag_takes_the_read_and_leaves_the_lift(sound: list[Timed]) -> None:
    run = faulty(sound, Faults(tag=1.0))
    assert run == [timed for timed in sound if not timed.topic.startswith("tele/")]
    assert len(run) < len(sound)
    some = len(sound) - len(faulty(sound, Faults(tag=0.5)))
    assert 0 < some < len(sound) - len(run)


def test_garbage_is_a_torn_copy_ahead_of_the_good_message(sound: list[Timed]) -> None:
    run = faulty(sound, Faults(garbage=0.1))
    torn = [index for index, timed in enumerate(run) if timed.fault == "garbage"]
    assert 0.07 < len(torn) / len(sound) < 0.13
    for index in torn:
        bad, good = run[index], run[index + 1]
        assert good.topic == bad.topic
        assert good.payload.startswith(bad.payload)
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(bad.payload)
    assert [timed for timed in run if not timed.fault] == sound


def test_faults_are_read_from_text() -> None:
    assert parse_faults("") == Faults()
    assert parse_faults("duplicates=0.05, late=1") == Faults(duplicates=0.05, late=1)


@pytest.mark.parametrize("text", ["lat=0.1", "late", "late=x", "late=1.5", "late=-1", "late=nan"])
def test_a_wrong_fault_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="lat"):
        parse_faults(text)


def _told(timed: Timed) -> datetime | None:
    body = orjson.loads(timed.payload)
    told = body.get("time") or body.get("dateTime") or body.get("Time")
    return datetime.fromisoformat(told) if told else None


def _without_time(timed: Timed) -> dict[str, object]:
    body: dict[str, object] = orjson.loads(timed.payload)
    return {key: value for key, value in body.items() if key.lower() not in ("time", "datetime")}
