"""What was lifted, on the compound's own page and over time; what was not missed yet."""

import msgspec
import pytest

from projections.console import waste_figures
from projections.console.district import balancepage, bars, gaplist, mass_found
from projections.console.district.boards import Seen
from projections.console.district.gathered import DAYS, gathered
from projections.console.format import exact, rounded
from projections.console.tonnage import days_chart
from projections.days import at
from projections.waste_district.asked import board
from projections.waste_district.asked.findings import findings
from projections.waste_district.asked.league import league
from projections.waste_district.asked.over_time import by_compound, collected
from projections.waste_district.rows.trips import Gap, Trip
from tests import fix_district as district
from tests.fix_district import DAY
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.fix_board import NOON, SPAN, WORDS, attributes, rows_of_a_morning
from tests.unit.console.test_alarms import text
from tests.unit.console.test_screens import by_key, seen


def test_every_compound_has_every_day_and_no_gram_is_lost() -> None:
    rows = rows_of_a_morning()
    found = gathered(Seen(rows, NOON))
    assert set(found) == {"c001", "c002", "c003"}
    assert {len(one) for one in found.values()} == {DAYS}
    assert {one[-1].period for one in found.values()} == {DAY}
    (whole,) = collected(rows, DAY, DAY, "day")
    today = [one[-1] for one in found.values()]
    assert sum(sum(one.grams.values()) for one in today) == sum(whole.grams.values()) > 0
    assert sum(one.lifts for one in today) == whole.lifts > 0


def test_lifts_of_the_fleet_stand_on_the_compounds_own_page(hub_rig: HubRig) -> None:
    sight = msgspec.structs.replace(seen(hub_rig), compound="c001", now=NOON)
    lifted = by_compound(rows_of_a_morning(), "2026-10-24", DAY)["c001"]
    mine = by_key(waste_figures.figures(sight, lifted, 7, WORDS))["collected"]
    assert mine.value != "0.0 kg"
    assert mine.of == f"×{lifted[-1].lifts}"
    assert {one.look for one in mine.parts} == set(lifted[-1].grams)
    assert mine.source == "waste_district.trip @ 7"
    assert mine.href == f"/district/balance?compound=c001&since={DAY}&until={DAY}"
    series = {one["name"]: one for one in days_chart(sight, lifted, WORDS)["series"]}
    assert series["Recyclable"]["type"] == "bar"
    assert series["Recyclable"]["data"][-1] == round(lifted[-1].grams["recyclable"] / 1000, 1) > 0
    assert series["Deposited"]["type"] == "line"


def test_over_time_follows_what_the_page_is_asked_for() -> None:
    rows = rows_of_a_morning()
    for cut in ({"category": "food"}, {"facility": "f02"}, {"compound": "c002"}):
        span = msgspec.structs.replace(SPAN, **cut)
        found = mass_found.found(Seen(rows, NOON), span)
        lifted = sum(sum(one.grams.values()) for one in found.over)
        assert lifted == found.total.lifted_g


def test_a_bin_that_is_still_to_come_was_not_missed() -> None:
    rows = district.register()
    district.drive(rows, "r001-am", lifted=3, missed=(1,), until="08:00")
    haul = rows["haul"][f"v001|{DAY}"]
    (route,) = haul.routes  # type: ignore[attr-defined]
    bins = district.planned(rows, "r001-am")
    ahead = tuple(
        msgspec.structs.replace(route.missed[0], bin=key, passed_ms=0) for key in bins[3:]
    )
    route = msgspec.structs.replace(route, missed=(*route.missed, *ahead))
    district.put(rows, "haul", f"v001|{DAY}", msgspec.structs.replace(haul, routes=(route,)))
    missed = sum(one.missed for one in league(rows, DAY, DAY, at(DAY, "23:59")))
    assert missed == sum(one.kind == "missed-bin" for one in findings(rows, DAY, DAY)) == 1


def test_how_many_were_missed_is_a_number_even_of_a_silent_vehicle() -> None:
    found = board.routes(district.register(), DAY, at(DAY, "13:00"))
    assert {(one.state, type(one.missed)) for one in found} == {("silent", int)}


def test_without_a_gap_that_nothing_explains_the_largest_is_shown() -> None:
    rows = rows_of_a_morning()
    for key, trip in rows["trip"].items():
        assert isinstance(trip, Trip)
        gap = Gap(name="lifter-zero", grams=trip.lifted_g - trip.received_g)
        district.put(rows, "trip", key, msgspec.structs.replace(trip, gaps=(gap,)))
    made = mass_found.found(Seen(rows, NOON), SPAN)
    assert made.trips.gap == "lifter-zero"
    assert len(gaplist.trip_items(made.trips, WORDS)) == len(rows["trip"])
    asked = msgspec.structs.replace(SPAN, gap="tolerance")
    assert mass_found.found(Seen(rows, NOON), asked).trips.gap == "tolerance"


def test_an_empty_balance_says_so() -> None:
    made = mass_found.found(Seen(district.register(), NOON), SPAN)
    (item,) = balancepage.nothing(made, WORDS)
    assert "Nothing was lifted" in text(item.draw())
    assert balancepage.nothing(mass_found.found(Seen(rows_of_a_morning(), NOON), SPAN), WORDS) == []


def test_lines_of_the_axis_are_numbers_that_read_well() -> None:
    axis, *_ = bars.items(collected({}, DAY, DAY, "day"), WORDS)
    said = text(axis.draw())
    for one in ("0.2 kg", "0.4 kg", "0.6 kg", "0.8 kg", "1.0 kg"):
        assert one in said
    assert list(attributes(axis.draw(), "class"))


@pytest.mark.parametrize(
    ("grams", "said"),
    [(4_258_000, "4,258.0 kg"), (4_258_020, "4,258.020 kg"), (-40, "-0.040 kg"), (None, "–")],
)
def test_what_stands_on_a_ticket_is_shown_to_the_gram(grams: int | None, said: str) -> None:
    assert exact(grams) == said


@pytest.mark.parametrize(
    ("grams", "said"),
    [
        (4_487_590_000, "4,488 t"),
        (57_720_000, "57.7 t"),
        (146_000, "146 kg"),
        (9_500, "9.5 kg"),
        (-1_080_000, "-1.1 t"),
    ],
)
def test_where_there_is_little_room_three_digits_are_enough(grams: int, said: str) -> None:
    assert rounded(grams) == said
