"""A replay of any range ends where the views stood at its end, byte for byte, and its steps tell
every row that changed on the way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.batch import parse
from core.catalog import CATALOG
from core.event import Recorded
from infra.hub.views import VIEWS
from projections.pages import items
from projections.past import as_of, no_snapshots
from projections.replay.scratch import Scratch
from projections.replay.steps import steps, walked
from projections.sieve import sifted
from projections.view import DISTRICT, Kinds, View
from projections.web.scan import Place, Window
from projections.web.selection import Wanted
from tests.fix_history import Drawn, drawn, events, logged
from tests.fix_views import COMPOUND, MemoryLog

pytestmark = pytest.mark.usefixtures("narrow_windows")

CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=4)
SCOPES = [(view, DISTRICT if view.over == "district" else COMPOUND) for view in VIEWS]
OF_COMPOUND = [(view, scope) for view, scope in SCOPES if scope == COMPOUND]


def then(log: MemoryLog, view: View, scope: str, position: int) -> Kinds:
    return as_of(log, view, scope, position, CATALOG)


@given(drawn(size=40), CUTS, st.integers(0, 30), st.integers(1, 30), st.booleans())
@settings(max_examples=60)
def test_a_replay_ends_as_the_views_stood(
    draws: list[Drawn], cuts: list[int], after_: int, count: int, singly: bool
) -> None:
    log = logged(events(draws), cuts)
    begin = min(after_, log.head())
    end = min(begin + count, log.head())
    scratch = Scratch(log, SCOPES, begin, CATALOG, lambda _view: no_snapshots)
    for notification in log.read(begin, end - begin, 1 << 30) if end > begin else ():
        found = sifted(notification, CATALOG, scratch.sieve)
        whole = [one for one in found if isinstance(one, Recorded)]
        for run in [[one] for one in whole] if singly else [whole]:
            scratch.fold(run, last=run[-1:] == whole[-1:])
    for view, scope in SCOPES:
        assert scratch.rows(view, scope) == then(log, view, scope, end)


@given(drawn(size=40), CUTS, st.integers(0, 20), st.integers(1, 7), st.integers(1, 40))
@settings(max_examples=60)
def test_page_by_page_the_steps_lead_from_one_past_to_the_next(
    draws: list[Drawn], cuts: list[int], begin: int, limit: int, most: int
) -> None:
    log = logged(events(draws), cuts)
    begin = min(begin, log.head())
    low, high = Place.after(f"{begin}"), Place.before(f"{log.head() + 1}")
    told: list[str] = []
    while True:
        limits = Window(low=low, high=high, down=False)
        found = steps(
            log, CATALOG, OF_COMPOUND, lambda _view: no_snapshots, limits, Wanted(), limit, most
        )
        told += [one.place for one in found.steps]
        ended = walked(found.begun, found.steps)
        assert walked(ended, found.steps, back=True) == found.begun
        if found.complete:
            break
        assert Place.after(f"{found.next}") > low
        low = Place.after(f"{found.next}")
        following = steps(
            log, CATALOG, OF_COMPOUND, lambda _view: no_snapshots,
            Window(low=low, high=high, down=False), Wanted(), 1,
        )  # fmt: skip
        assert following.begun == ended
    for view, scope in OF_COMPOUND:
        assert ended[view.name] == then(log, view, scope, log.head())
    assert len(told) == len(set(told)) == _events_behind(log, begin)


def _events_behind(log: MemoryLog, begin: int) -> int:
    return sum(len(items(parse(one.state), one, CATALOG)) for one in log.read(begin, 1000, 1 << 30))
