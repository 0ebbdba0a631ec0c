"""Trips: where a load begins and ends, what of it is whose, and what its gaps are called."""

import msgspec
import pytest

from projections.days import DAY_MS, at
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.loads.trips import standing
from projections.waste_district.rows.trips import Trip
from tests.fix_loads import DAY, LATER, Weighbridge, every, lift, registered, twice, weighed, word
from tests.fix_register import day, entry

HOUR = 3_600_000
EIGHT, TEN, NOON = (at(DAY, clock) for clock in ("08:00", "10:00", "12:00"))
TONNE = 1_000_000


def gaps(trip: Trip) -> dict[str, int]:
    """Which always add up to lifted minus received."""
    assert sum(one.grams for one in trip.gaps) == trip.lifted_g - trip.received_g
    return {one.name: one.grams for one in trip.gaps}


def only(heard: Weighbridge, *lifts: Resolved, vehicle: str = "v1", mark_ms: int = LATER) -> Trip:
    (found,) = heard.trips(lifts, vehicle, mark_ms=mark_ms)
    return found


# --- where it begins and ends -------------------------------------------------------------------


def test_a_trip_goes_from_the_first_lift_to_the_next_ticket() -> None:
    heard = Weighbridge([weighed(TEN, 150_000), weighed(NOON, 100_000, no="t2")])
    lifts = [lift(ms) for ms in (*every(10, 3), TEN + HOUR, TEN + HOUR + 60_000)]
    first, second = heard.trips(lifts)
    assert (first.n, first.lifts, first.ticket, first.site) == (1, 3, "f1|t1", "f1")
    assert (first.opened_ms, first.last_ms, first.closed_ms) == (EIGHT, lifts[2].lift.ms, TEN)
    assert (second.n, second.lifts, second.ticket) == (2, 2, "f1|t2")
    assert first.ends == (lifts[0].lift.id, lifts[2].lift.id, f"weighed:f1:t1:{TEN}")
    assert (first.carrier, first.category, first.outcome) == ("k1", "food", "delivered")
    assert gaps(first) == gaps(second) == {}


def test_a_vehicle_is_as_it_was_entered_when_the_load_began() -> None:
    """It changed hands at noon."""
    said = registered()
    said.vehicle("v1", f"{DAY}T12:00:00+08:00", carrier="k2", categories=["food"])
    heard = Weighbridge()
    heard.rows = said.rows
    for one in (weighed(TEN, 50_000), weighed(NOON + 2 * HOUR, 50_000, no="t2")):
        heard.hear(one)
    trips = heard.trips([lift(EIGHT), lift(NOON + HOUR)])
    assert [one.carrier for one in trips] == ["k1", "k2"]


def test_what_was_told_twice_or_refused_is_no_lift() -> None:
    one = lift(EIGHT)
    heard = Weighbridge([weighed(TEN, 50_000)])
    refused = lift(EIGHT + 90_000, counted=False, net_g=0)
    trip = only(heard, one, twice(one, EIGHT + 60_000), refused)
    assert (trip.lifts, trip.doubles, trip.lifted_g) == (1, 1, 50_000)


def test_a_load_without_ticket_is_left_somewhere_when_too_long_nothing_is_known() -> None:
    trip = only(Weighbridge(), lift(EIGHT), mark_ms=EIGHT + 8 * HOUR)
    assert (trip.outcome, gaps(trip)) == ("open", {"under-way": 50_000})
    trip = only(Weighbridge(), lift(EIGHT), mark_ms=EIGHT + 8 * HOUR + 1)
    assert (trip.outcome, gaps(trip)) == ("undelivered", {"not-delivered": 50_000})


def test_a_row_that_was_written_before_is_read_with_what_is_known_now() -> None:
    trip = only(Weighbridge(), lift(EIGHT), mark_ms=0)
    assert trip.outcome == "open"
    assert standing(trip, EIGHT + HOUR) == trip
    later = standing(trip, LATER)
    assert (later.outcome, gaps(later)) == ("undelivered", {"not-delivered": 50_000})


def test_what_the_vehicle_did_later_says_that_its_load_was_left() -> None:
    lifts = [lift(EIGHT), lift(EIGHT + 9 * HOUR)]
    first, second = Weighbridge().trips(lifts, mark_ms=0)
    assert (first.outcome, second.outcome) == ("undelivered", "open")


