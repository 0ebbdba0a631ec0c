"""Whatever the network does to a journal's frames, the hub holds a prefix of it."""

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.batch import Batch
from core.ingest import Arrival, Ingest
from core.receipt import Receipt
from core.store.sqlite import SQLiteEventStore
from tests.fix_core import START, Enrolled, trusting

LENGTH = 7
NAMES = ("gw-1", "gw-2")


@cache
def journals() -> dict[str, list[Batch]]:
    return {
        name: Enrolled(name, seed).batches(LENGTH, events=seed)
        for seed, name in enumerate(NAMES, 1)
    }


ENROLLED = [Enrolled(name, seed) for seed, name in enumerate(NAMES, 1)]
# One delivered frame: whose journal, which batch.
DELIVERY = st.tuples(st.sampled_from(NAMES), st.integers(0, LENGTH - 1))
# Each list is one call of the hub; None is a restart of it.
STORY = st.lists(st.one_of(st.none(), st.lists(DELIVERY, max_size=8)), max_size=8)


def arrivals(call: Sequence[tuple[str, int]]) -> list[Arrival]:
    return [
        next(one for one in ENROLLED if one.gateway.name == name).arrival(journals()[name][index])
        for name, index in call
    ]


def held(store: SQLiteEventStore, name: str) -> list[bytes]:
    identity = journals()[name][0].header.journal.id
    return [
        found.state for found in store.read(0, 10_000, 10**9) if found.originator_id == identity
    ]


def is_prefix(store: SQLiteEventStore, name: str) -> bool:
    frames = held(store, name)
    return frames == [batch.frame for batch in journals()[name][: len(frames)]]


def check(receipt: Receipt, sent: Arrival, store: SQLiteEventStore) -> None:
    frames = held(store, sent.gateway)
    assert receipt.refused in {"", "gap"}
    assert receipt.committed == len(frames)
    # A gap may have been filled later in the same call; what was taken is committed.
    assert receipt.number <= receipt.committed or receipt.refused == "gap"
    if frames:
        assert receipt.hash == journals()[sent.gateway][len(frames) - 1].hash.hex()


@settings(max_examples=120)
@given(STORY)
def test_a_prefix_never_a_hole_and_resending_completes_it(
    story: list[list[tuple[str, int]] | None],
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        store = SQLiteEventStore(Path(directory) / "log.db")
        ingest: Ingest = trusting(store, ENROLLED)
        for call in story:
            if call is None:
                store.close()
                store = SQLiteEventStore(Path(directory) / "log.db")
                ingest = trusting(store, ENROLLED)
                continue
            sent = arrivals(call)
            for receipt, arrival in zip(ingest.accept(sent, START), sent, strict=True):
                check(receipt, arrival, store)
            assert all(is_prefix(store, name) for name in NAMES)
        for name in NAMES:
            receipts = ingest.accept(arrivals([(name, i) for i in range(LENGTH)]), START)
            assert [receipt.refused for receipt in receipts] == [""] * LENGTH
            assert held(store, name) == [batch.frame for batch in journals()[name]]
        assert store.head() == LENGTH * len(NAMES)
        store.close()


@settings(max_examples=60)
@given(st.permutations(range(LENGTH)))
def test_any_order_arrives_in_as_many_rounds_as_there_are_batches(order: list[int]) -> None:
    """A gateway that resends everything after each round makes progress every time."""
    with tempfile.TemporaryDirectory() as directory:
        store = SQLiteEventStore(Path(directory) / "log.db")
        ingest = trusting(store, ENROLLED)
        before = 0
        for _ in range(LENGTH):
            receipts = ingest.accept(arrivals([("gw-1", index) for index in order]), START)
            committed = receipts[0].committed
            assert committed > before or committed == LENGTH
            before = committed
        assert before == LENGTH
        assert is_prefix(store, "gw-1")
        store.close()
