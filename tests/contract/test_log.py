"""What who follows the log sees of it while another one appends, for every backend."""

from datetime import timedelta

from core.store.port import EventStore
from tests.contract.backends import Follow
from tests.contract.rows import ALL, A, B, batch, keys, run
from tests.fix_core import START


def test_the_head_is_fresh_at_every_call(store: EventStore, follow: Follow) -> None:
    log = follow()
    assert log.head() == 0
    for number in range(1, 4):
        store.append([batch(A, number)], START)
        assert log.head() == number


def test_it_reads_what_the_store_reads(store: EventStore, follow: Follow) -> None:
    store.append([*run(A, 1, 70), batch(B, 1)], START)
    log = follow()
    store.append([batch(B, 2)], START + timedelta(minutes=1))
    assert keys(log.read(0, 100, ALL)) == keys(store.read(0, 100, ALL))
    assert log.read(70, 10, ALL) == store.read(70, 10, ALL)
    assert sorted(keys(log.journals())) == [(70, A, 70), (72, B, 2)]
    assert log.get(B, 2) == batch(B, 2)
    assert log.get(B, 3) is None
    assert log.position_at(START) == 71
    assert log.received_at(72) == START + timedelta(minutes=1)
    assert log.received_at(73) is None


def test_it_stays_when_the_store_is_closed(store: EventStore, follow: Follow) -> None:
    log = follow()
    store.append(run(A, 1, 3), START)
    store.close()
    assert log.head() == 3
    assert keys(log.read(2, 10, ALL)) == [(3, A, 3)]
    log.close()
    log.close()