@pytest.mark.parametrize(
    ("net_g", "expected"), [(260_000, [(5, "f1|t1")]), (100_000, [(3, ""), (2, "f1|t1")])]
)
def test_a_vehicle_stood_loaded_between_shifts_if_it_brought_both_loads(
    net_g: int, expected: list[tuple[int, str]]
) -> None:
    evening = at(DAY, "19:00")
    lifts = [lift(ms) for ms in (*every(10, 3), *every(10, 2, "18:00"))]
    found = Weighbridge([weighed(evening, net_g)]).trips(lifts)
    assert [(one.lifts, one.ticket) for one in found] == expected
    assert [one.n for one in found] == list(range(1, len(found) + 1))


def test_a_load_of_the_day_before_is_not_joined_however_well_it_fits() -> None:
    """Of that day nobody looks back as far as this ticket."""
    lifts = [lift(at(DAY, "18:00"), 150_000), lift(at("2026-10-06", "06:00"), 100_000)]
    heard = Weighbridge([weighed(at("2026-10-06", "08:00"), 250_000)])
    days = (DAY, "2026-10-06")
    found = [(one.lifts, one.ticket) for day in days for one in heard.trips(lifts, day=day)]
    assert found == [(1, ""), (1, "f1|t1")]


def test_a_load_is_left_the_next_morning() -> None:
    morning = at("2026-10-06", "06:00")
    heard = Weighbridge([weighed(morning, 50_000)])
    trip = only(heard, lift(at(DAY, "19:00")))
    assert (trip.day, trip.outcome, trip.closed_ms) == (DAY, "delivered", morning)
    assert heard.trips([lift(at(DAY, "19:00"))], day="2026-10-06") == ()


def test_a_trip_over_midnight_is_of_the_day_of_its_first_lift() -> None:
    late = [lift(at(DAY, "23:30")), lift(at("2026-10-06", "00:40"))]
    heard = Weighbridge([weighed(at("2026-10-06", "02:00"), 100_000)])
    trip = only(heard, *late)
    assert (trip.lifts, trip.outcome, trip.lifted_g) == (2, "delivered", 100_000)
    assert heard.trips(late, day="2026-10-06") == ()


def test_who_lifts_all_day_without_ticket_begins_anew_at_midnight() -> None:
    """Whether that load had begun the day before yesterday, nobody can see from here."""
    days = ("2026-10-04", DAY, "2026-10-06")
    lifts = [lift(one) for day in days for one in every(240, 6, "00:30", day)]
    made = [trip for day in days for trip in Weighbridge().trips(lifts, day=day)]
    assert sum(one.lifts for one in made) == len(lifts)


def test_a_ticket_without_lifts_is_told_of() -> None:
    trip = only(Weighbridge([weighed(TEN, 3 * TONNE)]))
    assert (trip.lifts, trip.received_g, trip.opened_ms) == (0, 3 * TONNE, TEN)
    assert gaps(trip) == {"no-lifts": -3 * TONNE}


# --- refused, transferred -------------------------------------------------------------------------


def test_a_refused_load_is_still_on_the_vehicle() -> None:
    words = [
        word("weighed", TEN, grossG=9_050_000),
        word("refused", TEN + 60_000, reason="wrong material"),
        weighed(NOON, 50_000, site="f3", no="t9"),
    ]
    trip = only(Weighbridge(words), lift(EIGHT))
    assert (trip.outcome, trip.ticket, trip.site) == ("delivered", "f3|t9", "f3")
    assert trip.tickets == ("f1|t1", "f3|t9")
    assert gaps(trip) == {}


def test_a_refused_load_nobody_takes_is_a_gap_of_its_name() -> None:
    words = [weighed(TEN, 50_000), word("refused", TEN + 1, reason="closed")]
    trip = only(Weighbridge(words), lift(EIGHT))
    assert (trip.outcome, trip.received_g, trip.ticket) == ("refused", 0, "f1|t1")
    assert gaps(trip) == {"refused": 50_000}


def test_from_a_transfer_station_to_a_facility() -> None:
    words = [
        weighed(TEN, 5 * TONNE, site="f2", no="o1", vehicle="v9", direction="out"),
        weighed(NOON, 4_960_000, site="f3", no="i1", vehicle="v9"),
    ]
    trip = only(Weighbridge(words), vehicle="v9")
    assert (trip.kind, trip.origin, trip.site, trip.taken) == ("transfer", "f2", "f3", "f2|o1")
    assert (trip.lifted_g, trip.received_g, trip.parts) == (5 * TONNE, 4_960_000, ())
    assert gaps(trip) == {"tolerance": 40_000}
    assert trip.tolerance_g > 40_000


