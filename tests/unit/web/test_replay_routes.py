"""Through a range of the log step by step, as machines ask for it."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.clock import rfc3339
from core.event import Media
from core.events.access import Granted
from core.events.door import Closed, Forced, Opened
from core.events.waste import Overflowed
from tests.fix_hub import NOW
from tests.fix_waste_hub import WasteHub
from tests.fix_waste_hub import waste_hub as waste_hub
from tests.unit.web.conftest import Caller, add_lines

REPLAY = "/api/v1/replay/c01"
DIGEST = "ab" * 32


@pytest.fixture
def lived(caller: Caller) -> Caller:
    """Four batches: a door opens and closes; another is forced; a bin; the door again."""
    rig = caller.rig
    rig.add([rig.event(Opened(), "door/1"), rig.event(Closed(), "door/1")])
    rig.add([rig.event(Forced(media=(Media(sha256=DIGEST),)), "door/2")])
    rig.add([rig.event(Overflowed(), "bin/1")])
    rig.add([rig.event(Opened(), "door/1", at=NOW + timedelta(seconds=5))])
    rig.settle()
    return caller


def places(body: dict[str, Any]) -> list[str]:
    events = [one["event"] for one in body["steps"]]
    return [f"{one['position']}.{one['index']}" for one in events]


def test_each_step_tells_the_rows_it_changed(lived: Caller) -> None:
    body = lived.json(f"{REPLAY}?from=1")
    assert (body["first"], body["last"], body["complete"]) == (1, 4, True)
    assert places(body) == ["1.0", "1.1", "2.0", "3.0", "4.0"]
    closes = body["steps"][1]["changes"]
    (door,) = [one for one in closes if one["kind"] == "door"]
    assert (door["view"], door["scope"], door["key"]) == ("safe_community", "c01", "door/1")
    assert (door["before"]["physical"], door["after"]["physical"]) == ("open", "closed")
    forced = body["steps"][2]["changes"]
    (alarm,) = [one for one in forced if one["kind"] == "alarm"]
    assert alarm["before"] is None
    assert alarm["after"]["kind"] == "door.forced"
    assert body["steps"][2]["event"]["data"]["media"][0]["sha256"] == DIGEST
    assert {one["view"] for one in body["steps"][3]["changes"]} >= {"waste_sorting"}


def test_page_by_page_it_is_the_same(lived: Caller) -> None:
    whole = lived.json(f"{REPLAY}?from=1")["steps"]
    found: list[Any] = []
    asked = f"{REPLAY}?from=1&limit=1"
    body = lived.json(asked)
    for _ in range(len(whole) - 1):
        assert not body["complete"]
        found += body["steps"]
        body = lived.json(f"{asked}&after={body['next']}")
    assert found + body["steps"] == whole
    assert body["complete"]


def test_a_range_by_place_by_time_and_by_type(lived: Caller) -> None:
    assert places(lived.json(f"{REPLAY}?from=2&to=3")) == ["2.0", "3.0"]
    received = lived.rig.log.received_at(3)
    assert received is not None
    asked = rfc3339(received)  # to the millisecond, and so a little before
    assert lived.json(f"{REPLAY}?from={asked}")["first"] in (1, 2, 3)
    assert lived.json(f"{REPLAY}?from=2026-11-20T00:00:00Z")["first"] == 1
    only = lived.json(f"{REPLAY}?from=1&type=door.opened")
    assert places(only) == ["1.0", "4.0"]
    again = [one for one in only["steps"][1]["changes"] if one["kind"] == "door"]
    assert again[0]["before"]["physical"] == "closed"
    waste = lived.json(f"{REPLAY}?from=3&to=3&view=waste_sorting")["steps"][0]["changes"]
    assert {one["view"] for one in waste} == {"waste_sorting"}


def test_an_alarm_names_its_own_range(lived: Caller) -> None:
    alarms = lived.json("/api/v1/views/safe_community/c01")["alarms"]
    (alarm,) = [one for one in alarms if one["kind"] == "door.forced"]
    body = lived.json(f"{REPLAY}?alarm={alarm['id']}")
    assert alarm["cause"] in [one["event"]["id"] for one in body["steps"]]
    assert body["last"] == lived.rig.log.head()


def test_an_event_of_a_newer_version_is_a_step_that_changes_nothing(caller: Caller) -> None:
    rig = caller.rig
    event = rig.event(Opened(), "door/1")
    told = {name: getattr(event, name) for name in ("source", "subject", "time", "recordedtime")}
    line = msgspec.json.encode({"id": "x", "type": "door.sang.v1", "data": {"a": 1}, **told})
    add_lines(rig, [line])
    rig.settle()
    (step,) = caller.json(f"{REPLAY}?from=1")["steps"]
    assert step["changes"] == []
    assert step["event"]["unread"]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("", 422, "from is needed"),
        ("?from=yesterday", 422, "from is neither"),
        ("?from=99", 422, "from is a position"),
        ("?from=3&to=1", 422, "from is after to"),
        ("?from=1&alarm=x", 422, "not for both"),
        ("?alarm=nothing", 404, "no alarm of this id"),
        ("?from=1&limit=501", 422, "limit"),
        ("?from=1&view=nothing", 404, "no such view"),
        ("?from=1&colour=red", 422, "colour"),
    ],
)
def test_what_cannot_be_asked(lived: Caller, asked: str, status: int, said: str) -> None:
    response = lived.get(f"{REPLAY}{asked}")
    assert response.status_code == status
    assert said in response.json()["detail"]


def test_who_may_ask(lived: Caller) -> None:
    assert lived.get(f"{REPLAY}?from=1", role=None).status_code == 401
    assert lived.get("/api/v1/replay/c99?from=1").status_code == 404


def test_nothing_is_kept_and_nobody_is_told(lived: Caller) -> None:
    rig = lived.rig
    head, stood = rig.log.head(), {view: rig.runner.rows(view, "c01") for view in rig.runner.views}
    lived.json(f"{REPLAY}?from=1")
    assert rig.log.head() == head
    assert {view: rig.runner.rows(view, "c01") for view in rig.runner.views} == stood


def test_nobody_is_told_of_by_reference(caller: Caller) -> None:
    """Rows keep them, as keys and in fields; the view does not show them, nor does this."""
    rig, ref = caller.rig, f"s:{'ab' * 16}"
    way_in = Granted(subject_ref=ref, subject_class="resident", direction="in", credential="card")
    rig.add([rig.event(way_in, "door/1"), rig.event(Opened(), "door/1")])
    rig.settle()
    assert ref in str(rig.runner.rows("safe_community", "c01")[1])
    steps = caller.json(f"{REPLAY}?from=1")["steps"]
    changes = [change for step in steps for change in step["changes"]]
    assert {"recent", "moves"} <= {one["kind"] for one in changes}
    assert ref not in str(changes)
    assert [one["key"] for one in changes if one["kind"] == "moves"] == ["s:…"]


def test_the_district_has_rows_of_its_own(waste_hub: WasteHub) -> None:
    waste_hub.trip(20)
    caller = Caller(waste_hub.rig)
    body = caller.json("/api/v1/replay/district?from=1&type=waste.")
    changes = [change for step in body["steps"] for change in step["changes"]]
    assert {one["view"] for one in changes} == {"waste_district"}
    assert {one["scope"] for one in changes} == {"district"}
    assert "haul" in {one["kind"] for one in changes}
