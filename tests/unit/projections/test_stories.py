"""One bin and one trip with all they follow from; compounds beside each other; mass over time."""

import msgspec
import pytest

from core.events.register import BinEntered, RouteEntered, VehicleEntered
from core.events.waste import BinCollected, BinSwapped
from projections.days import DAY_MS, at, day_of
from projections.waste_district.asked.bin_story import bin_story
from projections.waste_district.asked.league import league
from projections.waste_district.asked.over_time import collected, period_of, sorting_ppm
from projections.waste_district.asked.trip_story import trip_story
from projections.waste_district.lifts.gather import facts_of
from projections.waste_district.rows.hauls import Finding
from projections.waste_district.rows.register import Bin, Tag, TagVersion
from projections.waste_district.rows.trips import Trip
from tests import fix_district as district
from tests.fix_district import DAY, SINCE, TOLD
from tests.fix_haul import DAY as TODAY
from tests.fix_haul import NEXT, Hauling, bin_of, key_of, lift, place_of

ROUTE = "r001-am"
NOW = at(DAY, "13:00")


def lifted_of(rows: district.Rows) -> int:
    return sum(one.lifted_g for one in rows["trip"].values() if isinstance(one, Trip))


def test_a_bin_tells_its_lifts_with_how_sure_they_are() -> None:
    rows = district.register()
    district.drive(rows, ROUTE, "2026-11-19")
    district.drive(rows, ROUTE, missed=(1,))
    first, second = district.planned(rows, ROUTE)[:2]
    story = bin_story(rows, first, NOW)
    assert story is not None
    assert [(one.by, one.confidence, one.counted) for one in story.lifts] == [
        ("tag", 0.99, True), ("tag", 0.99, True),
    ]  # fmt: skip
    assert story.lifts[0].ms > story.lifts[1].ms
    assert story.routes == (ROUTE,)
    assert story.now is not None
    assert story.point is not None
    missed = bin_story(rows, second, NOW)
    assert missed is not None
    assert [one.kind for one in missed.findings] == ["missed-bin"]
    assert len(missed.lifts) == 1
    assert story.until == DAY


def test_a_bin_that_was_imported_tells_of_the_days_up_to_the_last_that_is_known() -> None:
    rows = district.register()
    district.drive(rows, ROUTE, "2026-11-19")
    story = bin_story(rows, district.planned(rows, ROUTE)[0], NOW + 200 * DAY_MS)
    assert story is not None
    assert (story.until, len(story.lifts)) == ("2026-11-19", 1)


def test_a_bin_tells_what_its_route_lifted_before_another_vehicle_drove_it() -> None:
    """Nobody read its tag, so only the route leads to who lifted it."""
    hauling = Hauling(("v1", "v2"))
    hauling.say(hauling.lift("06:10", BinCollected(gross_g=42_000, tare_g=12_000, **place_of(3))))
    since = f"{NEXT}T00:00:00+08:00"
    driven = RouteEntered(valid_from=since, vehicle="v2", category="food", bins=(key_of(3),))
    hauling.say(hauling.enter(driven, "route/r-v1"))
    story = bin_story(hauling.kinds, key_of(3), at(NEXT, "12:00"))
    assert story is not None
    assert [(one.vehicle, one.by) for one in story.lifts] == [("v1", "place")]
    assert story.routes == ("r-v1",)


def test_a_bin_tells_who_lifted_it_by_its_name_without_having_it_on_a_route() -> None:
    hauling = Hauling(("v1", "v2"))
    told = BinCollected(bin=bin_of(3), gross_g=42_000, tare_g=12_000)
    free = VehicleEntered(valid_from=f"{DAY}T00:00:00+08:00", categories=("food",))
    hauling.say(hauling.enter(free, "vehicle/v7"), hauling.lift("07:10", told, vehicle="v7"))
    story = bin_story(hauling.kinds, key_of(3), at(NEXT, "12:00"))
    assert story is not None
    assert [(one.vehicle, one.by) for one in story.lifts] == [("v7", "name")]


def told_on(hauling: Hauling, key: str) -> tuple[str, ...]:
    story = bin_story(hauling.kinds, key, at(NEXT, "12:00"))
    assert story is not None
    return story.routes


