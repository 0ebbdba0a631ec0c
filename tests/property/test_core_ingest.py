"""Whatever the network does to a journal's frames, the hub holds a prefix of it."""

import json
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.batch import CODEC_DICTIONARY, Batch, Lane
from core.dictionary import DICTIONARY
from core.ingest import Arrival, Ingest
from core.receipt import Receipt
from core.store.sqlite import SQLiteEventStore
from tests.fix_core import START, Enrolled, trusting
from tests.fix_newer import STRANGE, in_payload, strange_lines

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


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())
PIECE = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(sorted(STRANGE)).map(lambda name: strange_lines((name,))),
    JSON,
    st.sampled_from(
        [b"\n", b"{", b"}", b"[" * 2000, b'"source":', b"null", b"\xef\xbb\xbf", b"\0"]
    ),
)
PLAIN = st.lists(PIECE, max_size=6).map(b"".join)
_PACKED = zstandard.ZstdCompressor(dict_data=DICTIONARY)
PAYLOAD = st.one_of(
    PLAIN, PLAIN.map(zstandard.compress), PLAIN.map(_PACKED.compress), st.binary(max_size=300)
)


@settings(max_examples=400)
@given(
    payload=PAYLOAD,
    codec=st.sampled_from([0, 1, 2, 2, 3, 255]),
    count=st.integers(1, 8),
    lane=st.sampled_from(list(Lane)),
    size=st.one_of(st.none(), st.integers(0, 1_000_000)),
)
def test_no_payload_raises_and_none_that_is_stored_stops_a_start(
    payload: bytes, codec: int, count: int, lane: Lane, size: int | None
) -> None:
    """Anything an enrolled gateway may sign. Stored or refused with a reason, its neighbour in
    the same call is taken, it is answered again in the same way, and the hub starts over it."""
    odd, plain = Enrolled("gw-1", 1, lane=lane), Enrolled("gw-2", 2)
    batch = in_payload(odd.next_header(count), odd.signer, payload, codec, size)
    sent = [odd.arrival(batch), plain.arrival(plain.batch())]
    with tempfile.TemporaryDirectory() as directory:
        store = SQLiteEventStore(Path(directory) / "log.db")
        first, neighbour = trusting(store, [odd, plain]).accept(sent, START)
        assert (neighbour.refused, neighbour.committed) == ("", 1)
        assert first.refused in {"", "payload", "count", "source", "frame"}
        assert first.committed == (not first.refused)
        if codec > CODEC_DICTIONARY and first.refused:
            assert first.refused == "frame", "nothing inside an unknown codec may refuse it"
        again = trusting(store, [odd, plain]).accept(sent, START)
        assert [one.refused for one in again] == [first.refused, ""]
        assert store.head() == 1 + (not first.refused)
        store.close()
