"""Snapshots save work and change no answer; shards together are one process."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import CATALOG
from core.event import Event, source_of
from infra.hub.views import VIEWS
from projections import snapshot_rows, snapshots
from projections.past import as_of
from projections.replay.scratch import states_at
from projections.shards import fold_shard, joined, shards
from projections.snapshots import Snapshot
from projections.store_sqlite import SQLiteViewStore
from projections.view import Kinds, View
from tests.fix_history import Drawn, drawn, events, logged
from tests.fix_runner import dumped, in_memory, running, settle, several, undisturbed

pytestmark = pytest.mark.usefixtures("narrow_windows")

CUTS = st.lists(st.integers(1, 3), min_size=1, max_size=4)


@pytest.fixture(scope="module", params=[(1, 999), (2, 999), (5, 999), (5, 1), (2, 4)])
def every(request: pytest.FixtureRequest) -> Iterator[int]:
    """Blocks of a few batches, and few of them kept; or rows that are many, with what is changed of
    them kept every few events."""
    length, many = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "EVERY", length)
        patch.setattr(snapshots, "MANY", many)
        patch.setattr(snapshots, "COST", 2)
        patch.setattr(snapshot_rows, "_PACK", 2)
        patch.setattr(snapshots, "NEWEST", 2)
        patch.setattr(snapshots, "STEP", 2)
        patch.setattr(snapshots, "RARELY", 0)
        yield length


def spread(found: list[Event], whose: list[int]) -> list[Event]:
    """The same events, of several compounds: devices of the same names, which may not meet."""
    made = []
    for at, event in enumerate(found):
        compound = f"c0{whose[at % len(whose)]}"
        gateway, device = event.source.split("/")[4::2]
        source = source_of(compound, gateway, device)
        made.append(msgspec.structs.replace(event, source=source))
    return made


def scopes(view: View, *compounds: str) -> list[str]:
    """Whose rows the view has of them: theirs, or the district's."""
    return sorted({view.scope(one) for one in compounds})


def told(rows: Kinds) -> Kinds:
    return {kind: found for kind, found in rows.items() if found}


@given(
    drawn(size=40), CUTS, st.lists(st.integers(1, 3), min_size=1, max_size=5), st.integers(0, 60),
)  # fmt: skip
@settings(max_examples=60)
def test_as_of_with_snapshots_is_a_fold_from_the_beginning(
    every: int, draws: list[Drawn], cuts: list[int], whose: list[int], position: int
) -> None:
    log = logged(spread(events(draws), whose), cuts)
    store = in_memory()
    runner = running(log, store)
    settle(runner)
    position = min(position, log.head())
    for view in VIEWS:
        for name in scopes(view, "c01", "c02", "c03"):
            past = runner.view(view.name).as_of(name, position)
            assert told(past) == told(as_of(log, view, name, position, CATALOG))
    store.close()


@given(
    drawn(size=40), CUTS, st.lists(st.integers(1, 3), min_size=1, max_size=5), st.integers(0, 60),
)  # fmt: skip
@settings(max_examples=40)
def test_many_rows_at_once_are_each_as_of_by_itself(
    every: int, draws: list[Drawn], cuts: list[int], whose: list[int], position: int
) -> None:
    """Each begins at a snapshot of its own, and the log is read once."""
    log = logged(spread(events(draws), whose), cuts)
    store = in_memory()
    runner = running(log, store)
    settle(runner)
    position = min(position, log.head())
    every_one = [(view, name) for view in VIEWS for name in scopes(view, "c01", "c02", "c03")]
    states = states_at(
        log, every_one, position, CATALOG, lambda view: runner.view(view.name).nearest
    )
    for view, name in every_one:
        then = told(as_of(log, view, name, position, CATALOG))
        assert told(states[view.name].rows(name)) == then
    store.close()


@given(drawn(size=40), CUTS, st.lists(st.integers(1, 4), min_size=1, max_size=6), st.data())
@settings(max_examples=60)
def test_shards_together_are_one_process(
    every: int, draws: list[Drawn], cuts: list[int], whose: list[int], data: st.DataObject
) -> None:
    log = several(spread(events(draws), whose), cuts)
    workers = data.draw(st.integers(1, 4))
    found = shards(log, VIEWS, workers)
    over_all = {view.name for view in VIEWS if view.over == "district"}
    apart = [one for one in found if over_all.intersection(one.views)]
    assert len(found) <= workers + (len(over_all) if workers > 1 else 0)
    assert workers == 1 or all(len(one.views) == 1 for one in apart)
    assert {name for one in found for name in one.views} == {view.name for view in VIEWS}
    parts = [fold_shard(log, VIEWS, one, log.head(), CATALOG) for one in found]
    whole = joined(parts)
    alone = joined([fold_shard(log, VIEWS, shards(log, VIEWS, 1)[0], log.head(), CATALOG)])
    store, expected = in_memory(), undisturbed(log)
    for view in VIEWS:
        one, other = whole[view.name], alone[view.name]
        one.rows, other.rows = list(one.rows), list(other.rows)
        one.snapshots = sorted(one.snapshots, key=lambda kept: (kept.compound, kept.position))
        assert one == other
        store.load(view)
        store.replace(view, one)
        assert dumped(store)[view.name] == expected[view.name]
    runner = running(log, store)
    for view in VIEWS:
        for name in scopes(view, "c01", "c04"):
            position = data.draw(st.integers(0, log.head()))
            past = runner.view(view.name).as_of(name, position)
            assert told(past) == told(as_of(log, view, name, position, CATALOG))
    store.close()


def test_a_snapshot_of_another_log_is_not_used(tmp_path: Path) -> None:
    one = Drawn(fact=9, thing=1, gap=1, clock="right", zone=0, origin="live", answers=0)
    two = msgspec.structs.replace(one, thing=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "EVERY", 2)
        patch.setattr(snapshots, "RARELY", 0)
        store = SQLiteViewStore(tmp_path / "v.db")
        settle(running(logged(events([one] * 8), [1]), store))
        other = logged(events([one] * 3 + [two] * 5), [1])
        kept = 0
        for view in VIEWS:
            (name,) = scopes(view, "c01")

            def nearest(compound: str, upto: int, view: View = view) -> Snapshot | None:
                return store.nearest(view, compound, upto)

            kept += nearest(name, 8) is not None
            past = as_of(other, view, name, 8, CATALOG, nearest)
            assert told(past) == told(as_of(other, view, name, 8, CATALOG))
        assert kept, "no snapshot, nothing shown"
        store.close()
