"""What rows show beside the alarm: the outbox, timers, floods, rule sets, and who may speak."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.access import Unclassified
from core.events.alarm import (
    Acknowledged,
    Cleared,
    Escalated,
    Raised,
    Reopened,
    RulesAdopted,
    Shelved,
)
from core.events.camera import LoiteringDetected, VideoLost, VideoRestored
from core.events.door import Climbed, Closed, HeldOpen
from core.events.timer import Fired
from core.events.waste import SmokeDetected
from projections.alarms import fold, tell
from projections.alarms.adopted import KEPT, RuleSets
from projections.alarms.row import Alarm, Timer, Untold
from projections.alarms.rules import plain
from projections.alarms.validation import checked
from tests.fix_views import NOON, Folded, minutes

GATE = "gate/e"
KEY = f"gate.climbed:{GATE}"


def by_hub(view: Folded, data: Data, after: float, **how: Any) -> None:
    view.say(data, "alarm/x", gateway="hub", device="console", at=NOON + minutes(after),
             quality="gateway", **{"origin": "manual", **how})  # fmt: skip


def alarm(view: Folded, key: str = KEY) -> Alarm:
    return view.row("alarm", key, Alarm)


def test_the_outbox_empties_as_the_log_says_it(safe: Folded) -> None:
    safe.say(HeldOpen(), "door/1", id="c1")
    safe.say(Closed(), "door/1", at=NOON + minutes(6))
    found = f"door.heldopen:door/1:{'c1'}"
    assert sorted(safe.row("untold", key, Untold).what for key in safe.keys("untold")) == [
        "cleared", "escalated", "raised",
    ]  # fmt: skip
    raised = safe.row("untold", f"raised:{found}", Untold)
    assert (raised.causes, raised.recorded, raised.gb_method) == (("c1",), rfc3339(NOON), 2)
    assert len(raised.rules) == 64
    by_hub(safe, Raised(alarm=found, kind="door.heldopen", priority=2), 7, origin="live")
    by_hub(safe, Escalated(alarm=found, level=1, to="x", due=rfc3339(NOON)), 7, origin="live")
    by_hub(safe, Cleared(alarm=found, reason="fact", at=rfc3339(NOON)), 7, origin="live")
    assert safe.keys("untold") == []
    assert alarm(safe, "door.heldopen:door/1").state == "cleared", "the record changes nothing"


def test_what_is_taken_back_is_not_told(safe: Folded) -> None:
    safe.say(HeldOpen(), "door/1", id="c1")
    by_hub(safe, Fired(view="safe_community", timer="escalate:door.heldopen:door/1:c1",
                       due=rfc3339(NOON + minutes(5))), 5, origin="live")  # fmt: skip
    assert any(key.startswith("escalated") for key in safe.keys("untold"))
    safe.say(Closed(), "door/1", at=NOON + minutes(4))
    assert not any(key.startswith("escalated") for key in safe.keys("untold"))


def test_a_timer_of_another_view_or_of_nobody_changes_nothing(safe: Folded) -> None:
    safe.say(Climbed(), GATE, id="c1")
    before = alarm(safe)
    due = rfc3339(NOON + minutes(2))
    for view, timer in (("waste_sorting", f"escalate:{KEY}:c1"), ("safe_community", "care:x"),
                        ("safe_community", f"escalate:{KEY}:other")):  # fmt: skip
        by_hub(safe, Fired(view=view, timer=timer, due=due), 3, origin="live")
    assert alarm(safe) == before
    by_hub(safe, Fired(view="safe_community", timer=f"escalate:{KEY}:c1", due=due), 3)
    assert alarm(safe).escalations[0].at == due, "stamped with when it was due"


def test_a_quiet_timer_waits_for_its_gateway_and_no_act_stands_for_it(safe: Folded) -> None:
    safe.say(LoiteringDetected(), "camera/1", id="c1", gateway="gw07")
    timer = safe.row("timer", "quiet:camera.loitering:camera/1:c1", Timer)
    assert timer.gateways == ("gw07",)
    by_hub(safe, Acknowledged(alarm="camera.loitering:camera/1:c1", actor="g"), 30)
    assert alarm(safe, "camera.loitering:camera/1").active, "nobody heard the gateway since"
    safe.say(LoiteringDetected(), "camera/1", at=NOON + minutes(40), gateway="gw07")
    row = alarm(safe, "camera.loitering:camera/1")
    closed = safe.row("closed", "camera.loitering:camera/1:c1", Alarm)
    assert (closed.cleared, row.causes) == (rfc3339(NOON + minutes(5)), 1)


@pytest.mark.parametrize(
    "data",
    [
        Shelved(alarm=f"{KEY}:c1", until="never"),
        Reopened(alarm=f"{KEY}:c1"),
        Acknowledged(alarm="", actor="g"),
    ],
)
def test_acts_that_can_not_be(data: Data, safe: Folded) -> None:
    safe.say(Climbed(), GATE, id="c1")
    before = alarm(safe)
    by_hub(safe, data, 1)
    assert alarm(safe) == before


def test_a_gateway_can_not_act_for_people(safe: Folded) -> None:
    safe.say(Climbed(), GATE, id="c1")
    safe.say(Acknowledged(alarm=f"{KEY}:c1", actor="g"), "alarm/x", origin="manual")
    assert not alarm(safe).acknowledged


def test_each_view_has_its_own_rules(safe: Folded, waste: Folded) -> None:
    for view in (safe, waste):
        view.say(SmokeDetected(), "bin/1")
        view.say(Climbed(), GATE)
    assert safe.keys("alarm") == [KEY]
    assert waste.keys("alarm") == ["waste.bin.smoke:bin/1"]


def test_a_set_judges_what_was_recorded_while_it_was_in_force(safe: Folded) -> None:
    own = checked([{"name": "r", "kind": "gate.climbed", "priority": 4, "on": ["gate.climbed.v1"]}],
                  "x")  # fmt: skip
    by_hub(safe, RulesAdopted(sha256=own.sha256, rules=plain(own.rules), actor="chief"), 10)
    safe.say(Climbed(), "gate/before", at=NOON + minutes(9))
    safe.say(Climbed(), "gate/after", at=NOON + minutes(11))
    assert alarm(safe, "gate.climbed:gate/before").priority == 2
    assert alarm(safe, "gate.climbed:gate/after").priority == 4
    assert safe.row("rules", "rules", RuleSets).sets[-1].sha256 == own.sha256


def test_a_set_adopted_by_a_clock_that_was_set_back_is_the_one_in_force(safe: Folded) -> None:
    for after, priority in ((0, 1), (90, 3), (10, 4)):
        own = checked([{"name": "r", "kind": "gate.climbed", "priority": priority,
                        "on": ["gate.climbed.v1"]}], "x")  # fmt: skip
        by_hub(safe, RulesAdopted(sha256=own.sha256, rules=plain(own.rules)), after)
    safe.say(Climbed(), "gate/before", at=NOON + minutes(9))
    safe.say(Climbed(), "gate/after", at=NOON + minutes(95))
    assert alarm(safe, "gate.climbed:gate/before").priority == 1
    assert alarm(safe, "gate.climbed:gate/after").priority == 4
    assert safe.row("rules", "rules", RuleSets).sets[-1].sha256 == own.sha256


def test_a_rule_switched_off_still_ends_what_it_raised(safe: Folded) -> None:
    lost = {"name": "lost", "kind": "camera.video.lost", "priority": 2, "lasting": True,
            "on": ["camera.video.lost.v1"], "clear": ["camera.video.restored.v1"]}  # fmt: skip
    own = {**lost, "name": "own", "clear": ["camera.video.tampered.v1"]}
    for number, sets in enumerate(([lost], [{**lost, "off": True}, own])):
        book = checked(sets, "own")
        by_hub(safe, RulesAdopted(sha256=book.sha256, rules=plain(book.rules)), 10 * number)
        safe.say(VideoLost(), f"camera/{number}", at=NOON + minutes(10 * number + 1))
    for camera in ("camera/0", "camera/1"):
        safe.say(VideoRestored(), camera, at=NOON + minutes(13))
    assert not alarm(safe, "camera.video.lost:camera/0").active
    assert alarm(safe, "camera.video.lost:camera/1").active, "the other rule's, ended otherwise"


def test_a_set_nobody_can_follow_leaves_the_one_before(safe: Folded) -> None:
    by_hub(safe, RulesAdopted(sha256="00", rules=({"name": "x", "later": 1},)), 1)
    safe.say(Climbed(), GATE, at=NOON + minutes(2))
    assert safe.keys("rules") == []
    assert alarm(safe).priority == 2


def test_the_newest_sets_are_kept(safe: Folded) -> None:
    for number in range(KEPT + 2):
        own = checked([{"name": f"r{number}", "kind": "gate.climbed", "priority": 4,
                        "on": ["gate.climbed.v1"]}], "x")  # fmt: skip
        by_hub(safe, RulesAdopted(sha256=own.sha256, rules=plain(own.rules)), number)
    found = safe.row("rules", "rules", RuleSets)
    assert (len(found.sets), found.dropped) == (KEPT, 2)
    safe.say(Climbed(), GATE, at=NOON, recorded=NOON)
    assert alarm(safe).rule == "r2", "older than all that are kept: the oldest of them"


def test_of_finished_ones_the_newest_are_kept(
    safe: Folded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tell, "FINISHED", 3)
    for number in range(6):
        safe.say(Climbed(), GATE, id=f"c{number}", at=NOON + timedelta(hours=number))
        by_hub(safe, Acknowledged(alarm=f"{KEY}:c{number}", actor="g"), 60 * number + 1)
    assert safe.keys("closed") == [f"{KEY}:c{number}" for number in (2, 3, 4)]


def test_the_outbox_is_bounded(safe: Folded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tell, "UNWRITTEN", 8)
    for number in range(40):
        safe.say(Unclassified(), f"door/{number}", at=NOON + minutes(number))
    assert 8 <= len(safe.keys("untold")) <= 10
    assert any(key.startswith("raised:access.unclassified:door/39") for key in safe.keys("untold"))


def test_what_is_awaited_is_bounded(safe: Folded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tell, "AWAITED", 5)
    for number in range(9):
        by_hub(safe, Acknowledged(alarm=f"{KEY}:x{number}", actor="g"), number)
    assert safe.keys("waiting") == [f"{KEY}:x{number}" for number in range(4, 9)]


def test_what_is_shown(safe: Folded) -> None:
    safe.say(Climbed(), GATE)
    shown = fold.present(safe.state.rows("c01"))
    assert set(shown) == {"alarms", "closed", "flood"}
    assert shown["flood"] == {"minutes": {rfc3339(NOON)[:16]: 1}}
    assert msgspec.json.encode(shown)
