"""Whatever is submitted, in whatever order, across restarts: all that a witness ever cosigned of a
log is one history that only grew."""

import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given

from core.tlog.witness import Declined
from tests.fix_core import FixedClock
from tests.fix_witness import leaves, log_of, submission, witness

SIZES = st.integers(0, 12)
STEP = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from(["", "x", "y"]), SIZES, SIZES, SIZES),
    st.tuples(st.just("restart"), st.just(""), SIZES, SIZES, SIZES),
)
STEPS = st.lists(STEP, max_size=25)


@given(STEPS)
def test_one_history_that_only_grows(steps: list[tuple[str, str, int, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        clock = FixedClock()
        made = witness(Path(scratch), clock)
        cosigned: list[list[bytes]] = [[]]
        for what, fork, at, size, old in steps:
            if what == "restart":
                made = witness(Path(scratch), clock)
                continue
            hashes = leaves(size, fork, at)
            # Half from where it stands, so that it is the history that decides.
            known = len(cosigned[-1]) if old % 2 else old
            try:
                made.add(submission(known, log_of(hashes)).encode())
            except Declined:
                grows = hashes[: len(cosigned[-1])] == cosigned[-1]
                assert not (grows and known == len(cosigned[-1]) <= size)
                continue
            assert hashes[: len(cosigned[-1])] == cosigned[-1]
            cosigned.append(hashes)
