"""Scores of points, buildings and compounds, with what cost them points; demonstration criteria."""

import random
from collections.abc import Mapping, Sequence
from pkgutil import get_data
from typing import Any

import msgspec
import pytest

from core.errors import ConfigError
from core.event import Data, Recorded
from core.events import waste as w
from projections.days import at
from projections.state import CompoundRows
from projections.view import Kinds, Row
from projections.waste_district.rows.hauls import Finding, Haul, Missed, RouteDay
from projections.waste_district.rows.register import Point
from projections.waste_district.rows.trips import Part, Trip
from projections.waste_district.sorting.conduct import Conduct, spans, within
from projections.waste_district.sorting.criteria import CRITERIA, read
from projections.waste_district.sorting.demonstration import Criterion
from projections.waste_district.sorting.score import Score, Scores, judged, league, scores
from projections.waste_sorting import deeds
from projections.waste_sorting.participation import BITS
from projections.waste_sorting.rows import Month, Seen
from tests.fix_district import DAY, register
from tests.fix_views import NOON, Said, minutes

A, B = "point/c001-p01", "point/c001-p02"
GOOD: tuple[tuple[Data, str, float], ...] = (
    *((w.DepositRecorded(category="food", net_g=300), A, 0.1 * n) for n in range(80)),
    *((w.DepositRecorded(category="residual", net_g=700), B, 0.1 * n) for n in range(20)),
    (w.InspectionRecorded(purity=0.98), A, 9),
)


def stood(facts: Sequence[tuple[Data, str, float]], compound: str) -> list[Recorded]:
    said = Said()
    return [
        msgspec.structs.replace(
            said.stands(said.event(data, about, at=NOON + minutes(after)), number),
            compound=compound,
        )
        for number, (data, about, after) in enumerate(facts, start=1)
    ]


def district(
    facts: Sequence[tuple[Data, str, float]] = (), compound: str = "c001"
) -> tuple[dict[str, dict[str, Row]], Kinds]:
    """The district's rows, and the compound's own."""
    kinds, rows, own = register(), CompoundRows("district"), CompoundRows(compound)
    items = stood(facts, compound)
    if items:
        deeds.enter(rows, items)
        deeds.enter_by_subject(own, items, 100)
    kinds.update(rows.kinds)
    return kinds, own.kinds


def entered(kinds: dict[str, dict[str, Row]], point: str, **said: tuple[str, ...]) -> None:
    """`hours` or `buildings` of a point."""
    found = kinds["point"][point]
    assert isinstance(found, Point)
    version = msgspec.structs.replace(found.versions[0], **said)
    kinds["point"][point] = Point(versions=(version,))


def scored(*facts: tuple[Data, str, float]) -> Scores:
    kinds, own = district((*GOOD, *facts))
    return scores(own, kinds, "c001", DAY, DAY)


def costs(one: Score) -> dict[str, float]:
    return {cause.what: cause.points for cause in one.causes}


def test_a_good_day_costs_nothing() -> None:
    found = scored()
    assert (found.compound.score, found.compound.causes) == (100.0, ())
    assert (found.compound.deposits, found.compound.purity) == (100, 0.98)
    assert found.compound.deposited_g == {"food": 24_000, "residual": 14_000}
    assert [one.name for one in found.points] == ["c001-p01", "c001-p02"]


@pytest.mark.parametrize(
    ("facts", "cause", "count", "points"),
    [
        ([w.DepositViolated(kind="mixed")] * 2, "mixed", 2, 10.0),
        ([w.DepositViolated(kind="mixed")] * 50, "mixed", 50, 30.0),  # at most
        ([w.DepositViolated(kind="bag-not-broken")], "bag-not-broken", 1, 3.0),
        ([w.DepositViolated(kind="outside-hours")], "outside-hours", 1, 1.0),
        ([w.DepositViolated(kind="dumped")], "dumped", 1, 10.0),
        ([w.InspectionRecorded(purity=0.80)], "impure", 2, 6.0),  # a mean of 0.89
    ],
)
def test_what_costs_how_much(facts: list[Data], cause: str, count: int, points: float) -> None:
    found = scored(*((one, A, 10 + n) for n, one in enumerate(facts))).compound
    assert [(one.what, one.count, one.points) for one in found.causes] == [(cause, count, points)]
    assert found.score == 100 - points