def test_a_route_may_call_a_bin_by_its_bare_name() -> None:
    hauling = Hauling()
    bare = RouteEntered(valid_from=f"{DAY}T00:00:00+08:00", vehicle="v3", bins=(bin_of(3),))
    hauling.say(hauling.enter(bare, "route/r-v3"))
    assert told_on(hauling, key_of(3)) == ("r-v1", "r-v3")
    namesake = BinEntered(valid_from=f"{DAY}T00:00:00+08:00", compound="c02", category="food")
    hauling.say(hauling.enter(namesake, f"bin/{bin_of(3)}"))
    assert told_on(hauling, key_of(3)) == ("r-v1",), "nobody can say whose is meant"


def test_a_bin_is_on_the_routes_of_those_in_whose_place_it_stands() -> None:
    hauling = Hauling()
    for old, new in ((bin_of(3), "n1"), ("n1", "n2"), ("n2", bin_of(3))):
        entry = BinEntered(valid_from=f"{DAY}T00:00:00+08:00", compound="c01", category="food")
        hauling.say(
            hauling.enter(entry, f"bin/{new}"),
            hauling.enter(BinSwapped(replaced_by=new), f"bin/{old}"),
        )
    assert told_on(hauling, "c01/n2") == ("r-v1",)


def test_nobody_tells_of_a_bin_that_never_was() -> None:
    assert bin_story(district.register(), "c001/ghost", NOW) is None


def test_a_tag_is_told_with_from_when_until_when_it_was_carried() -> None:
    rows = district.register()
    first, second = district.planned(rows, ROUTE)[:2]
    row = rows["bin"][first]
    assert isinstance(row, Bin)
    (uid,) = row.uids
    moved = TagVersion(
        ms=NOW, told=TOLD, bin=second, bins=(second,), tech="uhf", id="m", position=9
    )
    tag = rows["tag"][uid]
    assert isinstance(tag, Tag)
    district.put(rows, "tag", uid, msgspec.structs.replace(tag, versions=(*tag.versions, moved)))
    other = rows["bin"][second]
    assert isinstance(other, Bin)
    both = msgspec.structs.replace(other, uids=(*other.uids, uid))
    district.put(rows, "bin", second, both)
    told = {
        key: [(one.uid == uid, one.since_ms, one.until_ms) for one in story.tags]
        for key in (first, second)
        if (story := bin_story(rows, key, NOW))
    }
    assert told[first] == [(True, SINCE, NOW)]
    assert told[second] == [(False, SINCE, 0), (True, NOW, 0)]


def test_a_trip_tells_lifts_ticket_revisions_and_findings() -> None:
    rows = district.register()
    haul = district.drive(rows, ROUTE, delivered=True)
    first = facts_of(haul).lifts[0]
    stray = Finding(kind="stray-tag", key=first.id, source=first.source, day=DAY, ms=first.ms)
    other = msgspec.structs.replace(stray, kind="double-read", source="/of/another")
    elsewhere = Finding(kind="late-file", key=f"{haul.vehicle}|{DAY}", day=DAY)
    district.put(
        rows, "haul", f"{haul.vehicle}|{DAY}",
        msgspec.structs.replace(haul, findings=(stray, other, elsewhere)),
    )  # fmt: skip
    story = trip_story(rows, f"{haul.vehicle}|{DAY}|1")
    assert story is not None
    assert len(story.lifts) == len(district.planned(rows, ROUTE))
    assert [one.ms for one in story.lifts] == sorted(one.ms for one in story.lifts)
    assert story.trip.lifted_g == sum(one.net_g for one in story.lifts)
    assert story.trip.lifted_g - story.trip.received_g == sum(one.grams for one in story.trip.gaps)
    assert story.ticket is not None
    assert [one.what for one in story.ticket.words] == ["weighed", "corrected"]
    assert [one.why for one in story.revisions] == ["waste.ticket.corrected.v1"]
    told = [one.kind for one in story.findings]
    assert "stray-tag" in told, "what hauls say of its lifts"
    assert "double-read" not in told, "of another device's lift of that id"
    assert "gap" in told, "what only the load says"
    assert "late-file" not in told, "what is of the whole day"


