"""Any past screen again: folded from the log alone, it is what stood there (I5)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import CATALOG
from core.event import Recorded
from infra.hub.views import VIEWS
from projections.past import as_of
from projections.view import Kinds, View
from tests.fix_history import Drawn, drawn, events, logged, standing
from tests.fix_runner import in_memory, running
from tests.fix_views import COMPOUND, folded

pytestmark = pytest.mark.usefixtures("narrow_windows")

CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=4)


def bytes_of(view: View, rows: Kinds) -> bytes:
    return msgspec.json.encode(view.present(rows), order="sorted")


@given(drawn(size=40), CUTS)
@settings(max_examples=60)
def test_as_of_is_what_was_live(draws: list[Drawn], cuts: list[int]) -> None:
    log = logged(events(draws), cuts)
    runner = running(log, in_memory())
    for position in range(log.head() + 1):
        while runner.position() < position and runner.step(position):
            pass
        for view in VIEWS:
            at, live = runner.rows(view.name, COMPOUND)
            assert at == position
            past = as_of(log, view, COMPOUND, position, CATALOG)
            assert past == live
            assert bytes_of(view, past) == bytes_of(view, live)


@given(drawn(size=60), st.integers(0, 60))
@settings(max_examples=100)
def test_as_of_is_a_fresh_fold_of_the_prefix(draws: list[Drawn], position: int) -> None:
    found = events(draws)
    log = logged(found, [1])
    for view in VIEWS:
        prefix = folded(view, standing(found[:position]))
        assert as_of(log, view, COMPOUND, position, CATALOG) == prefix


@given(drawn(size=30))
@settings(max_examples=30)
def test_as_of_beyond_the_log_is_its_end(draws: list[Drawn]) -> None:
    log = logged(events(draws), [3])
    for view in VIEWS:
        end = as_of(log, view, COMPOUND, log.head(), CATALOG)
        assert as_of(log, view, COMPOUND, log.head() + 100, CATALOG) == end
        assert as_of(log, view, COMPOUND, 0, CATALOG) == {}
        assert as_of(log, view, "elsewhere", log.head(), CATALOG) == {}


@given(drawn(size=50))
@settings(max_examples=50)
def test_one_compound_is_not_another(draws: list[Drawn]) -> None:
    """What is said in c02 is seen in c02; c01 is as if it had not been said."""
    found = standing(events(draws))
    mixed: list[Recorded] = []
    for item in found:
        mixed += [item, msgspec.structs.replace(item, compound="c02")]
    for view in VIEWS:
        assert folded(view, mixed) == folded(view, found)
