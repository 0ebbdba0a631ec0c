"""Decisions at doors, vehicles at gates: counted at the door, in the flow, and listed."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.access import (
    Denied,
    Duress,
    Granted,
    NotTaken,
    Requested,
    Taken,
    TemperatureMeasured,
    Unclassified,
)
from core.events.vehicle import Passed, VehicleDenied
from projections.alarms.row import Alarm
from projections.safe_community.passages import RECENT
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.passages import Flow, Recent
from tests.fix_views import NOON, Folded

DOOR = "door/gate-south"
HOUR, MINUTE = "2026-11-20T12", "2026-11-20T12:00"


def door(safe: Folded) -> Door:
    return safe.row("door", DOOR, Door)


@pytest.mark.parametrize(
    ("fact", "decision", "granted", "denied", "flow"),
    [
        (Granted(subject_class="resident"), "granted", 1, 0, {"granted": {"resident": 1}}),
        (Granted(), "granted", 1, 0, {"granted": {"unknown": 1}}),
        (Denied(reason="blocked"), "denied", 0, 1, {"denied": 1}),
        (Duress(subject_class="resident"), "duress", 0, 0, None),
        (Requested(credential="card"), "requested", 0, 0, None),
        (Unclassified(), "unclassified", 0, 0, None),
    ],
)  # fmt: skip
def test_a_decision(
    fact: Data,
    decision: str,
    granted: int,
    denied: int,
    flow: dict[str, Any] | None,
    safe: Folded,
) -> None:
    item = safe.say(fact, DOOR)
    row = door(safe)
    assert (row.granted, row.denied, row.taken, row.vehicles) == (granted, denied, 0, 0)
    assert row.decision is not None
    assert row.decision.decision == decision
    assert (row.decision.id, row.decision.position) == (item.event.id, item.position)
    assert safe.row("recent", "passages", Recent).passages == (row.decision,)
    for kind, bucket in (("hour", HOUR), ("minute", MINUTE)):
        assert safe.keys(kind) == ([bucket] if flow else [])
        if flow:
            assert safe.row(kind, bucket, Flow) == Flow(bucket=bucket, **flow)


def test_what_a_passage_tells(safe: Folded) -> None:
    data = Denied(
        subject_class="visitor",
        direction="in",
        credential="qr",
        reason="credential-expired",
        subject_ref="s:1234",
    )
    safe.say(data, DOOR)
    decision = door(safe).decision
    assert decision is not None
    assert (decision.who, decision.direction, decision.credential, decision.reason) == (
        "visitor", "in", "qr", "credential-expired",
    )  # fmt: skip


def test_duress_raises_an_alarm_at_once(safe: Folded) -> None:
    safe.say(Duress(), DOOR)
    one = safe.row("alarm", f"access.duress:{DOOR}", Alarm)
    assert (one.priority, one.active, one.open) == (1, False, True)


def test_granted_is_not_taken(safe: Folded) -> None:
    safe.say(Granted(), DOOR)
    assert door(safe).taken == 0
    safe.say(Taken(), DOOR, at=NOON + timedelta(seconds=2))
    row = door(safe)
    assert (row.granted, row.taken, row.last) == (1, 1, rfc3339(NOON + timedelta(seconds=2)))
    assert len(safe.row("recent", "passages", Recent).passages) == 1, "a passage is listed once"
    safe.say(NotTaken(), DOOR)
    safe.say(TemperatureMeasured(temperature_cel=36.5), DOOR)
    assert (door(safe).granted, door(safe).taken) == (1, 1)


def test_vehicles_are_counted_apart(safe: Folded) -> None:
    gate = "gate/gate-vehicle"
    safe.say(Passed(direction="in", plate_ref="s:1"), gate)
    safe.say(Passed(direction="out"), gate)
    safe.say(VehicleDenied(direction="in", reason="blocked"), gate)
    row = safe.row("door", gate, Door)
    assert (row.vehicles, row.denied, row.granted) == (2, 1, 0)
    assert row.decision is not None
    assert (row.decision.decision, row.decision.who, row.decision.reason) == (
        "denied", "vehicle", "blocked",
    )  # fmt: skip
    assert safe.row("hour", HOUR, Flow) == Flow(bucket=HOUR, vehicles=2, denied=1)


def test_people_of_all_classes_at_several_doors(safe: Folded) -> None:
    told = (("resident", 3), ("visitor", 2), ("courier", 1), ("staff", 2))
    for who, count in told:
        for number in range(count):
            safe.say(Granted(subject_class=who), f"door/{number}")  # type: ignore[arg-type]
    assert safe.row("hour", HOUR, Flow).granted == dict(told)
    assert list(safe.row("hour", HOUR, Flow).granted) == sorted(dict(told))
    assert sum(safe.row("door", key, Door).granted for key in safe.keys("door")) == 8


def test_the_list_is_by_time_whatever_the_order_of_arrival(safe: Folded) -> None:
    for minute in (5, 1, 9, 3):
        safe.say(Granted(), DOOR, at=NOON + timedelta(minutes=minute))
    shown = [one.at for one in safe.row("recent", "passages", Recent).passages]
    assert shown == [rfc3339(NOON + timedelta(minutes=minute)) for minute in (9, 5, 3, 1)]


def test_the_list_is_by_instant_whatever_zone_a_clock_writes(safe: Folded) -> None:
    """04:01 in UTC is a minute after 12:00 in China, though its text is less."""
    safe.say(Granted(), DOOR, id="china", at=NOON, told="2026-11-20T12:00:00.000+08:00")
    safe.say(Granted(), DOOR, id="utc", at=NOON, told="2026-11-20T04:01:00.000Z")
    safe.say(Granted(), DOOR, id="tokyo", at=NOON, told="2026-11-20T12:58:00.000+09:00")
    passages = safe.row("recent", "passages", Recent).passages
    assert [one.id for one in passages] == ["utc", "china", "tokyo"]
    assert [one.at for one in passages] == sorted((one.at for one in passages), reverse=True)


def test_the_list_keeps_the_newest(safe: Folded) -> None:
    for second in range(RECENT + 10):
        safe.say(Granted(), DOOR, id=f"p{second:03d}", at=NOON + timedelta(seconds=second))
    passages = safe.row("recent", "passages", Recent).passages
    assert [one.id for one in passages] == [f"p{n:03d}" for n in range(RECENT + 9, 9, -1)]
    safe.say(Granted(), DOOR, id="old", at=NOON - timedelta(days=1))
    assert safe.row("recent", "passages", Recent).passages == passages, "counted, not listed"
    assert door(safe).granted == RECENT + 11


def test_at_the_same_instant_the_id_decides(safe: Folded) -> None:
    for name in ("b", "c", "a"):
        safe.say(Granted(), DOOR, id=name)
    assert [one.id for one in safe.row("recent", "passages", Recent).passages] == ["c", "b", "a"]
