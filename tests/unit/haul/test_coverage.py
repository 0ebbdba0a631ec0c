"""What came of a route: lifted, presumed, refused, missed; and what another vehicle made good."""

import pytest

from core.events.register import RouteEntered
from core.events.waste import BinSwapped
from projections.waste_district.rows.hauls import Missed, Witness
from tests.fix_haul import ALL, DAY, NEXT, SINCE, Hauling, bin_of, key_of, lift


@pytest.fixture
def hauling() -> Hauling:
    return Hauling(("v1", "v2"))


def missed(hauling: Hauling, day: str = DAY) -> dict[str, bool]:
    """Bin → whether the vehicle has gone past it."""
    return {one.bin: one.passed_ms > 0 for one in hauling.route(day).missed}


def test_all_of_it(hauling: Hauling) -> None:
    hauling.take(hauling.round())
    route = hauling.route()
    assert (route.planned, route.lifted, route.missed) == (12, 12, ())
    assert route.done == tuple(key_of(*one) for one in ALL), "in the order of lifting"
    assert hauling.haul().findings == ()


def test_every_bin_is_one_of_four(hauling: Hauling) -> None:
    hauling.take(
        [
            hauling.lift("06:10", lift(1, 1)),
            hauling.lift("06:11", lift(1, 2, uid_hex="")),
            hauling.lift("06:12", lift(2, 1, refused_reason="hot")),
        ]
    )
    route = hauling.route()
    assert (route.lifted, route.presumed, route.refused, len(route.missed)) == (1, 1, 1, 9)
    assert route.planned == 12


def test_a_bin_is_passed_at_the_second_later_point(hauling: Hauling) -> None:
    one, two, three = (hauling.lift(f"06:1{n}", lift(n)) for n in (1, 2, 3))
    hauling.say(one, two)
    assert not any(missed(hauling).values())
    hauling.say(three)
    past = {key for key, passed in missed(hauling).items() if passed}
    assert past == {key_of(1, 2)}
    (found,) = (gone for gone in hauling.route().missed if gone.bin == key_of(1, 2))
    by = Witness(id=three.event.id, position=three.position)
    assert found == Missed(bin=key_of(1, 2), point="p1", passed_ms=three.moment.ms, by=by)
    assert hauling.route().last == by


def test_the_other_way_round_nothing_is_passed(hauling: Hauling) -> None:
    hauling.say(*(hauling.lift(f"06:1{6 - n}", lift(n)) for n in (6, 5, 4, 3)))
    assert not any(missed(hauling).values())


def test_a_load_taken_away_at_the_end_passes_the_rest(hauling: Hauling) -> None:
    hauling.say(*hauling.round(left=[(6, 1), (6, 2)]))
    assert not any(missed(hauling).values())
    hauling.say(hauling.ticket("07:00"))
    assert missed(hauling) == {key_of(6, 1): True, key_of(6, 2): True}


def test_a_load_taken_away_half_way_passes_only_what_lies_behind(hauling: Hauling) -> None:
    hauling.say(hauling.lift("06:10", lift(1)), hauling.lift("06:12", lift(2)))
    hauling.say(hauling.ticket("06:30"))
    assert {key for key, passed in missed(hauling).items() if passed} == {key_of(1, 2)}


@pytest.mark.parametrize(("furthest", "past"), [(3, 2), (4, 6)])
def test_two_points_may_be_left_at_a_routes_end(hauling: Hauling, furthest: int, past: int) -> None:
    hauling.say(*(hauling.lift(f"06:1{n}", lift(n)) for n in range(1, furthest + 1)))
    hauling.say(hauling.ticket("07:00"))
    gone = missed(hauling)
    assert {key for key, passed in gone.items() if passed} == {
        key_of(point, number) for point, number in ALL if point <= past
    } & gone.keys()


@pytest.mark.parametrize(("tags", "untold"), [(2, 2), (1, 0)])
def test_names_tell_of_tags_only_where_tags_are_read(
    hauling: Hauling, tags: int, untold: int
) -> None:
    """Of half of the lifts at least: a terminal that knows names alone has lost no tag."""
    by_name = [lift(n, uid_hex="", bin=bin_of(n)) for n in (4, 5)]
    read = [lift(n) for n in range(1, tags + 1)]
    hauling.take([hauling.lift(f"06:1{n}", one) for n, one in enumerate([*read, *by_name])])
    assert hauling.route().untold == tuple(key_of(n) for n in (4, 5)[:untold])


def test_another_vehicle_makes_it_good(hauling: Hauling) -> None:
    hauling.say(*hauling.round(left=[(2, 1)]))
    assert missed(hauling) == {key_of(2, 1): True}
    hauling.say(hauling.lift("09:00", lift(2, 1), "v2"))
    route = hauling.route()
    assert (route.missed, route.lifted, route.caught_up) == ((), 12, (key_of(2, 1),))
    assert route.done[-1] == key_of(2, 1)


def test_before_the_shift_it_makes_nothing_good(hauling: Hauling) -> None:
    hauling.say(hauling.lift("02:00", lift(2, 1), "v2"), *hauling.round(left=[(2, 1)]))
    assert missed(hauling) == {key_of(2, 1): True}


def test_not_on_the_next_day(hauling: Hauling) -> None:
    hauling.say(*hauling.round(left=[(2, 1)]), hauling.lift("06:30", lift(2, 1), day=NEXT))
    assert missed(hauling) == {key_of(2, 1): True}


def test_twice_a_day_is_two_rounds(hauling: Hauling) -> None:
    again = RouteEntered(
        valid_from=SINCE, vehicle="v1", category="food", start="18:00", end="22:00",
        bins=(key_of(1, 1), key_of(1, 2)),
    )  # fmt: skip
    hauling.say(hauling.enter(again, "route/r-late"))
    hauling.take([*hauling.round(), hauling.lift("18:30", lift(1, 2))])
    morning, evening = hauling.haul().routes
    assert morning.missed == ()
    assert [one.bin for one in evening.missed] == [key_of(1, 1)]


def test_a_shift_over_midnight_is_one(hauling: Hauling) -> None:
    night = RouteEntered(
        valid_from=SINCE, vehicle="v3", category="food", start="23:00", end="03:00",
        bins=(key_of(1, 1), key_of(1, 2)),
    )  # fmt: skip
    hauling.say(hauling.enter(night, "route/r-night"))
    hauling.say(
        hauling.lift("00:30", lift(1, 2), "v3", day=NEXT), hauling.lift("23:50", lift(1, 1), "v3")
    )
    (route,) = hauling.haul("v3").routes
    assert (route.lifted, route.missed) == (2, ())
    (tomorrow,) = hauling.haul("v3", NEXT).routes
    assert (tomorrow.lifted, len(tomorrow.missed)) == (0, 2)


def test_a_bin_in_the_place_of_another_is_the_one_to_lift(hauling: Hauling) -> None:
    swap = BinSwapped(replaced_by=key_of(6, 2), valid_from="2026-11-01T00:00:00+08:00")
    hauling.say(hauling.enter(swap, "bin/p1-f1"), *hauling.round(left=[(1, 1)]))
    assert missed(hauling) == {}
