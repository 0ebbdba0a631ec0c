"""Every act is one event, by whom and when; two people at once are told apart."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import rfc3339
from core.errors import Refused
from core.events.camera import MotionStarted
from core.events.door import Closed, HeldOpen
from projections.web.accounts import Account
from projections.web.acts import Acts
from projections.web.standing import Standing
from tests.fix_alarms import forced, held
from tests.fix_broker import PATIENCE
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

LI, WANG = Account("li", "guard"), Account("wang", "guard")
BASE = "/api/v1/alarms"


def closed(rig: HubRig, door: int = 1) -> None:
    rig.add([rig.event(Closed(), f"door/{door}", at=rig.clock.now())])
    rig.settle()


def soon(hours: float = 1) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


def acts_of(caller: Caller) -> list[dict[str, Any]]:
    found = caller.json("/api/v1/events?type=alarm.")["events"]
    return [one for one in found if one["origin"] == "manual"]


def row(caller: Caller, alarm: str) -> dict[str, Any]:
    caller.rig.settle()
    found = caller.json(f"{BASE}/c01")["alarms"]
    (one,) = [one for one in found if one["id"] == alarm]
    assert isinstance(one, dict)
    return one


def test_a_whole_life_by_the_api(caller: Caller) -> None:
    alarm = held(caller.rig)
    body = {"compound": "c01", "alarm": alarm}
    until = rfc3339(soon())

    def post(verb: str, **more: str) -> int:
        status = caller.post(f"{BASE}/{verb}", role="guard", json={**body, **more}).status_code
        caller.rig.settle()
        return status

    assert row(caller, alarm)["state"] == "active"
    assert post("assign", to="unit-2") == 201
    assert row(caller, alarm)["assignedTo"] == "unit-2"
    assert post("shelve", until=until) == 201
    assert (row(caller, alarm)["state"], row(caller, alarm)["shelvedUntil"]) == ("shelved", until)
    assert post("unshelve") == 201
    assert row(caller, alarm)["state"] == "active"
    assert post("clear") == 409, "its fact holds it active"
    assert post("clear", note="门已关好") == 201
    assert (row(caller, alarm)["state"], row(caller, alarm)["open"]) == ("closed", False)
    assert post("reopen") == 201
    assert row(caller, alarm)["reopened"] == 1
    assert post("acknowledge") == 201
    assert row(caller, alarm)["state"] == "closed"
    verbs = [one["what"] for one in row(caller, alarm)["acts"]]
    assert verbs == [
        "assigned", "shelved", "unshelved", "cleared", "reopened", "acknowledged",
    ]  # fmt: skip


def test_every_note_is_sealed_and_every_act_says_who(caller: Caller) -> None:
    alarm = held(caller.rig)
    body = {"compound": "c01", "alarm": alarm, "note": "张三说的"}
    more: dict[str, dict[str, str]] = {
        "assign": {"to": "li"},
        "shelve": {"until": rfc3339(soon())},
        "unshelve": {},
        "clear": {},
        "reopen": {},
        "acknowledge": {},
    }
    for verb, extra in more.items():
        answer = caller.post(f"{BASE}/{verb}", role="guard", json={**body, **extra})
        assert answer.status_code == 201, (verb, answer.text)
        caller.rig.settle()
    found = acts_of(caller)
    assert len(found) == 6
    assert len({one["id"] for one in found}) == 6
    for one in found:
        assert "note" not in one["data"]
        assert one["data"]["pii"]["alg"] == "A256GCM"
        assert one["data"]["actor"].startswith("token:")
        assert (one["correlationid"], one["source"]) == (alarm, "/c/c01/gw/hub/dev/console")


@pytest.mark.parametrize(
    ("verb", "extra", "status", "says"),
    [
        ("assign", {}, 422, "to"),
        ("assign", {"to": ""}, 422, "to"),
        ("assign", {"to": "a\nb"}, 422, "control characters"),
        ("assign", {"to": "  "}, 422, "to"),
        ("shelve", {}, 422, "until"),
        ("shelve", {"until": "soon"}, 422, "until"),
        ("shelve", {"until": "2026-11-20T12:00:00"}, 422, "until"),
        ("shelve", {"until": "0001-01-01T00:00:00+14:00"}, 422, "until"),
        ("shelve", {"until": "9999-12-31T23:59:59-10:00"}, 422, "until"),
        ("shelve", {"until": "2020-01-01T00:00:00Z"}, 409, "that time is over"),
        ("shelve", {"until": "2090-01-01T00:00:00Z"}, 409, "24 hours at most"),
        ("unshelve", {}, 409, "not shelved"),
        ("reopen", {}, 409, "is open"),
        ("clear", {"note": ""}, 409, "write down why"),
        ("clear", {"alarm": "door.forced:door/9:x"}, 404, "no such alarm"),
        ("assign", {"to": "li", "compound": "c02"}, 404, "no such alarm"),
        ("reopen", {"until": "x"}, 422, "not known here"),
    ],
)
def test_refused(caller: Caller, verb: str, extra: dict[str, str], status: int, says: str) -> None:
    body = {"compound": "c01", "alarm": held(caller.rig), **extra}
    answer = caller.post(f"{BASE}/{verb}", role="guard", json=body)
    assert answer.status_code == status
    assert says.lower() in answer.json()["detail"].lower()
    assert acts_of(caller) == []


def test_priority_1_is_never_shelved(caller: Caller) -> None:
    body = {"compound": "c01", "alarm": forced(caller.rig), "until": rfc3339(soon())}
    answer = caller.post(f"{BASE}/shelve", role="admin", json=body)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "An alarm of priority 1 is never shelved."


@pytest.mark.parametrize("verb", ["assign", "shelve", "unshelve", "clear", "reopen"])
@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_look_only(caller: Caller, verb: str, role: Any) -> None:
    body = {"compound": "c01", "alarm": held(caller.rig), "to": "x", "until": rfc3339(soon())}
    wanted = {"assign": ("to",), "shelve": ("until",)}.get(verb, ())
    sent = {key: value for key, value in body.items() if key in ("compound", "alarm", *wanted)}
    assert caller.post(f"{BASE}/{verb}", role=role, json=sent).status_code == 403
    assert caller.post(f"{BASE}/{verb}", role=None, json=sent).status_code == 401
    assert acts_of(caller) == []


def test_by_the_console_as_well_the_role_counts(hub_rig: HubRig) -> None:
    with pytest.raises(Refused) as refused:
        Acts(hub_rig.desk).assign("c01", Account("eye", "viewer"), held(hub_rig), "li")
    assert refused.value.reason == "role"


def test_many_at_once_are_told_apart(caller: Caller) -> None:
    """Two people acknowledge, two assign, in the same moment, again and again."""
    alarm = held(caller.rig)
    acts = Acts(caller.rig.desk)
    begin = threading.Barrier(8)

    def press(number: int) -> str:
        who = (LI, WANG)[number % 2]
        begin.wait(PATIENCE)
        try:
            if number < 4:
                acts.acknowledge("c01", who, alarm)
            else:
                acts.assign("c01", who, alarm, who.name)
        except Refused as refusal:
            return refusal.reason
        return "acknowledge" if number < 4 else "assign"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(press, range(8)))
    caller.rig.settle()
    assert (outcomes["acknowledge"], outcomes["acknowledged"]) == (1, 3)
    assert outcomes["assign"] + outcomes["assigned"] == 4
    found = acts_of(caller)
    assert len(found) == 1 + outcomes["assign"]
    newest = next(one for one in found if one["type"] == "alarm.assigned.v1")
    assert row(caller, alarm)["assignedTo"] == newest["data"]["to"]


def test_no_two_events_have_one_id_however_quickly_they_follow(hub_rig: HubRig) -> None:
    alarm = held(hub_rig)
    acts = Acts(hub_rig.desk)
    for who in ("li", "wang", "li", "wang"):
        acts.assign("c01", LI, alarm, who)
    said: list[str] = []
    hub_rig.runner.listen(lambda page: said.extend(one.event.id for one in page.events))
    hub_rig.settle()
    assert len(said) == len(set(said)) == 4


def test_a_thousand_triggers_and_a_thousand_clicks(caller: Caller) -> None:
    at = caller.rig.clock.now()
    events = [caller.rig.event(HeldOpen(), "door/1", at=at) for _ in range(1000)]
    caller.rig.add(events)
    caller.rig.settle()
    alarm = f"door.heldopen:door/1:{events[0].id}"
    assert row(caller, alarm)["causes"] == 1000
    acts = Acts(caller.rig.desk)

    def press(_: int) -> bool:
        try:
            acts.assign("c01", LI, alarm, "li")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(press, range(1000))) == 1
    assert len(acts_of(caller)) == 1


def test_an_older_occurrence_is_over(caller: Caller) -> None:
    first = held(caller.rig)
    acts = Acts(caller.rig.desk)
    acts.acknowledge("c01", LI, first)
    caller.rig.settle()
    closed(caller.rig)
    late = caller.rig.clock.now() + timedelta(minutes=9)  # not the same one again
    event = caller.rig.event(HeldOpen(), "door/1", at=late)
    caller.rig.add([event])
    caller.rig.settle()
    with pytest.raises(Refused) as refused:
        acts.reopen("c01", LI, first)
    assert refused.value.reason == "over"
    acts.assign("c01", LI, f"door.heldopen:door/1:{event.id}", "li")


def test_nothing_is_done_before_the_views_know_what_was(hub_rig: HubRig) -> None:
    alarm = held(hub_rig)
    Acts(hub_rig.desk).assign("c01", LI, alarm, "li")
    again = Acts(hub_rig.desk)  # another process
    with pytest.raises(Refused) as refused:
        again.assign("c01", LI, alarm, "li")
    assert refused.value.reason == "behind"
    hub_rig.settle()
    with pytest.raises(Refused) as refused:
        again.assign("c01", LI, alarm, "li")
    assert refused.value.reason == "assigned"


def test_what_was_folded_is_forgotten(hub_rig: HubRig) -> None:
    standing = Standing(hub_rig.desk)
    event = hub_rig.event(MotionStarted(), "camera/1")
    with standing.turn():
        standing.append("c01", "x", event)
        assert len(standing.of("c01", "x")) == 1
        assert standing.of("c02", "x") == []
    hub_rig.settle()
    with standing.turn():
        assert standing.of("c01", "x") == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?kind=door.heldopen", 2),
        ("?priority=1", 1),
        ("?state=open", 3),
        ("?state=closed", 0),
        ("?state=cleared", 1),
        ("?since=2090-01-01T00:00:00Z", 0),
        ("?until=2090-01-01T00:00:00Z", 3),
        ("?limit=2", 2),
    ],
)
def test_lists(caller: Caller, query: str, count: int) -> None:
    held(caller.rig, 2)
    held(caller.rig, 3)
    closed(caller.rig, 3)
    forced(caller.rig)
    found = caller.json(f"{BASE}/c01{query}")
    assert len(found["alarms"]) == count
    assert found["complete"] is (query != "?limit=2")


def test_no_limit_hides_an_open_alarm_of_priority_1(caller: Caller) -> None:
    urgent = forced(caller.rig)
    newer = [held(caller.rig, door) for door in (2, 3)]
    found = caller.json(f"{BASE}/c01?limit=2")
    assert [one["id"] for one in found["alarms"]] == [newer[1], urgent], "the newest raised first"
    assert found["complete"] is False


def test_lists_tell_intervals(caller: Caller) -> None:
    alarm = held(caller.rig)
    closed(caller.rig)
    (interval,) = row(caller, alarm)["intervals"]
    assert interval[0] <= interval[1] != ""


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?priority=5", 422),
        ("?state=new", 422),
        ("?since=2026-01-01T00:00:00", 422),
        ("?since=0001-01-01T00:00:00%2B10:00", 422),
        ("?until=9999-12-31T23:59:59-10:00", 422),
    ],
)
def test_lists_refuse(caller: Caller, query: str, status: int) -> None:
    held(caller.rig)
    assert caller.get(f"{BASE}/c01{query}").status_code == status
    assert caller.get(f"{BASE}/c09").status_code == 404