def test_a_trips_lifts_are_its_own_though_another_device_counts_alike() -> None:
    """A weighbridge, and another vehicle's lifter, number their events each for itself."""
    hauling = Hauling(("v1", "v2"))
    hauling.say(
        hauling.lift("06:10", lift(1), id="1"),
        hauling.lift("06:12", lift(2), id="2"),
        hauling.ticket("07:00", "first", id="4"),
        hauling.lift("07:10", lift(3), id="3"),
        hauling.lift("07:12", lift(4), id="4"),
        hauling.ticket("08:00", "second", id="1"),
        hauling.lift("07:30", lift(5, gross_g=42, tare_g=12), "v2", id="2"),
    )
    stories = [trip_story(hauling.kinds, f"v1|{TODAY}|{n}") for n in (1, 2)]
    assert [[one.bin for one in story.lifts] for story in stories if story] == [
        [key_of(1), key_of(2)], [key_of(3), key_of(4)],
    ]  # fmt: skip
    told = [one.vehicle for story in stories if story for one in story.findings]
    assert set(told) <= {"v1"}, "what is wrong with the other vehicle's lift"


def test_there_is_no_story_of_a_trip_that_was_not_made() -> None:
    assert trip_story(district.register(), f"v001|{DAY}|1") is None


def test_the_league_has_what_was_missed_planned_and_collected() -> None:
    rows = district.register()
    for route in sorted(rows["route"]):
        district.drive(rows, route, delivered=True, missed=(0,) if route == ROUTE else ())
    found = {one.compound: one for one in league(rows, DAY, DAY, NOW)}
    assert set(found) == {"c001", "c002", "c003"}
    assert (found["c001"].missed, found["c002"].missed) == (1, 0)
    assert {one.planned for one in found.values()} == {8}
    assert found["c002"].name == "小区2"
    kinds = {"food", "residual", "recyclable", "hazardous"}
    assert {*found["c002"].collected_g} == kinds
    whole = sum(sum(one.collected_g.values()) for one in found.values())
    lifted = lifted_of(rows)
    assert whole == lifted


def test_of_a_day_without_any_fact_nothing_was_planned() -> None:
    rows = district.register()
    assert {one.planned for one in league(rows, DAY, DAY, NOW)} == {0}


@pytest.mark.parametrize(
    ("grams", "ppm"),
    [
        ({}, None),
        ({"residual": 0}, None),
        ({"residual": 75, "food": 25}, 250_000),
        ({"food": 1}, 1_000_000),
    ],
)
def test_sorted_is_what_is_not_residual(grams: dict[str, int], ppm: int | None) -> None:
    assert sorting_ppm(grams) == ppm


def test_periods_begin_on_mondays_and_firsts() -> None:
    assert period_of("2026-11-22", "week") == "2026-11-16"
    assert period_of("2026-11-16", "week") == "2026-11-16"
    assert period_of("2026-11-22", "month") == "2026-11"


@pytest.mark.parametrize(("per", "periods"), [("day", 4), ("week", 2), ("month", 1)])
def test_no_gram_is_lost_between_days_weeks_and_months(per: str, periods: int) -> None:
    rows = district.register()
    for day in ("2026-11-14", "2026-11-15", "2026-11-17"):
        district.drive(rows, ROUTE, day, delivered=True)
    found = collected(rows, "2026-11-14", "2026-11-17", per)  # type: ignore[arg-type]
    assert len(found) == periods
    whole = sum(sum(one.grams.values()) for one in found)
    assert whole == lifted_of(rows)
    mine = collected(rows, "2026-11-14", "2026-11-17", "day", "c002")
    assert 0 < sum(sum(one.grams.values()) for one in mine) < whole


def test_of_a_facility_is_what_it_took() -> None:
    rows = district.register()
    district.drive(rows, ROUTE, delivered=True)
    (key,) = rows["trip"]
    trip = rows["trip"][key]
    assert isinstance(trip, Trip)

    def took() -> int:
        (found,) = collected(rows, DAY, DAY, "day", facility=trip.site)
        return sum(found.grams.values())

    assert took() == lifted_of(rows) > 0
    rows["trip"][key] = msgspec.structs.replace(trip, outcome="refused")
    assert took() == 0


def test_a_bin_tells_of_a_months_days() -> None:
    rows = district.register()
    for day in ("2026-10-20", "2026-10-21", DAY):
        district.drive(rows, ROUTE, day)
    story = bin_story(rows, district.planned(rows, ROUTE)[0], NOW)
    assert story is not None
    assert [day_of(one.ms) for one in story.lifts] == [DAY, "2026-10-21"]
