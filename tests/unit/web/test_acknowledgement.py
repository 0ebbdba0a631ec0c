"""However often and by however many it is pressed: one event, and it says who."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.events.door import Closed, HeldOpen
from core.events.waste import Overflowed
from projections.web.accounts import Account
from projections.web.acts import Acts
from projections.web.refusal import AlreadyAcknowledged, Behind, NoSuchAlarm
from tests.fix_alarms import forced
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

GUARD = Account("guard1", "guard")
PATH = "/api/v1/alarms/acknowledge"


def acknowledged(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller.json("/api/v1/events?type=alarm.")["events"]
    return found


def test_it_says_who_when_and_what(caller: Caller) -> None:
    alarm = forced(caller.rig)
    body = {"compound": "c01", "alarm": alarm, "note": "去看过了，风吹的　门"}
    answer = caller.post(PATH, role="guard", json=body)
    assert answer.status_code == 201
    assert answer.json()["position"] == 2
    assert answer.json()["folded"] is False, "nobody folds in this test"
    (event,) = acknowledged(caller)
    assert event["source"] == "/c/c01/gw/hub/dev/console"
    assert event["subject"] == "alarm/door.forced"
    assert (event["origin"], event["timequality"]) == ("manual", "gateway")
    assert event["causationid"] == "test:1:1:1"
    assert event["data"]["alarm"] == alarm
    assert "note" not in event["data"]  # sealed: free text may name somebody
    assert event["data"]["pii"]["alg"] == "A256GCM"
    assert event["data"]["actor"].startswith("token:")
    caller.rig.settle()
    (row,) = caller.json("/api/v1/views/safe_community/c01")["alarms"]
    assert row["acknowledged"] is True
    assert row["acknowledgedBy"] == event["data"]["actor"]


def test_a_double_click_before_and_after_the_fold(caller: Caller) -> None:
    alarm = forced(caller.rig)
    body = {"compound": "c01", "alarm": alarm}
    codes = [caller.post(PATH, role="guard", json=body).status_code for _ in range(3)]
    caller.rig.settle()
    codes += [caller.post(PATH, role="admin", json=body).status_code for _ in range(2)]
    assert codes == [201, 409, 409, 409, 409]
    assert len(acknowledged(caller)) == 1


def test_a_thousand_at_once_are_one_event(caller: Caller) -> None:
    alarm = forced(caller.rig)
    acts = Acts(caller.rig.desk)

    def press(_: int) -> str:
        try:
            acts.acknowledge("c01", GUARD, alarm)
        except AlreadyAcknowledged:
            return "already"
        return "done"

    with ThreadPoolExecutor(16) as pool:
        outcomes = Counter(pool.map(press, range(500)))
        caller.rig.settle()
        outcomes += Counter(pool.map(press, range(500)))
    assert outcomes == {"done": 1, "already": 999}
    assert len(acknowledged(caller)) == 1


def test_after_a_restart_nothing_is_taken_until_the_views_have_read_on(hub_rig: HubRig) -> None:
    alarm = forced(hub_rig)
    Acts(hub_rig.desk).acknowledge("c01", GUARD, alarm)
    again = Acts(hub_rig.desk)  # a new process; the views have not folded the event
    with pytest.raises(Behind):
        again.acknowledge("c01", GUARD, alarm)
    hub_rig.settle()
    with pytest.raises(AlreadyAcknowledged):
        again.acknowledge("c01", GUARD, alarm)


def test_behind_is_a_503(caller: Caller) -> None:
    alarm = forced(caller.rig)
    caller.rig.add([caller.rig.event(HeldOpen(), "door/2")])
    late = Caller(caller.rig)
    answer = late.post(PATH, role="guard", json={"compound": "c01", "alarm": alarm})
    assert answer.status_code == 503
    assert "try again" in answer.json()["detail"]


def test_a_later_occurrence_is_another_alarm(caller: Caller) -> None:
    first = forced(caller.rig)
    assert caller.post(PATH, role="guard", json={"compound": "c01", "alarm": first}).is_success
    caller.rig.add([caller.rig.event(Closed(), "door/1", at=caller.rig.clock.now())])
    second = forced(caller.rig)
    assert second != first
    old = caller.post(PATH, role="guard", json={"compound": "c01", "alarm": first})
    assert old.status_code == 404
    new = caller.post(PATH, role="guard", json={"compound": "c01", "alarm": second})
    assert new.status_code == 201


def test_an_alarm_of_the_waste_view(caller: Caller) -> None:
    event = caller.rig.event(Overflowed(), "bin/A1")
    caller.rig.add([event])
    caller.rig.settle()
    (row,) = caller.json("/api/v1/views/waste_sorting/c01")["alarms"]
    answer = caller.post(PATH, role="guard", json={"compound": "c01", "alarm": row["id"]})
    assert answer.status_code == 201


@pytest.mark.parametrize("compound", ["c02", "", "c01\x00"])
def test_no_such_compound(hub_rig: HubRig, compound: str) -> None:
    alarm = forced(hub_rig)
    with pytest.raises(NoSuchAlarm):
        Acts(hub_rig.desk).acknowledge(compound, GUARD, alarm)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"alarm": "door.forced:door/9:x"}, 404),
        ({"alarm": "door.forced:door/1:"}, 404),
        ({"compound": "c02"}, 404),
        ({"compound": ""}, 422),
        ({"alarm": ""}, 422),
        ({"alarm": 7}, 422),
        ({"note": "x" * 501}, 422),
        ({"note": "two\nlines"}, 422),
        ({"note": "bell\x07"}, 422),
        ({"note": "right\u202eto left"}, 422),
        ({"note": "\x9b31m"}, 422),
        ({"actor": "admin"}, 422),
        ({"note": None}, 422),
    ],
)
def test_refused_bodies(caller: Caller, change: dict[str, Any], status: int) -> None:
    body = {"compound": "c01", "alarm": forced(caller.rig), **change}
    answer = caller.post(PATH, role="guard", json=body)
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    assert acknowledged(caller) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b'{"compound":"c01"}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"compound":"c01","alarm":"\\ud800"}',
    ],
)
def test_refused_bytes(caller: Caller, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = caller.post(PATH, role="guard", content=content, headers=headers)
    assert answer.status_code in (400, 404, 422)
    assert isinstance(answer.json()["detail"], str)


def test_a_form_of_a_foreign_page_is_no_body(caller: Caller) -> None:
    headers = {"Content-Type": "text/plain"}
    body = b'{"compound":"c01","alarm":"' + forced(caller.rig).encode() + b'"}'
    assert caller.post(PATH, role="guard", content=body, headers=headers).status_code == 422
