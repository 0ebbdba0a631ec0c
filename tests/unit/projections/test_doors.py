"""Door/State: physical state, lock and alarm are three things, moved by present facts only."""

from datetime import timedelta

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.door import (
    Climbed,
    Closed,
    Forced,
    GateForced,
    HeldOpen,
    Locked,
    Opened,
    Reversed,
    Tailgated,
    Unlocked,
)
from projections.alarms.row import Alarm
from projections.safe_community.rows.doors import Door
from tests.fix_views import NOON, Folded, minutes

DOOR = "door/b1"


def door(safe: Folded) -> Door:
    return safe.row("door", DOOR, Door)


def alarms(safe: Folded) -> dict[str, Alarm]:
    found = [safe.row("alarm", key, Alarm) for key in safe.keys("alarm")]
    return {one.kind: one for one in found}


@pytest.mark.parametrize(
    ("facts", "physical", "lock", "alarm", "active"),
    [
        ((Opened(),), "open", "unknown", "normal", ()),
        ((Closed(),), "closed", "unknown", "normal", ()),
        ((Forced(),), "open", "unknown", "forced", ("door.forced",)),
        ((GateForced(),), "open", "unknown", "forced", ("door.forced",)),
        ((HeldOpen(),), "open", "unknown", "heldopen", ("door.heldopen",)),
        ((Locked(),), "unknown", "locked", "normal", ()),
        ((Unlocked(),), "unknown", "unlocked", "normal", ()),
        ((Unlocked(), Locked()), "unknown", "locked", "normal", ()),
        ((Opened(), Closed()), "closed", "unknown", "normal", ()),
        ((Opened(), Locked()), "open", "locked", "normal", ()),
        ((Forced(), Closed()), "closed", "unknown", "normal", ()),
        ((HeldOpen(), Closed()), "closed", "unknown", "normal", ()),
        # Somebody who opens a forced door, or locks it, has not ended the alarm.
        ((Forced(), Opened()), "open", "unknown", "forced", ("door.forced",)),
        ((Forced(), Locked()), "open", "locked", "forced", ("door.forced",)),
        ((Forced(), HeldOpen()), "open", "unknown", "heldopen", ("door.forced", "door.heldopen")),
        ((Forced(), HeldOpen(), Closed()), "closed", "unknown", "normal", ()),
        ((Forced(), Closed(), Forced()), "open", "unknown", "forced", ("door.forced",)),
        ((Closed(), Unlocked(), Opened(), HeldOpen()), "open", "unlocked", "heldopen",
         ("door.heldopen",)),
    ],
)  # fmt: skip
def test_door_states(
    facts: tuple[Data, ...],
    physical: str,
    lock: str,
    alarm: str,
    active: tuple[str, ...],
    safe: Folded,
) -> None:
    for fact in facts:
        safe.say(fact, DOOR)
    row = door(safe)
    assert (row.physical, row.lock, row.alarm) == (physical, lock, alarm)
    assert tuple(kind for kind, one in alarms(safe).items() if one.active) == active


def test_since_is_of_the_physical_state_and_last_of_anything(safe: Folded) -> None:
    safe.say(Opened(), DOOR, at=NOON)
    safe.say(HeldOpen(), DOOR, at=NOON + minutes(1))
    safe.say(Unlocked(), DOOR, at=NOON + minutes(2))
    row = door(safe)
    assert (row.since, row.last) == (rfc3339(NOON), rfc3339(NOON + minutes(2)))
    safe.say(Closed(), DOOR, at=NOON + minutes(3))
    assert door(safe).since == rfc3339(NOON + minutes(3))


def test_the_door_is_the_first_tellers_and_doors_are_apart(safe: Folded) -> None:
    safe.say(Opened(), DOOR, device="lane-1")
    safe.say(Closed(), DOOR, device="terminal-1")
    safe.say(Opened(), "door/b2", device="terminal-2")
    assert door(safe).device == "lane-1"
    assert door(safe).physical == "closed"
    assert safe.row("door", "door/b2", Door).physical == "open"


@pytest.mark.parametrize(
    ("fact", "kind", "priority"),
    [
        (Tailgated(), "gate.tailgated", 3),
        (Reversed(), "gate.reversed", 3),
        (Climbed(), "gate.climbed", 2),
    ],
)
def test_a_moments_alarm_is_never_active_and_open_until_taken_on(
    fact: Data, kind: str, priority: int, safe: Folded
) -> None:
    safe.say(Opened(), DOOR)
    safe.say(fact, DOOR, at=NOON + minutes(1))
    safe.say(Closed(), DOOR, at=NOON + minutes(2))
    one = alarms(safe)[kind]
    assert (one.active, one.open, one.priority, one.causes) == (False, True, priority, 1)
    assert one.cleared == "", "nothing ends what was over at once"
    assert door(safe).last == rfc3339(NOON + minutes(2))


@pytest.mark.parametrize(
    ("fact", "kind", "priority"),
    [
        (Forced(), "door.forced", 1),
        (GateForced(), "door.forced", 1),
        (HeldOpen(), "door.heldopen", 2),
    ],
)
def test_a_lasting_alarm_is_cleared_by_closing(
    fact: Data, kind: str, priority: int, safe: Folded
) -> None:
    first = safe.say(fact, DOOR, at=NOON, device="t1")
    raised = alarms(safe)[kind]
    assert (raised.active, raised.priority, raised.raised) == (True, priority, rfc3339(NOON))
    assert (raised.cause, raised.position) == (first.event.id, first.position)
    assert raised.id == f"{kind}:{DOOR}:{first.event.id}"
    assert (raised.device, raised.subject, raised.cleared) == ("t1", DOOR, "")
    safe.say(Closed(), DOOR, at=NOON + timedelta(seconds=50))
    cleared = alarms(safe)[kind]
    assert (cleared.active, cleared.open) == (False, True)
    assert cleared.cleared == rfc3339(NOON + timedelta(seconds=50))


def test_closing_another_door_clears_nothing(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    safe.say(Closed(), "door/b2")
    assert alarms(safe)["door.forced"].active
