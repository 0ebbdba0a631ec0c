"""The life of an alarm: raised, grouped, cleared, taken on, raised again."""

from datetime import timedelta

import msgspec
import pytest

from core.clock import rfc3339
from core.event import Origin
from core.events.alarm import Acknowledged
from core.events.door import Closed, Forced, Tailgated
from core.events.waste import Overflowed
from projections.alarms.row import Alarm
from tests.fix_views import NOON, Folded, minutes

DOOR = "door/b1"
KEY = f"door.forced:{DOOR}"


def alarm(safe: Folded, key: str = KEY) -> Alarm:
    return safe.row("alarm", key, Alarm)


def take_on(view: Folded, id: str, *, by: str = "guard1", after: float = 30) -> None:
    view.say(
        Acknowledged(alarm=id, actor=by, note="on my way"),
        "alarm/door.forced",
        gateway="hub",
        device="console",
        at=NOON + minutes(after),
        quality="gateway",
        origin="manual",
    )


def test_a_thousand_triggers_are_one_alarm(safe: Folded) -> None:
    first = safe.say(Forced(), DOOR)
    for second in range(1, 1000):
        safe.say(Forced(), DOOR, at=NOON + timedelta(seconds=second))
    one = alarm(safe)
    assert safe.keys("alarm") == [KEY]
    assert (one.causes, one.cause, one.position) == (1000, first.event.id, first.position)
    assert (one.raised, one.last) == (rfc3339(NOON), rfc3339(NOON + timedelta(seconds=999)))


def test_last_is_the_newest_cause_by_time(safe: Folded) -> None:
    safe.say(Forced(), DOOR, told="2026-11-20T12:00:00+08:00")
    safe.say(Forced(), DOOR, told="2026-11-20T03:30:00Z", at=NOON)
    assert (alarm(safe).causes, alarm(safe).last) == (2, rfc3339(NOON))


