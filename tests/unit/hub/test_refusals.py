"""What was refused stands in the log, and a hostile gateway can not fill the log with it."""

import pytest

from core.event import Event, parse_source
from core.events.device import Rejected
from core.trust import Gateway
from infra.hub.refusals import _AGAIN, _KEPT, Refusals
from tests.fix_core import FixedClock

GATEWAYS = [
    Gateway(compound=compound, name=name, key=f"{number:064x}")
    for number, (compound, name) in enumerate((("c01", "gw01"), ("c01", "gw02"), ("c02", "gw01")))
]


@pytest.fixture
def refusals() -> Refusals:
    return Refusals(GATEWAYS, FixedClock())


def told(events: list[Event]) -> list[tuple[str, str, str, int]]:
    """(compound, subject, reason, count)"""
    found = []
    for event in events:
        data = event.data
        assert isinstance(data, Rejected)
        compound, gateway, _ = parse_source(event.source)
        assert (gateway, data.adapter) == ("hub", "hub")
        found.append((compound, event.subject, data.reason, data.count))
    return found


def test_the_first_is_told_at_once_and_the_rest_with_their_number(refusals: Refusals) -> None:
    refusals.add("c01", "gw01", "fork")
    assert told(refusals.due(0.0)) == [("c01", "gateway/gw01", "fork", 1)]
    for _ in range(1000):
        refusals.add("c01", "gw01", "fork")
    assert refusals.due(_AGAIN - 1) == []
    assert told(refusals.due(_AGAIN)) == [("c01", "gateway/gw01", "fork", 1000)]
    assert refusals.due(10 * _AGAIN) == [], "nothing new, nothing said"


def test_a_flood_of_an_hour_is_seven_events(refusals: Refusals) -> None:
    events: list[Event] = []
    for second in range(3600):
        for _ in range(5):
            refusals.add("c01", "gw01", "signature")
        events += refusals.due(float(second))
    events += refusals.rest()
    assert len(events) == 7
    assert sum(count for *_, count in told(events)) == 5 * 3600, "all of them are counted"


def test_gateways_and_reasons_are_told_apart(refusals: Refusals) -> None:
    for compound, gateway, reason in (
        ("c01", "gw01", "fork"), ("c01", "gw01", "epoch"), ("c01", "gw02", "fork"),
        ("c02", "gw01", "fork"),
    ):  # fmt: skip
        refusals.add(compound, gateway, reason)
    assert told(refusals.due(0.0)) == [
        ("c01", "gateway/gw01", "fork", 1), ("c01", "gateway/gw01", "epoch", 1),
        ("c01", "gateway/gw02", "fork", 1), ("c02", "gateway/gw01", "fork", 1),
    ]  # fmt: skip


def test_strangers_of_any_number_are_counted_as_one(refusals: Refusals) -> None:
    """Names come from topics: they may not become rows, compounds or a flood."""
    for number in range(5000):
        refusals.add("c02", f"ghost{number}", "unknown-gateway")
        refusals.add(f"nowhere{number}", "gw01", "unknown-gateway")
    events = refusals.due(0.0)
    assert told(events) == [
        ("c02", "hub/ingest", "unknown-gateway", 5000),
        ("c01", "hub/ingest", "unknown-gateway", 5000),
    ]


def test_the_last_stranger_is_named_if_it_is_a_name(refusals: Refusals) -> None:
    refusals.add("c02", "ghost", "unknown-gateway")
    refusals.add("c01", "张三 13800000000", "unknown-gateway")
    ghost, odd = (event.data for event in refusals.due(0.0))
    assert isinstance(ghost, Rejected)
    assert isinstance(odd, Rejected)
    assert (ghost.detail, odd.detail) == ("c02/ghost", "")


def test_a_gap_is_how_a_gateway_learns_and_is_not_told(refusals: Refusals) -> None:
    refusals.add("c01", "gw01", "gap")
    assert refusals.due(0.0) == []
    assert refusals.lines() == ()
    assert refusals.counts == {"gap": 1}


def test_without_gateways_there_is_no_place_to_tell_it() -> None:
    nobody = Refusals([], FixedClock())
    nobody.add("c01", "gw01", "unknown-gateway")
    assert nobody.due(0.0) == []
    assert [line.reason for line in nobody.lines()] == ["unknown-gateway"]


def test_the_live_list_is_bounded_and_newest_last(refusals: Refusals) -> None:
    for number in range(_KEPT + 3):
        refusals.add("c01", "gw01", f"r{number}")
    lines = refusals.lines()
    assert len(lines) == _KEPT
    assert lines[-1].reason == f"r{_KEPT + 2}"


def test_ids_are_never_used_twice(refusals: Refusals) -> None:
    refusals.add("c01", "gw01", "fork")
    (first,) = refusals.due(0.0)
    refusals.add("c01", "gw01", "fork")
    (second,) = refusals.due(_AGAIN)
    assert first.id != second.id
