"""Points: what was brought, how well it was sorted, what was done wrong."""

from core.clock import rfc3339
from core.events import waste as w
from core.events.vehicle import Positioned
from projections.waste_sorting.rows import Point, Tally, Tonnage, Vehicle
from tests.fix_views import NOON, Folded, minutes

POINT = "point/a01"


def point(waste: Folded, key: str = POINT) -> Point:
    return waste.row("point", key, Point)


def day(waste: Folded) -> Tonnage:
    return waste.row("day", "2026-11-20", Tonnage)


def test_deposits_are_tallied_by_category_and_point(waste: Folded) -> None:
    for data, where in (
        (w.DepositRecorded(category="residual", net_g=500), POINT),
        (w.DepositRecorded(category="food", net_g=900), POINT),
        (w.DepositRecorded(category="food", gross_g=1_300, tare_g=200), POINT),
        (w.DepositRecorded(category="food"), POINT),
        (w.DepositRecorded(category="food", gross_g=1_300), POINT),
        (w.DepositRecorded(category="food", net_g=40), "point/a02"),
    ):
        waste.say(data, where)
    assert point(waste).categories == {
        "food": Tally(deposits=4, net_g=2_000, unweighed=2),
        "residual": Tally(deposits=1, net_g=500),
    }
    assert list(point(waste).categories) == ["food", "residual"], "the same bytes in any order"
    assert point(waste, "point/a02").categories == {"food": Tally(deposits=1, net_g=40)}
    assert day(waste) == Tonnage(
        bucket="2026-11-20", deposited_g={"food": 2_040, "residual": 500}, deposits=6
    )


def test_subcategories_are_tallied_where_they_are_told(waste: Folded) -> None:
    waste.say(w.DepositRecorded(category="recyclable", subcategory="paper", net_g=300), POINT)
    waste.say(w.DepositRecorded(category="recyclable", subcategory="glass", net_g=700), POINT)
    waste.say(w.DepositRecorded(category="recyclable", subcategory="paper"), POINT)
    waste.say(w.DepositRecorded(category="food", net_g=1), POINT)
    assert point(waste).subcategories == {
        "glass": Tally(deposits=1, net_g=700),
        "paper": Tally(deposits=2, net_g=300, unweighed=1),
    }
    assert list(point(waste).subcategories) == ["glass", "paper"]


def test_a_tare_above_the_gross_weighs_nothing_and_is_shown(waste: Folded) -> None:
    waste.say(w.DepositRecorded(category="food", gross_g=200, tare_g=1_300), POINT)
    waste.say(w.DepositRecorded(category="food", gross_g=200, tare_g=200), POINT)
    told = w.DepositRecorded(category="food", net_g=90, gross_g=200, tare_g=1_300)
    waste.say(told, POINT)
    assert point(waste).categories == {
        "food": Tally(deposits=3, net_g=90, unweighed=1, faulty=1)
    }, "where the net was told, it stands"
    assert day(waste).deposited_g == {"food": 90}


def test_nothing_about_the_resident_is_in_a_row(waste: Folded) -> None:
    waste.say(w.DepositRecorded(category="food", net_g=1, resident_ref="s:abcd"), POINT)
    assert "s:abcd" not in str(waste.state.rows("c01"))


def test_violations_by_kind(waste: Folded) -> None:
    for kind in ("mixed", "dumped", "mixed"):
        waste.say(w.DepositViolated(kind=kind, bin="a01-food"), POINT)
    assert point(waste).violations == {"dumped": 1, "mixed": 2}
    assert day(waste) == Tonnage(bucket="2026-11-20", violations=3)
    assert point(waste).categories == {}


def test_purity_is_of_the_last_inspection(waste: Folded) -> None:
    waste.say(w.InspectionRecorded(purity=0.8), POINT, at=NOON)
    waste.say(w.DepositRecorded(category="food"), POINT, at=NOON + minutes(1))
    waste.say(w.InspectionRecorded(purity=0.6), POINT, at=NOON + minutes(2))
    row = point(waste)
    assert (row.purity, row.inspected_at) == (0.6, rfc3339(NOON + minutes(2)))


def test_last_is_the_newest_by_instant(waste: Folded) -> None:
    waste.say(w.DepositRecorded(category="food"), POINT, told="2026-11-20T12:00:00+08:00")
    waste.say(w.DepositRecorded(category="food"), POINT, told="2026-11-20T03:59:00Z")
    assert point(waste).last == rfc3339(NOON)


def test_a_truck_is_where_it_said_last(waste: Folded) -> None:
    truck = "vehicle/truck-01"
    waste.say(Positioned(lat=30.1, lon=120.1), truck, at=NOON)
    waste.say(Positioned(lat=30.2, lon=120.2, speed_kmh=31.5), truck, at=NOON + minutes(1))
    assert waste.row("vehicle", truck, Vehicle) == Vehicle(
        subject=truck, lat=30.2, lon=120.2, speed_kmh=31.5, at=rfc3339(NOON + minutes(1))
    )
