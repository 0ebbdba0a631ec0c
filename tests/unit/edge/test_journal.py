"""The gateway's journal: boots and epochs, the cursor, and batches in order."""

from datetime import timedelta
from pathlib import Path

import pytest

from core import codec
from core.batch import Head
from core.errors import FatalError
from core.events.device import HealthReported
from edge import health
from edge.counters import Counters
from edge.journal import EdgeJournal
from tests.fix_core import FixedClock, door_opened, signer_of, verified
from tests.fix_edge import EdgeRig, native


def opened(folder: Path, clock: FixedClock) -> EdgeJournal:
    return EdgeJournal(folder / "journal.db", signer_of(9), clock, 1000)


def lines(first: int, count: int) -> list[bytes]:
    return [codec.encode(door_opened(record)) for record in range(first, first + count)]


def test_an_empty_one(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    assert (journal.head, journal.cursor, journal.boot) == (Head(), 0, 1)
    assert journal.journal.epoch == int(clock.now().timestamp())
    assert not journal.read(0, 10)
    assert journal.digests([b"x" * 16]) == {}
    journal.close()


def test_boots_are_counted_and_the_epoch_stays(tmp_path: Path, clock: FixedClock) -> None:
    first = opened(tmp_path, clock)
    first.commit(lines(1, 3), [])
    head, identity = first.head, first.journal.id
    first.close()
    clock.move(timedelta(days=9))
    second = opened(tmp_path, clock)
    assert (second.boot, second.head, second.journal.id) == (2, head, identity)
    second.commit(lines(4, 1), [])
    found = verified([stored.state for stored in second.read(0, 10)])
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
    assert second.journal.epoch == first.journal.epoch + 1
    assert second.journal.id != first.journal.id
    first.close()
    second.close()


def test_the_cursor_never_goes_back(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    for record in range(5):
        journal.commit(lines(record, 1), [])
    journal.move_cursor(4)
    journal.move_cursor(2)
    assert journal.cursor == 4
    journal.close()
    again = opened(tmp_path, clock)
    assert again.cursor == 4
    assert [stored.originator_version for stored in again.read(again.cursor, 10)] == [5]
    again.close()


def test_a_large_group_is_several_batches_in_one_commit(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    journal.commit(lines(1, 2000), [(b"k" * 16, b"d" * 16)])
    found = verified([stored.state for stored in journal.read(0, 100)])
    assert len(found) > 3
    assert found[-1].header.last == 2000
    assert journal.head == found[-1].head()
    assert journal.digests([b"k" * 16, b"l" * 16]) == {b"k" * 16: b"d" * 16}
    assert [stored.originator_version for stored in journal.read(1, 2)] == [2, 3]
    journal.close()


def test_an_id_and_its_batch_commit_together(tmp_path: Path, clock: FixedClock) -> None:
    """Two rows for one id are impossible; the batch beside them is not stored either."""
    journal = opened(tmp_path, clock)
    twice = [(b"k" * 16, b"d" * 16), (b"k" * 16, b"e" * 16)]
    with pytest.raises(Exception, match="UNIQUE"):
        journal.commit(lines(1, 2), twice)
    assert journal.head == Head()
    assert not journal.read(0, 10)
    assert journal.digests([b"k" * 16]) == {}
    journal.close()


def test_a_journal_that_cannot_be_read_is_fatal(tmp_path: Path, clock: FixedClock) -> None:
    journal = opened(tmp_path, clock)
    with journal._recorder.datastore.transaction(commit=True) as c:
        c.execute("DROP TABLE stored_events")
        c.execute("DROP TABLE seen")
    with pytest.raises(FatalError, match="journal: no such table"):
        journal.read(0, 1)
    with pytest.raises(FatalError, match="journal: no such table"):
        journal.digests([b"k"])
    with pytest.raises(FatalError, match="event store: no such table"):
        journal.commit(lines(1, 1), [])
    journal.close()


def test_health_is_what_it_says(edge: EdgeRig, clock: FixedClock) -> None:
    edge.take(native(1), native(1), ("site/a/b", b"{"))
    clock.move(timedelta(seconds=42))
    edge.take(native(2))
    found = health.report(edge.journal, edge.counters, edge.folder, clock.now())
    assert isinstance(found, HealthReported)
    assert (found.boot, found.backlog, found.oldest_unreceipted_s) == (1, 2, 42.0)
    assert (found.received, found.recorded, found.duplicates, found.quarantined) == (4, 3, 1, 1)
    on_disk = sum(path.stat().st_size for path in edge.folder.glob("journal.db*"))
    assert found.journal_bytes == on_disk > 0
    assert found.resident_bytes > 1_000_000
    assert found.disk_free_bytes > 0
    edge.journal.move_cursor(2)
    idle = health.report(edge.journal, Counters(), edge.folder, clock.now())
    assert (idle.backlog, idle.oldest_unreceipted_s) == (0, 0.0)


def test_a_clock_set_back_gives_no_negative_age(edge: EdgeRig, clock: FixedClock) -> None:
    edge.take(native(1))
    clock.move(-timedelta(days=1))
    found = health.report(edge.journal, edge.counters, edge.folder, clock.now())
    assert found.oldest_unreceipted_s == 0.0
