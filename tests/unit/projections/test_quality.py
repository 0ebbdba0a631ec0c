"""One compound's sorting quality beside the league: the same figures, whoever asks."""

import random
from typing import Any

import pytest

from core.event import Data
from core.events import waste as w
from projections.days import at
from projections.state import CompoundRows
from projections.waste_district.asked.league import league
from projections.waste_district.asked.quality import quality
from projections.waste_sorting import deeds
from tests import fix_district
from tests.fix_district import DAY
from tests.unit.projections.test_score import A, B, district, stood


def told(rnd: random.Random) -> list[tuple[Data, str, float]]:
    kinds: Any = ("mixed", "bag-not-broken", "outside-hours", "dumped")
    makers = (
        lambda: w.DepositRecorded(category="food", net_g=rnd.randrange(9_000)),
        lambda: w.DepositViolated(kind=rnd.choice(kinds)),
        lambda: w.InspectionRecorded(purity=rnd.random()),
        lambda: w.Overflowed(),
    )
    return [
        (rnd.choice(makers)(), rnd.choice((A, B, "bin/c001-p01-f1")), number / 10)
        for number in range(rnd.choice((0, 1, 40)))
    ]


@pytest.mark.parametrize("seed", range(25))
def test_it_is_the_leagues_whatever_was_told(seed: int) -> None:
    rnd = random.Random(seed)
    kinds, own = district(told(rnd))
    rows = CompoundRows("district")
    if others := stood(told(rnd), "c002"):
        deeds.enter(rows, others)
        kinds.setdefault("deeds", {}).update(rows.kinds["deeds"])
    for route in sorted(kinds["route"]):
        if rnd.random() < 0.4:
            missed = tuple(n for n in range(5) if rnd.random() < 0.5)
            fix_district.drive(kinds, route, missed=missed, delivered=rnd.random() < 0.5)
    for standing in league(kinds, DAY, DAY, at(DAY, "23:59")):
        found = quality(own, kinds, standing.compound, DAY, DAY)
        assert found is not None
        assert (found.compound.score, found.compound.causes) == (standing.score, standing.causes)
        assert found.compound.collected_g == standing.collected_g
        assert (found.name, found.street) == (standing.name, standing.street)


def test_points_have_the_registers_names() -> None:
    kinds, own = district([(w.DepositRecorded(category="food"), A, 0)])
    found = quality(own, kinds, "c001", DAY, DAY)
    assert found is not None
    assert [one.name for one in found.points] == ["c001-p01"]
    assert found.places == {"c001-p01": "1号点"}


def test_who_is_not_registered_is_known_by_what_was_done_there() -> None:
    kinds, own = district([(w.DepositRecorded(category="food"), A, 0)], compound="c777")
    found = quality(own, kinds, "c777", DAY, DAY)
    assert found is not None
    assert (found.name, found.compound.score) == ("", 100.0)
    assert quality({}, kinds, "c777", "2026-01-01", "2026-01-02") is None
    assert quality({}, kinds, "c778", DAY, DAY) is None
    idle = quality({}, kinds, "c002", DAY, DAY)
    assert idle is not None
    assert idle.compound.score is None
