"""Rebuilt is live: rows and positions follow from the log alone, however it was read (I5)."""

import itertools
from collections.abc import Sequence

import msgspec
import pytest
from eventsourcing.persistence import Notification
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.hub.views import VIEWS
from tests.fix_history import Drawn, drawn, events, logged
from tests.fix_runner import dumped, in_memory, running, settle
from tests.fix_views import COMPOUND, MemoryLog, bare

pytestmark = pytest.mark.usefixtures("narrow_windows")

CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=4)
Dump = list[tuple[str, str, str, bytes, int]]


class Narrow(MemoryLog):
    """The same log, read in pages of drawn sizes."""

    def __init__(self, log: MemoryLog, pages: Sequence[int]) -> None:
        super().__init__()
        self.stored = log.stored
        self._pages = itertools.cycle(pages)

    def read(self, after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
        return super().read(after, min(limit, next(self._pages)), max_bytes)


@given(drawn(), CUTS, CUTS, st.lists(st.integers(0, 60), max_size=3))
@settings(max_examples=120)
def test_any_pages_and_any_restarts_give_the_same_bytes(
    draws: list[Drawn], cuts: list[int], pages: list[int], restarts: list[int]
) -> None:
    log = logged(events(draws), cuts)
    whole = in_memory()
    settle(running(log, whole, VIEWS))
    paged = in_memory()
    for upto in sorted(restarts):
        runner = running(Narrow(log, pages), paged, VIEWS)
        while runner.step(upto):
            pass
    runner = running(Narrow(log, pages), paged, VIEWS)
    settle(runner)
    assert dumped(paged) == dumped(whole)
    for view in VIEWS:
        assert paged.position(view) == log.head()
        position, rows = runner.rows(view.name, view.scope(COMPOUND))
        assert position == log.head()
        assert {(kind, key) for kind, found in rows.items() for key in found} == {
            (kind, key) for _, kind, key, _, _ in paged.dump(view)
        }, "memory and file hold the same rows"


@given(drawn(), CUTS, CUTS)
@settings(max_examples=80)
def test_any_cut_into_batches_gives_the_same_rows(
    draws: list[Drawn], cuts: list[int], other: list[int]
) -> None:
    found = events(draws)
    rows = []
    for sizes in (cuts, other):
        runner = running(logged(found, sizes), in_memory(), VIEWS)
        settle(runner)
        rows.append({view.name: bare(runner.rows(view.name, COMPOUND)[1]) for view in VIEWS})
    assert rows[0] == rows[1]


@given(drawn(), CUTS)
@settings(max_examples=60)
def test_each_view_alone_is_each_view_beside_another(draws: list[Drawn], cuts: list[int]) -> None:
    log = logged(events(draws), cuts)
    together = in_memory()
    settle(running(log, together, VIEWS))
    alone = in_memory()
    for view in VIEWS:
        settle(running(log, alone, (view,)))
    assert dumped(alone) == dumped(together)


@given(drawn(), CUTS, st.integers(0, 20))
@settings(max_examples=60)
def test_a_view_that_joins_later_catches_up(
    draws: list[Drawn], cuts: list[int], behind: int
) -> None:
    """One view stands at a position, the other begins at none: neither folds a batch twice."""
    log = logged(events(draws), cuts)
    held = in_memory()
    first = running(log, held, VIEWS[:1])
    while first.step(behind):
        pass
    settle(running(Narrow(log, (2, 5)), held))
    whole = in_memory()
    settle(running(log, whole, VIEWS))
    assert dumped(held) == dumped(whole)


@given(drawn(), CUTS)
@settings(max_examples=60)
def test_rows_are_what_is_stored_of_them(draws: list[Drawn], cuts: list[int]) -> None:
    log = logged(events(draws), cuts)
    held = in_memory()
    runner = running(log, held, VIEWS)
    settle(runner)
    for view in VIEWS:
        shown = view.scope(COMPOUND)
        rows = runner.rows(view.name, shown)[1]
        for compound, kind, key, value, position in held.dump(view):
            row = msgspec.json.decode(value, type=view.kinds[kind])
            assert row == rows[kind][key]
            assert msgspec.json.encode(row) == value
            assert compound == shown
            assert 0 < position <= log.head()


def test_the_dump_shows_a_difference() -> None:
    """The comparison above would be worth nothing if it could not fail."""
    draws = [
        Drawn(fact=0, thing=1, gap=1, clock="right", zone=0, origin="live", answers=0)
        for _ in range(3)
    ]
    log = logged(events(draws), [1])
    held, other = in_memory(), in_memory()
    settle(running(log, held, VIEWS))
    runner = running(log, other, VIEWS)
    while runner.step(2):
        pass
    assert dumped(held) != dumped(other)
    with pytest.raises(AssertionError):
        assert bare(runner.rows(VIEWS[0].name, COMPOUND)[1]) == {}
