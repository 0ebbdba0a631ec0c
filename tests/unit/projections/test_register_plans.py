"""What else is registered: points by place, vehicles by plate, routes by day."""

import pytest

from core.events.register import (
    EntryEnded,
    FacilityEntered,
    PointEntered,
    Scale,
    VehicleEntered,
    WeighbridgeEntered,
)
from core.events.waste import BinScrapped, BinSwapped
from projections.days import at
from projections.view import DISTRICT
from projections.waste_district.register.names import enlist
from projections.waste_district.register.near import metres
from projections.waste_district.register.plates import unregistered
from projections.waste_district.register.register import Planned, Register
from tests.fix_register import Registered, day, ms

MONDAY = "2026-10-05"
REF, OTHER_REF = f"s:{'a' * 32}", f"s:{'b' * 32}"


@pytest.fixture
def said() -> Registered:
    made = Registered()
    made.point("p1", lat=22.5400, lon=114.0500)
    for name in ("b1", "b2", "b3"):
        made.bin(name, point="p1")
    made.vehicle("v1", plateRef=REF)
    made.route("r1", bins=["c01/b1", "b2", "c01/b3"], start="05:30", end="09:00")
    return made


def plan(said: Registered, on: str = MONDAY) -> Planned:
    ((vehicle, found),) = said.register.routes_on(on)
    assert vehicle == "v1"
    return found


def test_a_route_is_planned_with_its_hours_in_china(said: Registered) -> None:
    found = plan(said)
    assert found.bins == ("c01/b1", "c01/b2", "c01/b3")
    assert (found.start_ms, found.end_ms) == (at(MONDAY, "05:30"), at(MONDAY, "09:00"))
    assert said.register.routes("v1", MONDAY) == (found,)
    assert said.register.routes("v2", MONDAY) == ()
    assert said.register.routes("v1", "2026-09-30") == ()


def test_a_shift_over_midnight_ends_on_the_next_day(said: Registered) -> None:
    said.route("r1", day(2), start="22:00", end="02:00")
    assert plan(said).end_ms == at("2026-10-06", "02:00")


def test_only_on_its_days_of_the_week(said: Registered) -> None:
    said.route("r1", day(2), weekdays=[2, 4])
    assert said.register.routes("v1", MONDAY) == ()
    assert len(said.register.routes("v1", "2026-10-06")) == 1


def test_swapped_bins_are_followed_and_ended_ones_left_out(said: Registered) -> None:
    said.bin("b9", day(3), category="food")
    said.say(BinSwapped(replaced_by="b9", valid_from=day(3)), "bin/b2")
    said.say(BinScrapped(valid_from=day(4)), "bin/b2")
    said.say(BinScrapped(valid_from=day(5, "05:30")), "bin/b3")
    assert plan(said).bins == ("c01/b1", "c01/b9")
    assert plan(said, "2026-10-02").bins == ("c01/b1", "c01/b2", "c01/b3")


def test_a_route_that_changes_in_the_course_of_a_day(said: Registered) -> None:
    """What held when it was to begin: an order of noon is too late for the morning's shift."""
    said.route("r1", day(5, "12:00"), vehicle="v2", bins=["c01/b1"], start="05:30", end="09:00")
    assert len(said.register.routes("v1", MONDAY)) == 1
    assert said.register.routes("v2", MONDAY) == ()
    assert said.register.routes("v1", "2026-10-06") == ()
    assert said.register.routes("v2", "2026-10-06")[0].bins == ("c01/b1",)


def test_a_route_that_ends_before_its_shift_is_not_driven(said: Registered) -> None:
    said.say(EntryEnded(kind="route", valid_from=day(5, "05:00")), "route/r1", compound=DISTRICT)
    assert said.register.routes("v1", MONDAY) == ()
    assert len(said.register.routes("v1", "2026-10-04")) == 1


def test_one_that_ends_in_its_shift_was_still_driven(said: Registered) -> None:
    said.say(EntryEnded(kind="route", valid_from=day(5, "06:00")), "route/r1", compound=DISTRICT)
    assert len(said.register.routes("v1", MONDAY)) == 1
    assert said.register.routes("v1", "2026-10-06") == ()


def test_plans_are_new_when_the_register_is(said: Registered) -> None:
    asked = said.register
    assert len(asked.routes("v1", MONDAY)[0].bins) == 3
    said.say(BinScrapped(valid_from=day(2)), "bin/b3")
    assert len(said.register.routes("v1", MONDAY)[0].bins) == 2
    kinds = {kind: dict(rows) for kind, rows in said.rows.kinds.items()}
    assert Register(kinds).routes("v1", MONDAY) == said.register.routes("v1", MONDAY)


def test_what_was_worked_out_is_of_one_edition_only(said: Registered) -> None:
    """Screens of the past ask between two runs, and more of them than are remembered."""
    pasts = []
    for number in range(2, 8):
        pasts.append({kind: dict(rows) for kind, rows in said.rows.kinds.items()})
        said.route("r1", day(1), bins=["c01/b1"], start=f"0{number}:00", end="09:00")
    for _ in range(2):
        begins = [Register(one).routes("v1", MONDAY)[0].start_ms for one in pasts]
        clocks = ["05:30", *(f"0{number}:00" for number in range(2, 7))]
        assert begins == [at(MONDAY, clock) for clock in clocks]
        assert said.register.routes("v1", MONDAY)[0].start_ms == at(MONDAY, "07:00")


