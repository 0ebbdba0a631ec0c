"""What the hub does with good batches: store each once, in order, and say so."""

import pytest
from eventsourcing.persistence import StoredEvent

from core.batch import Journal, Lane, parse
from core.errors import FatalError
from core.ingest import Arrival, Ingest
from core.store.sqlite import SQLiteEventStore
from core.trust import by_key
from tests.fix_core import COMPOUND, START, Enrolled, trusting, verified


def frames(store: SQLiteEventStore) -> list[bytes]:
    return [found.state for found in store.read(0, 10_000, 10**9)]


def test_a_batch_is_stored_and_receipted(store: SQLiteEventStore, gateway: Enrolled) -> None:
    batch = gateway.batch()
    (receipt,) = trusting(store, [gateway]).accept([gateway.arrival(batch)], START)
    assert receipt.journal == gateway.journal.id.hex
    assert receipt.committed == receipt.number == 1
    assert receipt.hash == batch.hash.hex()
    assert receipt.position == 1
    assert receipt.refused == ""
    assert frames(store) == [batch.frame]
    assert store.received_at(1) == START


def test_the_stored_row_is_the_frame_under_journal_and_number(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    batch = gateway.batch()
    trusting(store, [gateway]).accept([gateway.arrival(batch)], START)
    assert store.get(gateway.journal.id, 1) == batch.stored()


def test_nothing_arrived_is_nothing_receipted(store: SQLiteEventStore) -> None:
    assert trusting(store, []).accept([], START) == []


def test_two_batches_of_one_journal_in_one_call(store: SQLiteEventStore, gateway: Enrolled) -> None:
    one, two = gateway.batches(2)
    receipts = trusting(store, [gateway]).accept(
        [gateway.arrival(one), gateway.arrival(two)], START
    )
    assert [receipt.refused for receipt in receipts] == ["", ""]
    assert [receipt.number for receipt in receipts] == [1, 2]
    # Receipts are cumulative and written after the commit: both may say 2.
    assert {receipt.committed for receipt in receipts} == {2}
    assert {receipt.hash for receipt in receipts} == {two.hash.hex()}
    assert frames(store) == [one.frame, two.frame]


def test_gateways_in_one_call_keep_their_own_numbers(
    store: SQLiteEventStore, gateway: Enrolled, neighbour: Enrolled
) -> None:
    arrivals = [
        one.arrival(batch)
        for pair in zip(gateway.batches(3), neighbour.batches(3), strict=True)
        for one, batch in zip((gateway, neighbour), pair, strict=True)
    ]
    receipts = trusting(store, [gateway, neighbour]).accept(arrivals, START)
    assert [receipt.refused for receipt in receipts] == [""] * 6
    assert frames(store) == [arrival.frame for arrival in arrivals]
    assert [receipt.position for receipt in receipts[-2:]] == [5, 6]


def test_a_resend_gets_the_same_receipt_and_is_stored_once(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    ingest = trusting(store, [gateway])
    arrival = gateway.arrival(gateway.batch())
    assert ingest.accept([arrival], START) == ingest.accept([arrival], START)
    assert ingest.accept([arrival, arrival], START) == ingest.accept([arrival, arrival], START)
    assert frames(store) == [arrival.frame]


def test_a_resend_within_one_call_is_stored_once(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    arrival = gateway.arrival(gateway.batch())
    first, second = trusting(store, [gateway]).accept([arrival, arrival], START)
    assert first == second
    assert frames(store) == [arrival.frame]


def test_a_late_resend_is_told_how_far_the_journal_is(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    ingest = trusting(store, [gateway])
    batches = gateway.batches(3)
    ingest.accept([gateway.arrival(batch) for batch in batches], START)
    (receipt,) = ingest.accept([gateway.arrival(batches[0])], START)
    assert (receipt.refused, receipt.number, receipt.committed) == ("", 1, 3)
    assert receipt.hash == batches[2].hash.hex()


def test_after_a_restart_the_journal_goes_on(
    store: SQLiteEventStore, gateway: Enrolled, neighbour: Enrolled
) -> None:
    first, second = gateway.batches(2)
    before = trusting(store, [gateway, neighbour])
    (given,) = before.accept([gateway.arrival(first)], START)
    before.accept([neighbour.arrival(neighbour.batch())], START)

    after = trusting(store, [gateway, neighbour])
    (again,) = after.accept([gateway.arrival(first)], START)
    assert again == given
    (onward,) = after.accept([gateway.arrival(second)], START)
    assert (onward.refused, onward.committed, onward.position) == ("", 2, 3)


def test_a_restart_between_every_batch_changes_nothing(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    batches = gateway.batches(5)
    for batch in batches:
        (receipt,) = trusting(store, [gateway]).accept([gateway.arrival(batch)], START)
        assert receipt.committed == batch.header.number
    assert verified(frames(store)) == batches


def test_lanes_of_one_gateway_are_journals_of_their_own(store: SQLiteEventStore) -> None:
    urgent = Enrolled("gw-1", seed=1, lane=Lane.URGENT)
    bulk = Enrolled("gw-1", seed=1, lane=Lane.BULK)
    ingest = trusting(store, [urgent])
    receipts = ingest.accept([bulk.arrival(bulk.batch()), urgent.arrival(urgent.batch())], START)
    assert [(receipt.refused, receipt.committed) for receipt in receipts] == [("", 1), ("", 1)]
    assert receipts[0].journal != receipts[1].journal


def test_a_new_epoch_starts_at_one(store: SQLiteEventStore, gateway: Enrolled) -> None:
    ingest = trusting(store, [gateway])
    ingest.accept([gateway.arrival(batch) for batch in gateway.batches(3)], START)
    renewed = Enrolled("gw-1", seed=1, epoch=2)
    (receipt,) = ingest.accept([renewed.arrival(renewed.batch())], START)
    assert (receipt.refused, receipt.committed, receipt.position) == ("", 1, 4)


def test_a_resend_of_the_epoch_before_is_still_known(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    ingest = trusting(store, [gateway])
    old = gateway.arrival(gateway.batch())
    renewed = Enrolled("gw-1", seed=1, epoch=2)
    (given,) = ingest.accept([old], START)
    ingest.accept([renewed.arrival(renewed.batch())], START)
    assert ingest.accept([old], START) == [given]


def test_a_batch_of_a_type_from_the_future_is_stored(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    line = (
        b'{"id":"x:1","source":"/c/jinxiu/gw/gw-1/dev/x","type":"lift.stopped.v9","subject":"l/1",'
        b'"time":"2026-11-21T08:00:00Z","recordedtime":"2026-11-21T08:00:00Z","data":{"f":3}}\n'
    )
    batch = gateway.forged(gateway.next_header(1), line)
    (receipt,) = trusting(store, [gateway]).accept([gateway.arrival(batch)], START)
    assert (receipt.refused, receipt.committed) == ("", 1)


def test_one_key_belongs_to_one_gateway(gateway: Enrolled, neighbour: Enrolled) -> None:
    trusted = by_key([gateway.gateway, neighbour.gateway])
    assert trusted.of(gateway.batch(1)) == gateway.gateway
    assert trusted.of(neighbour.batch(1)).source == f"/c/{COMPOUND}/gw/gw-2/"


def test_a_stored_head_that_does_not_parse_stops_the_start(store: SQLiteEventStore) -> None:
    """It is our own state that is impossible, not somebody's bytes (I8)."""
    journal = Journal(bytes(32), 1).id
    store.append([StoredEvent(journal, 1, "menwei.batch.v1", b"damaged")], START)
    with pytest.raises(FatalError):
        Ingest(store, by_key(()))


def test_the_frame_is_stored_exactly_as_signed(store: SQLiteEventStore, gateway: Enrolled) -> None:
    batch = gateway.batch(50)
    trusting(store, [gateway]).accept([Arrival(COMPOUND, "gw-1", batch.frame)], START)
    stored = parse(frames(store)[0])
    stored.check_signature()
    assert stored.hash == batch.hash
