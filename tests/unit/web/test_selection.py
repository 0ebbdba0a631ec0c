"""Filters: values of one are alternatives, filters narrow each other, prefixes end at dots."""

import pytest
from pydantic import ValidationError

from core.event import Data, Event, Recorded
from core.events.access import Denied, Granted
from core.events.door import Opened
from core.moment import Moment
from projections.web.selection import Selection


def recorded(data: Data, **changes: str) -> Recorded:
    event = Event(
        id=changes.get("id", "a:1"),
        source="/c/c01/gw/gw01/dev/d1",
        type=data.TYPE,
        subject=changes.get("subject", "door/1"),
        time="2026-11-20T04:00:00Z",
        recordedtime="2026-11-20T04:00:00Z",
        origin=changes.get("origin", "live"),  # type: ignore[arg-type]
        data=data,
    )
    compound = changes.get("compound", "c01")
    return Recorded(event, 1, 0, "j", 1, compound, "gw01", "d1", Moment("", 0, None))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["access.granted.v1"], True),
        (["access.granted"], True),
        (["access.granted."], True),
        (["access."], True),
        (["access"], True),
        (["acc"], False),
        (["access.grant"], False),
        (["access.granted.v"], False),
        (["access.denied", "door."], False),
        (["door.", "access.granted.v1"], True),
        (["."], False),
    ],
)
def test_type_prefix_ends_at_a_dot(wanted: list[str], expected: bool) -> None:
    assert Selection(type=wanted).wanted().wants(recorded(Granted())) is expected


def test_values_are_alternatives_and_filters_narrow() -> None:
    wanted = Selection(compound=["c01", "c02"], subject=["door/1"], origin=["live"]).wanted()
    assert wanted.wants(recorded(Opened()))
    assert wanted.wants(recorded(Opened(), compound="c02"))
    assert not wanted.wants(recorded(Opened(), compound="c03"))
    assert not wanted.wants(recorded(Opened(), subject="door/2"))
    assert not wanted.wants(recorded(Opened(), origin="backfill"))


def test_id_and_device() -> None:
    assert Selection(id=["a:1"], device=["d1"]).wanted().wants(recorded(Denied()))
    assert not Selection(id=["a:2"]).wanted().wants(recorded(Denied()))
    assert not Selection(device=["d"]).wanted().wants(recorded(Denied()))


def test_nothing_asked_is_everything_wanted() -> None:
    assert Selection().wanted().wants(recorded(Opened()))


@pytest.mark.parametrize(
    "bad",
    [{"type": [""]}, {"type": ["x" * 513]}, {"id": ["a"] * 65}, {"origin": ["x"]}, {"typ": ["a"]}],
)
def test_refused(bad: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError):
        Selection.model_validate(bad)
