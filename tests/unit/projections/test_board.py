"""The board: today's routes, what was missed, how every bin stands, from rows made by hand."""

import msgspec
import pytest

from projections.days import at
from projections.waste_district.asked import board
from projections.waste_district.asked.board import BIN_STATES, MissedBin, RouteNow, Told, state_of
from projections.waste_district.held import Held
from projections.waste_district.rows.hauls import Extra, Haul
from projections.waste_district.rows.papers import Dispatch
from projections.waste_district.rows.register import Route
from tests import fix_district as district
from tests.fix_district import DAY

ROUTE = "r001-am"
MINUTE = 60_000


def one(rows: district.Rows, clock: str, route: str = ROUTE) -> RouteNow:
    found = board.routes(rows, DAY, at(DAY, clock))
    return next(each for each in found if each.route == route)


def test_a_route_says_how_far_it_is_and_when_it_will_be_done() -> None:
    rows = district.register()
    bins = district.planned(rows, ROUTE)
    district.drive(rows, ROUTE, lifted=len(bins) - 2, until="10:00")
    found = one(rows, "10:00")
    assert (found.state, found.planned, found.lifted, found.left) == (
        "under-way", len(bins), len(bins) - 2, 2,
    )  # fmt: skip
    pace = (at(DAY, "10:00") - at(DAY, "06:00")) // (len(bins) - 2)
    assert found.eta_ms == at(DAY, "10:00") + 2 * pace


def test_stops_whose_bins_nobody_entered_are_counted_beside_the_others() -> None:
    rows = district.register()
    bins = district.planned(rows, ROUTE)
    assert one(rows, "10:00").unknown == 0
    row = Held(rows).get("route", ROUTE, Route)
    assert row is not None
    (version,) = row.versions
    more = msgspec.structs.replace(version, bins=(*version.bins, "c001/x1", "x2"))
    district.put(rows, "route", ROUTE, Route(versions=(more,)))
    found = one(rows, "10:00")
    assert (found.planned, found.unknown, found.left) == (len(bins), 2, len(bins))


def test_a_vehicle_that_rests_is_late_by_its_rest() -> None:
    rows = district.register()
    district.drive(rows, ROUTE, lifted=4, until="10:00")
    assert one(rows, "10:00").state == "under-way"
    assert one(rows, "11:30").state == "behind"
    assert one(rows, "11:30").eta_ms > at(DAY, "12:00")
    over = one(rows, "12:01")
    assert (over.state, over.left) == ("short", len(district.planned(rows, ROUTE)) - 4)
    assert one(rows, "13:31").eta_ms == 0, "nobody is on the way any more"


@pytest.mark.parametrize(
    ("clock", "state"), [("05:00", "later"), ("06:44", "later"), ("06:45", "silent")]
)
def test_silence_counts_from_the_start_of_the_shift(clock: str, state: str) -> None:
    assert one(district.register(), clock).state == state


def test_a_route_without_anything_left_is_done_whatever_the_time() -> None:
    rows = district.register()
    district.drive(rows, ROUTE, until="11:00")
    for clock in ("11:00", "23:00"):
        assert (one(rows, clock).state, one(rows, clock).eta_ms) == ("done", 0)


def test_routes_in_trouble_come_first() -> None:
    rows = district.register()
    routes = sorted(rows["route"])
    district.drive(rows, routes[0], until="10:00")
    district.drive(rows, routes[1], lifted=1, until="10:30")
    found = [each.state for each in board.routes(rows, DAY, at(DAY, "11:00"))]
    assert found == ["silent"] * (len(routes) - 2) + ["behind", "done"]


def test_a_bin_that_was_passed_is_missed_within_the_shift() -> None:
    rows = district.register()
    bins = district.planned(rows, ROUTE)
    district.drive(rows, ROUTE, lifted=6, missed=(2,), until="08:00")
    (found,) = board.missed(rows, DAY, at(DAY, "08:01"))
    assert (found.bin, found.compound, found.category, found.dispatched) == (
        bins[2], bins[2].partition("/")[0], "food", "",
    )  # fmt: skip
    assert found.passed_ms < at(DAY, "08:00")
    assert found.end_ms == at(DAY, "12:00")
    assert one(rows, "08:01").missed == 1