def test_a_transfer_that_never_arrived() -> None:
    words = [weighed(TEN, 5 * TONNE, site="f2", vehicle="v9", direction="out")]
    trip = only(Weighbridge(words), vehicle="v9")
    assert (trip.outcome, gaps(trip)) == ("undelivered", {"not-delivered": 5 * TONNE})


# --- what is between lifted and received --------------------------------------------------------


def test_what_the_scales_may_be_off_by_is_no_loss_and_the_rest_is_not_explained() -> None:
    lifts = [lift(ms) for ms in every(2, 40)]
    trip = only(Weighbridge([weighed(TEN, 1_980_000)]), *lifts)
    assert gaps(trip) == {"tolerance": 20_000}
    trip = only(Weighbridge([weighed(TEN, 1_500_000)]), *lifts)
    assert gaps(trip) == {
        "tolerance": trip.tolerance_g, "unexplained": 500_000 - trip.tolerance_g,
    }  # fmt: skip


def test_nobodys_waste_came_along_without_being_anybodys() -> None:
    unknown = lift(EIGHT + 60_000, 30_000, bin="", by="")
    trip = only(Weighbridge([weighed(TEN, 80_000)]), lift(EIGHT), unknown)
    assert (trip.lifted_g, trip.received_g) == (50_000, 80_000)
    assert gaps(trip) == {"unidentified": -30_000}
    assert [(one.compound, one.net_g) for one in trip.parts] == [("", 30_000), ("c1", 50_000)]


def test_bins_nobody_weighed_explain_what_they_may_have_held_and_no_more() -> None:
    blind = lift(EIGHT + 60_000, weighed=False, bin="c2/b1")
    heard = Weighbridge([weighed(TEN, 90_000)])
    assert gaps(only(heard, lift(EIGHT), blind)) == {"unweighed-lifts": -40_000}
    heard = Weighbridge([weighed(TEN, 900_000)])
    found = gaps(only(heard, lift(EIGHT), blind))
    assert found["unweighed-lifts"] == -100_000  # twice what the other one held
    assert found["unexplained"] < -600_000
    (part,) = (one for one in only(heard, lift(EIGHT), blind).parts if one.compound == "c2")
    assert (part.net_g, part.lifts, part.unweighed) == (0, 1, 1)


def test_an_explanation_never_points_the_other_way() -> None:
    blind = lift(EIGHT + 60_000, weighed=False)
    found = gaps(only(Weighbridge([weighed(TEN, 20_000)]), lift(EIGHT), blind))
    assert found == {"tolerance": 30_000}


@pytest.mark.parametrize(
    "wrong",
    [
        {"grossG": 8_000_000},  # tare above gross
        {"netG": 90_000_000},  # more than any vehicle carries
        {"netG": 12_500_000},  # more than half again what this one may
        {"grossG": 9_050, "tareG": 9_000},  # kilograms, written as grams
        {"netG": 50},  # the same, of the net alone: below an interval of the scale
        {"netG": 300_000},  # more than was weighed
        {"grossG": 12_000_000, "netG": 25_000},  # far less than was weighed
    ],
)
def test_a_ticket_that_says_what_cannot_be_is_not_taken_for_what_was_brought(
    wrong: dict[str, object],
) -> None:
    trip = only(Weighbridge([weighed(TEN, 50_000, **wrong)]), lift(EIGHT))
    assert trip.received_g == 0
    assert gaps(trip) == {"impossible-weight": 50_000}


def test_a_scale_that_was_set_to_nothing_under_the_vehicle_weighs_the_load_alone() -> None:
    assert gaps(only(Weighbridge([weighed(TEN, 50_000, tareG=0)]), lift(EIGHT))) == {}


def test_far_less_than_was_lifted_is_a_unit_mistaken() -> None:
    lifts = [lift(ms) for ms in every(2, 60)]
    words = [weighed(TEN, 0, grossG=None, tareG=9_000_000, netG=29_000)]
    assert gaps(only(Weighbridge(words), *lifts)) == {"impossible-weight": 3 * TONNE}


def test_water_taken_off_the_net_and_a_corrected_net_are_believed() -> None:
    drained = weighed(TEN, 4 * TONNE, netG=3_800_000)
    lifts = [lift(ms, 76_000) for ms in every(2, 50)]
    assert gaps(only(Weighbridge([drained]), *lifts)) == {}
    words = [weighed(TEN, 50_000), word("corrected", NOON, netG=3_800_000, reason="mistyped")]
    assert gaps(only(Weighbridge(words), *lifts)) == {}


