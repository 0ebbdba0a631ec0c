"""The page of one compound's sorting quality, and the ways to it."""

from collections.abc import Sequence
from typing import Any

import pytest

from core.event import Data
from core.events import waste as w
from projections.console.district import checklist, leaguepage, qualitypage
from projections.console.district.boards import Seen
from projections.console.district.period import Span
from projections.console.region import Item
from projections.waste_district.asked.league import Standing
from projections.waste_district.asked.quality import Quality
from projections.waste_district.sorting.demonstration import Criterion
from projections.waste_district.sorting.score import Cause, Score
from projections.waste_sorting.rows import Seen as Shown
from tests.fix_district import DAY
from tests.unit.console.fix_board import NOON, WORDS, attributes
from tests.unit.console.test_alarms import text
from tests.unit.projections.test_score import GOOD, A, district, entered

SPAN = Span(page="quality/c001", since=DAY, until=DAY)


def asked(*facts: tuple[Data, str, float]) -> Quality:
    kinds, own = district(facts)
    entered(kinds, "c001-p01", buildings=("1号楼",))
    made = qualitypage.found("c001", Seen(kinds, NOON, beside={"c001": own}.__getitem__), SPAN)
    assert made is not None
    return made


def drawn(items: Sequence[Item]) -> list[Any]:
    return [one.draw() for one in items]


def test_the_score_stands_with_what_it_rests_on_and_where_to_go() -> None:
    (facts,) = drawn(qualitypage.fact_items(asked(*GOOD), SPAN, WORDS))
    said = text(facts)
    for part in ("小区1", "c001 · 清河", "100.0", "Deposits", "Purity", "98%", "24.0 kg"):
        assert part in said
    assert set(attributes(facts, "href")) == {
        "/waste?compound=c001",
        "/district?at=c001",
        f"/district/findings?compound=c001&since={DAY}&until={DAY}",
        f"/district/league?since={DAY}&until={DAY}",
    }


def test_without_anything_to_judge_by_it_says_so() -> None:
    (facts,) = drawn(qualitypage.fact_items(asked(), SPAN, WORDS))
    assert "No score" in text(facts)


def test_a_cause_leads_to_its_events_the_newest_first() -> None:
    mixed = [(w.DepositViolated(kind="mixed"), A, 20.0 + n) for n in range(5)]
    made = asked(*GOOD, *mixed)
    (cause,) = drawn(qualitypage.cause_items(made.compound.causes, WORDS))
    assert "Mixed deposits" in text(cause)
    assert "−25.0" in text(cause)
    assert list(attributes(cause, "href")) == [
        f"/events/{n}?event=c001-p01%3A{n}" for n in (106, 105, 104)
    ]


def test_points_and_buildings_stand_with_their_scores_and_dearest_causes() -> None:
    made = asked(*GOOD, (w.DepositViolated(kind="mixed"), A, 20.0))
    first, second = drawn(qualitypage.point_items(made, WORDS))
    assert "1号点" in text(first)
    assert "93.8" in text(first)
    assert "Mixed deposits ×1" in text(first)
    assert "/events?compound=c001&subject=point%2Fc001-p01" in set(attributes(first, "href"))
    assert "100.0" in text(second)
    (building,) = drawn(qualitypage.building_items(made.buildings, WORDS))
    assert "1号楼" in text(building)
    assert "93.8" in text(building)


@pytest.mark.parametrize(
    ("criterion", "said", "shape"),
    [
        (
            Criterion(name="purity", source="demonstration", unit="share", result="not-met",
                      value=0.8996, at_least=0.9),
            ("Not met", "Purity", "89.96%", "≥ 90%", "Customary"), "ic-cross",
        ),
        (
            Criterion(name="mixed-trips", source="transport", unit="trips", result="met", value=0,
                      at_most=0.0),
            ("Met", "Trips with mixed loads", "0", "≤ 0", "trips", "Separate transport"),
            "ic-check",
        ),
        (
            Criterion(name="beauty", source="a city's", unit="score", result="no-data",
                      at_least=90.0),
            ("No data", "beauty", "–", "≥ 90", "points out of 100", "a city's"), "ic-once",
        ),
    ],
)  # fmt: skip
def test_a_criterion_says_by_word_and_sign_whether_it_is_met(
    criterion: Criterion, said: tuple[str, ...], shape: str
) -> None:
    (row,) = drawn(checklist.items([criterion], WORDS))
    for part in said:
        assert part in text(row)
    assert any(shape in one for one in attributes(row, "class"))
    (counted,) = drawn(checklist.summary([criterion], WORDS))
    assert text(counted).strip() == f"{said[0]} 1"


def test_the_league_leads_to_the_compound_and_to_the_newest_of_a_causes_events() -> None:
    events = tuple(Shown(ms=n, id=f"e{n}", position=n) for n in (1, 2, 3))
    cause = Cause(what="mixed", count=9, points=5.0, most=30.0, events=events)
    standing = Standing(place=1, compound="c/1", score=95.0, causes=(cause,))
    (row,) = drawn(leaguepage.items([standing], SPAN, WORDS))
    links = list(attributes(row, "href"))
    assert f"/district/quality/c%2F1?since={DAY}&until={DAY}" in links
    assert "/events/3?event=e3" in links


def test_the_second_building_stands_before_the_tenth() -> None:
    items = qualitypage.building_items([Score(name=f"{n}号楼") for n in (1, 10, 2)], WORDS)
    assert [one.key for one in items] == ["1号楼", "2号楼", "10号楼"]


def test_what_costs_nothing_is_not_said_to_cost_something() -> None:
    one = Score(name="p", causes=(Cause(what="refused", count=1, points=0.0, most=20.0),))
    (row,) = drawn(qualitypage.building_items([one], WORDS))
    assert "Refused by the carrier ×1" in text(row)
    assert "−" not in text(row)
