"""A fold changes nothing it was given, and gives nothing that can be changed under a reader."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import codec
from infra.hub.views import VIEWS
from projections.state import ViewState
from projections.view import Kinds
from tests.fix_history import Drawn, drawn, events, standing
from tests.fix_views import COMPOUND, folded

pytestmark = pytest.mark.usefixtures("narrow_windows")


def mutable(value: Any) -> Iterator[Any]:
    """Every container in it that could be changed in place."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from mutable(one)
    elif isinstance(value, list | set | bytearray):
        yield value
        for one in value:
            yield from mutable(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from mutable(one)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from mutable(getattr(value, name))


def identities(value: Any) -> set[int]:
    return {id(one) for one in mutable(value)}


def encoded(rows: Kinds) -> bytes:
    return msgspec.json.encode(rows, order="sorted")


@given(drawn(), st.integers(0, 60))
@settings(max_examples=100)
def test_rows_handed_out_do_not_change(draws: list[Drawn], half: int) -> None:
    items = standing(events(draws))
    for view in VIEWS:
        state = ViewState(view)
        state.fold(items[:half], {})
        held = state.rows(COMPOUND)
        before = encoded(held)
        state.fold(items[half:], {})
        assert encoded(held) == before
        assert encoded(state.rows(COMPOUND)) == encoded(folded(view, items))


@given(drawn())
@settings(max_examples=100)
def test_events_are_not_changed_and_not_kept(draws: list[Drawn]) -> None:
    items = standing(events(draws))
    before = [codec.encode(item.event) for item in items]
    given_ = identities(items)
    for view in VIEWS:
        rows = folded(view, items)
        assert identities(rows).isdisjoint(given_)
    assert [codec.encode(item.event) for item in items] == before


@given(drawn())
@settings(max_examples=100)
def test_two_folds_share_nothing_that_can_change(draws: list[Drawn]) -> None:
    items = standing(events(draws))
    for view in VIEWS:
        one, other = folded(view, items), folded(view, items)
        assert one == other
        assert identities(one).isdisjoint(identities(other))


@given(drawn())
@settings(max_examples=60)
def test_the_rows_of_one_fold_share_nothing_that_can_change(draws: list[Drawn]) -> None:
    for view in VIEWS:
        rows = folded(view, standing(events(draws)))
        found = [one for kind in rows.values() for row in kind.values() for one in mutable(row)]
        assert len({id(one) for one in found}) == len(found)


def test_what_can_change_is_found() -> None:
    shared: dict[str, int] = {}
    assert identities((shared, [shared])) >= {id(shared)}
    assert identities(("text", 7, frozenset({1}))) == set()
