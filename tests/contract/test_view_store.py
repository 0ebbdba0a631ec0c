"""What every place that keeps views must do, whichever it is."""

from collections.abc import Iterator

import msgspec
import pytest

from core.errors import EnvironmentFault
from projections.safe_community.view import SAFE_COMMUNITY
from projections.snapshots import Snapshot
from projections.state import StoredRow
from projections.store import Commit, Folded, Moved, ViewStore
from projections.unread import Mark
from projections.view import View
from projections.waste_sorting.view import WASTE_SORTING
from tests.contract.view_stores import Open
from tests.contract.view_stores import opened as opened

SAFE, WASTE = SAFE_COMMUNITY, WASTE_SORTING
NEWER = msgspec.structs.replace(SAFE, version=SAFE.version + 1)
LEAF = bytes(range(32))


@pytest.fixture
def store(opened: Open) -> ViewStore:
    made = opened()
    for view in (SAFE, WASTE):
        made.load(view)
    return made


def row(key: str, position: int, *, compound: str = "c01", kind: str = "clock") -> StoredRow:
    return compound, kind, key, b'{"skewMs":%d}' % position, position


def moved(base: int, position: int, **what: object) -> Commit:
    return Commit(base=base, position=position, leaf=LEAF, **what)  # type: ignore[arg-type]


def snapshot(position: int, *, compound: str = "c01") -> Snapshot:
    return Snapshot(compound, position, LEAF, b"packed %d" % position)


def mark(position: int, count: int, *, compound: str = "c01", of: str = "a.b.v9") -> Mark:
    return Mark(compound, of, position, count, "one")


def test_nothing_is_empty_and_at_zero(store: ViewStore) -> None:
    state = store.load(SAFE)
    assert (state.position, state.leaf, state.compounds) == (0, b"", {})
    assert (store.position(SAFE), store.leaf(SAFE)) == (0, b"")
    assert (list(store.dump(SAFE)), store.marks(SAFE), store.shelf(SAFE)) == ([], [], {})
    assert store.nearest(SAFE, "c01", 99) is None


def test_what_is_committed_is_there_for_the_next_process(store: ViewStore, opened: Open) -> None:
    rows = [row("b", 3), row("a", 2), row("a", 1, compound="c00")]
    store.commit(SAFE, moved(0, 3, rows=rows))
    store.commit(WASTE, moved(0, 1, rows=[row("a", 1)]))
    store.close()
    again = opened()
    assert list(again.dump(SAFE)) == sorted(rows)
    state = again.load(SAFE)
    assert (state.position, state.leaf) == (3, LEAF) == (again.position(SAFE), again.leaf(SAFE))
    assert list(state.stored()) == sorted(rows), "read and written again, byte for byte"
    assert again.position(WASTE) == 1


def test_a_row_is_changed_and_removed(store: ViewStore) -> None:
    store.commit(SAFE, moved(0, 1, rows=[row("a", 1), row("b", 1)]))
    gone = [("c01", "clock", "b"), ("c01", "clock", "never")]
    store.commit(SAFE, moved(1, 2, rows=[row("a", 2)], gone=gone))
    assert list(store.dump(SAFE)) == [row("a", 2)]


def test_the_same_commit_twice_counts_once(store: ViewStore) -> None:
    """It was done and nobody said so: who tries again is told, and nothing has changed."""
    once = moved(0, 2, rows=[row("a", 2)], marks=[mark(2, 3)], snapshots=[snapshot(2)])
    store.commit(SAFE, once)
    with pytest.raises(Moved):
        store.commit(SAFE, once)
    with pytest.raises(Moved):
        store.commit(SAFE, moved(0, 2, rows=[row("a", 7)], gone=[("c01", "clock", "a")]))
    assert list(store.dump(SAFE)) == [row("a", 2)]
    assert store.marks(SAFE) == [mark(2, 3)]
    assert store.position(SAFE) == 2
    store.commit(SAFE, moved(2, 3))
    assert store.position(SAFE) == 3


