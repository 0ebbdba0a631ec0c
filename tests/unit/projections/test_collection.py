"""Lifts and weighings: what was taken away, by whose scale, and what that ends."""

from datetime import timedelta

import pytest

from core.clock import rfc3339
from core.events import waste as w
from projections.alarms.row import Alarm
from projections.waste_sorting.collection import LOADS
from projections.waste_sorting.rows import Bin, Loads, Tonnage
from tests.fix_views import NOON, Folded, minutes

BIN, ROUND = "bin/a01-food", "collection/20261120-am"
DAY, HOUR = "2026-11-20", "2026-11-20T12"


def bin_(waste: Folded) -> Bin:
    return waste.row("bin", BIN, Bin)


def day(waste: Folded) -> Tonnage:
    return waste.row("day", DAY, Tonnage)


@pytest.mark.parametrize(
    ("lift", "net"),
    [
        (w.BinCollected(category="food", net_g=9_000), 9_000),
        (w.BinCollected(category="food", gross_g=22_500, tare_g=13_500), 9_000),
        (w.BinCollected(category="food", net_g=8_000, gross_g=22_500, tare_g=13_500), 8_000),
        (w.BinCollected(category="food", gross_g=100, tare_g=13_500), None),
        (w.BinCollected(category="food", net_g=0), 0),
        (w.BinCollected(category="food", gross_g=22_500), None),
        (w.BinCollected(category="food", tare_g=13_500), None),
        (w.BinCollected(category="food"), None),
    ],
)
def test_the_net_of_a_lift(lift: w.BinCollected, net: int | None, waste: Folded) -> None:
    waste.say(lift, BIN)
    row = bin_(waste)
    assert (row.collected_g, row.collections, row.collected_at) == (net, 1, rfc3339(NOON))
    assert day(waste) == Tonnage(bucket=DAY, collected_g={"food": net or 0}, collections=1)
    assert waste.row("hour", HOUR, Tonnage).collected_g == {"food": net or 0}


@pytest.mark.parametrize("named", ["a01-food", "bin/a01-food"])
def test_a_lift_is_the_named_bins(named: str, waste: Folded) -> None:
    waste.say(w.BinCollected(bin=named, category="food", net_g=5), ROUND, device="scale")
    assert waste.keys("bin") == [BIN]
    assert bin_(waste).collections == 1


def test_a_lift_of_no_named_bin_is_tonnage_only(waste: Folded) -> None:
    waste.say(w.BinCollected(category="food", net_g=5), ROUND)
    waste.say(w.BinCollected(refused_reason="mixed"), ROUND)
    assert waste.keys("bin") == []
    assert (day(waste).collected_g, day(waste).collections) == ({"food": 5}, 1)


def test_the_category_is_the_lifts_the_bins_or_unknown(waste: Folded) -> None:
    waste.say(w.BinCollected(bin="x", net_g=1), ROUND)
    waste.say(w.BinProfiled(empty_mm=9, full_mm=1, category="residual"), BIN)
    waste.say(w.BinCollected(net_g=20), BIN)
    waste.say(w.BinCollected(net_g=300, category="food"), BIN)
    assert day(waste).collected_g == {"food": 300, "residual": 20, "unknown": 1}


def test_a_refused_lift_takes_nothing_away(waste: Folded) -> None:
    waste.say(w.BinCollected(net_g=9_000), BIN)
    waste.say(w.BinCollected(net_g=1, refused_reason="mixed"), BIN, at=NOON + minutes(1))
    row = bin_(waste)
    assert (row.refused, row.collections, row.collected_g) == (1, 1, 9_000)
    assert row.collected_at == rfc3339(NOON)
    assert day(waste).collections == 1


def test_lifts_add_up(waste: Folded) -> None:
    for number in range(5):
        waste.say(
            w.BinCollected(category="food", net_g=1_000 + number), BIN, at=NOON + minutes(number)
        )
    assert (bin_(waste).collections, bin_(waste).collected_g) == (5, 1_004)
    assert day(waste) == Tonnage(bucket=DAY, collected_g={"food": 5_010}, collections=5)


def test_a_lift_ends_an_overflow_though_it_is_about_the_truck(waste: Folded) -> None:
    waste.say(w.Overflowed(), BIN)
    waste.say(w.BinCollected(bin="a01-food"), ROUND, device="scale", at=NOON + minutes(1))
    one = waste.row("alarm", f"waste.bin.overflowed:{BIN}", Alarm)
    assert (one.active, one.cleared, bin_(waste).overflow) == (
        False, rfc3339(NOON + minutes(1)), False,
    )  # fmt: skip


