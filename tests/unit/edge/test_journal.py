"""One journal file: boots and epochs, two lanes, what a commit leaves behind."""

from datetime import timedelta
from pathlib import Path

import pytest

from core import codec
from core.batch import Head, Journal, Lane
from core.errors import FatalError
from edge.journal import EdgeJournal
from edge.known import AlreadyKnown, Memory
from edge.stream import Damaged
from tests.fix_core import FixedClock, door_opened, signer_of, verified
from tests.fix_edge import HUB_KEY, EdgeRig, native, receipt_of


def opened(folder: Path, clock: FixedClock, ids: int = 1000, days: int = 400) -> EdgeJournal:
    memory = Memory(ids=ids, days=days)
    return EdgeJournal(folder / "journal.db", signer_of(9), clock, HUB_KEY, memory)


def lines(first: int, count: int) -> list[bytes]:
    return [codec.encode(door_opened(record)) for record in range(first, first + count)]


def known(first: int, count: int) -> list[tuple[bytes, bytes]]:
    return [(f"key {n:012}".encode(), b"d" * 16) for n in range(first, first + count)]


def test_an_empty_one(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    assert (journal.boot, journal.fresh) == (1, True)
    assert journal.epoch == int(clock.now().timestamp())
    assert set(journal.streams) == {Lane.URGENT, Lane.BULK}
    for lane, stream in journal.streams.items():
        assert stream.journal == Journal(signer_of(9).public, journal.epoch, lane)
        assert (stream.head, stream.cursor, stream.pending) == (Head(), 0, 0)
        assert not stream.read(0, 10)
    assert journal.digests([b"x" * 16]) == {}
    assert journal.refused() == []
    journal.close()


def test_boots_are_counted_and_the_epoch_stays(tmp_path: Path, clock: FixedClock) -> None:
    first = opened(tmp_path, clock)
    first.commit({Lane.URGENT: lines(1, 3)})
    head, identity = first.streams[Lane.URGENT].head, first.journal.id
    first.close()
    clock.move(timedelta(days=9))
    second = opened(tmp_path, clock)
    urgent = second.streams[Lane.URGENT]
    assert (second.boot, urgent.head, second.journal.id) == (2, head, identity)
    second.commit({Lane.URGENT: lines(4, 1)})
    found = verified([stored.state for stored in urgent.read(0, 10)])
    assert [(batch.header.number, batch.header.first) for batch in found] == [(1, 1), (2, 4)]
    second.close()


def test_a_boot_that_was_killed_is_counted(tmp_path: Path, clock: FixedClock) -> None:
    killed = opened(tmp_path, clock)  # never closed: as after kill -9
    again = opened(tmp_path, clock)
    assert (killed.boot, again.boot) == (1, 2)
    killed._reader.datastore.close()
    killed._recorder.datastore.close()
    again.close()


def test_a_wiped_journal_is_a_later_epoch(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = opened(tmp_path / "a", clock)
    clock.move(timedelta(seconds=1))
    second = opened(tmp_path / "b", clock)
    assert second.epoch == first.epoch + 1
    assert second.journal.id != first.journal.id
    first.close()
    second.close()


def test_both_lanes_in_one_commit(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    made = journal.commit({Lane.URGENT: lines(1, 2), Lane.BULK: lines(3, 3)}, known(1, 5))
    assert made == 2
    for lane, count in ((Lane.URGENT, 2), (Lane.BULK, 3)):
        stream = journal.streams[lane]
        (batch,) = verified([stored.state for stored in stream.read(0, 10)])
        assert (batch.header.journal.lane, batch.header.last) == (lane, count)
        assert stream.head == batch.head()
    assert journal.digests([key for key, _ in known(1, 6)]) == dict(known(1, 5))
    journal.close()


def test_a_known_id_changes_nothing(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    journal.commit({Lane.URGENT: lines(1, 2)}, known(1, 2))
    head = journal.streams[Lane.URGENT].head
    with pytest.raises(AlreadyKnown):
        journal.commit({Lane.URGENT: lines(3, 2)}, known(2, 2))
    assert journal.streams[Lane.URGENT].head == head
    assert journal.digests([known(3, 1)[0][0]]) == {}
    journal.commit({Lane.URGENT: lines(3, 1)}, known(3, 1))
    assert len(verified([one.state for one in journal.streams[Lane.URGENT].read(0, 9)])) == 2
    journal.close()


def test_the_cursor_is_what_the_hub_signed(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    urgent = journal.streams[Lane.URGENT]
    for record in range(5):
        journal.commit({Lane.URGENT: lines(record, 1)})
    assert urgent.took(4, receipt_of(urgent, 4))
    assert not urgent.took(2, receipt_of(urgent, 2))
    assert (urgent.cursor, urgent.pending) == (4, 1)
    journal.close()
    again = opened(tmp_path, clock)
    assert again.streams[Lane.URGENT].cursor == 4
    urgent = again.streams[Lane.URGENT]
    urgent.took(5, b'{"journal": "forged"}')
    again.close()
    third = opened(tmp_path, clock)  # what the hub did not sign is no receipt: all goes again
    assert third.streams[Lane.URGENT].cursor == 0
    third.close()


def test_ids_are_forgotten_by_number(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock, ids=1000)
    for start in range(0, 4000, 20):
        journal.commit({Lane.URGENT: lines(start, 1)}, known(start, 20))
    newest = [key for key, _ in known(3000, 1000)]
    assert len(journal.digests(newest)) == 1000
    oldest = [key for key, _ in known(0, 500)]
    assert journal.digests(oldest) == {}
    journal.close()


def test_ids_are_forgotten_by_day(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock, ids=100_000, days=30)
    for start in range(0, 200, 20):  # one commit every four days
        journal.commit({Lane.URGENT: lines(start, 1)}, known(start, 20))
        clock.move(timedelta(days=4))
    assert journal.digests([key for key, _ in known(0, 40)]) == {}
    assert len(journal.digests([key for key, _ in known(40, 160)])) == 160
    journal.close()


@pytest.mark.parametrize("years", [10, -10])
def test_a_clock_set_by_years_forgets_nothing(
    tmp_path: Path, clock: FixedClock, years: int
) -> None:
    journal = opened(tmp_path, clock, ids=100_000, days=30)
    journal.commit({Lane.URGENT: lines(0, 1)}, known(0, 20))
    clock.move(timedelta(days=365 * years))
    journal.commit({Lane.URGENT: lines(1, 1)}, known(20, 20))
    journal.close()
    again = opened(tmp_path, clock, ids=100_000, days=30)
    again.commit({Lane.URGENT: lines(2, 1)}, known(40, 20))
    clock.move(timedelta(days=-365 * years))
    again.commit({Lane.URGENT: lines(3, 1)}, known(60, 20))
    assert len(again.digests([key for key, _ in known(0, 80)])) == 80
    again.close()


def test_only_what_the_hub_has_makes_room(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    bulk = journal.streams[Lane.BULK]
    for record in range(10):
        journal.commit({Lane.BULK: lines(record, 1), Lane.URGENT: lines(record, 1)})
    bulk.took(7, receipt_of(bulk, 7))
    journal.commit({}, make_room=True)
    assert [one.originator_version for one in bulk.read(0, 99)] == [8, 9, 10]
    assert len(journal.streams[Lane.URGENT].read(0, 99)) == 10
    bulk.took(10, receipt_of(bulk, 10))
    journal.commit({}, make_room=True)
    assert [one.originator_version for one in bulk.read(0, 99)] == [10]  # the next one's root
    head = bulk.head
    journal.close()
    again = opened(tmp_path, clock)
    assert (again.streams[Lane.BULK].head, again.streams[Lane.BULK].cursor) == (head, 10)
    again.close()


def test_a_journal_that_cannot_be_read_is_fatal(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    journal.commit({Lane.URGENT: lines(1, 1)})
    with journal._recorder.datastore.transaction(commit=True) as c:
        c.execute("DROP TABLE stored_events")
        c.execute("DROP TABLE known")
    with pytest.raises(Damaged, match="no such table"):
        journal.streams[Lane.URGENT].read(0, 1)
    with pytest.raises(FatalError, match="no such table"):
        journal.digests([b"k"])
    with pytest.raises(FatalError, match="no such table"):
        journal.commit({Lane.URGENT: lines(1, 1)})


def test_health_says_what_waits(edge: EdgeRig) -> None:
    edge.take(native(1))
    edge.take(native(2))
    assert edge.journal.streams[Lane.URGENT].pending == 2
    edge.receipted(Lane.URGENT, 1)
    assert edge.journal.streams[Lane.URGENT].pending == 1
