"""The watch changes hands by the API: who, to whom, what was open, and the words, sealed."""

from typing import Any

import pytest

from core.events.door import HeldOpen, Opened
from tests.unit.web.conftest import Caller

DUTY = "/api/v1/duty"
WORDS = "王师傅在三号门修锁"


def begun(caller: Caller) -> str:
    """A compound with an open door and one alarm; its id."""
    rig = caller.rig
    event = rig.event(HeldOpen(), "door/1", at=rig.clock.now())
    rig.add([rig.event(Opened(), "door/1", at=rig.clock.now()), event])
    rig.settle()
    return f"door.heldopen:door/1:{event.id}"


def post(caller: Caller, verb: str, role: Any = "guard", **more: str) -> int:
    body = {"compound": "c01", **more}
    status = caller.post(f"{DUTY}/{verb}", role=role, json=body).status_code
    caller.rig.settle()
    return status


def test_a_watch_from_hand_to_hand(caller: Caller) -> None:
    alarm = begun(caller)
    assert caller.json(f"{DUTY}/c01")["actor"] == ""
    assert post(caller, "takeover") == 201
    guard = caller.json(f"{DUTY}/c01")["actor"]
    assert guard.startswith("token:")
    assert post(caller, "handover", note=WORDS) == 201
    found = caller.json(f"{DUTY}/c01", role="guard")
    handed = found["handed"]
    assert (found["actor"], handed["by"], handed["note"]) == ("", guard, WORDS)
    assert (handed["open"], handed["doors"]) == ([alarm], ["door/1"])
    assert (handed["figures"]["raised"], handed["figures"]["kind/door.heldopen"]) == (1, 1)
    assert post(caller, "takeover", role="admin") == 201
    after = caller.json(f"{DUTY}/c01", role="guard")
    assert after["actor"] not in ("", guard)
    assert after["handed"] == handed


def test_the_words_are_sealed_and_not_for_everybody(caller: Caller) -> None:
    begun(caller)
    assert post(caller, "handover", note=WORDS) == 201
    (event,) = caller.json("/api/v1/events?type=duty.")["events"]
    assert "note" not in event["data"]
    assert event["data"]["pii"]["alg"] == "A256GCM"
    assert event["origin"] == "manual"
    assert caller.json(f"{DUTY}/c01", role="auditor")["handed"]["note"] is None


def test_a_double_click_is_one_event(caller: Caller) -> None:
    begun(caller)
    body = {"compound": "c01"}
    codes = [
        caller.post(f"{DUTY}/{verb}", role="guard", json=body).status_code
        for verb in ("takeover", "takeover", "handover", "handover", "takeover", "takeover")
    ]
    assert codes == [201, 409, 201, 409, 201, 409], "nothing was folded in between"
    assert len(caller.json("/api/v1/events?type=duty.")["events"]) == 3


@pytest.mark.parametrize("verb", ["handover", "takeover"])
def test_refused(caller: Caller, verb: str) -> None:
    assert post(caller, verb) == 404, "nothing was ever heard of that compound"
    begun(caller)
    assert post(caller, verb, role="viewer") == 403
    assert post(caller, verb, actor="admin") == 422
    assert caller.get(f"{DUTY}/c09").status_code == 404
    assert caller.json("/api/v1/events?type=duty.")["events"] == []
