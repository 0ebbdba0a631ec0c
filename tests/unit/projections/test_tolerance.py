"""What scales may be off by: the tables of the classes, and how readings add up."""

import pytest

from core.events.register import Scale
from projections.waste_district.loads.tolerance import TOLERANCE, bridge, lifter, together


@pytest.mark.parametrize(
    ("accuracy", "load_in_e", "in_e"),
    [
        ("III", 500, 1), ("III", 501, 2), ("III", 2001, 3), ("III", 50_000, 3),
        ("IIII", 50, 1), ("IIII", 51, 2), ("IIII", 201, 3),
        ("Y(a)", 500, 2), ("Y(a)", 501, 3), ("Y(a)", 2001, 4),
        ("Y(b)", 50, 2), ("Y(b)", 51, 3), ("Y(b)", 201, 4),
    ],
)  # fmt: skip
def test_in_service_a_class_may_be_off_by_twice_its_limit(
    accuracy: str, load_in_e: int, in_e: int
) -> None:
    scale = Scale(accuracy=accuracy, division_g=500)  # type: ignore[arg-type]
    assert lifter(scale).limit(load_in_e * 500) == in_e * 500


def test_what_the_register_does_not_say_is_assumed() -> None:
    assert bridge(Scale()).division_g == TOLERANCE.bridge.division_g
    assert lifter(Scale(division_g=200)).limit(1_000) == 400


def test_readings_add_up_as_roots_and_zeros_as_numbers() -> None:
    scale = lifter(Scale(accuracy="Y(b)", division_g=500))
    read, kept = scale.net(60_000, 12_000, 48_000), scale.net(60_000, None, 48_000)
    assert read[1] == 0
    assert kept[1] == scale.zero() == 125
    one, hundred = together([read]), together([read] * 100)
    assert hundred == pytest.approx(10 * one, abs=20)
    assert together([kept] * 100) == pytest.approx(10 * together([(kept[0], 0)]) + 12_500, abs=20)
