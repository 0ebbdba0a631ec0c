"""The balance as drawings and tables; what an address asks for."""

import itertools

import msgspec
import pytest
from fastapi import HTTPException
from starlette.datastructures import QueryParams

from projections.console.district import (
    balancepage,
    bars,
    gapbar,
    gaplist,
    mass_flow,
    mass_found,
    period,
    sankey,
)
from projections.console.district.boards import Seen
from projections.console.district.period import EVERY, Span
from projections.waste_district.asked.balance import balance
from projections.waste_district.asked.over_time import Collected
from projections.waste_district.rows.trips import Gap
from tests import fix_district as district
from tests.fix_district import DAY
from tests.unit.console.fix_board import NOON, SPAN, WORDS, attributes, rows_of_a_morning
from tests.unit.console.test_alarms import found, text


def mass(rows: district.Rows, span: Span = SPAN) -> mass_found.MassFound:
    return mass_found.found(Seen(rows, NOON), span)


def flow(rows: district.Rows) -> sankey.Flow:
    told = balance(rows, SPAN.since, SPAN.until).flows
    return mass_flow.flow(told, mass_found.gave(rows, SPAN), SPAN)


def titles(drawn: sankey.Flow) -> dict[str, str]:
    return {one.name: mass_flow.title(one, {}, {}, WORDS) for one in drawn.stages}


def test_what_flows_into_a_stream_flows_out_again_to_the_gram() -> None:
    drawn = flow(rows_of_a_morning())
    into: dict[str, int] = {}
    out: dict[str, int] = {}
    for band in drawn.bands:
        out[band.source] = out.get(band.source, 0) + band.grams
        into[band.target] = into.get(band.target, 0) + band.grams
    middle = [one for one in into if one in out]
    assert any(one.startswith("bins/") for one in middle)
    assert any(one.startswith("vehicles/") for one in middle)
    assert {one: into[one] for one in middle} == {one: out[one] for one in middle}


def test_the_gap_has_a_look_of_its_own_and_a_name() -> None:
    drawn = flow(rows_of_a_morning())
    gaps = [one for one in drawn.bands if one.look == "gap"]
    assert {titles(drawn)[one.target] for one in gaps} == {
        "Unexplained",
        "Within the scales' tolerance",
    }
    assert all("gap=" in one.href for one in gaps)
    others = [one for one in drawn.bands if one.target.startswith("facility/")]
    assert others
    assert all(one.look != "gap" and "facility=" in one.href for one in others)


def test_many_compounds_are_some_and_the_others() -> None:
    rows = district.register(compounds=9, points=1)
    for name in rows["route"]:
        district.drive(rows, name, delivered=True)
    drawn = flow(rows)
    first = [one for one in drawn.stages if one.column == 0]
    assert len(first) == mass_flow.COMPOUNDS + 1
    assert titles(drawn)[first[-1].name] == "3 other compounds"


def test_bars_of_the_drawing_stay_in_it_and_never_overlap() -> None:
    drawn = flow(rows_of_a_morning())
    made = sankey.laid_out(drawn)
    columns: dict[float, list[tuple[float, float]]] = {}
    for bar in made.bars:
        assert bar.y >= 0
        assert bar.y + bar.high <= sankey.HEIGHT + 0.1
        columns.setdefault(bar.x, []).append((bar.y, bar.y + bar.high))
    for spans in columns.values():
        spans.sort()
        assert all(low <= top for (_, low), (top, _) in itertools.pairwise(spans))
    assert all(one.thick > 0 for one in made.ribbons)
    assert len(made.ribbons) == len(drawn.bands)


def test_without_any_mass_there_is_an_empty_drawing() -> None:
    assert len(sankey.items(mass(district.register()).drawing, {})) == 1


def test_gaps_are_ranked_and_lead_to_the_trips_they_lie_in() -> None:
    made = mass(rows_of_a_morning())
    items = gaplist.gap_items(made.gaps, SPAN, WORDS)
    sizes = [abs(one.gap.grams) for one in made.gaps]
    assert sizes == sorted(sizes, reverse=True)
    assert "Unexplained" in text(items[0].draw())
    rows = rows_of_a_morning()
    chosen = mass(rows, msgspec.structs.replace(SPAN, gap="tolerance"))
    trips = gaplist.trip_items(chosen.trips, WORDS)
    assert len(trips) == len(rows["trip"])
    assert {href.split("/")[2] for item in trips for href in attributes(item.draw(), "href")} == {
        "trip"
    }


