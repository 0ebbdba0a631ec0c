"""What is known now about a moment: through the API, with what came late listed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from core.clock import rfc3339
from core.events.door import Closed, Forced, Opened
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.web.conftest import Caller
from tests.unit.web.test_asof import StoodClock

VIEW = "/api/v1/views/safe_community/c01"
START = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest.fixture
def told(hub_rig: HubRig) -> Caller:
    """A door opens at 5:00 and closes at 5:20; that it was forced at 5:05 is heard at 6:00."""
    clock = StoodClock()
    hub_rig.clock = clock  # type: ignore[assignment]
    hub_rig.desk = msgspec.structs.replace(hub_rig.desk, clock=clock)
    for minutes, data, happened in ((0, Opened(), 0), (20, Closed(), 20), (60, Forced(), 5)):
        clock.at = START + timedelta(minutes=minutes)
        hub_rig.add([hub_rig.event(data, "door/1", at=START + timedelta(minutes=happened))])
        hub_rig.settle()
    return Caller(hub_rig)


def at(minutes: int) -> str:
    return rfc3339(START + timedelta(minutes=minutes))


def asked(caller: Caller, path: str = VIEW, **what: object) -> Any:
    return caller.json(path, params=what)


def test_known_now_holds_what_came_late_and_nothing_that_happened_later(told: Caller) -> None:
    then, now = asked(told, asof=at(10)), asked(told, asof=at(10), known="now")
    assert then["hash"] != now["hash"]
    assert [one["last"] for one in then["doors"]] == [at(0)]
    assert [one["last"] for one in now["doors"]] == [at(5)]
    assert asked(told)["hash"] not in (then["hash"], now["hash"]), "it was closed since"
    assert (now["asof"], now["known"], now["knownPosition"]) == (at(10), "now", 3)
    assert (now["position"], now["recorded"]) == (then["position"], then["recorded"])


def test_known_then_is_what_was_answered_before_there_were_two_axes(told: Caller) -> None:
    plain, then = asked(told, asof=2), asked(told, asof=2, known="then")
    assert then == plain | {"asof": at(20), "known": "then", "knownPosition": 2}


def test_a_position_says_how_far_was_heard(told: Caller) -> None:
    heard = asked(told, asof=1, known=2)
    assert heard["hash"] == asked(told, asof=1)["hash"]
    assert asked(told, asof=2, known=3)["hash"] == asked(told, asof=2, known="now")["hash"]


def test_the_difference_lists_what_came_late_and_what_it_changed(told: Caller) -> None:
    found = asked(told, f"{VIEW}/difference", asof=at(10))
    (event,) = found["events"]
    assert (event["type"], event["subject"]) == (Forced.TYPE, "door/1")
    assert (event["occurred"], event["received"]) == (at(5), at(60))
    assert (event["lateS"], event["position"], event["index"]) == (55 * 60, 3, 0)
    assert not found["equal"]
    assert found["complete"]
    assert found["hashThen"] == asked(told, asof=at(10))["hash"]
    assert found["hashNow"] == asked(told, asof=at(10), known="now")["hash"]
    assert "doors" in found["lists"]
    (door,) = (one for one in found["rows"] if one["kind"] == "door")
    assert (door["key"], door["change"]) == ("door/1", "changed")
    assert door["before"]["doors"] != door["after"]["doors"]


def test_nothing_late_is_no_difference(told: Caller) -> None:
    """At 5:03 the door had not been forced."""
    found = asked(told, f"{VIEW}/difference", asof=at(3))
    assert found["equal"]
    assert (found["events"], found["rows"], found["lists"]) == ([], [], [])
    assert found["hashThen"] == found["hashNow"]


def test_more_than_is_listed_is_said(told: Caller) -> None:
    rig = told.rig
    rig.add([rig.event(Closed(), "door/1", at=START + timedelta(minutes=6))])
    rig.settle()
    found = asked(told, f"{VIEW}/difference", asof=at(10), limit=1)
    assert (len(found["events"]), found["complete"]) == (1, False)


@pytest.mark.parametrize(
    "what",
    [
        {"asof": 2, "known": "later"},
        {"asof": 2, "known": 1},
        {"asof": 2, "known": 4},
        {"known": "now"},
    ],
)
def test_what_is_no_way_to_know_is_said(told: Caller, what: dict[str, object]) -> None:
    answer = told.get(VIEW, params=what)
    assert answer.status_code == 422
    assert "known" in answer.json()["detail"]


def test_before_anything_there_is_nothing_on_either_axis(told: Caller) -> None:
    found = asked(told, asof=0, known="now")
    assert (found["asof"], found["doors"]) == (None, [])
