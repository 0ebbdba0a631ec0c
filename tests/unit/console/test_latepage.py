"""Of two rows only what differs is shown."""

import pytest

from projections.console.past.latepage import apart


@pytest.mark.parametrize(
    ("was", "now", "shown"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, ({"b": 2}, {"b": 3})),
        ({"a": 1}, {"a": 1, "b": 3}, ({"b": None}, {"b": 3})),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 3}}, ({"a": {"y": 2}}, {"a": {"y": 3}})),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 1}, {"x": 5}]},
         ({"a": [{"x": 2}]}, {"a": [{"x": 5}]})),
        ({"a": [1]}, {"a": [1, 2]}, ({"a": [1]}, {"a": [1, 2]})),
        ({"a": 1}, {"a": 1}, ({}, {})),
    ],
)  # fmt: skip
def test_what_differs(was: object, now: object, shown: tuple[object, object]) -> None:
    assert apart(was, now) == shown
