"""Never before the floor, always after the ceiling, and not while it is held."""

from datetime import UTC, datetime, timedelta

import pytest

from core.media.retention import DEFAULT, Group, Retention, faults, verdict

GATES = Group(profile="art7", floor_days=30, ceiling_days=60, devices=("c01/gate-*", "c02/*"))
YARD = Group(profile="art9", floor_days=7, ceiling_days=14, devices=("c01/cam-*",))
RETENTION = Retention({"gates": GATES, "yard": YARD})
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "held", "expected"),
    [
        (6.99, False, "floor"), (7, False, "purpose"), (13.99, False, "purpose"),
        (14, False, "due"), (400, False, "due"), (400, True, "held"), (0, True, "held"),
        (-3, False, "floor"),
    ],
)  # fmt: skip
def test_when_it_goes(days: float, held: bool, expected: str) -> None:
    assert verdict(YARD, NOW - timedelta(days=days), held, NOW) == expected


def test_a_device_is_in_the_first_group_that_names_it() -> None:
    assert RETENTION.of("c01", "gate-south") == ("gates", GATES)
    assert RETENTION.of("c01", "cam-03") == ("yard", YARD)
    assert RETENTION.of("c03", "cam-03")[0] == DEFAULT
    assert RETENTION.of("c03", "cam-03")[1].profile == "art33"


def test_bytes_of_two_groups_stay_as_long_as_either_asks() -> None:
    name, group = RETENTION.strictest([("c01", "cam-03"), ("c02", "x")])
    assert (name, group.floor_days, group.ceiling_days) == ("gates", 30, 60)
    assert RETENTION.strictest([])[0] == DEFAULT


def test_what_is_younger_than_the_shortest_ceiling_is_not_due() -> None:
    assert RETENTION.shortest == timedelta(days=14)


def test_groups_that_can_not_be_are_named() -> None:
    wrong = {
        "gates": Group(profile="art7", floor_days=29),
        "yard": Group(floor_days=10, ceiling_days=9),
        DEFAULT: Group(devices=("*",)),
    }
    assert [key for key, _ in faults(wrong)] == [
        "gates.floor_days", "yard.ceiling_days", "default.devices",
    ]  # fmt: skip
    assert faults({"gates": GATES, "yard": YARD}) == []
