"""A whole simulated day back-tested: what lived through it without a hub's timers, and what has
them fired hour by hour, end alike; fewer rules leave fewer alarms."""

from datetime import timedelta
from functools import partial

import pytest

from core.catalog import CATALOG
from infra.hub.views import VIEWS
from projections import backtest
from projections.alarms.rules import Book
from projections.alarms.validation import BUILT_IN
from projections.backtest import Comparison, Range
from projections.rulebook import put_in_force
from projections.view import View
from tests.fix_day import SimulatedDay
from tests.fix_day import simulated_day as simulated_day

pytestmark = pytest.mark.timeout(180)


def compared(day: SimulatedDay, view: View, book: Book, share: float = 0.0) -> Comparison:
    """From that share of the day on, from the nearest snapshot."""
    head = day.hub.log.head()
    within = Range(round(share * head), head, day.clock.now() + timedelta(hours=1))
    return backtest.compare(
        day.hub.log, view, "c01", within, CATALOG, partial(put_in_force, book=book),
        partial(day.hub.store.nearest, view),
    )  # fmt: skip


@pytest.mark.parametrize(
    "view", [one for one in VIEWS if one.over == "compound"], ids=lambda view: view.name
)
def test_the_same_rules_make_no_difference(simulated_day: SimulatedDay, view: View) -> None:
    found = compared(simulated_day, view, BUILT_IN)
    assert found.was == found.would > 3
    assert found.differences == ()


def test_nor_from_the_afternoon_on(simulated_day: SimulatedDay) -> None:
    assert compared(simulated_day, VIEWS[0], BUILT_IN, 0.6).differences == ()


def test_without_a_rule_its_alarms_are_gone_and_no_others(simulated_day: SimulatedDay) -> None:
    book = Book([one for one in BUILT_IN.rules if one.kind != "gate.tailgated"])
    found = compared(simulated_day, VIEWS[0], book)
    assert {(one.what, one.kind) for one in found.differences} == {("disappears", "gate.tailgated")}
    assert found.was - found.would == len(found.differences) > 0
