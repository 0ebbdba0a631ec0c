"""The made-up street office's register is one a hub takes, and fits what the trucks do."""

from datetime import datetime, timedelta

import pytest

from core.events.register import BinEntered, PointEntered, RouteEntered
from core.moment import millis
from core.policy.findings import Findings
from infra.simulate.compound import Compound
from infra.simulate.register import register_of
from projections.days import at, day_of
from projections.waste_district.register.entry import Entry, read
from tests.unit.simulate.conftest import START, Day

HOUR = 8
BOX = START + timedelta(hours=13, minutes=7)  # lives as if it was eight


@pytest.fixture(scope="module")
def entries(compound: Compound) -> list[Entry]:
    return register_of(compound, BOX, HOUR)


def test_every_entry_is_read_again_as_it_was_written(entries: list[Entry]) -> None:
    found = Findings()
    assert [read(one.line(), one.name, found) for one in entries] == entries
    assert found.errors == []


def test_it_has_every_bin_where_it_stands(entries: list[Entry], compound: Compound) -> None:
    bins = {one.name: one.data for one in entries if isinstance(one.data, BinEntered)}
    points = {one.name: one.data for one in entries if isinstance(one.data, PointEntered)}
    assert bins.keys() == {one.device for one in compound.bins}
    for one in compound.bins:
        entered = bins[one.device]
        assert (entered.uid_hex, entered.category) == (one.tag, one.category)
        assert entered.point in points
    brought = [building for point in points.values() for building in point.buildings]
    assert len(brought) == len(set(brought)) == 8


def test_trucks_lift_what_their_routes_say_in_the_order_of_points(
    entries: list[Entry], day: Day, compound: Compound
) -> None:
    routes = [one.data for one in entries if isinstance(one.data, RouteEntered)]
    lifted: dict[str, list[str]] = {}
    for said in day.native("waste.bin.collected.v1"):
        data = said.body["data"]
        lifted.setdefault(data["vehicle"], []).append(f"{compound.compound}/{data['bin']}")
    for route in routes:
        assert lifted[route.vehicle] == [*route.bins, *route.bins]
    assert len({route.vehicle for route in routes}) == len(routes) / 2 == 4


def test_routes_hold_from_when_the_trucks_first_set_out(entries: list[Entry]) -> None:
    out = {"am": BOX + timedelta(minutes=1), "pm": BOX + timedelta(hours=12.5)}
    for one in entries:
        if isinstance(one.data, RouteEntered):
            holds = datetime.fromisoformat(one.data.valid_from)
            assert f"{holds:%H:%M}" == one.data.start
            first = out[one.name.rpartition("-")[2]]
            assert holds <= first < holds + timedelta(minutes=15)
            assert at(day_of(millis(one.data.valid_from)), one.data.start) == millis(
                one.data.valid_from
            )


def test_at_midnight_no_route_begins_the_day_before(compound: Compound) -> None:
    begun = START + timedelta(minutes=4)
    holds = {
        one.name: datetime.fromisoformat(one.data.valid_from)
        for one in register_of(compound, begun, HOUR)
        if isinstance(one.data, RouteEntered)
    }
    assert min(holds.values()) == START


def test_a_box_that_starts_again_at_another_hour_enters_its_routes_anew_and_nothing_else(
    entries: list[Entry], compound: Compound
) -> None:
    again = {one.id for one in register_of(compound, BOX, HOUR)}
    later = {one.id: one for one in register_of(compound, BOX + timedelta(hours=2), HOUR)}
    assert again == {one.id for one in entries}
    new = [later[key] for key in later.keys() - again]
    assert {one.kind for one in new} == {"route"}
    assert len(new) == 8


def test_compounds_of_one_box_share_no_name_of_the_district(compound: Compound) -> None:
    def names(of: Compound) -> set[tuple[str, str]]:
        own = ("compound", "point", "vehicle", "route", "facility", "weighbridge")
        return {(one.kind, one.name) for one in register_of(of, BOX, HOUR) if one.kind in own}

    assert not names(compound) & names(Compound(7, "c02"))
