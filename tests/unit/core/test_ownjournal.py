"""The hub's own events: signed batches in the same log, from any thread."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from core import codec, sealing
from core.batch import parse
from core.catalog import CATALOG
from core.codec import envelopes
from core.errors import Unavailable
from core.events.alarm import Acknowledged
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import GATEWAY, OwnJournal
from core.store.sqlite import SQLiteEventStore
from tests.fix_core import START, Enrolled, FixedClock, door_opened, trusting, verified
from tests.fix_outage import Fault, Outages


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    made = KeyStore(tmp_path / "hub-keys.db")
    yield made
    made.close()


def own_frames(store: SQLiteEventStore, signer: Signer) -> list[bytes]:
    frames = [found.state for found in store.read(0, 10_000, 10**9)]
    return [frame for frame in frames if parse(frame).header.journal.key == signer.public]


def test_an_event_is_durable_at_the_position_returned(
    store: SQLiteEventStore, signer: Signer, clock: FixedClock, keys: KeyStore
) -> None:
    assert OwnJournal(store, signer, clock, keys).append([door_opened(1, GATEWAY)]) == 1
    (batch,) = verified(own_frames(store, signer))
    assert batch.header.journal.epoch == 1
    assert store.received_at(1) == START


def test_a_restart_continues_the_chain_between_other_journals(
    store: SQLiteEventStore, signer: Signer, clock: FixedClock, keys: KeyStore, neighbour: Enrolled
) -> None:
    OwnJournal(store, signer, clock, keys).append([door_opened(1, GATEWAY)])
    trusting(store, [neighbour]).accept([neighbour.arrival(neighbour.batch())], START)
    assert OwnJournal(store, signer, clock, keys).append([door_opened(2, GATEWAY)]) == 3
    assert len(verified(own_frames(store, signer))) == 2


def test_many_events_take_several_batches_and_the_last_position_is_returned(
    store: SQLiteEventStore, signer: Signer, clock: FixedClock, keys: KeyStore
) -> None:
    position = OwnJournal(store, signer, clock, keys).append(
        [door_opened(record, GATEWAY) for record in range(1, 1_001)]
    )
    assert position == store.head() > 1
    assert verified(own_frames(store, signer))[-1].header.last == 1_000


def test_threads_make_one_chain(
    store: SQLiteEventStore, signer: Signer, clock: FixedClock, keys: KeyStore
) -> None:
    journal = OwnJournal(store, signer, clock, keys)

    def write(start: int) -> None:
        for record in range(start, start + 10):
            journal.append([door_opened(record, GATEWAY)])

    threads = [Thread(target=write, args=(start,)) for start in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verified(own_frames(store, signer))) == 30


def test_what_a_person_writes_freely_is_sealed(
    store: SQLiteEventStore, signer: Signer, clock: FixedClock, keys: KeyStore
) -> None:
    opened = door_opened(1, GATEWAY)
    data = Acknowledged(alarm="door.forced:door/a:x", actor="admin", note="Called Mr Zhang San")
    event = msgspec.structs.replace(opened, type=data.TYPE, data=data)
    OwnJournal(store, signer, clock, keys).append([event])
    (frame,) = own_frames(store, signer)
    stored = codec.envelopes(parse(frame))[0]
    assert b"Zhang" not in parse(frame).lines()
    found = CATALOG.read(stored)
    assert isinstance(found.data, Acknowledged)
    assert found.data.pii is not None
    key = keys.find(found.data.pii.kid)
    assert key is not None
    assert sealing.unseal(key, found.data.pii, event.id) == {"note": "Called Mr Zhang San"}


@pytest.mark.parametrize("fault", Fault)
def test_what_an_outage_hid_is_stored_once(
    store: SQLiteEventStore, signer: Signer, clock: FixedClock, keys: KeyStore, fault: Fault
) -> None:
    """Others write in between, and who asked comes back with more than it had."""
    journal = OwnJournal(Outages(store, 1, fault), signer, clock, keys)
    events = [door_opened(record, GATEWAY) for record in range(1, 6)]
    journal.append(events[:1])
    with pytest.raises(Unavailable):
        journal.append(events[1:3])
    clock.move(timedelta(seconds=1))
    for rest in (events[4:], events[1:3], events[3:4]):
        try:
            position = journal.append(rest)
        except Unavailable:
            assert fault is Fault.LATE
            position = journal.append(rest)
        assert position <= store.head()
    found = [line.id for one in verified(own_frames(store, signer)) for line in envelopes(one)]
    assert sorted(found) == [one.id for one in events]


def test_ids_that_no_outage_hid_are_not_looked_at(
    store: SQLiteEventStore, signer: Signer, clock: FixedClock, keys: KeyStore
) -> None:
    journal = OwnJournal(Outages(store, 1, Fault.BEFORE, away=4), signer, clock, keys)
    journal.append([door_opened(1, GATEWAY)])
    for _ in range(5):
        with pytest.raises(Unavailable):
            journal.append([door_opened(2, GATEWAY)])
    assert journal.append([door_opened(2, GATEWAY)]) == 2
    assert journal.append([door_opened(2, GATEWAY)]) == 3, "who says it twice means it twice"