def test_two_that_fold_the_same_view_do_it_once(store: ViewStore, opened: Open) -> None:
    other = opened()
    store.commit(SAFE, moved(0, 5, rows=[row("a", 5)]))
    with pytest.raises(Moved):
        other.commit(SAFE, moved(0, 4, rows=[row("a", 4)]))
    assert list(other.dump(SAFE)) == [row("a", 5)]


def test_another_version_begins_anew(store: ViewStore) -> None:
    store.commit(SAFE, moved(0, 2, rows=[row("a", 2)], marks=[mark(2, 1)], snapshots=[snapshot(2)]))
    store.commit(WASTE, moved(0, 2, rows=[row("a", 2)]))
    assert (store.position(NEWER), store.leaf(NEWER)) == (0, b"")
    assert store.nearest(NEWER, "c01", 9) is None
    assert store.load(NEWER).position == 0
    assert (list(store.dump(NEWER)), store.marks(NEWER), store.shelf(NEWER)) == ([], [], {})
    assert store.position(WASTE) == 2, "the other view is left alone"
    with pytest.raises(Moved):
        store.commit(SAFE, moved(2, 3))


def test_marks_add_up_and_keep_the_first(store: ViewStore) -> None:
    store.commit(SAFE, moved(0, 4, marks=[mark(4, 2), mark(4, 1, compound="")]))
    later = msgspec.structs.replace(mark(9, 5), catalogue="other")
    store.commit(SAFE, moved(4, 9, marks=[later, mark(9, 1, of="c.d.v2")]))
    assert store.marks(SAFE) == [
        mark(4, 1, compound=""), mark(4, 7), mark(9, 1, of="c.d.v2"),
    ]  # fmt: skip
    assert store.marks(WASTE) == []


def test_snapshots_are_found_by_position_and_thinned(store: ViewStore) -> None:
    for base, position in ((0, 10), (10, 20), (20, 30)):
        kept = [snapshot(position), snapshot(position, compound="c02")]
        store.commit(SAFE, moved(base, position, snapshots=kept))
    assert store.shelf(SAFE) == {"c01": [10, 20, 30], "c02": [10, 20, 30]}
    assert store.nearest(SAFE, "c01", 9) is None
    assert store.nearest(SAFE, "c01", 10) == snapshot(10)
    assert store.nearest(SAFE, "c01", 29) == snapshot(20)
    assert store.nearest(SAFE, "c02", 2**62) == snapshot(30, compound="c02")
    assert store.nearest(WASTE, "c01", 99) is None
    store.commit(SAFE, moved(30, 40, thinned=[("c01", 20)]))
    assert store.shelf(SAFE)["c01"] == [10, 30]
    assert store.nearest(SAFE, "c01", 29) == snapshot(10)


def test_some_compounds_are_put_in_place_again(store: ViewStore) -> None:
    for base, position in ((0, 10), (10, 20), (20, 30)):
        names = ("c01", "c02")
        store.commit(
            SAFE,
            moved(
                base, position,
                rows=[row(f"k{position}", position, compound=name) for name in names],
                marks=[mark(position, 1, compound=name) for name in names],
                snapshots=[snapshot(position, compound=name) for name in names],
            ),
        )  # fmt: skip
    fresh = Snapshot("c01", 20, LEAF, b"folded again")
    again = moved(30, 30, again={"c01": 11}, rows=[row("new", 25)], snapshots=[fresh])
    with pytest.raises(Moved):
        store.commit(SAFE, msgspec.structs.replace(again, base=29))
    assert len(list(store.dump(SAFE))) == 6
    store.commit(SAFE, again)
    assert list(store.dump(SAFE)) == [
        row("new", 25), *(row(f"k{at}", at, compound="c02") for at in (10, 20, 30)),
    ]  # fmt: skip
    assert store.shelf(SAFE) == {"c01": [10, 20], "c02": [10, 20, 30]}
    assert store.nearest(SAFE, "c01", 30) == fresh
    assert store.marks(SAFE) == [mark(10, 3, compound="c02")]


