"""What core.store.port promises, for every backend."""

from datetime import timedelta
from threading import Thread, get_ident
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from core.store.port import Conflict, EventStore
from tests.contract.backends import Open
from tests.contract.rows import ALL, A, B, C, batch, keys, run
from tests.fix_broker import eventually
from tests.fix_core import START


def test_an_empty_store(store: EventStore) -> None:
    assert store.head() == 0
    assert list(store.read(0, 10, ALL)) == []
    assert list(store.journals()) == []
    assert store.get(A, 1) is None
    assert store.position_at(START) == 0
    assert store.received_at(1) is None


def test_positions_are_consecutive_from_one(store: EventStore) -> None:
    assert list(store.append(run(A, 1, 3), START)) == [1, 2, 3]
    assert list(store.append([batch(B, 1)], START)) == [4]
    assert store.head() == 4


def test_a_batch_is_read_back_as_it_was(store: EventStore) -> None:
    given = StoredEvent(A, 1, "menwei.batch.v1", bytes(range(256)))
    store.append([given], START)
    (found,) = store.read(0, 1, ALL)
    assert found.id == 1
    for seen in (found, store.get(A, 1)):
        assert seen is not None
        assert seen.originator_id == A
        assert isinstance(seen.originator_id, UUID)
        assert seen.originator_version == 1
        assert seen.topic == "menwei.batch.v1"
        assert seen.state == given.state
        assert isinstance(seen.state, bytes)