@pytest.mark.parametrize("truck_is_late", [True, False])
def test_a_truck_that_reports_days_late_ends_nothing_that_came_after(
    truck_is_late: bool, waste: Folded
) -> None:
    """Its gateway was away; the lift is of Tuesday, the overflow of Friday."""

    def lift() -> None:
        waste.say(
            w.BinCollected(bin=BIN, net_g=7), ROUND, gateway="truck", at=NOON - timedelta(days=3)
        )

    if not truck_is_late:
        lift()
    waste.say(w.Overflowed(), BIN)
    if truck_is_late:
        lift()
    assert bin_(waste).overflow
    assert waste.row("alarm", f"waste.bin.overflowed:{BIN}", Alarm).active
    assert (bin_(waste).collections, bin_(waste).collected_g) == (1, 7)


@pytest.mark.parametrize("yard_is_late", [True, False])
def test_an_overflow_told_days_late_was_ended_by_the_lift_since(
    yard_is_late: bool, waste: Folded
) -> None:
    def overflow() -> None:
        waste.say(w.Overflowed(), BIN, at=NOON - timedelta(days=3))

    if not yard_is_late:
        overflow()
    waste.say(w.BinCollected(bin=BIN, net_g=7), ROUND, gateway="truck")
    if yard_is_late:
        overflow()
    one = waste.row("alarm", f"waste.bin.overflowed:{BIN}", Alarm)
    assert (bin_(waste).overflow, one.active, one.open) == (False, False, True)


def test_of_two_trucks_lifts_the_later_is_the_last(waste: Folded) -> None:
    waste.say(w.BinCollected(bin=BIN, net_g=2), ROUND, gateway="truck-2", at=NOON)
    earlier = NOON - timedelta(days=1)
    waste.say(w.BinCollected(bin=BIN, net_g=1), ROUND, gateway="truck-1", at=earlier)
    assert (bin_(waste).collected_g, bin_(waste).collections) == (2, 2)


def test_within_one_gateway_the_sequence_decides_not_the_clock(waste: Folded) -> None:
    """A gateway whose clock stood in the future at the overflow and was set since."""
    ahead = NOON + timedelta(days=3650)
    waste.say(w.Overflowed(), BIN, at=ahead)
    waste.say(w.BinCollected(bin=BIN, net_g=1), ROUND)
    assert not bin_(waste).overflow
    waste.say(w.BinCollected(bin=BIN, net_g=2), ROUND, at=ahead)
    waste.say(w.Overflowed(), BIN)
    assert bin_(waste).overflow
    waste.say(w.BinCollected(bin=BIN, net_g=3), ROUND, at=NOON - minutes(5))
    assert (bin_(waste).overflow, bin_(waste).collected_g) == (False, 3)


# --- the weighbridge -----------------------------------------------------------------------


def test_loads_are_listed_newest_first_and_bounded(waste: Folded) -> None:
    for number in range(LOADS + 5):
        load = w.LoadWeighed(
            site="transfer-01", ticket_no=f"t{number}", category="food", gross_g=8_000, tare_g=7_000
        )
        waste.say(load, ROUND, at=NOON + timedelta(seconds=number))
    loads = waste.row("loads", "loads", Loads).loads
    assert [one.ticket_no for one in loads] == [f"t{n}" for n in range(LOADS + 4, 4, -1)]
    first = loads[0]
    assert (first.site, first.category, first.net_g) == ("transfer-01", "food", 1_000)
    assert day(waste) == Tonnage(bucket=DAY, weighed_g={"food": 1_000 * (LOADS + 5)})


def test_loads_are_listed_by_instant_whatever_zone_the_scale_writes(waste: Folded) -> None:
    for ticket, told in (
        ("china", "2026-11-20T12:00:00+08:00"), ("utc", "2026-11-20T04:01:00Z"),
    ):  # fmt: skip
        waste.say(w.LoadWeighed(ticket_no=ticket), ROUND, told=told)
    loads = waste.row("loads", "loads", Loads).loads
    assert [one.ticket_no for one in loads] == ["utc", "china"]
    assert loads[0].net_g is None
    assert day(waste).weighed_g == {"unknown": 0}