def test_drop_forgets_one_view(store: ViewStore) -> None:
    for view in (SAFE, WASTE):
        rows, kept = [row("a", 2)], [snapshot(2)]
        store.commit(view, moved(0, 2, rows=rows, marks=[mark(2, 1)], snapshots=kept))
    store.drop(SAFE)
    assert (store.position(SAFE), list(store.dump(SAFE)), store.marks(SAFE)) == (0, [], [])
    assert (store.leaf(SAFE), store.shelf(SAFE)) == (b"", {})
    assert (store.position(WASTE), store.shelf(WASTE)) == (2, {"c01": [2]})
    store.commit(SAFE, moved(0, 1))


def test_replaced_by_what_was_folded_elsewhere(store: ViewStore) -> None:
    store.commit(SAFE, moved(0, 2, rows=[row("old", 2)], marks=[mark(2, 1)]))
    rows = [row("a", 5), row("b", 6), row("a", 7, compound="c02")]
    folded = Folded(
        position=7, leaf=LEAF, rows=iter(rows), marks=[mark(3, 4)],
        snapshots=iter([snapshot(4)]),
    )  # fmt: skip
    store.replace(SAFE, folded)
    assert (list(store.dump(SAFE)), store.position(SAFE)) == (rows, 7)
    assert (store.marks(SAFE), store.shelf(SAFE)) == ([mark(3, 4)], {"c01": [4]})


def test_a_replacement_that_breaks_off_changes_nothing(store: ViewStore) -> None:
    store.commit(SAFE, moved(0, 2, rows=[row("old", 2)]))

    def broken() -> Iterator[StoredRow]:
        yield row("new", 9)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.replace(SAFE, Folded(position=9, leaf=LEAF, rows=broken()))
    assert (list(store.dump(SAFE)), store.position(SAFE)) == ([row("old", 2)], 2)
    store.commit(SAFE, moved(2, 3))


@pytest.mark.parametrize(
    "name", ["门/1", "a\0b", "\0", "\ue000", "\ue0000", "\ue0001\0", "'\"\\", " ", "\t\n", "🙂"]
)
def test_any_name_is_kept(name: str, store: ViewStore) -> None:
    rows = [row(name, 1, compound=name), row(name, 1, compound="c01")]
    marks = [mark(1, 1, compound=name, of=name)]
    kept = [snapshot(1, compound=name)]
    store.commit(SAFE, moved(0, 1, rows=rows, marks=marks, snapshots=kept))
    assert sorted(store.dump(SAFE)) == sorted(rows)
    assert (store.marks(SAFE), store.shelf(SAFE)) == (marks, {name: [1]})
    assert store.nearest(SAFE, name, 1) == kept[0]
    assert sorted(store.load(SAFE).compounds) == sorted({name, "c01"})
    gone = [(one[0], one[1], one[2]) for one in rows]
    store.commit(SAFE, moved(1, 2, gone=gone, thinned=[(name, 1)]))
    assert (list(store.dump(SAFE)), store.shelf(SAFE)) == ([], {})
    store.replace(SAFE, Folded(position=3, leaf=LEAF, rows=rows, marks=marks, snapshots=kept))
    assert sorted(store.dump(SAFE)) == sorted(rows)


def test_values_are_kept_byte_for_byte(store: ViewStore) -> None:
    value = '{"b": 1.50,  "a":"\\u0000\\ud83d\\ude42 门", "a":2e400}'.encode()
    store.commit(SAFE, moved(0, 1, rows=[("c01", "clock", "a", value, 1)]))
    assert [one[3] for one in store.dump(SAFE)] == [value]


def test_rows_are_sorted_by_code_points(store: ViewStore) -> None:
    keys = ["Z", "a", "ä", "中", "\uffee", "𝄞", "a/b", "a b", "A", "a\0b", "a\x01b", "\ue000"]
    store.commit(SAFE, moved(0, 1, rows=[row(key, 1) for key in keys]))
    assert [one[2] for one in store.dump(SAFE)] == sorted(keys)


def test_rows_that_are_not_ours_stop_the_start(store: ViewStore) -> None:
    strange: View = msgspec.structs.replace(SAFE, kinds={"door": SAFE.kinds["door"]})
    store.commit(SAFE, moved(0, 1, rows=[row("a", 1)]))
    with pytest.raises(EnvironmentFault, match="menwei rebuild"):
        store.load(strange)
