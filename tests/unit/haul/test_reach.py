"""Whose days are settled again when the register says something new of a place."""

from typing import Any

import pytest

from core.event import Data, Recorded
from core.events.register import (
    BinEntered,
    EntryEnded,
    FacilityEntered,
    RouteEntered,
    WeighbridgeEntered,
)
from core.events.vehicle import Positioned
from core.events.waste import BinSwapped, LoadWeighed
from projections.view import DISTRICT
from projections.waste_district.entering import entries
from projections.waste_district.entering.reach import Reach
from projections.waste_district.rows.register import Names
from projections.waste_district.rows.trips import Trip
from tests.fix_haul import DAY, NEXT, SINCE, Hauling, bin_of, key_of, lift, place_of

V1, V2, V3 = (f"{vehicle}|{DAY}" for vehicle in ("v1", "v2", "v3"))


def weighed(
    hauling: Hauling, site: str, vehicle: str, clock: str, day: str = DAY, **how: Any
) -> Recorded:
    data = LoadWeighed(
        site=site, ticket_no=f"{vehicle}{day}{clock}", vehicle=vehicle, net_g=30_000, **how
    )
    return hauling.item(data, f"facility/{site}", clock, day=day)


@pytest.fixture
def hauling() -> Hauling:
    """v1 brings to f1, v2 to f2 over the weighbridge f2-b1, and v3 lifts and brings nothing."""
    made = Hauling(["v1", "v2", "v3"])
    bridge = WeighbridgeEntered(valid_from=SINCE, facility="f2")
    made.say(
        made.enter(bridge, "weighbridge/f2-b1"),
        made.lift("06:10", lift(1)),
        weighed(made, "f1", "v1", "08:00"),
        made.lift("06:20", lift(2), vehicle="v2"),
        weighed(made, "yard", "v2", "09:00", weighbridge="f2-b1"),
        made.lift("06:30", lift(3), vehicle="v3"),
    )
    return made


def again(hauling: Hauling, data: Data, subject: str) -> set[str]:
    rows, item = hauling.state.of(DISTRICT), hauling.enter(data, subject)
    reach = Reach(rows)
    touched = entries.enter(rows, item)
    assert touched is not None
    reach.hear(item)
    return {key for key in {*touched, *reach.keys()} if key in rows.keys("haul")}


@pytest.mark.parametrize(
    ("data", "subject", "keys"),
    [
        (FacilityEntered(valid_from=SINCE), "facility/f1", {V1}),
        (EntryEnded(kind="facility", valid_from=SINCE), "facility/f1", {V1}),
        (FacilityEntered(valid_from=f"{DAY}T08:00:00+08:00"), "facility/f1", {V1}),
        (FacilityEntered(valid_from=f"{DAY}T08:00:01+08:00"), "facility/f1", set()),
        (FacilityEntered(valid_from=SINCE), "facility/f2", {V2}),  # by its weighbridge
        (FacilityEntered(valid_from=SINCE), "facility/f3", set()),
        (WeighbridgeEntered(valid_from=SINCE, facility="f3"), "weighbridge/f2-b1", {V2}),
        (WeighbridgeEntered(valid_from=SINCE, facility="f1"), "weighbridge/f1-b9", set()),
    ],
)
def test_a_facility_concerns_who_was_there_from_then_on(
    hauling: Hauling, data: Data, subject: str, keys: set[str]
) -> None:
    assert again(hauling, data, subject) == keys


def test_a_load_may_have_been_begun_the_day_before(hauling: Hauling) -> None:
    hauling.say(
        hauling.lift("23:40", lift(4), vehicle="v3"),
        weighed(hauling, "f1", "v3", "00:20", NEXT),
    )
    entry = FacilityEntered(valid_from=f"{NEXT}T00:00:00+08:00")
    assert again(hauling, entry, "facility/f1") == {V3}


def test_what_a_facility_takes_is_held_against_loads_it_took_already(hauling: Hauling) -> None:
    def mixed() -> str:
        trip = hauling.row("trip", f"v1|{DAY}|1", Trip)
        assert trip is not None
        return trip.mixed

    assert mixed() == ""
    entry = FacilityEntered(valid_from=SINCE, accepts=("residual",))
    hauling.say(hauling.enter(entry, "facility/f1"))
    assert mixed() == "facility"


def test_a_bin_without_a_point_is_where_the_one_before_it_stood(hauling: Hauling) -> None:
    hauling.say(hauling.enter(BinSwapped(valid_from=SINCE, replaced_by="b9"), f"bin/{bin_of(6)}"))
    hauling.say(hauling.item(Positioned(**place_of(6)), "vehicle/v3", "06:25"))
    assert again(hauling, BinEntered(valid_from=SINCE, compound="c01"), "bin/b9") == {V1, V3}


def test_what_was_known_settles_nothing(hauling: Hauling) -> None:
    entry = hauling.enter(FacilityEntered(valid_from=SINCE, accepts=("residual",)), "facility/f1")
    hauling.say(entry)
    assert entries.enter(hauling.state.of(DISTRICT), entry) is None


@pytest.mark.parametrize("subject", ["vehicle/v2", "route/", "route"])
def test_a_route_that_is_not_taken_in_is_nobodys_plan(hauling: Hauling, subject: str) -> None:
    entry = RouteEntered(valid_from=SINCE, vehicle="v2", bins=(key_of(5), "c01/b7"))
    hauling.say(hauling.enter(entry, subject))
    assert hauling.row("planned", "b7", Names) is None
    hauling.say(hauling.enter(entry, "route/r-v2"))
    assert hauling.row("planned", "b7", Names) == Names(names=("v2",))
    assert hauling.row("planned", bin_of(5), Names) == Names(names=("v1", "v2"))