def test_bars_over_time_are_as_high_as_their_mass_and_break_where_nothing_was() -> None:
    days = [
        Collected(period="2026-11-18", grams={"food": 400_000, "residual": 600_000}),
        Collected(period="2026-11-19"),
        Collected(period="2026-11-20", grams={"residual": 500_000}),
    ]
    items = {item.key: item.draw() for item in bars.items(days, WORDS)}
    heights = {
        key: sum(float(one[1]["height"]) for one in found(items[key], "rect")[1:])
        for key in ("2026-11-18", "2026-11-19", "2026-11-20")
    }
    assert heights["2026-11-18"] == pytest.approx(2 * heights["2026-11-20"], abs=0.2)
    assert heights["2026-11-19"] == 0
    path = found(items["share"], "path")[0][1]["d"]
    assert path.count("M") == 2, "a day without mass has no share"
    assert "40%" in text(items["2026-11-18"])


def test_pieces_of_the_gap_stand_beside_the_track_even_below_nothing() -> None:
    gaps = (Gap(name="unexplained", grams=500), Gap(name="lifter-zero", grams=-200))
    drawn = gapbar.gap_bar(10_000, 9_700, gaps, WORDS)
    assert "Unexplained 0.5 kg" in text(drawn)
    assert "-0.2 kg" in text(drawn)
    assert len([one for one in found(drawn, "i") if "gap" in one[1].get("class", "")]) == 1


def test_an_address_says_which_days_and_what_of_them() -> None:
    span = period.asked("balance", QueryParams(f"since=2026-11-01&category={EVERY}"), DAY)
    assert (span.since, span.until, span.category, span.per) == (
        "2026-11-01",
        "2026-11-01",
        "",
        "day",
    )
    usual = period.asked("balance", QueryParams(""), DAY)
    assert (usual.since, usual.until) == ("2026-10-22", DAY)
    again = period.asked("balance", QueryParams(usual.href(compound="c001").split("?")[1]), DAY)
    assert again == msgspec.structs.replace(usual, compound="c001")


@pytest.mark.parametrize(
    "query", ["since=x", "until=2026-02-30", "since=2026-11-02&until=2026-11-01"]
)
def test_what_is_no_span_of_days_is_refused(query: str) -> None:
    with pytest.raises(HTTPException):
        period.asked("balance", QueryParams(query), DAY)


def test_no_name_runs_into_the_next_bar() -> None:
    long = ("Source that nobody has ever known of", "来源不明的生活垃圾与大件垃圾暂存点", "x")
    stages = [sankey.Stage(f"s{n}{title}", n) for n in range(5) for title in long]
    bands = [
        sankey.Band(f"s{n}{title}", f"s{n + 1}{title}", 5_000_000, "food")
        for n in range(4)
        for title in long
    ]
    stages.append(sankey.Stage("small", 0))
    names = {f"s{n}{title}": title for n in range(5) for title in long} | {"small": "small"}
    bands.append(sankey.Band("small", f"s1{long[2]}", 200, "food"))
    made = sankey.laid_out(sankey.Flow(tuple(stages), tuple(bands)))
    drawn = [item.draw() for item in sankey.items(made, names)]
    labels = [text(one) for bar in drawn for one in found(bar, "text")]
    assert len(labels) == len(stages)
    assert "x  5.0 t" in labels
    assert "small  0.2 kg" in labels, "how little it stands for does not shorten it"
    assert not any("ever known" in one for one in labels[3:12]), "cut where there is no room"
    assert sum("…" in one for one in labels) >= 6
    titles = [text(one) for bar in drawn for one in found(bar, "title")]
    assert any(long[1] in one for one in titles), "whole for whoever points at it"


def test_a_compound_is_chosen_by_its_name_and_one_without_a_name_as_well() -> None:
    names = {"c001": "锦绣园", "c002": ""}
    drawn = period.compound_choice(msgspec.structs.replace(SPAN, compound="c009"), names, WORDS)
    options = {next(attributes(one, "value")): text(one).strip() for one in found(drawn, "option")}
    assert options == {EVERY: "All", "c001": "锦绣园 c001", "c002": "c002", "c009": "c009"}
    (chosen,) = (one for one in found(drawn, "option") if "selected" in one[1])
    assert chosen[1]["value"] == "c009"


def test_the_drawing_as_a_table_has_headings() -> None:
    (heads,) = found(balancepage._heads(WORDS), "tr")
    assert {one[1]["scope"] for one in found(heads, "th")} == {"col"}
    items = balancepage._rows(mass(rows_of_a_morning()), WORDS)
    assert items
    assert {one[1]["scope"] for item in items for one in found(item.draw(), "th")} == {"row"}
    said = [text(item.draw()) for item in items]
    assert any("Recyclable (bins)" in one and "Recyclable (vehicles)" in one for one in said)
    assert said[0].startswith("小区"), "from whom it came stands first"