def test_causes_are_linked_to_the_newest_of_their_events() -> None:
    found = scored(*((w.DepositViolated(kind="mixed"), A, 20 + n) for n in range(5)))
    (cause,) = found.compound.causes
    assert [one.id for one in cause.events] == [f"c001-p01:{n}" for n in (104, 105, 106)]
    assert [one.position for one in cause.events] == [104, 105, 106]
    assert found.points[0].causes[0].events == cause.events


def test_a_bin_that_overflows_all_day_overflows_once() -> None:
    found = scored(*((w.Overflowed(), "bin/c001-p02-f1", 20 + n) for n in range(5)))
    assert costs(found.compound) == {"overflow": 10.0}
    assert [costs(one) for one in found.points] == [{}, {"overflow": 10.0}], "at its bin's point"


def test_one_wrong_bag_among_few_is_no_third() -> None:
    kinds, _ = district(
        [(w.DepositRecorded(category="food"), A, 0), (w.DepositViolated(kind="mixed"), A, 1)]
    )
    assert costs(league(kinds, DAY, DAY)[0]) == {"mixed": 10.0}


def test_tare_above_gross_costs_a_little() -> None:
    found = scored((w.DepositRecorded(category="food", gross_g=1, tare_g=9), A, 10))
    assert costs(found.compound) == {"faulty-weight": 0.5}


@pytest.mark.parametrize(("until", "cost"), [("2026-11-26", {"uninspected": 5.0}), (DAY, {})])
def test_a_week_without_inspection(until: str, cost: dict[str, float]) -> None:
    kinds, _ = district([(w.DepositRecorded(category="food"), A, 0)])
    assert costs(league(kinds, DAY, until)[0]) == cost


# --- hours -------------------------------------------------------------------------------------


def test_deposits_outside_the_points_hours_are_found_without_being_told() -> None:
    facts = [(w.DepositRecorded(category="food"), A, after) for after in (-60, 0, 59, 60, 400)]
    kinds, own = district(facts)
    assert costs(league(kinds, DAY, DAY)[0]) == {}, "always open"
    entered(
        kinds,
        "c001-p01",
        hours=(
            "06:30-09:00",
            "12:00-13:00",
        ),
    )
    (cause,) = scores(own, kinds, "c001", DAY, DAY).points[0].causes
    assert (cause.what, cause.count) == ("outside-hours", 3), "11:00, 13:00, 18:40"
    assert league(kinds, DAY, DAY)[0].causes[0].count == 3


@pytest.mark.parametrize(("told", "count"), [(1, 2), (4, 4)])
def test_what_the_device_says_of_them_is_not_added(told: int, count: int) -> None:
    facts: list[tuple[Data, str, float]] = [
        *((w.DepositRecorded(category="food"), A, after) for after in (0, 1)),
        *((w.DepositViolated(kind="outside-hours"), A, 0.0) for _ in range(told)),
    ]
    kinds, _ = district(facts)
    entered(kinds, "c001-p01", hours=("18:00-20:00",))
    assert league(kinds, DAY, DAY)[0].causes[0].count == count


@pytest.mark.parametrize(
    ("spoken", "inside"),
    [
        (("06:00-07:00",), 2), (("06:00-07:00", "06:30-08:00"), 3), (("22:00-06:01",), 3),
        (("00:00-00:00",), 6), (("07:00-07:00", "08:00-09:00"), 6), ((), 0),
    ],
)  # fmt: skip
def test_spans(spoken: tuple[str, ...], inside: int) -> None:
    assert within((0, 360, 419, 420, 480, 1_439), spoken) == inside
    assert all(start < end for start, end in spans(spoken))


# --- buildings, refusals, the league -------------------------------------------------------------


