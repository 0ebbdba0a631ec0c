"""However many events of whatever size are written: all come out, in order, in valid frames."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from core import codec
from core.batch import MAX_FRAME, Head, Journal, parse
from core.writer import BatchWriter
from tests.fix_core import START, signer_of

SIGNER = signer_of(1)


def incompressible(size: int, seed: int) -> bytes:
    """An encoded event of exactly `size` bytes for all the writer can see; no line feed in it."""
    return random.Random(seed).randbytes(size).replace(b"\n", b"\r")


# Sizes where decisions are made: tiny, half a batch, the largest event, and around the split.
SIZES = st.one_of(
    st.integers(1, 300),
    st.integers(40_000, codec.MAX_EVENT),
    st.sampled_from([32_767, 32_768, 49_151, 49_152, codec.MAX_EVENT - 1, codec.MAX_EVENT]),
)
LINES = st.lists(st.builds(incompressible, SIZES, st.integers(0, 9)), max_size=12)


@settings(max_examples=150)
@given(LINES)
def test_every_event_comes_out_once_and_in_order(events: list[bytes]) -> None:
    made = BatchWriter(Journal(SIGNER.public, 1), SIGNER, Head()).batches(events, START)
    head = Head()
    out: list[bytes] = []
    for batch in made:
        assert len(batch.frame) <= MAX_FRAME
        read = parse(batch.frame)
        read.check_signature()
        assert read.header.number == head.number + 1
        assert read.header.first == head.last + 1
        assert read.header.previous == head.hash
        held = read.lines().split(b"\n")
        assert held.pop() == b""
        assert len(held) == read.header.last - read.header.first + 1 > 0
        out.extend(held)
        head = read.head()
    assert out == events


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(1, 400), min_size=1, max_size=20), max_size=6))
def test_calls_are_joined_by_advance(calls: list[list[int]]) -> None:
    writer = BatchWriter(Journal(SIGNER.public, 1), SIGNER, Head())
    written: list[bytes] = []
    frames: list[bytes] = []
    for call in calls:
        events = [incompressible(size, size) for size in call]
        lost = writer.batches(events, START)  # a commit that failed: never advanced
        made = writer.batches(events, START)
        assert [batch.frame for batch in lost] == [batch.frame for batch in made]
        writer.advance(made)
        written.extend(events)
        frames.extend(batch.frame for batch in made)
    read = [parse(frame) for frame in frames]
    assert b"".join(batch.lines() for batch in read) == b"".join(e + b"\n" for e in written)
    assert [batch.header.number for batch in read] == list(range(1, len(read) + 1))
    assert writer.head == (read[-1].head() if read else Head())
