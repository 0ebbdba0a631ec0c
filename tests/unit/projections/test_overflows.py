"""Overflow: who said so, since when, and what ended it."""

from datetime import timedelta
from typing import Literal

import pytest

from core.clock import rfc3339
from core.events import waste as w
from projections.waste_sorting.rows import Bin
from tests.fix_views import NOON, Folded, minutes

BIN = "bin/a01-food"


def bin_(waste: Folded) -> Bin:
    return waste.row("bin", BIN, Bin)


def test_sensor_camera_and_person_each_have_their_word(waste: Folded) -> None:
    words = (w.Overflowed(source="camera"), w.Overflowed(), w.Overflowed(source="person"))
    told = [waste.say(one, BIN, at=NOON + minutes(number)) for number, one in enumerate(words)]
    row = bin_(waste)
    assert [one.by for one in row.overflows] == ["camera", "sensor", "person"]
    assert [one.id for one in row.overflows] == [one.event.id for one in told]
    assert (row.overflow, row.overflows[0].at) == (True, rfc3339(NOON)), "since the first word"
    assert row.overflow_ended is None


@pytest.mark.parametrize("by", ["sensor", "camera", "person"])
def test_who_says_that_it_is_over(by: Literal["sensor", "camera", "person"], waste: Folded) -> None:
    waste.say(w.Overflowed(source="camera"), BIN)
    end = waste.say(w.Cleared(source=by), BIN, at=NOON + minutes(9))
    row = bin_(waste)
    assert (row.overflow, row.overflows) == (False, ())
    assert row.overflow_ended is not None
    assert (row.overflow_ended.by, row.overflow_ended.id) == (by, end.event.id)
    assert row.overflow_ended.at == rfc3339(NOON + minutes(9))


def test_a_lift_ends_it(waste: Folded) -> None:
    waste.say(w.Overflowed(), BIN)
    lift = waste.say(w.BinCollected(bin=BIN), "vehicle/v1", gateway="truck", at=NOON + minutes(5))
    row = bin_(waste)
    assert (row.overflow, row.overflows) == (False, ())
    assert row.overflow_ended is not None
    assert (row.overflow_ended.by, row.overflow_ended.id) == ("collected", lift.event.id)


@pytest.mark.parametrize("truck_is_late", [True, False])
def test_since_when_does_not_depend_on_when_the_truck_reports(
    truck_is_late: bool, waste: Folded
) -> None:
    """Overflowing on Tuesday, lifted on Wednesday, overflowing again since Friday."""

    def lift() -> None:
        at = NOON - timedelta(days=2)
        waste.say(w.BinCollected(bin=BIN, net_g=7), "vehicle/v1", gateway="truck", at=at)

    waste.say(w.Overflowed(), BIN, at=NOON - timedelta(days=3))
    if not truck_is_late:
        lift()
    waste.say(w.Overflowed(source="person"), BIN)
    if truck_is_late:
        lift()
    row = bin_(waste)
    assert (row.overflow, [one.by for one in row.overflows]) == (True, ["person"])
    assert row.overflow_ended is not None
    assert row.overflow_ended.at == rfc3339(NOON - timedelta(days=2))


def test_a_lift_before_all_that_was_said_ends_nothing(waste: Folded) -> None:
    waste.say(w.Overflowed(), BIN)
    lifted = w.BinCollected(bin=BIN)
    waste.say(lifted, "vehicle/v1", gateway="truck", at=NOON - minutes(5))
    assert (bin_(waste).overflow, len(bin_(waste).overflows)) == (True, 1)
    assert bin_(waste).overflow_ended is None


def test_a_lift_of_the_past_ends_nothing_that_is_said_now(waste: Folded) -> None:
    lifted = w.BinCollected(bin=BIN)
    waste.say(lifted, "vehicle/v1", gateway="truck", at=NOON + minutes(5), origin="backfill")
    waste.say(w.Overflowed(), BIN)
    assert bin_(waste).overflow


def test_a_refused_lift_ends_nothing(waste: Folded) -> None:
    waste.say(w.Overflowed(), BIN)
    waste.say(w.BinCollected(bin=BIN, refused_reason="mixed"), "vehicle/v1", at=NOON + minutes(5))
    assert bin_(waste).overflow


def test_what_was_never_said_can_not_end(waste: Folded) -> None:
    waste.say(w.Cleared(source="person"), BIN)
    assert bin_(waste).overflow_ended is None


def test_words_are_bounded(waste: Folded) -> None:
    for number in range(40):
        waste.say(w.Overflowed(), BIN, at=NOON + minutes(number))
    assert len(bin_(waste).overflows) == 16
    assert bin_(waste).overflows[-1].at == rfc3339(NOON + minutes(39))
    assert bin_(waste).overflows[0].at == rfc3339(NOON), "since when is not forgotten"