def test_a_building_answers_for_the_points_it_brings_to() -> None:
    kinds, own = district((*GOOD, (w.DepositViolated(kind="mixed"), A, 10)))
    entered(kinds, "c001-p01", buildings=("1", "2"))
    entered(kinds, "c001-p02", buildings=("2", "3"))
    found = scores(own, kinds, "c001", DAY, DAY).buildings
    assert [(one.name, one.deposits) for one in found] == [("1", 80), ("2", 100), ("3", 20)]
    assert [costs(one).get("mixed") for one in found] == [6.2, 5.0, None]


def refusal(key: str = "c001/c001-p02-f1") -> Haul:
    finding = Finding(
        kind="refused-bin", key=f"r|{DAY}|{key}", day=DAY, compound="c001", bin=key, ms=1_795_000,
        events=("lift:1",), position=7,
    )  # fmt: skip
    ms = 1_800_000_000_000
    return Haul(vehicle="v1", day=DAY, findings=(msgspec.structs.replace(finding, ms=ms),))


def test_bins_left_standing_cost_their_compound_and_point() -> None:
    kinds, own = district(GOOD)
    kinds["haul"] = {f"v1|{DAY}": refusal()}
    found = scores(own, kinds, "c001", DAY, DAY)
    seen = (Seen(ms=1_800_000_000_000, id="lift:1", position=7),)
    assert [(one.what, one.points, one.events) for one in found.compound.causes] == [
        ("refused", 10.0, seen)
    ]
    assert [costs(one) for one in found.points] == [{}, {"refused": 10.0}]
    assert league(kinds, DAY, DAY)[-1].name == "c003", "of which nothing is known"


def hauled(key: str, *, done: bool, refused: str = "") -> dict[str, Haul]:
    """A route with one bin, lifted or missed; `refused`: key of a finding of another bin."""
    route = RouteDay(
        route="r1", planned=1, start_ms=at(DAY, "06:00"),
        done=(key,) if done else (), missed=() if done else (Missed(bin=key),),
    )  # fmt: skip
    findings = [msgspec.structs.replace(one, key=refused) for one in refusal().findings]
    haul = Haul(vehicle="v1", day=DAY, routes=(route,), findings=tuple(findings) if refused else ())
    return {f"v1|{DAY}": haul}


@pytest.mark.parametrize(
    ("facts", "more", "score"),
    [
        ([(w.DepositRecorded(category="food"), A, 0)], {}, 100.0),
        ([(w.InspectionRecorded(purity=1.0), A, 0)], {}, 100.0),
        ([], {"haul": hauled("c001/c001-p01-f1", done=True)}, 100.0),
        ([], {"trip": {"1": Trip(vehicle="v1", day=DAY, n=1, parts=(
            Part(compound="c001", category="food", net_g=9, lifts=1),))}}, 100.0),
        ([], {"trip": {"1": Trip(vehicle="v1", day=DAY, n=1, parts=(
            Part(compound="c001", category="food", lifts=1),))}}, None),  # not weighed
        ([], {"haul": hauled("c001/c001-p01-f1", done=False)}, None),
        ([], {"haul": hauled("c003/x", done=True, refused=f"|{DAY}|b")}, None),
        ([], {"haul": hauled("c003/x", done=True, refused=f"r1|{DAY}|b")}, 90.0),
        ([(w.Overflowed(), "bin/c001-p01-f1", 0)], {}, None),
        ([(w.DepositViolated(kind="dumped"), A, 0)], {}, None),
    ],
)  # fmt: skip
def test_a_score_needs_something_to_judge_by(
    facts: list[tuple[Data, str, float]], more: dict[str, Any], score: float | None
) -> None:
    kinds, own = district(facts)
    found = scores(own, {**kinds, **more}, "c001", DAY, DAY)
    assert found.compound.score == score
    if score is None:
        assert {one.points for one in found.compound.causes} <= {0.0}, "nothing is lost of nothing"


def test_a_refused_bin_is_no_better_than_no_fault() -> None:
    kinds, own = district()
    kinds["haul"] = {**hauled("c002/c002-p01-f1", done=True, refused=f"r1|{DAY}|b")}
    ranked = [(one.name, one.score) for one in league(kinds, DAY, DAY)]
    assert ranked == [("c002", 100.0), ("c001", 90.0), ("c003", None)]
    (point,) = scores(own, kinds, "c001", DAY, DAY).points
    assert (point.name, point.score, point.lifts) == ("c001-p02", 90.0, 1)


