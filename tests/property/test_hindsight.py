"""Known then and known now: equal where nothing came late, and otherwise apart by exactly that."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import CATALOG
from core.event import Recorded
from infra.hub.views import VIEWS
from projections.hindsight import Past, came_late
from projections.late import LATE, LateBatches, folded
from projections.runner import Runner
from projections.state import ViewState
from projections.view import Kinds, View
from projections.view_follower import ViewFollower
from projections.web.asof import digest
from tests.fix_late import Life, lived, lives, moments, recorded
from tests.fix_runner import in_memory, settle
from tests.fix_views import COMPOUND, MemoryLog

pytestmark = pytest.mark.usefixtures("narrow_windows")


class Rig:
    def __init__(self, log: MemoryLog) -> None:
        self.log, self.store = log, in_memory()
        self.late = LateBatches(self.store, log)
        self.views = {one.name: ViewFollower(one, self.store, log, CATALOG) for one in VIEWS}
        settle(Runner(log, [*self.views.values(), self.late], CATALOG))

    def known(self, view: View, past: Past) -> Kinds:
        return self.views[view.name].as_known(view.scope(COMPOUND), past, self.late)


def folded_anew(view: View, items: list[Recorded]) -> Kinds:
    state = ViewState(view)
    for one in items:
        state.fold([one], {})
    return state.rows(view.scope(COMPOUND))


def oracle(log: MemoryLog, past: Past) -> tuple[list[Recorded], list[Recorded]]:
    """What was known then, and what came later and had happened by then: by reading everything."""
    then = [*recorded(log, 0, past.position)]
    after = recorded(log, past.position, past.known)
    return then, [one for one in after if one.moment.ms <= past.ms]


@given(lives(), st.integers(0, 10))
@settings(max_examples=40)
def test_both_axes_are_what_reading_everything_gives(life: Life, back: int) -> None:
    rig = Rig(lived(life))
    for moment in moments(rig.log):
        past = msgspec.structs.replace(moment, known=max(moment.position, moment.known - back))
        then, late = oracle(rig.log, past)
        for view in VIEWS:
            assert rig.known(view, past.then()) == folded_anew(view, then)
            assert rig.known(view, past) == folded_anew(view, [*then, *late])


@given(lives())
@settings(max_examples=40)
def test_what_is_listed_is_what_came_late_and_without_any_the_hashes_are_equal(life: Life) -> None:
    rig = Rig(lived(life))
    for past in moments(rig.log):
        _, late = oracle(rig.log, past)
        for view in VIEWS:
            found = [*came_late(rig.log, view, view.scope(COMPOUND), past, rig.late, CATALOG)]
            assert found == [*view.wanted(late)]
            if not found:
                then, now = rig.known(view, past.then()), rig.known(view, past)
                assert digest(view.present(then)) == digest(view.present(now))


@given(lives())
@settings(max_examples=40)
def test_the_index_made_anew_is_the_one_that_followed(life: Life) -> None:
    rig = Rig(lived(life))
    made = folded(rig.log, CATALOG, rig.log.head())
    assert (made.position, made.leaf) == (rig.late.position(), rig.late.leaf())
    assert sorted(made.rows) == list(rig.store.dump(LATE))
