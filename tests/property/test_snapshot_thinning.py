"""Which snapshots are kept is a rule of numbers: when it is applied makes no difference."""

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from projections.snapshots import EVERY, block, end_of_block, kept, lasts


@given(
    st.sets(st.integers(1, 4000), max_size=200), st.integers(0, 500), st.integers(0, 3000),
)  # fmt: skip
@example({385, 386, 387}, 31, 255)
def test_thinning_now_and_later_is_thinning_later(
    blocks: set[int], first: int, second: int
) -> None:
    positions = {one * EVERY for one in blocks}
    newest = max(positions, default=0)
    sooner, later = newest + first * EVERY, newest + (first + second) * EVERY
    assert kept(kept(positions, sooner), later) == kept(positions, later)


@given(st.integers(1, 20_000))
def test_what_is_kept_is_dense_near_and_sparse_far(count: int) -> None:
    positions = [one * EVERY for one in range(1, count + 1)]
    left = sorted(one // EVERY for one in kept(positions, count * EVERY))
    assert left[-1] == count
    assert set(range(max(1, count - 31), count + 1)) <= set(left)
    assert len(left) <= 34 * 5
    for older, newer in itertools.pairwise(left):
        assert newer - older <= max(1, (count - older) // 2 + 8), "never far beside its age"


@given(st.integers(1, 3000), st.integers(0, 3000))
def test_what_lasts_is_what_thinning_leaves(at: int, more: int) -> None:
    upto = (at + more) * EVERY
    every = [one * EVERY for one in range(1, at + more + 1)]
    assert lasts(at * EVERY, upto) <= (at * EVERY in kept(every, upto))
    assert not lasts(at * EVERY + 1, upto)


@given(st.integers(0, 10_000_000))
def test_a_block_ends_where_it_says(position: int) -> None:
    end = end_of_block(position)
    assert position < end <= position + EVERY
    assert end % EVERY == 0
    assert block(position + 1) == block(end) == end // EVERY


def test_nothing_and_one_are_kept() -> None:
    assert kept([], 10) == set()
    assert kept([EVERY], 50_000 * EVERY) == {EVERY}