def test_the_league_ranks_the_best_first_and_the_unknown_last() -> None:
    kinds, _ = district((*GOOD, (w.DepositViolated(kind="mixed"), A, 10)))
    rows = CompoundRows("district")
    deeds.enter(rows, stood(GOOD, "c002"))
    kinds["deeds"] |= rows.kinds["deeds"]
    found = league(kinds, DAY, DAY)
    assert [(one.name, one.score) for one in found] == [
        ("c002", 100.0), ("c001", 95.0), ("c003", None),
    ]  # fmt: skip
    assert [one.score for one in league(kinds, "2026-01-01", "2026-01-02")] == [None] * 3


def test_the_league_and_the_compounds_page_say_the_same() -> None:
    kinds, own = district((*GOOD, (w.DepositViolated(kind="dumped"), B, 10)))
    entered(kinds, "c001-p02", hours=("18:00-20:00",))
    first = next(one for one in league(kinds, DAY, DAY) if one.name == "c001")
    assert scores(own, kinds, "c001", DAY, DAY).compound == first


def test_no_score_falls_below_nothing() -> None:
    worst = [*((w.DepositViolated(kind=kind), A, 0.0)
               for kind in ("mixed", "bag-not-broken", "outside-hours", "dumped")
               for _ in range(99)), (w.InspectionRecorded(purity=0.0), A, 1.0),
             (w.Overflowed(), "bin/x", 1), (w.Overflowed(), "bin/y", 1)]  # fmt: skip
    kinds, _ = district(worst)
    assert league(kinds, DAY, DAY)[-1].score is None
    one = next(one for one in league(kinds, DAY, DAY) if one.name == "c001")
    assert one.score == 0.0
    assert round(sum(cause.points for cause in one.causes), 6) == 100, "no more than there is"
    assert all(0 < cause.points <= cause.most for cause in one.causes)


@pytest.mark.parametrize("seed", range(30))
def test_causes_add_up_to_what_was_lost(seed: int) -> None:
    rnd = random.Random(seed)
    facts: list[tuple[Data, str, float]] = []
    for number in range(rnd.randrange(1, 300)):
        kind: Any = rnd.choice(("mixed", "bag-not-broken", "outside-hours", "dumped"))
        fact: Data = rnd.choice((
            w.DepositRecorded(category="food", net_g=300), w.DepositViolated(kind=kind),
            w.DepositRecorded(category="food", gross_g=1, tare_g=9), w.Overflowed(),
            w.InspectionRecorded(purity=rnd.random()),
        ))  # fmt: skip
        facts.append((fact, rnd.choice((A, B)), number / 10))
    kinds, _ = district(facts)
    found = next(one for one in league(kinds, DAY, DAY) if one.name == "c001")
    assert found.score is not None
    assert 0 <= found.score <= 100
    assert round(100 - sum(cause.points for cause in found.causes), 6) == found.score


# --- demonstration compounds ---------------------------------------------------------------------


def criteria(kinds: Kinds, own: Kinds) -> Mapping[str, Criterion]:
    return {one.name: one for one in scores(own, kinds, "c001", DAY, DAY).criteria}


def test_of_a_compound_nothing_is_known() -> None:
    found = criteria({}, {})
    assert {one.result for one in found.values()} == {"no-data"}
    assert list(found) == [one.name for one in CRITERIA.criterion]


