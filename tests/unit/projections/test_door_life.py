"""Mode, tamper, fault, fire and contradictions: what a door is beyond open and locked."""

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.door import (
    Closed,
    Contradicted,
    DoorTampered,
    FaultCleared,
    Faulted,
    FireEnded,
    FireReleased,
    Forced,
    HeldOpen,
    Locked,
    ModeChanged,
    Opened,
    PreAlarmed,
    StateReported,
    TamperCleared,
)
from projections.alarms.row import Alarm
from projections.safe_community.rows.doors import Door
from tests.fix_views import NOON, Folded, minutes

DOOR, FIRE = "door/b1", "fire.released:compound/fire"
BOTH = Contradicted(said=(Opened.TYPE, Closed.TYPE))


def say(view: Folded, *facts: Data) -> Door:
    for number, fact in enumerate(facts):
        view.say(fact, DOOR, at=NOON + minutes(number))
    return view.row("door", DOOR, Door)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ((ModeChanged(mode="locked-down"),), {"mode": "locked-down", "physical": "unknown"}),
        ((DoorTampered(), Closed()), {"tamper": "detected", "physical": "closed"}),
        ((DoorTampered(), TamperCleared()), {"tamper": "none"}),
        ((Faulted(), Opened()), {"fault": "detected"}),
        ((Faulted(), FaultCleared()), {"fault": "none"}),
        ((Opened(), PreAlarmed(due="d")), {"alarm": "prealarm", "held_due": "d"}),
        ((PreAlarmed(due="d"), Closed()), {"alarm": "normal", "held_due": ""}),
        ((PreAlarmed(due="d"), HeldOpen(cause="timer")), {"alarm": "heldopen", "held_due": ""}),
        ((Forced(), PreAlarmed(due="d")), {"alarm": "forced", "held_due": ""}),
        ((Locked(), Opened(), BOTH), {"physical": "unknown", "lock": "locked"}),
        ((BOTH,), {"contradicted": rfc3339(NOON)}),
        ((BOTH, Closed()), {"contradicted": "", "physical": "closed"}),
        ((Locked(), Contradicted(said=("door.locked.v1", "door.unlocked.v1"))),
         {"lock": "unknown"}),
        ((StateReported(physical="closed", lock="locked", mode="accessed", tamper="none"),),
         {"physical": "closed", "lock": "locked", "mode": "accessed", "tamper": "none"}),
        ((StateReported(physical="open"), StateReported(lock="fault")),
         {"physical": "open", "lock": "unknown", "fault": "detected"}),
        ((FireReleased(), Opened(), Forced()), {"fire": True, "alarm": "normal"}),
        ((FireReleased(), Opened(), HeldOpen()), {"fire": True, "alarm": "normal"}),
        ((FireReleased(), FireEnded(), Forced()), {"fire": False, "alarm": "forced"}),
    ],
)  # fmt: skip
def test_states(facts: tuple[Data, ...], told: dict[str, object], safe: Folded) -> None:
    row = say(safe, *facts)
    assert {name: getattr(row, name) for name in told} == told


def test_fire_opens_everything_and_is_one_alarm(safe: Folded) -> None:
    safe.say(Forced(), "door/0")
    doors = [f"door/{number}" for number in range(30)]
    for fact in (FireReleased(), Opened(), Forced(), HeldOpen(cause="timer")):
        for name in doors:
            safe.say(fact, name, at=NOON + minutes(1))
    assert safe.keys("alarm") == ["door.forced:door/0", FIRE]
    assert not safe.row("alarm", "door.forced:door/0", Alarm).active, "open is as it shall be"
    fire = safe.row("alarm", FIRE, Alarm)
    assert (fire.priority, fire.active, fire.causes) == (1, True, 30)
    for name in doors[:-1]:
        safe.say(FireEnded(), name, at=NOON + minutes(9))
    assert safe.row("alarm", FIRE, Alarm).active, "one is released still"
    safe.say(FireEnded(), doors[-1], at=NOON + minutes(10))
    assert safe.row("alarm", FIRE, Alarm).cleared == rfc3339(NOON + minutes(10))


def test_a_snapshot_raises_and_ends_what_events_would(safe: Folded) -> None:
    say(safe, StateReported(physical="open", alarm="forced", tamper="detected", fault="detected"))
    kinds = ("door.fault", "door.forced", "door.tampered")
    assert safe.keys("alarm") == [f"{kind}:{DOOR}" for kind in kinds]
    say(safe, StateReported(physical="closed", tamper="none", fault="none"))
    assert not any(safe.row("alarm", key, Alarm).active for key in safe.keys("alarm"))


def test_late_facts_move_nothing_of_it(safe: Folded) -> None:
    before = say(safe, Closed(), ModeChanged(mode="locked"))
    for fact in (FireReleased(), Faulted(), DoorTampered(), BOTH, ModeChanged(mode="blocked")):
        safe.say(fact, DOOR, at=NOON - minutes(600), recorded=NOON, origin="backfill")
    assert safe.row("door", DOOR, Door) == before
