"""`frames` gives what `read` gives, without the library's objects around it."""

import pytest
from eventsourcing.persistence import StoredEvent

from core.store.port import EventStore
from tests.contract.rows import ALL, A, B, batch, run
from tests.fix_core import START


@pytest.mark.parametrize("limit", [1, 2, 64, 65, 1_000])
@pytest.mark.parametrize("max_bytes", [0, 1, 99, 100, 101, 6_400, 6_401, ALL])
def test_frames_are_those_of_the_batches(store: EventStore, limit: int, max_bytes: int) -> None:
    store.append([*run(A, 1, 150, size=100), *run(B, 1, 50, size=33)], START)
    for after in (0, 1, 149, 150, 199, 200, 999):
        read = [(one.id, one.state) for one in store.read(after, limit, max_bytes)]
        assert list(store.frames(after, limit, max_bytes)) == read


def test_frames_are_bytes_as_they_were(store: EventStore) -> None:
    store.append([StoredEvent(A, 1, "menwei.batch.v1", bytes(range(256))), batch(A, 2)], START)
    ((position, frame),) = store.frames(0, 1, ALL)
    assert (position, frame, type(frame)) == (1, bytes(range(256)), bytes)


def test_an_empty_store_has_none(store: EventStore) -> None:
    assert list(store.frames(0, 10, ALL)) == []
