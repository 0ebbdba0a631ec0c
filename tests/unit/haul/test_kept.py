"""How long days are kept, and that it does not matter when an old one is told."""

from collections.abc import Sequence

import pytest

from core.event import Recorded
from projections.waste_district.kept import KEPT_DAYS
from tests.fix_haul import DAY, Hauling, lift

OLD = "2025-10-15"  # 401 days before
LAST_KEPT = "2025-10-16"


def told(hauling: Hauling) -> list[Sequence[Recorded]]:
    return [
        [hauling.lift("06:20", lift(1), day=OLD), hauling.ticket("08:00", "old", day=OLD)],
        [hauling.lift("06:20", lift(1), day=LAST_KEPT)],
        [hauling.lift("06:20", lift(1), day=DAY), hauling.ticket("08:00", "new", day=DAY)],
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_what_is_too_old_goes_whenever_it_is_told(order: tuple[int, ...]) -> None:
    assert KEPT_DAYS == 400
    hauling = Hauling()
    batches = told(hauling)
    for number in order:
        hauling.take(batches[number])
    kinds = hauling.kinds
    assert sorted(kinds["haul"]) == [f"v1|{LAST_KEPT}", f"v1|{DAY}"]
    assert sorted(kinds["day"]) == [LAST_KEPT, DAY]
    assert sorted(kinds["ticket"]) == ["f1|new"]
    assert {key.split("|")[1] for key in kinds["trip"]} == {LAST_KEPT, DAY}
    assert list(kinds["weighed"]) == [f"v1|{DAY}"]
