"""What rows concluded is written once, with how long it took; and measured where it was news."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from core.events.alarm import Raised
from core.events.door import Closed, HeldOpen
from projections.outbox import Outbox
from projections.responses import BOUNDS, Responses
from tests.fix_core import START, FixedClock
from tests.fix_told import AWAY, FULL, Voice
from tests.fix_told import voice as voice


def outbox(voice: Voice, responses: Responses | None = None) -> Outbox:
    made = responses or Responses()
    return Outbox(voice.runner, voice.log.head, voice.own.append, voice.clock, made)


def held(voice: Voice, door: str = "door/south", **how: Any) -> None:
    voice.fact(HeldOpen(), door, **how)
    voice.settle()


def counts(responses: Responses) -> Mapping[int, int]:
    return {priority: sum(one.counts) for priority, one in responses.tallies().items()}


def test_it_says_what_why_and_how_late(voice: Voice, clock: FixedClock) -> None:
    responses = Responses()
    made = outbox(voice, responses)
    held(voice)
    clock.move(timedelta(milliseconds=730))
    made.tick()
    (event,) = voice.said(Raised)
    data = event.data
    assert isinstance(data, Raised)
    assert (data.alarm, data.kind, data.priority) == ("door/south", "door.heldopen", 2)
    assert (data.causes, data.response_ms, data.late) == (("south:1",), 730, False)
    assert event.source == "/c/c01/gw/hub/dev/alarms"
    tally = responses.tallies()[2]
    assert tally.seconds == pytest.approx(0.73)
    assert tally.counts[BOUNDS.index(1.0)] == 1


def test_once(voice: Voice) -> None:
    made = outbox(voice)
    held(voice)
    made.tick()
    assert not made.waiting
    made.tick()
    voice.settle()
    assert made.waiting, "the row is gone, which is to be learnt"
    made.tick()
    assert len(voice.said(Raised)) == 1
    held(voice)  # the same conclusion again, after the word about the first was read
    made.tick()
    assert len(voice.said(Raised)) == 2


def test_after_a_restart_only_what_the_log_does_not_say(voice: Voice) -> None:
    made = outbox(voice)
    held(voice)
    made.tick()
    held(voice, "door/north")  # concluded, and then it died
    voice.start()
    again = outbox(voice)
    again.tick()
    voice.settle()
    again.tick()
    subjects = [one.data.alarm for one in voice.said(Raised) if isinstance(one.data, Raised)]
    assert subjects == ["door/south", "door/north"]


@pytest.mark.parametrize("hidden", [False, True], ids=["not stored", "stored"])
def test_an_outage_that_hides_whether_it_was_stored(voice: Voice, hidden: bool) -> None:
    made = outbox(voice)
    held(voice)
    voice.log.trouble, voice.log.hidden = AWAY, hidden
    with pytest.raises(type(AWAY)):
        made.tick()
    assert made.waiting
    made.tick()
    voice.settle()
    made.tick()
    assert len(voice.said(Raised)) == 1


def test_of_a_log_that_was_put_back_nothing_is_said(voice: Voice) -> None:
    made = outbox(voice)
    held(voice)
    voice.log.trouble = AWAY
    with pytest.raises(type(AWAY)):
        made.tick()
    voice.put_back()
    made.tick()
    assert voice.said(Raised) == []


def test_a_full_disk_is_waited_out(voice: Voice) -> None:
    made = outbox(voice)
    held(voice)
    voice.log.trouble = FULL
    with pytest.raises(type(FULL)):
        made.tick()
    made.tick()
    assert len(voice.said(Raised)) == 1


def test_late_facts_and_those_of_before_the_start_are_not_measured(
    voice: Voice, clock: FixedClock
) -> None:
    responses = Responses()
    made = outbox(voice, responses)
    held(voice, "door/1", origin="backfill")
    held(voice, "door/2", at=START - timedelta(hours=1))
    held(voice, "door/3")
    made.tick()
    assert len(voice.said(Raised)) == 3
    assert counts(responses) == {2: 1}


def test_a_gateway_whose_clock_runs_ahead_gives_no_time_below_nothing(
    voice: Voice, clock: FixedClock
) -> None:
    made = outbox(voice)
    held(voice, at=START + timedelta(seconds=3))
    made.tick()
    (event,) = voice.said(Raised)
    assert isinstance(event.data, Raised)
    assert event.data.response_ms == 0


def test_more_than_one_append_holds(voice: Voice) -> None:
    made = outbox(voice)
    for door in range(1001):
        voice.fact(HeldOpen(), f"door/{door}")
    voice.settle()
    assert made.tick() is True
    assert made.tick() is False
    assert len({one.id for one in voice.said(Raised)}) == 1001


def test_other_facts_ask_for_no_word(voice: Voice) -> None:
    made = outbox(voice)
    made.tick()
    voice.fact(Closed(), "door/south")
    voice.settle()
    assert not made.waiting


def test_buckets_hold_what_is_not_more_than_their_bound() -> None:
    responses = Responses()
    for seconds in (0.05, 0.0501, 2.0, 2.001, 99.0):
        responses.observe(1, seconds)
    found = responses.tallies()[1].counts
    assert found == (1, 1, 0, 0, 0, 1, 1, 0, 0, 1)
