"""Alarms of the whole district: told by the outbox, and people act on them as on any compound's."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.events.alarm import Raised
from core.events.timer import Fired
from infra.hub.views import VIEWS
from projections.alarms.row import TIMER
from projections.outbox import Outbox
from projections.responses import Responses
from projections.timers import Timers
from projections.view import DISTRICT
from projections.web.deed import event_of
from tests.fix_core import FixedClock
from tests.fix_haul import DAY, entries, key_of, lift
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

KIND = "haul.bin.missed"
BEFORE = "2026-11-19T00:00:00.000Z"


@pytest.fixture
def caller(tmp_path: Path, impatient: None) -> Iterator[Caller]:
    rig = HubRig(tmp_path, VIEWS)
    said = [event_of("c01", subject, data, BEFORE) for _, subject, data in entries()]
    rig.own.append(said)
    yield Caller(rig)
    rig.close()


def pass_by(rig: HubRig) -> str:
    """Three points of the route, and one bin of the first was left. The alarm's id."""
    lifts = [
        rig.event(lift(point), "vehicle/v1", at=datetime(2026, 11, 19, 22, point, tzinfo=UTC))
        for point in (1, 2, 3)
    ]
    rig.add(lifts)
    rig.settle()
    return f"{KIND}:bin/{key_of(1, 2)}:{lifts[-1].id}"


def test_somebody_takes_note_of_it(caller: Caller) -> None:
    alarm = pass_by(caller.rig)
    (shown,) = caller.json(f"/api/v1/alarms/{DISTRICT}")["alarms"]
    assert (shown["id"], shown["state"]) == (alarm, "active")
    body = {"compound": DISTRICT, "alarm": alarm}
    path = "/api/v1/alarms/acknowledge"
    assert caller.post(path, role="viewer", json=body).status_code == 403
    assert caller.post(path, role="guard", json=body).status_code == 201
    caller.rig.settle()
    (shown,) = caller.json(f"/api/v1/alarms/{DISTRICT}")["alarms"]
    assert shown["state"] == "acknowledged"
    assert caller.rig.runner.compounds() == ["c01"], "the district is none"


def test_another_compounds_desk_does_not_have_it(caller: Caller) -> None:
    body = {"compound": "c01", "alarm": pass_by(caller.rig)}
    assert caller.post("/api/v1/alarms/acknowledge", role="guard", json=body).status_code == 404


def test_the_log_says_once_that_it_was_raised(caller: Caller) -> None:
    rig = caller.rig
    outbox = Outbox(rig.runner, rig.log.head, rig.own.append, rig.clock, Responses())
    alarm = pass_by(rig)
    outbox.tick()
    rig.settle()
    outbox.tick()
    raised = [
        one
        for one in caller.json("/api/v1/events?type=alarm.raised")["events"]
        if one["data"]["alarm"] == alarm
    ]
    assert [one["source"] for one in raised] == [f"/c/{DISTRICT}/gw/hub/dev/alarms"]
    assert raised[0]["type"] == Raised.TYPE
    assert caller.rig.runner.rows("waste_district", DISTRICT)[1].get("untold", {}) == {}


def test_the_hubs_clock_tells_the_district_too(caller: Caller) -> None:
    rig = caller.rig
    pass_by(rig)
    clock = FixedClock(datetime(2026, 11, 19, 22, 50, tzinfo=UTC))
    timers = Timers(rig.runner, rig.log.head, rig.own.append, clock)
    timers.tick()
    rig.settle()
    timers.tick()
    told = caller.json("/api/v1/events?type=timer.fired")["events"]
    assert [one["data"] for one in told] == [
        {"view": "waste_district", "timer": "shift:v1", "due": "2026-11-19T22:45:00.000Z"}
    ]
    assert told[0]["type"] == Fired.TYPE
    armed = rig.runner.rows("waste_district", DISTRICT)[1][TIMER]
    assert [getattr(one, "due", "") for one in armed.values()] == ["2026-11-20T01:00:00.000Z"]


def test_the_view_is_shown_without_the_packed_facts(caller: Caller) -> None:
    pass_by(caller.rig)
    body = caller.json(f"/api/v1/views/waste_district/{DISTRICT}")
    (haul,) = body["hauls"]
    assert (haul["key"], haul["lifts"]) == (f"v1|{DAY}", 3)
    assert "facts" not in haul
    assert body["mark"]
    then = caller.json(f"/api/v1/views/waste_district/{DISTRICT}?asof={body['position']}")
    assert (then["hash"], then["facts"]) == (body["hash"], body["facts"])