def test_of_a_silent_vehicle_no_bin_is_missed_one_by_one() -> None:
    rows = district.register()
    haul = district.drive(rows, ROUTE, lifted=3, missed=(1,), until="08:00")
    silent = msgspec.structs.replace(haul, last_ms=0)
    district.put(rows, "haul", f"{haul.vehicle}|{DAY}", silent)
    assert board.missed(rows, DAY, at(DAY, "13:00")) == ()
    assert one(rows, "13:00").missed == 0


def test_who_was_sent_stands_beside_the_bin_and_goes_last() -> None:
    rows = district.register()
    bins = district.planned(rows, ROUTE)
    district.drive(rows, ROUTE, lifted=8, missed=(1, 3), until="08:00")
    sent = Dispatch(vehicle="v009", bins=(bins[1],), actor="guard", at="2026-11-20T01:00:00Z")
    district.put(rows, "dispatch", f"{ROUTE}|{DAY}", sent)
    found = board.missed(rows, DAY, at(DAY, "08:01"))
    assert [(each.bin, each.dispatched) for each in found] == [(bins[3], ""), (bins[1], "v009")]


def test_those_whose_shift_is_not_over_come_before_those_for_whom_it_is_too_late() -> None:
    rows = district.register()
    haul = district.drive(rows, ROUTE, lifted=8, missed=(1,), until="08:00")
    (settled,) = haul.routes
    early = msgspec.structs.replace(settled, route="r000", end_ms=at(DAY, "07:00"))
    both = msgspec.structs.replace(haul, routes=(early, settled))
    district.put(rows, "haul", f"{haul.vehicle}|{DAY}", both)
    found = board.missed(rows, DAY, at(DAY, "08:01"))
    assert [each.route for each in found] == [ROUTE, "r000"]


def test_every_point_shows_every_bin_by_its_state() -> None:
    rows = district.register(compounds=1, points=1, each=8)
    bins = district.planned(rows, ROUTE)
    district.drive(rows, ROUTE, lifted=2, missed=(1,), until="08:00")
    (point,) = board.points(rows, at(DAY, "08:01"), {bins[0]: Told(fill=0.9)})
    states = {each.bin: each.state for each in point.bins}
    assert (states[bins[0]], states[bins[1]]) == ("full", "missed")
    assert len(states) == 8
    assert set(states.values()) == {"full", "missed", "unknown"}
    assert point.lat is not None


def test_a_bin_that_another_vehicle_lifted_is_fine() -> None:
    rows = district.register(compounds=1, points=1)
    key = district.planned(rows, ROUTE)[0]
    district.put(rows, "extra", DAY, Extra(lifts=((key, at(DAY, "09:00"), "v009"),)))
    (point,) = board.points(rows, at(DAY, "10:00"))
    assert {each.bin: each.state for each in point.bins}[key] == "ok"


@pytest.mark.parametrize(
    ("told", "missed", "lifted", "state"),
    [
        (None, True, False, "missed"),
        (Told(overflow=True, fill=0.1, fault="stuck"), False, False, "overflow"),
        (Told(fault="stuck", fill=0.9), False, True, "fault"),
        (Told(fill=0.8), False, True, "full"),
        (Told(fill=0.79), False, False, "ok"),
        (Told(), False, True, "ok"),
        (Told(), False, False, "unknown"),
        (None, False, False, "unknown"),
    ],
)
def test_of_several_states_the_one_to_act_on_is_shown(
    told: Told | None, missed: bool, lifted: bool, state: str
) -> None:
    assert state_of(told, missed=missed, lifted=lifted) == state
    assert state in BIN_STATES


def test_what_the_board_says_is_plain_json() -> None:
    rows = district.register()
    district.drive(rows, ROUTE, lifted=8, missed=(1,), until="08:00")
    found: tuple[MissedBin, ...] = board.missed(rows, DAY, at(DAY, "09:00"))
    assert msgspec.to_builtins(found[0])["passedMs"] == found[0].passed_ms


def test_hauls_of_a_day_are_found_without_looking_at_others() -> None:
    rows = district.register()
    district.drive(rows, ROUTE)
    district.drive(rows, ROUTE, "2026-11-19")
    (found,) = board.hauls(rows, DAY)
    assert isinstance(found, Haul)
    assert found.day == DAY