def test_a_ticket_without_net_leaves_the_load_unweighed() -> None:
    trip = only(Weighbridge([word("weighed", TEN, grossG=9_050_000)]), lift(EIGHT))
    assert (trip.outcome, gaps(trip)) == ("delivered", {"unweighed-load": 50_000})


@pytest.mark.parametrize(
    ("tare_g", "gap"), [(7_000, {"lifter-zero": 50_000}), (10_000, {"tolerance": 50_000})]
)
def test_a_lifter_that_is_off_explains_nets_with_a_kept_tare_only(
    tare_g: int, gap: dict[str, int]
) -> None:
    """Ten of them, five kilograms each; two kilograms may be dirt in the bins."""
    said = Weighbridge([weighed(TEN, 1_000_000)])
    made = every(2, 22)
    off = [lift(ms, bin=f"c01/b{n}", compound="c01", point="p1") for n, ms in enumerate(made[:12])]
    register = registered()
    for n in range(12):
        register.bin(f"b{n}", tareG=tare_g, category="food")
    said.rows = register.rows
    said.hear(weighed(TEN, 1_050_000))
    kept = [_kept(ms) for ms in made[12:]]
    assert gaps(only(said, *off, *kept)) == gap


def _kept(ms: int) -> Resolved:
    """Its terminal took off the tare it had stored."""
    one = lift(ms, 50_000)
    told = msgspec.structs.replace(one.lift, tare_g=None, net_g=50_000)
    return msgspec.structs.replace(one, lift=told)


# --- mixed transport ----------------------------------------------------------------------------


def test_bins_of_another_stream_make_it_mixed_when_they_are_no_slip() -> None:
    heard = Weighbridge([weighed(TEN, 50_000 * 40)])
    right = [lift(ms) for ms in every(2, 40)]
    wrong = [lift(EIGHT + 1 + n, category="residual") for n in range(3)]
    one = only(heard, *right[:-1], *wrong[:1])
    assert (one.wrong_lifts, one.wrong_g, one.mixed) == (1, 50_000, "")
    assert only(heard, *right[:-3], *wrong).mixed == "bins"


def test_two_that_are_much_of_the_load_are_no_slip_either() -> None:
    heard = Weighbridge([weighed(TEN, 250_000)])
    wrong = [lift(EIGHT + n, category="residual") for n in range(2)]
    assert only(heard, *wrong, *(lift(ms) for ms in every(2, 3))).mixed == "bins"
    assert only(heard, wrong[0], *(lift(ms) for ms in every(2, 1))).mixed == ""


@pytest.mark.parametrize(
    ("site", "taken_as", "expected"),
    [("f1", "food", ""), ("f1", "", ""), ("f3", "", "facility"), ("f1", "residual", "taken-as")],
)
def test_facility_and_vehicle_are_of_one_stream(site: str, taken_as: str, expected: str) -> None:
    words = [weighed(TEN, 50_000, site=site)]
    if taken_as:
        words.append(word("accepted", TEN + 1, site=site, category=taken_as))
    assert only(Weighbridge(words), lift(EIGHT)).mixed == expected


def test_a_facility_of_which_nobody_entered_what_it_takes_takes_all() -> None:
    heard, said = Weighbridge(), registered()
    said.enter(entry("facility/yard", day(1), kind="transfer"))
    heard.rows = said.rows
    heard.hear(weighed(TEN, 50_000, site="yard"))
    assert only(heard, lift(EIGHT)).mixed == ""


def test_a_facility_that_refused_took_nothing() -> None:
    words = [weighed(TEN, 50_000, site="f3"), word("refused", TEN + 1, site="f3", reason="food")]
    assert only(Weighbridge(words), lift(EIGHT)).mixed == ""


# --- names ---------------------------------------------------------------------------------------


def test_a_site_is_known_by_its_weighbridge() -> None:
    words = [word("weighed", TEN, site="gate-3", weighbridge="f1-b1", netG=50_000)]
    assert only(Weighbridge(words), lift(EIGHT)).site == "f1"


def test_a_gap_of_nothing_is_none() -> None:
    assert only(Weighbridge([weighed(TEN, 50_000)]), lift(EIGHT)).gaps == ()


def test_the_day_after_has_no_part_in_it() -> None:
    heard = Weighbridge([weighed(TEN + DAY_MS, 50_000)])
    trip = only(heard, lift(EIGHT), lift(EIGHT + DAY_MS))
    assert (trip.lifts, trip.outcome) == (1, "undelivered")
