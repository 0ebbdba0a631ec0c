"""What the waste desk makes of rows."""

import msgspec
import pytest

from projections.console.district import (
    geometry,
    live_figures,
    missing,
    plan,
    routes,
)
from projections.console.district.catchup import able, refusal
from projections.console.district.lane import Shown
from projections.console.texts import Words
from projections.days import at
from projections.waste_district.asked.board import BIN_STATES
from tests import fix_district as district
from tests.fix_district import DAY
from tests.unit.console.fix_board import NOON, WORDS, attributes, board, rows_of_a_morning
from tests.unit.console.test_alarms import found, text


def test_the_plan_has_every_compound_with_its_states_in_words() -> None:
    made = board(rows_of_a_morning())
    drawn = [item.draw() for item in plan.whole(made.clusters, WORDS)]
    marks = [one for one in drawn if list(attributes(one, "data-compound"))]
    assert len(marks) == 3
    labels = [label for one in marks for label in attributes(one, "aria-label")]
    assert any("Missed" in label for label in labels)
    assert {name for one in marks for name in attributes(one, "data-act")} == {"zoom"}
    assert "km" in text(drawn[0]) or " m" in text(drawn[0])


def test_a_compound_come_closer_shows_every_bin_and_leads_to_it() -> None:
    made = board(rows_of_a_morning())
    drawn = [item.draw() for item in plan.zoomed(made.points, "c001", WORDS)]
    bins = [key for one in drawn for key in attributes(one, "data-bin")]
    assert len(bins) == 8
    assert all(key.startswith("c001/") for key in bins)
    hrefs = {href for one in drawn for href in attributes(one, "href")}
    assert hrefs == {f"/district/bin/{key}" for key in bins}


def test_boxes_of_near_points_do_not_cover_each_other() -> None:
    rows = district.register(compounds=1, points=6, each=10)
    made = board(rows)
    items = plan.zoomed(made.points, "c001", WORDS)
    corners = [item.seen[2] for item in items[1:]]  # type: ignore[index]
    high = 2 * 22 + 18
    for number, (left, top) in enumerate(corners):
        for other_left, other_top in corners[number + 1 :]:
            assert abs(left - other_left) >= 84 or abs(top - other_top) >= high


def test_a_long_name_does_not_cover_its_neighbours() -> None:
    made = board(rows_of_a_morning())
    name = "一" * 60
    drawn = [item.draw() for item in plan.whole(plan.clusters(made.points, {"c001": name}), WORDS)]
    assert any(name in label for one in drawn for label in attributes(one, "aria-label"))
    assert any("一" * 11 + "…" in text(one) for one in drawn)


def test_a_point_nobody_placed_is_drawn_all_the_same() -> None:
    made = board(district.register(compounds=1))
    nowhere = [msgspec.structs.replace(one, lat=None, lon=None) for one in made.points]
    for items in (
        plan.zoomed(nowhere, "c001", WORDS),
        plan.whole(plan.clusters(nowhere, {}), WORDS),
    ):
        assert len(items) > 1
        assert all("nan" not in str(item.draw()) for item in items)


def test_north_is_up_and_east_is_right_and_the_bar_is_true() -> None:
    frame = geometry.around([(39.9, 116.3), (40.0, 116.4)])
    (x1, y1), (x2, y2) = frame.at(39.9, 116.3), frame.at(40.0, 116.4)
    assert x1 < x2
    assert y1 > y2
    assert y1 - y2 == pytest.approx(0.1 * 111_320 * frame.scale, rel=0.01)
    assert frame.step() * frame.scale >= 90


def test_a_ring_says_what_is_wrong_by_a_sign_that_the_legend_explains() -> None:
    made = board(rows_of_a_morning()).clusters[0]
    signs = {}
    for state in BIN_STATES:
        other = msgspec.structs.replace(made, states={state: 3})
        (mark,) = plan.whole([other], WORDS)[1:]
        signs[state] = [text(one) for one in found(mark.draw(), "text") if one[1]["class"] == "n"]
    assert len({str(one) for one in signs.values()}) == 5, "each but the last two has its own"
    assert signs["unknown"] == signs["ok"] == []
    keys = [text(item.draw()) for item in plan.legend("", WORDS)]
    for (sign,), key in zip([*signs.values()][:4], keys, strict=False):
        assert sign.strip().removesuffix("3") in key
    assert len(plan.legend("c001", WORDS)) == len(keys) + 4, "and what the bins' colours mean"