def test_one_alarm_for_each_kind_and_thing(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    safe.say(Tailgated(), DOOR)
    safe.say(Forced(), "door/b2")
    assert safe.keys("alarm") == [KEY, "door.forced:door/b2", f"gate.tailgated:{DOOR}"]


def test_taken_on_while_active_stays_open_until_cleared(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    take_on(safe, alarm(safe).id)
    one = alarm(safe)
    assert (one.active, one.acknowledged, one.open) == (True, True, True)
    assert one.acknowledged_by == "guard1"
    assert one.acknowledged_at == rfc3339(NOON + minutes(30))
    safe.say(Forced(), DOOR, at=NOON + minutes(40))
    assert (alarm(safe).causes, alarm(safe).acknowledged) == (2, True), "the same occurrence"
    safe.say(Closed(), DOOR, at=NOON + minutes(50))
    assert not alarm(safe).open


def test_cleared_stays_open_until_taken_on(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    safe.say(Closed(), DOOR, at=NOON + minutes(1))
    assert (alarm(safe).active, alarm(safe).open) == (False, True)
    take_on(safe, alarm(safe).id)
    assert not alarm(safe).open


def test_again_before_it_was_taken_on_is_the_same_alarm_active_again(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    first = alarm(safe).id
    safe.say(Closed(), DOOR, at=NOON + minutes(1))
    safe.say(Forced(), DOOR, at=NOON + minutes(2))
    one = alarm(safe)
    assert (one.id, one.active, one.causes) == (first, True, 2)
    assert one.cleared == "", "what is active has not been cleared"


def test_again_after_the_end_is_a_new_alarm(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    first = alarm(safe)
    safe.say(Closed(), DOOR, at=NOON + minutes(1))
    take_on(safe, first.id)
    again = safe.say(Forced(), DOOR, at=NOON + minutes(60))
    second = alarm(safe)
    assert second.id != first.id
    assert second.id.endswith(again.event.id)
    assert (second.causes, second.acknowledged) == (1, False)
    assert (second.raised, second.cleared) == (rfc3339(NOON + minutes(60)), "")
    take_on(safe, first.id, by="guard2", after=70)
    assert not alarm(safe).acknowledged, "an answer to the first does not hit the second"


def test_taken_on_twice_the_first_counts(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    take_on(safe, alarm(safe).id, by="guard1", after=1)
    take_on(safe, alarm(safe).id, by="guard2", after=2)
    assert (alarm(safe).acknowledged_by, alarm(safe).acknowledged_at) == (
        "guard1", rfc3339(NOON + minutes(1)),
    )  # fmt: skip


@pytest.mark.parametrize(
    "id", ["", ":", "door.forced", KEY, f"{KEY}:", f"{KEY}:b1:2", f"door.forced:door/b2:{DOOR}",
           f"gate.tailgated:{DOOR}:b1:1", "x" * 2000, ":" * 200],
)  # fmt: skip
def test_an_id_nobody_has_changes_nothing(id: str, safe: Folded) -> None:
    safe.say(Forced(), DOOR, id="b1:1")
    before = alarm(safe)
    take_on(safe, id)
    assert alarm(safe) == before


def test_an_id_with_colons_everywhere_is_found(safe: Folded) -> None:
    """An installer may name a subject `door/A:1`, and most record numbers hold colons."""
    safe.say(Forced(), "door/A:1", id="hik:e0ca:1:77")
    take_on(safe, "door.forced:door/A:1:hik:e0ca:1:77")
    assert alarm(safe, "door.forced:door/A:1").acknowledged


def test_each_view_takes_its_own(safe: Folded, waste: Folded) -> None:
    for view in (safe, waste):
        view.say(Forced(), DOOR, id="f:1")
        view.say(Overflowed(), "bin/a", id="o:1")
        take_on(view, f"{KEY}:f:1")
    assert safe.keys("alarm") == [KEY]
    assert waste.keys("alarm") == ["waste.bin.overflowed:bin/a"]
    assert alarm(safe).acknowledged
    assert not alarm(waste, "waste.bin.overflowed:bin/a").acknowledged


@pytest.mark.parametrize("origin", ["backfill", "replay"])
def test_late_alarms_are_shown_and_never_sound(origin: Origin, safe: Folded) -> None:
    safe.say(Forced(), DOOR, at=NOON - timedelta(days=3), recorded=NOON, origin=origin)
    one = alarm(safe)
    assert (one.active, one.late, one.open) == (False, True, True)
    safe.say(Closed(), DOOR, at=NOON - timedelta(days=2), recorded=NOON, origin=origin)
    assert alarm(safe) == one, "nothing was active, nothing is cleared"


def test_a_late_cause_joins_and_a_live_one_wakes(safe: Folded) -> None:
    safe.say(Forced(), DOOR, at=NOON - timedelta(days=3), recorded=NOON, origin="backfill")
    safe.say(Forced(), DOOR, at=NOON)
    one = alarm(safe)
    assert (one.active, one.late, one.causes) == (True, False, 2)
    safe.say(Forced(), DOOR, at=NOON - timedelta(days=2), recorded=NOON, origin="backfill")
    assert (alarm(safe).active, alarm(safe).late, alarm(safe).causes) == (True, False, 3)
    assert alarm(safe).last == rfc3339(NOON)


def test_a_late_closing_does_not_end_what_is_live(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    safe.say(Closed(), DOOR, at=NOON - timedelta(hours=1), recorded=NOON, origin="backfill")
    assert alarm(safe).active


def test_a_late_cause_after_the_end_is_an_occurrence_of_its_own(safe: Folded) -> None:
    safe.say(Forced(), DOOR)
    take_on(safe, alarm(safe).id)
    safe.say(Closed(), DOOR, at=NOON + minutes(1))
    safe.say(
        Forced(),
        DOOR,
        at=NOON - timedelta(days=1),
        recorded=NOON + minutes(31),
        origin="replay",
        id="l:1",
    )
    assert (alarm(safe).id, alarm(safe).late) == (f"{KEY}:l:1", True)


def test_alarms_of_two_compounds_never_meet(safe: Folded) -> None:
    here = safe.say(Forced(), DOOR, id="f:1")
    safe.take(msgspec.structs.replace(here, compound="c02"))
    take_on(safe, f"{KEY}:f:1")
    there = safe.state.compounds["c02"].get("alarm", KEY, Alarm)
    assert there is not None
    assert (alarm(safe).acknowledged, there.acknowledged) == (True, False)
