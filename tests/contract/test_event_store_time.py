"""When batches were received, and what had been received by then, for every backend."""

from datetime import UTC, datetime, timedelta

from core.store.port import EventStore
from tests.contract.rows import A, batch, run
from tests.fix_core import START


def test_received_at_gives_back_the_millisecond(store: EventStore) -> None:
    """Times are told in milliseconds; who asks for the one told finds the position again."""
    moments = [
        START,
        START + timedelta(microseconds=1),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2036, 2, 29, 23, 59, 59, 999_999, UTC),
    ]
    for number, moment in enumerate(moments, 1):
        store.append([batch(A, number)], moment)
    told = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
    assert [store.received_at(position) for position in range(1, 5)] == told
    assert [store.position_at(moment) for moment in told[-1:]] == [4]
    assert store.received_at(5) is None
    assert store.received_at(0) is None


def test_a_call_is_received_at_once(store: EventStore) -> None:
    store.append(run(A, 1, 3), START)
    assert {store.received_at(position) for position in (1, 2, 3)} == {START}


def minutes(number: int) -> datetime:
    return START + timedelta(minutes=number)


def test_position_at_is_what_had_been_received(store: EventStore) -> None:
    store.append(run(A, 1, 2), minutes(10))
    store.append([batch(A, 3)], minutes(20))
    assert store.position_at(minutes(9)) == 0
    assert store.position_at(minutes(10) - timedelta(microseconds=1)) == 0
    assert store.position_at(minutes(10)) == 2
    assert store.position_at(minutes(19)) == 2
    assert store.position_at(minutes(20)) == 3
    assert store.position_at(minutes(999)) == 3


def test_position_at_with_a_clock_that_was_stepped_back(store: EventStore) -> None:
    for number, minute in enumerate([10, 20, 5, 6, 30], 1):
        store.append([batch(A, number)], minutes(minute))
    assert store.position_at(minutes(4)) == 0
    # The highest position that carries a time not after the moment; positions are the order.
    assert store.position_at(minutes(5)) == 3
    assert store.position_at(minutes(10)) == 4
    assert store.position_at(minutes(29)) == 4
    assert store.position_at(minutes(30)) == 5


def test_position_at_with_a_clock_that_was_stepped_forward(store: EventStore) -> None:
    for number, minute in enumerate([10, 10_000, 20], 1):
        store.append([batch(A, number)], minutes(minute))
    assert store.position_at(minutes(15)) == 1
    assert store.position_at(minutes(20)) == 3
