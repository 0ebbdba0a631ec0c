"""How long days are kept, and that it does not matter when an old one is told."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from core.event import Recorded
from projections.days import DAY_MS, day_of, start_of
from projections.waste_district.kept import KEPT_DAYS
from projections.waste_district.rows.kept import Mark
from tests.fix_haul import DAY, Hauling, lift

OLD = "2025-10-15"  # 401 days before
LAST_KEPT = "2025-10-16"
BETWEEN = [day_of(start_of(LAST_KEPT) + step * DAY_MS) for step in range(50, KEPT_DAYS, 50)]
AHEAD = "2036-01-01"  # as a clock says that nobody set


def told(hauling: Hauling) -> list[Sequence[Recorded]]:
    return [
        [hauling.lift("06:20", lift(1), day=OLD), hauling.ticket("08:00", "old", day=OLD)],
        [hauling.lift("06:20", lift(1), day=LAST_KEPT)],
        [hauling.lift("06:20", lift(1), day=day) for day in BETWEEN],
        [hauling.lift("06:20", lift(1), day=DAY), hauling.ticket("08:00", "new", day=DAY)],
    ]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (0, 3, 1, 2)])
def test_what_is_too_old_goes_whenever_it_is_told(order: tuple[int, ...]) -> None:
    assert KEPT_DAYS == 400
    hauling = Hauling()
    batches = told(hauling)
    for number in order:
        hauling.take(batches[number])
    kinds = hauling.kinds
    kept = [LAST_KEPT, *BETWEEN, DAY]
    assert sorted(kinds["haul"]) == [f"v1|{day}" for day in kept]
    assert sorted(kinds["day"]) == kept
    assert sorted(kinds["ticket"]) == ["f1|new"]
    assert {key.split("|")[1] for key in kinds["trip"]} == set(kept)
    assert list(kinds["weighed"]) == [f"v1|{DAY}"]


def test_days_without_a_word_between_do_not_count() -> None:
    hauling = Hauling()
    for batch in (told(hauling)[number] for number in (3, 0)):
        hauling.take(batch)
    assert sorted(hauling.kinds["haul"]) == [f"v1|{OLD}", f"v1|{DAY}"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_clock_years_ahead_sends_nothing_away(order: tuple[int, ...]) -> None:
    """And the district is known until what the others say."""
    hauling = Hauling()
    before = day_of(start_of(DAY) - DAY_MS)
    batches = [
        [hauling.lift("06:20", lift(1), day=before)],
        [hauling.lift("06:20", lift(1), day=AHEAD)],
        [hauling.lift("06:20", lift(1), day=DAY)],
    ]
    for number in order:
        hauling.take(batches[number])
    assert sorted(hauling.kinds["haul"]) == [f"v1|{before}", f"v1|{DAY}", f"v1|{AHEAD}"]
    mark = hauling.kinds["mark"]["mark"]
    assert isinstance(mark, Mark)
    assert day_of(mark.ms) == DAY
