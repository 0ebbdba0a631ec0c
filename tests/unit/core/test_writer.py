"""Encoded events become the next batches of a journal; a failed commit leaves no trace."""

import pytest

from core import codec
from core.batch import MAX_FRAME, ZERO_HASH, Journal, parse
from core.errors import BadFrame
from core.writer import BatchWriter
from tests.fix_core import START, Enrolled, signer_of, verified


def encoded(gateway: Enrolled, count: int) -> list[bytes]:
    return [codec.encode(event) for event in gateway.events(count)]


def test_nothing_to_write_makes_no_batch(gateway: Enrolled) -> None:
    assert gateway.writer.batches([], START) == []


def test_the_first_batch_starts_the_chain(gateway: Enrolled) -> None:
    (batch,) = gateway.writer.batches(encoded(gateway, 3), START)
    header = batch.header
    assert (header.number, header.first, header.last) == (1, 1, 3)
    assert header.previous == ZERO_HASH
    assert header.written_us == 1_795_248_000_000_000


def test_lines_are_the_events_with_a_line_feed_after_each(gateway: Enrolled) -> None:
    events = encoded(gateway, 3)
    (batch,) = gateway.writer.batches(events, START)
    assert batch.lines() == b"".join(event + b"\n" for event in events)


def test_without_advance_the_next_attempt_is_the_same_history(gateway: Enrolled) -> None:
    events = encoded(gateway, 3)
    first = gateway.writer.batches(events, START)
    again = gateway.writer.batches(events, START)
    assert [batch.frame for batch in first] == [batch.frame for batch in again]


def test_advance_moves_number_sequence_and_hash(gateway: Enrolled) -> None:
    made = gateway.writer.batches(encoded(gateway, 3), START)
    gateway.writer.advance(made)
    assert gateway.writer.head == made[-1].head()
    following = gateway.batch(1)
    assert verified([made[0].frame, following.frame])


def test_advance_over_nothing_stays(gateway: Enrolled) -> None:
    gateway.batch()
    before = gateway.writer.head
    gateway.writer.advance([])
    assert gateway.writer.head == before


def test_what_does_not_fit_goes_into_the_next_batch(gateway: Enrolled) -> None:
    events = encoded(gateway, 2_000)
    made = gateway.writer.batches(events, START)
    assert len(made) > 1
    assert max(len(batch.frame) for batch in made) <= MAX_FRAME
    assert b"".join(batch.lines() for batch in made) == b"".join(e + b"\n" for e in events)
    assert verified([batch.frame for batch in made])[-1].header.last == 2_000


def test_two_events_of_the_largest_size_take_two_batches(gateway: Enrolled) -> None:
    noise = b"".join(signer_of(n).sign(b"noise").hex().encode() for n in range(256)) * 2
    largest = noise[: codec.MAX_EVENT]
    assert len(largest) == codec.MAX_EVENT
    made = gateway.writer.batches([largest, largest], START)
    assert [parse(batch.frame).lines() for batch in made] == [largest + b"\n"] * 2


def test_a_writer_that_goes_on_from_a_stored_head_continues_the_chain(gateway: Enrolled) -> None:
    frames = [batch.frame for batch in gateway.batches(3)]
    later = Enrolled("gw-1", seed=1, head=parse(frames[-1]).head())
    frames.append(later.batch().frame)
    assert len(verified(frames)) == 4


def test_a_journal_is_written_with_its_own_key_only(gateway: Enrolled) -> None:
    other = BatchWriter(Journal(signer_of(9).public, 1), gateway.signer, gateway.writer.head)
    with pytest.raises(ValueError, match="signed by the key"):
        other.batches([b"{}"], START)


def test_a_line_that_is_no_event_is_named_when_read(gateway: Enrolled) -> None:
    (batch,) = gateway.writer.batches([b"[1]"], START)
    with pytest.raises(BadFrame) as caught:
        codec.envelopes(batch)
    assert caught.value.reason == "payload"