def test_points_near_by_distance(said: Registered) -> None:
    said.point("p2", lat=22.5401, lon=114.0504)
    said.point("p3", lat=22.5500, lon=114.0500)
    asked = said.register
    found = asked.points_near(22.5400, 114.0501, ms(2), 60.0)
    assert [name for name, _ in found] == ["p1", "p2"]
    assert found[0][1] == pytest.approx(10.3, abs=0.1)
    assert asked.points_near(22.5400, 114.0501, ms(1) - 1, 60.0) == []
    assert [name for name, _ in asked.points_near(22.5400, 114.0501, ms(2), 1200.0)][-1] == "p3"


def test_a_point_that_moved_is_where_it_was_then(said: Registered) -> None:
    said.point("p1", day(10), lat=22.6000, lon=114.1000)
    asked = said.register
    assert [name for name, _ in asked.points_near(22.54, 114.05, ms(9), 50.0)] == ["p1"]
    assert asked.points_near(22.54, 114.05, ms(10), 50.0) == []
    assert [name for name, _ in asked.points_near(22.60, 114.10, ms(10), 50.0)] == ["p1"]
    said.say(EntryEnded(kind="point", valid_from=day(12)), "point/p1")
    assert said.register.points_near(22.60, 114.10, ms(12), 50.0) == []
    assert said.register.point("p1", ms(12)) is None


def test_two_sides_of_a_cell_are_near(said: Registered) -> None:
    said.point("west", lat=22.56999, lon=114.05999)
    said.point("east", lat=22.57001, lon=114.06001)
    found = said.register.points_near(22.57, 114.06, ms(2), 10.0)
    assert {name for name, _ in found} == {"west", "east"}


def test_a_degree_is_as_long_as_it_is() -> None:
    assert metres(22.0, 114.0, 23.0, 114.0) == pytest.approx(111_195, rel=1e-4)
    assert metres(60.0, 114.0, 60.0, 114.001) == pytest.approx(55.6, rel=1e-2)


def test_a_plate_of_one_vehicle_at_a_time(said: Registered) -> None:
    said.vehicle("v2", day(5), plateRef=OTHER_REF)
    asked = said.register
    assert asked.vehicle_of(unregistered(REF), ms(2)) == "v1"
    assert asked.vehicle_of(unregistered(OTHER_REF), ms(4)) == ""
    assert asked.vehicle_of("", ms(4)) == ""
    said.vehicle("v1", day(8), plateRef=OTHER_REF)
    assert said.register.vehicle_of(unregistered(REF), ms(8)) == ""
    assert said.register.vehicle_of(unregistered(OTHER_REF), ms(8)) == ""  # of two: nobody can say


def test_facilities_and_weighbridges_hold_from_their_day(said: Registered) -> None:
    facility = FacilityEntered(
        name="North", kind="composting", accepts=("food",), valid_from=day(5)
    )
    said.say(facility, "facility/f1", compound=DISTRICT)
    bridge = WeighbridgeEntered(facility="f1", scale=Scale(accuracy="III"), valid_from=day(5))
    said.say(bridge, "weighbridge/f1-b1", compound=DISTRICT)
    asked = said.register
    found, weighs = asked.facility("f1", ms(5)), asked.weighbridge("f1-b1", ms(5))
    assert found is not None
    assert (found.name, found.kind, found.accepts) == ("North", "composting", ("food",))
    assert weighs is not None
    assert (weighs.facility, weighs.scale.accuracy) == ("f1", "III")
    assert asked.facility("f1", ms(4)) is None
    assert asked.carrier("k1", ms(5)) is None


def test_a_route_settles_the_hauls_of_all_who_ever_drove_it(said: Registered) -> None:
    for vehicle in ("v1", "v2", "v3"):
        said.hauled(vehicle, 9)
    ended = EntryEnded(kind="route", valid_from=day(6))
    said.route("r1", day(3), vehicle="v2")
    again = said.say(ended, "route/r1", compound=DISTRICT)
    assert set(again) == {"v1|2026-10-09", "v2|2026-10-09"}


def test_days_under_a_plate_are_settled_again_and_of_who_had_it(said: Registered) -> None:
    for vehicle in ("v1", "v2", unregistered(REF), unregistered(OTHER_REF)):
        said.hauled(vehicle, 9)
    entry = VehicleEntered(plate_ref=REF, valid_from=day(4))
    again = said.say(entry, "vehicle/v2", compound=DISTRICT)
    assert set(again) == {"v1|2026-10-09", "v2|2026-10-09", f"{unregistered(REF)}|2026-10-09"}


def test_a_point_that_moves_concerns_who_was_to_lift_there(said: Registered) -> None:
    enlist(said.rows, "planned", "b2", "v1")
    said.hauled("v1", 9)
    said.hauled("v2", 9)
    entry = PointEntered(compound="c01", lat=22.6, lon=114.0, valid_from=day(4))
    assert set(said.say(entry, "point/p1")) == {"v1|2026-10-09"}
    assert set(said.say(entry, "point/p7")) == set()
