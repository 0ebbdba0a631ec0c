"""Silent, flapping, a clock that stands: three faults, told apart, and none a sign of life."""

from core.clock import rfc3339
from core.event import Data
from core.events.camera import MotionStarted
from core.events.device import ClockRuns, ClockStopped, Connected, Flapping, Lost, Settled
from core.events.door import HeldOpen, Opened
from projections.safe_community.rows.presence import Device
from tests.fix_views import NOON, Folded, minutes

SILENT = Lost(reason="silent", silent_s=90, expected_s=60)


def say(view: Folded, *facts: Data, after: float = 0) -> Device:
    for number, fact in enumerate(facts):
        subject = "camera/t1" if fact.BULK else "door/t1"
        view.say(fact, subject, device="t1", at=NOON + minutes(after + number))
    return view.row("device", "t1", Device)


def test_silence_is_no_sign_of_life(safe: Folded) -> None:
    row = say(safe, Opened(), SILENT)
    assert (row.state, row.reason, row.seen) == ("lost", "silent", rfc3339(NOON))
    assert (row.expected_s, row.events) == (60, 2)
    assert say(safe, HeldOpen(cause="timer"), after=5).state == "lost", "the gateway's own word"
    assert say(safe, MotionStarted(), after=6).state == "online"


def test_a_silence_that_ended_in_the_other_lane_before(safe: Folded) -> None:
    say(safe, MotionStarted(), after=6)
    assert say(safe, Opened(), SILENT).state == "online"


def test_while_it_flaps_neither_is_told(safe: Folded) -> None:
    row = say(safe, Opened(), Flapping(count=5, window_s=600), Lost(reason="will"), Connected())
    assert (row.state, row.flaps) == ("flapping", 5)
    assert say(safe, MotionStarted(), after=5).state == "flapping"
    row = say(safe, Settled(online=True, flaps=3), after=6)
    assert (row.state, row.flaps) == ("online", 8)
    assert (
        say(safe, Flapping(count=5, window_s=600), Settled(online=False), after=7).state == "lost"
    )


def test_a_clock_that_stands_is_another_fault(safe: Folded) -> None:
    row = say(safe, Opened(), ClockStopped(told="t", since="s"))
    assert (row.clock, row.state, row.seen) == ("stopped", "online", rfc3339(NOON))
    assert say(safe, ClockRuns(), after=2).clock == ""
