"""A timer of a row comes due once, at its second, whatever dies around it."""

from datetime import timedelta

import pytest

from core.clock import rfc3339
from core.events.device import HealthReported
from core.events.door import Closed, HeldOpen, Opened
from core.events.timer import Fired
from projections.timers import LOOK, SOON, Timers
from tests.fix_core import START, FixedClock
from tests.fix_told import AFTER, AWAY, FULL, Count, Voice
from tests.fix_told import voice as voice

DUE = rfc3339(START + AFTER)
KEY = "care:door/south"


def timers(voice: Voice) -> Timers:
    return Timers(voice.runner, voice.log.head, voice.own.append, voice.clock)


def opened(voice: Voice, door: str = "door/south") -> None:
    voice.fact(Opened(), door)
    voice.settle()


def test_it_is_said_when_it_is_due_and_not_before(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    opened(voice)
    clock.move(AFTER - timedelta(milliseconds=1))
    assert made.tick() == pytest.approx(0.001)
    assert voice.said(Fired) == []
    clock.move(timedelta(milliseconds=1))
    made.tick()
    (event,) = voice.said(Fired)
    assert event.data == Fired(view="asking", timer=KEY, due=DUE)
    assert (event.time, event.recordedtime) == (DUE, DUE)
    assert (event.source, event.correlationid) == ("/c/c01/gw/hub/dev/timers", "door/south")
    voice.settle()
    assert voice.row("count", KEY) == Count(fired=(DUE,))


def test_once_before_and_after_the_views_have_read_it(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    opened(voice)
    clock.move(AFTER)
    for _ in range(3):
        made.tick()
    voice.settle()
    for _ in range(3):
        made.tick()
    assert len(voice.said(Fired)) == 1


def test_what_ended_before_is_never_said(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    opened(voice)
    made.tick()
    voice.fact(Closed(), "door/south")
    voice.settle()
    clock.move(AFTER * 2)
    assert made.tick() == LOOK
    assert voice.said(Fired) == []


def test_armed_anew_it_waits_for_the_new_moment(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    opened(voice)
    made.tick()
    clock.move(AFTER / 2)
    opened(voice)
    clock.move(AFTER / 2)
    made.tick()
    assert voice.said(Fired) == []
    clock.move(AFTER / 2)
    made.tick()
    (event,) = voice.said(Fired)
    assert event.time == rfc3339(START + AFTER * 1.5)


def test_the_views_read_first_what_stood_there_as_it_came_due(
    voice: Voice, clock: FixedClock
) -> None:
    made = timers(voice)
    opened(voice)
    made.tick()
    clock.move(AFTER)
    voice.fact(Closed(), "door/south", at=START + AFTER / 2)  # stored, and not folded yet
    assert made.tick() == SOON
    assert voice.said(Fired) == []
    voice.settle()
    made.tick()
    assert voice.said(Fired) == []


def test_silence_of_a_link_is_no_evidence(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    opened(voice, "door/back")
    clock.move(AFTER)
    made.tick()
    voice.fact(
        HealthReported(boot=1, backlog=0),
        "gateway/gw01",
        at=START + AFTER - timedelta(milliseconds=1),
    )
    voice.settle()
    clock.move(timedelta(hours=72))
    made.tick()
    assert voice.said(Fired) == []
    voice.fact(HealthReported(boot=1, backlog=0), "gateway/gw01", at=START + AFTER)
    voice.settle()
    made.tick()
    (event,) = voice.said(Fired)
    assert event.time == DUE, "the second it was due, however late it is known"
    assert event.recordedtime == rfc3339(START + AFTER + timedelta(hours=72))


@pytest.mark.parametrize("folded", [False, True], ids=["views behind", "views caught up"])
def test_a_restart_mid_timer_is_the_same_second(
    voice: Voice, clock: FixedClock, folded: bool
) -> None:
    first = timers(voice)
    voice.fact(Opened(), "door/south")
    if folded:
        voice.settle()
    first.tick()
    clock.move(AFTER / 2)
    voice.start()
    again = timers(voice)
    again.tick()
    voice.settle()
    clock.move(timedelta(hours=1))  # it was away when it came due
    again.tick()
    (event,) = voice.said(Fired)
    assert event.time == DUE


def test_who_died_after_saying_it_does_not_say_it_again(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    opened(voice)
    clock.move(AFTER)
    made.tick()
    voice.start()  # nothing was folded: the row still stands
    again = timers(voice)
    again.tick()
    assert voice.row("timer", KEY) is not None
    assert len(voice.said(Fired)) == 1
    voice.settle()
    again.tick()
    assert len(voice.said(Fired)) == 1


@pytest.mark.parametrize("hidden", [False, True], ids=["not stored", "stored"])
def test_an_outage_that_hides_whether_it_was_stored(
    voice: Voice, clock: FixedClock, hidden: bool
) -> None:
    made = timers(voice)
    opened(voice)
    clock.move(AFTER)
    voice.log.trouble, voice.log.hidden = AWAY, hidden
    with pytest.raises(type(AWAY)):
        made.tick()
    voice.settle()
    clock.move(timedelta(seconds=2))
    made.tick()
    voice.settle()
    made.tick()
    (event,) = voice.said(Fired)
    assert event.time == DUE
    assert voice.row("count", KEY) == Count(fired=(DUE,))


def test_of_a_log_that_was_put_back_nothing_comes_due(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    opened(voice)
    made.tick()
    voice.put_back()
    clock.move(AFTER)
    assert made.tick() == LOOK
    assert voice.said(Fired) == []


def test_a_full_disk_is_waited_out(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    opened(voice)
    clock.move(AFTER)
    voice.log.trouble = FULL
    with pytest.raises(type(FULL)):
        made.tick()
    assert voice.said(Fired) == []
    made.tick()
    assert len(voice.said(Fired)) == 1


def test_a_thousand_due_at_once_are_one_append(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    for door in range(1000):
        voice.fact(Opened(), f"door/{door}")
    voice.settle()
    made.tick()
    clock.move(AFTER)
    before = voice.log.head()
    made.tick()
    assert len({event.id for event in voice.said(Fired)}) == 1000
    # As few batches as hold them, in one append.
    assert voice.log.head() - before <= 10
    assert set(voice.log.received[before:]) == {clock.now()}


def test_other_facts_wake_nothing(voice: Voice, clock: FixedClock) -> None:
    made = timers(voice)
    voice.fact(HeldOpen(), "door/south")
    voice.settle()
    clock.move(AFTER)
    assert made.tick() == LOOK
    assert voice.said(Fired) == []