def test_a_ring_of_one_state_is_a_whole_ring() -> None:
    path = geometry.arc(0, 0, 10, 0, 1)
    start, end = path[1:].split("A")[0], path.split(" 1 ")[-1]
    assert start != end


def test_routes_say_in_words_what_the_bar_shows() -> None:
    made = board(rows_of_a_morning())
    items = routes.items(made.routes, WORDS)
    assert [made.routes[0].state, made.routes[-1].state] == ["silent", "done"]
    behind = next(item.draw() for item in items if item.key == "r001-am")
    label = next(attributes(behind, "aria-label"))
    assert "missed 2" in label
    assert "Silent" in text(items[0].draw())
    assert "nothing since 06:00" in text(items[0].draw())
    counts = [item.draw() for item in routes.summary(made.routes, "behind", WORDS)]
    assert [text(one).strip() for one in counts] == ["Silent 1", "Behind 1", "Done 2"]
    pressed = [next(attributes(one, "aria-pressed")) for one in counts]
    assert pressed == ["false", "true", "false"]


def test_many_routes_are_capped_and_it_says_so() -> None:
    made = board(rows_of_a_morning()).routes[0]
    many = [msgspec.structs.replace(made, route=f"r{n}") for n in range(routes.SHOWN + 3)]
    items = routes.items(many, WORDS)
    assert len(items) == routes.SHOWN + 1
    assert "3 more" in text(items[-1].draw())


@pytest.mark.parametrize("acts", [True, False])
def test_missed_bins_of_a_place_are_one_row_with_one_button(acts: bool) -> None:
    made = board(rows_of_a_morning())
    assert len(made.missed) == 2
    items = missing.items(made.missed, made.names, made.now_ms, WORDS, acts=acts)
    places = {(one.route, one.point) for one in made.missed}
    assert len(items) == len(places)
    drawn = [item.draw() for item in items]
    assert len([act for one in drawn for act in attributes(one, "data-act")]) == (
        len(items) if acts else 0
    )
    for item in items:
        assert missing.of(made.missed, item.key)
    over = missing.items(made.missed, made.names, at(DAY, "12:01"), WORDS, acts=acts)
    assert "shift ended 12:00" in text(over[0].draw())


def test_once_a_vehicle_was_sent_there_is_nothing_to_press() -> None:
    made = board(rows_of_a_morning())
    sent = [msgspec.structs.replace(one, dispatched="v009") for one in made.missed]
    (drawn, *_) = [
        item.draw() for item in missing.items(sent, made.names, made.now_ms, WORDS, acts=True)
    ]
    assert not list(attributes(drawn, "data-act"))
    assert "v009 sent" in text(drawn)


@pytest.mark.parametrize("status", [404, 409, 422])
def test_why_nobody_is_sent_is_said_in_the_readers_language(status: int) -> None:
    said = {refusal(status, Words(language)) for language in ("zh", "en")}
    assert len(said) == 2
    assert str(status) not in said


def test_the_routes_own_vehicle_is_proposed_first_and_no_other_kind_at_all() -> None:
    made = board(rows_of_a_morning())
    proposed = able(made.routes, made.missed[0])
    kinds = {one.vehicle: one.category for one in made.routes}
    assert proposed[0] == made.missed[0].vehicle
    assert {kinds[one] for one in proposed} == {"food"}


def test_the_strip_and_the_rows_count_alike_what_is_done() -> None:
    made = board(rows_of_a_morning())
    refused = msgspec.structs.replace(made.routes[1], refused=1, presumed=2)
    made = msgspec.structs.replace(made, routes=(made.routes[0], refused, *made.routes[2:]))
    figures = {one.key: one for one in live_figures.figures(Shown(made, 5, NOON), WORDS)}
    drawn = [item.draw() for item in routes.items(made.routes, WORDS)]
    rows = [found(one, "span")[-2] for one in drawn]
    counts = [int(text(one).split()[0]) for one in rows]
    assert figures["done"].value == str(sum(counts))
    assert sum(int(one.value) for one in figures["done"].parts) == sum(counts)
    titles = [[*attributes(one, "title")] for one in drawn]
    assert all("done = lifted + presumed + refused" in one[0] for one in titles)


def test_figures_count_what_the_rows_say() -> None:
    made = board(rows_of_a_morning())
    figures = {one.key: one for one in live_figures.figures(Shown(made, 5, NOON), WORDS)}
    assert figures["missed"].value == "2"
    assert figures["missed"].look == "hot"
    assert figures["bins"].of == "/ 24"
    assert all(one.source.endswith("@ 5") for one in figures.values())