def test_what_is_met_and_what_is_not() -> None:
    kinds, own = district((*GOOD, (w.Overflowed(), "bin/c001-p02-f1", 5)))
    entered(kinds, "c001-p01", hours=("06:30-20:00",))
    bits = (b"\xff" * 10).ljust(BITS // 8, b"\0")
    found = criteria(kinds, {**own, "month": {"2026-11": Month(residents=bits)}})
    told = {name: (one.value, one.result) for name, one in found.items()}
    assert told == {
        "participation": (0.0889, "not-met"),  # 80 of 900 households
        "purity": (0.98, "met"),
        "kitchen-share": (0.6316, "met"),
        "mixed-deposits": (0.0, "met"),
        "mixed-trips": (None, "no-data"),
        "overflows": (12.5, "not-met"),
        "point-hours": (0.5, "not-met"),
        "bin-groups": (1.0, "met"),
        "all-streams": (2.0, "met"),
        "inspections": (3.5, "met"),
        "score": (90.0, "met"),
    }


def trip(n: int, category: str, grams: int, mixed: str = "", compound: str = "c001") -> Trip:
    parts = (Part(compound=compound, category=category, net_g=grams, lifts=3),)
    return Trip(vehicle="v1", day=DAY, n=n, parts=parts, mixed=mixed)


def test_what_was_collected_counts_before_what_was_brought() -> None:
    kinds, own = district(GOOD)
    trips: dict[str, Any] = {
        "1": trip(1, "food", 100), "2": trip(2, "residual", 900, mixed="wrong-stream"),
        "3": trip(3, "food", 900, mixed="wrong-stream", compound="c002"),
    }  # fmt: skip
    found = criteria({**kinds, "trip": trips}, own)
    assert (found["kitchen-share"].value, found["kitchen-share"].result) == (0.1, "not-met")
    assert (found["mixed-trips"].value, found["mixed-trips"].result) == (1, "not-met")


def test_the_data_may_be_changed() -> None:
    text = """
    [score]
    full = 10.0
    least_deposits = 1
    [[score.cause]]
    what = "dumped"
    per = "day"
    costs = 4.0
    most = 9.0
    [score.purity]
    target = 0.5
    costs = 1.0
    most = 2.0
    [score.uninspected]
    days = 1
    costs = 1.0
    [[criterion]]
    name = "purity"
    source = "city"
    at_most = 0.2
    """
    changed = read(text, "own.toml")
    conduct = Conduct()
    conduct.lifts = 1
    conduct.wrong["dumped"] = 2
    assert judged("c", conduct, 2, changed.score).score == 5.0
    assert [changed.criterion[0].met(value) for value in (0.2, 0.3)] == [True, False]


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("[score]", "[score", "own.toml: not TOML"),
        ("[score]", "[score]\nsurprise = 1", "unknown field `surprise` - at `$.score`"),
        ('name = "purity"  ', 'name = "pureness"', "'pureness' - at `$.criterion[1].name`"),
        ('name = "purity"  ', 'name = "pureness"', "Criteria there are: participation, purity,"),
        ("at_least = 0.20", "at_least = 20.0", "kitchen-share is a share: 0.9 is ninety"),
        ("at_least = 0.20", "", "kitchen-share needs one of at_least and at_most"),
        ("at_least = 0.20", "at_least = 0.2\nat_most = 1.0", "needs one of at_least and at_most"),
        ("at_most = 0.05", "at_most = -0.05", ">= 0.0 - at `$.criterion[3].at_most`"),
        ('what = "dumped"', 'what = "dumpd"', "'dumpd' - at `$.score.cause[3].what`"),
        ("least_deposits = 50", "least_deposits = 0", ">= 1 - at `$.score.least_deposits`"),
    ],
)
def test_a_citys_own_file_with_a_mistake_is_refused(was: str, now: str, says: str) -> None:
    """With file, key and what to do: not when somebody asks for a score."""
    data = get_data("projections.waste_district.sorting", "criteria.toml")
    assert data is not None
    text = data.decode()
    assert was in text
    with pytest.raises(ConfigError, match=r"^own\.toml: ") as refused:
        read(text.replace(was, now), "own.toml")
    assert says in str(refused.value)


def test_no_more_than_all_deposits_are_mixed() -> None:
    """Who looks into bins may find more than were weighed."""
    seen = [(w.DepositViolated(kind="mixed"), A, minute) for minute in range(3)]
    kinds, own = district([(w.DepositRecorded(category="food", net_g=300), A, 9), *seen])
    assert criteria(kinds, own)["mixed-deposits"].value == 1.0