def test_the_order_is_the_order_of_commits_whatever_the_journals(store: EventStore) -> None:
    store.append([batch(C, 1), batch(A, 1)], START)
    store.append([batch(B, 1), batch(A, 2)], START)
    store.append([batch(C, 2)], START)
    assert keys(store.read(0, 10, ALL)) == [
        (1, C, 1), (2, A, 1), (3, B, 1), (4, A, 2), (5, C, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [1, 2, 63, 64, 65, 128, 200, 1_000])
def test_pages_by_limit_join_without_hole_or_repeat(store: EventStore, limit: int) -> None:
    store.append(run(A, 1, 200), START)
    seen: list[int] = []
    while page := store.read(seen[-1] if seen else 0, limit, ALL):
        assert len(page) <= limit
        seen.extend(found.id for found in page)
    assert seen == list(range(1, 201))


@pytest.mark.parametrize("max_bytes", [1, 99, 100, 101, 6_400, 6_401, 19_999])
def test_pages_by_bytes_join_without_hole_or_repeat(store: EventStore, max_bytes: int) -> None:
    store.append(run(A, 1, 200, size=100), START)
    seen: list[int] = []
    while page := store.read(seen[-1] if seen else 0, 1_000, max_bytes):
        # It stops once the bytes are reached: over by less than the last batch.
        assert sum(len(found.state) for found in page[:-1]) < max_bytes
        seen.extend(found.id for found in page)
    assert seen == list(range(1, 201))


def test_the_first_of_limit_and_bytes_ends_a_page(store: EventStore) -> None:
    store.append(run(A, 1, 10, size=100), START)
    assert len(store.read(0, 3, ALL)) == 3
    assert len(store.read(0, 10, 500)) == 5
    assert len(store.read(0, 3, 500)) == 3


@pytest.mark.parametrize("max_bytes", [0, 1, 99])
def test_a_batch_larger_than_the_page_is_still_given(store: EventStore, max_bytes: int) -> None:
    store.append(run(A, 1, 3, size=100), START)
    assert keys(store.read(1, 10, max_bytes)) == [(2, A, 2)]


def test_reading_at_and_beyond_the_head_is_empty(store: EventStore) -> None:
    store.append(run(A, 1, 3), START)
    assert list(store.read(3, 10, ALL)) == []
    assert list(store.read(99, 10, ALL)) == []


def test_get_finds_one_batch_of_one_journal(store: EventStore) -> None:
    store.append([*run(A, 1, 3), *run(B, 1, 2)], START)
    assert store.get(A, 2) == batch(A, 2)
    assert store.get(B, 2) == batch(B, 2)
    assert store.get(B, 3) is None
    assert store.get(C, 1) is None
    assert store.get(A, 0) is None


@pytest.mark.parametrize(
    "conflicting",
    [
        pytest.param([batch(A, 2)], id="alone"),
        pytest.param([batch(A, 2), batch(A, 3)], id="first"),
        pytest.param([batch(A, 3), batch(B, 1), batch(A, 2)], id="last"),
        pytest.param([batch(A, 3), batch(A, 3)], id="with itself"),
    ],
)
def test_a_conflict_stores_nothing_at_all(reopen: Open, conflicting: list[StoredEvent]) -> None:
    store = reopen()
    store.append(run(A, 1, 2), START)
    before = keys(store.read(0, 10, ALL))
    with pytest.raises(Conflict):
        store.append(conflicting, START + timedelta(hours=1))
    assert keys(store.read(0, 10, ALL)) == before
    assert store.head() == 2
    assert store.position_at(START + timedelta(days=1)) == 2
    assert store.received_at(3) is None
    assert list(store.append([batch(A, 3)], START)) == [3]
    store.close()
    assert keys(reopen().read(0, 10, ALL)) == [*before, (3, A, 3)]


def test_a_conflict_with_other_bytes_keeps_the_first(store: EventStore) -> None:
    store.append([batch(A, 1)], START)
    with pytest.raises(Conflict):
        store.append([StoredEvent(A, 1, "menwei.batch.v1", b"other")], START)
    assert store.get(A, 1) == batch(A, 1)


def test_appending_nothing_changes_nothing(store: EventStore) -> None:
    woken: list[int] = []
    store.subscribe(woken.append)
    assert list(store.append([], START)) == []
    assert store.head() == 0
    assert woken == []


def test_journals_gives_the_newest_batch_of_each(store: EventStore) -> None:
    store.append([*run(B, 1, 2), *run(A, 1, 5)], START)
    store.append([batch(B, 3), batch(C, 1)], START)
    assert sorted(keys(store.journals())) == [(7, A, 5), (8, B, 3), (9, C, 1)]
    assert {found.state for found in store.journals()} == {
        batch(A, 5).state, batch(B, 3).state, batch(C, 1).state,
    }  # fmt: skip


def test_journals_of_a_thousand_gateways(store: EventStore) -> None:
    many = [UUID(int=number * 0x9E3779B97F4A7C15) for number in range(1, 1_001)]
    store.append([batch(journal, number) for number in (1, 2) for journal in many], START)
    found = store.journals()
    assert {one.originator_id for one in found} == set(many)
    assert {one.originator_version for one in found} == {2}


def test_wake_is_called_with_the_head_from_the_appending_thread(store: EventStore) -> None:
    woken: list[tuple[int, int]] = []
    store.subscribe(lambda head: woken.append((head, get_ident())))
    store.append(run(A, 1, 3), START)
    appending = Thread(target=lambda: store.append([batch(A, 4)], START))
    appending.start()
    thread = appending.ident
    appending.join()
    assert woken == [(3, get_ident()), (4, thread)]


def test_who_is_woken_can_read_what_woke_it(store: EventStore) -> None:
    seen: list[int] = []
    store.subscribe(lambda head: seen.extend(one.id for one in store.read(head - 1, 10, ALL)))
    store.append([batch(A, 1)], START)
    store.append([batch(A, 2)], START)
    assert seen == [1, 2]


def test_every_subscriber_is_woken_and_none_by_a_conflict(store: EventStore) -> None:
    one: list[int] = []
    two: list[int] = []
    store.subscribe(one.append)
    store.append([batch(A, 1)], START)
    store.subscribe(two.append)
    with pytest.raises(Conflict):
        store.append([batch(A, 1)], START)
    store.append([batch(A, 2)], START)
    assert (one, two) == ([1, 2], [2])


def test_reopened_it_is_as_it_was_left(reopen: Open) -> None:
    store = reopen()
    store.append([*run(A, 1, 70), batch(B, 1)], START)
    left = (
        keys(store.read(0, 100, ALL)), store.head(), keys(store.journals()), store.received_at(71),
    )  # fmt: skip
    store.close()
    again = reopen()
    assert left == (
        keys(again.read(0, 100, ALL)), again.head(), keys(again.journals()), again.received_at(71),
    )  # fmt: skip
    assert list(again.append([batch(B, 2)], START)) == [72]
    with pytest.raises(Conflict):
        again.append([batch(A, 70)], START)


def test_closing_twice_is_no_error(store: EventStore) -> None:
    store.close()
    store.close()


def test_the_head_never_goes_back_while_threads_append(store: EventStore) -> None:
    heads: list[int] = []
    store.subscribe(lambda _head: heads.append(store.head()))

    def append(journal: UUID) -> None:
        for number in range(1, 51):
            store.append([batch(journal, number)], START)

    threads = [Thread(target=append, args=(journal,)) for journal in (A, B, C)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.head() == 150
    assert [found.id for found in store.read(0, 200, ALL)] == list(range(1, 151))
    assert len(heads) == 150


def test_readers_in_other_threads_see_a_prefix_and_never_a_hole(store: EventStore) -> None:
    seen: list[list[int]] = []
    done: list[bool] = []

    def read() -> None:
        while not done:
            seen.append([found.id for found in store.read(0, 1_000, ALL)])

    reader = Thread(target=read)
    reader.start()
    for number in range(1, 101):
        store.append([batch(A, 2 * number - 1), batch(A, 2 * number)], START)
    eventually(lambda: seen)
    done.append(True)
    reader.join()
    for page in seen:
        assert page == list(range(1, len(page) + 1))
        assert len(page) % 2 == 0  # a call is visible as a whole
