"""How many residents brought something, and that nobody can tell which."""

import random
from typing import Any

import pytest

from core.events import waste as w
from projections.waste_sorting.participation import BITS, MONTHS, participants, residents
from projections.waste_sorting.rows import Month
from tests.fix_views import NOON, Folded, minutes

POINT = "point/a01"


def bring(waste: Folded, ref: str, **how: Any) -> None:
    waste.say(w.DepositRecorded(category="food", net_g=1, resident_ref=ref), POINT, **how)


@pytest.mark.parametrize("households", [1, 40, 600, 3_000])
def test_counted_to_within_two_in_a_hundred(households: int, waste: Folded) -> None:
    rnd = random.Random(households)
    refs = [f"s:{rnd.getrandbits(128):032x}" for _ in range(households)]
    for ref in (*refs, *refs[:50]):
        bring(waste, ref)
    found = participants(waste.state.rows("c01"))["2026-11"]
    assert abs(found - households) <= households * 0.02


def test_one_who_comes_every_day_is_one(waste: Folded) -> None:
    for number in range(30):
        bring(waste, "s:01", at=NOON + minutes(number))
    assert participants(waste.state.rows("c01")) == {"2026-11": 1}


def test_who_does_not_say_who_he_is_is_not_counted(waste: Folded) -> None:
    waste.say(w.DepositRecorded(category="food"), POINT)
    assert waste.keys("month") == []


def test_months_are_chinas_and_bounded(waste: Folded) -> None:
    bring(waste, "s:01", told="2026-10-31T15:59:59Z")
    bring(waste, "s:01", told="2026-10-31T16:00:00Z")
    assert waste.keys("month") == ["2026-10", "2026-11"]
    for number in range(MONTHS + 3):
        year, month = divmod(number, 12)
        stamp = f"{2027 + year}-{month + 1:02}-01T04:00:00Z"
        bring(waste, "s:01", told=stamp, quality="gateway", at=NOON.replace(
            year=2027 + year, month=month + 1))  # fmt: skip
    assert len(waste.keys("month")) == MONTHS


def test_a_full_map_says_very_many_and_an_empty_one_none() -> None:
    assert residents(b"\xff" * (BITS // 8)) > 100_000
    assert residents(b"") == 0
    assert residents(Month().residents) == 0
