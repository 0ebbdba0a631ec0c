"""The whole district has the seed district's size, and stands where a district can stand."""

from collections import Counter
from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.errors import ConfigError
from infra.simulate.district import doses
from infra.simulate.district.calendar import Calendar
from infra.simulate.district.fleet import Fleet, fleet
from infra.simulate.district.ground import BINS, WHOLE, Compound, apart, compounds
from infra.simulate.district.scene import Scene
from infra.simulate.district.tags import Tags
from infra.simulate.district.wire import Wire


@pytest.fixture(scope="module")
def homes() -> tuple[Compound, ...]:
    return compounds(Random(1), WHOLE)


@pytest.fixture(scope="module")
def cars(homes: tuple[Compound, ...]) -> Fleet:
    return fleet(Random(1), homes)


def test_it_has_as_many_bins_vehicles_and_facilities_as_the_seed_district(
    homes: tuple[Compound, ...], cars: Fleet
) -> None:
    bins = [one for each in homes for point in each.points for one in point.bins]
    assert (len(homes), len(bins), len(cars.vehicles)) == (WHOLE, BINS, 275)
    assert len({one.key for one in bins}) == len({one.uid for one in bins}) == BINS
    assert Counter(one.kind for one in cars.facilities) == {
        "transfer": 3, "incineration": 3, "composting": 2, "sorting": 2, "hazardous": 1,
        "landfill": 1,
    }  # fmt: skip


def test_points_of_two_compounds_are_told_apart_by_place(homes: tuple[Compound, ...]) -> None:
    points = [point for each in homes[:40] for point in each.points]
    for one, other in combinations(points, 2):
        least = 60 if one.compound != other.compound else 45
        assert apart(one.place, other.place) > least, (one.name, other.name)


def test_several_streams_stand_at_one_point(homes: tuple[Compound, ...]) -> None:
    for each in homes:
        for point in each.points:
            streams = Counter(one.category for one in point.bins)
            assert {"food", "residual", "recyclable"} <= streams.keys()
    assert max(streams.values()) > 1


def test_every_bin_is_on_a_route_of_its_stream_and_points_are_not_shared_out(
    homes: tuple[Compound, ...], cars: Fleet
) -> None:
    by_name = {one.name: one for one in cars.vehicles}
    vehicles: dict[tuple[str, str], set[str]] = {}
    planned = set()
    for route in cars.routes:
        assert route.start_s < route.end_s < 86_400
        assert by_name[route.vehicle].category == route.category
        for one in route.bins:
            assert one.category == route.category
            planned.add(one.key)
            vehicles.setdefault((one.point, one.category), set()).add(route.vehicle)
    assert len(planned) == BINS
    assert {len(names) for names in vehicles.values()} == {1}


def test_routes_lead_where_their_stream_is_accepted(cars: Fleet) -> None:
    sites = {one.name: one for one in cars.facilities}
    for route in cars.routes:
        assert route.category in sites[route.facility].accepts


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_smaller_one_has_its_share(count: int) -> None:
    homes = compounds(Random(2), count)
    bins = [one for each in homes for point in each.points for one in point.bins]
    assert len(bins) == round(BINS * count / WHOLE)
    cars = fleet(Random(2), homes)
    assert len({one for route in cars.routes for one in route.bins}) == len(bins)


class Impatient(Random):
    """Ends a draw that would go on for ever."""

    left = 20_000

    def choice(self, seq: Any) -> Any:
        self.left -= 1
        assert self.left, "drawn for ever"
        return super().choice(seq)


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_compounds_far_from_the_average_are_taken_as_they_are(count: int) -> None:
    """Eleven points hold more bins than a compound has on the average, whatever is taken away."""
    sizes = set()
    for seed in range(1, 41):
        made = compounds(Impatient(f"district/{seed}/ground"), count)
        sizes.add(sum(len(point.bins) for each in made for point in each.points))
    wanted = round(BINS * count / WHOLE)
    assert wanted in sizes
    assert len(sizes) > 1


def test_of_too_few_bins_it_is_said_instead_of_sought_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = Calendar(date(2026, 10, 1), 1)
    scene = Scene(1, 1, calendar, Wire(tmp_path, calendar))
    for dose, more in (("SWAPPED_BESIDE", 20 * WHOLE), ("RETAGGED", 100 * WHOLE)):
        with monkeypatch.context() as patched:
            patched.setattr(doses, dose, more)
            with pytest.raises(ConfigError, match=r"too few bins .* --compounds"):
                Tags(scene)
