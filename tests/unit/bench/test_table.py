"""The table tells the median, the peer and the ratio, and never claims what was not reached."""

import pytest

from tests.bench.table import Result, beside, markdown, times


def row(ours: list[float], theirs: list[float], **limits: float) -> Result:
    return beside("a", ours, theirs, unit=" ev/s", peer="peer", **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize(("ours", "reached"), [(400, True), (399, False)])
def test_a_ratio_below_the_least_is_not_reached(ours: float, *, reached: bool) -> None:
    found = row([ours], [10], least=40)
    assert (found.reached, found.limit) == (reached, "≥ 40×")


@pytest.mark.parametrize(("ours", "reached"), [(110, True), (111, False)])
def test_a_ratio_above_the_most_is_not_reached(ours: float, *, reached: bool) -> None:
    found = row([ours], [10], most=11)
    assert (found.reached, found.limit) == (reached, "≤ 11×")


def test_the_ratio_is_that_of_the_medians() -> None:
    found = row([1, 300, 1_000_000], [1, 10, 11])
    assert found.ratio == "30×"
    assert found.measured == "300 ev/s (1–1,000,000)"
    assert found.peer == "peer: 10 ev/s (1–11)"
    assert found.reached


def test_ratios_are_told_to_three_digits() -> None:
    assert [times(one) for one in (0.1234, 1.005, 12.345, 47.6)] == [
        "0.123×", "1×", "12.3×", "48×",
    ]  # fmt: skip


def test_columns_that_nobody_fills_are_left_out() -> None:
    shown = markdown([Result("a", "1")])
    assert shown.splitlines()[0] == "| figure | measured | limit | reached |"
    full = markdown([row([1], [1]), Result("b", "2", command="make bench")], ["a note"])
    assert full.splitlines()[0] == (
        "| figure | measured | beside | ratio | limit | reached | again with |"
    )
    assert full.endswith("\na note\n")
    assert "| `make bench` |" in full


def test_what_was_not_reached_is_marked_even_without_a_limit() -> None:
    assert "**no**" in markdown([Result("a", "1", reached=False)])
