"""What the SQLite file has on top of the port: synced commits, one writer, damage said aloud."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
from eventsourcing.persistence import PersistenceError, StoredEvent

from core.errors import DiskFull, EnvironmentFault, FatalError
from core.store import recorder, wal
from core.store.recorder import Beside, DurableDatastore, open_reader, open_writer
from core.store.sqlite import SQLiteEventStore
from tests.fix_core import START

JOURNAL = UUID(int=5)
PAGE = 4096


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteEventStore]:
    opened = SQLiteEventStore(tmp_path / "log.db")
    yield opened
    opened.close()


def batch(number: int, size: int = 10) -> StoredEvent:
    return StoredEvent(JOURNAL, number, "menwei.batch.v1", bytes([number % 251]) * size)


def pragma(datastore: DurableDatastore, name: str) -> object:
    with datastore.transaction(commit=False) as c:
        c.execute(f"PRAGMA {name}")
        return c.fetchone()[0]


def writer_of(store: SQLiteEventStore) -> DurableDatastore:
    datastore = store._writer.datastore
    assert isinstance(datastore, DurableDatastore)
    return datastore


def test_the_writing_connection_syncs_every_commit(store: SQLiteEventStore) -> None:
    assert pragma(writer_of(store), "synchronous") == 2
    assert pragma(writer_of(store), "journal_mode") == "wal"


def test_no_room_for_the_arrivals_is_said_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.db"
    opened = open_writer(path)
    pages = pragma(opened.datastore, "page_count")  # type: ignore[arg-type]
    opened.datastore.close()

    def full(ask: Callable[[str], object], name: str) -> None:
        wal.demand(ask, name)
        ask(f"PRAGMA max_page_count={pages}")

    monkeypatch.setattr(recorder, "demand", full)
    with pytest.raises(EnvironmentFault, match="free space") as fault:
        SQLiteEventStore(path)
    assert isinstance(recorder.storage_error("log", fault.value), DiskFull)


def test_there_is_one_writing_connection(store: SQLiteEventStore) -> None:
    store.append([batch(1)], START)
    pool = writer_of(store).pool
    assert (pool.pool_size, pool.max_overflow, pool.num_in_pool) == (1, 0, 1)


def test_a_reader_reads_and_can_not_write(store: SQLiteEventStore, tmp_path: Path) -> None:
    store.append([batch(1)], START)
    reader = open_reader(tmp_path / "log.db")
    assert [found.state for found in reader.select_notifications(1, 10)] == [batch(1).state]
    for statement in (
        "DELETE FROM stored_events",
        "UPDATE stored_events SET topic = 'x'",
        "INSERT INTO arrivals VALUES (9, 9)",
        "CREATE TABLE t (x)",
    ):
        with (
            pytest.raises(PersistenceError, match="readonly"),
            reader.datastore.transaction(commit=True) as c,
        ):
            c.execute(statement)
    with pytest.raises(PersistenceError, match="readonly"):
        reader.insert_events([batch(2)])
    reader.datastore.close()
    assert store.get(JOURNAL, 1) == batch(1)


def test_the_stores_own_reads_are_such_readers(store: SQLiteEventStore) -> None:
    with pytest.raises(PersistenceError, match="readonly"):
        store._reader.insert_events([batch(1)])


def test_a_reader_makes_no_file(tmp_path: Path) -> None:
    reader = open_reader(tmp_path / "absent.db")
    with pytest.raises(PersistenceError):
        reader.max_notification_id()
    reader.datastore.close()
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_characters_special_in_a_uri(tmp_path: Path) -> None:
    path = tmp_path / "小区 50%?#&" / "log.db"
    path.parent.mkdir()
    store = SQLiteEventStore(path)
    store.append([batch(1)], START)
    assert store.get(JOURNAL, 1) == batch(1)
    store.close()
    assert path.exists()


def test_checkpoints_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite would keep the failure of its own ones to itself."""
    monkeypatch.setattr(wal, "LIMIT", 300_000)
    recorder = open_writer(tmp_path / "log.db")
    datastore = recorder.datastore
    assert isinstance(datastore, DurableDatastore)
    assert pragma(datastore, "wal_autocheckpoint") == 0
    for number in range(1, 100):
        recorder.append([batch(number)])
    # A WAL whose pages are all in their places is begun again, at length 0.
    assert (tmp_path / "log.db-wal").stat().st_size < 350_000
    assert (tmp_path / "log.db").stat().st_size > 4096
    datastore.close()


def test_a_file_that_does_not_go_into_wal_mode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE one (a)")
    other.execute("BEGIN EXCLUSIVE")  # who changes the mode needs the file for himself
    with pytest.raises((EnvironmentFault, FatalError)):
        open_writer(path)
    other.close()


def test_what_runs_beside_the_insert_commits_with_it_or_not_at_all(tmp_path: Path) -> None:
    recorder = open_writer(tmp_path / "log.db")

    def failing(_cursor: object, positions: Sequence[int]) -> None:
        assert list(positions) == [1, 2]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        recorder.append([batch(1), batch(2)], beside=failing)
    assert recorder.max_notification_id() is None
    assert list(recorder.append([batch(1)])) == [1]
    recorder.datastore.close()


def test_a_full_disk_is_fatal_and_loses_nothing_stored(
    store: SQLiteEventStore, tmp_path: Path
) -> None:
    store.append([batch(1)], START)
    pages = pragma(writer_of(store), "page_count")
    pragma(writer_of(store), f"max_page_count={pages}")
    with pytest.raises(FatalError, match="full"):
        store.append([batch(2, size=20 * PAGE)], START)
    store.close()
    again = SQLiteEventStore(tmp_path / "log.db")
    assert again.head() == 1
    assert list(again.append([batch(2, size=20 * PAGE)], START)) == [2]
    again.close()


def filled(path: Path) -> bytes:
    """A closed store of 100 batches, all of it in the one file."""
    store = SQLiteEventStore(path)
    store.append([batch(number, size=3_000) for number in range(1, 101)], START)
    store.close()
    return path.read_bytes()


@pytest.mark.parametrize("damage", ["text", "header", "cut"])
def test_a_file_that_is_no_database_stops_the_start_and_is_left_alone(
    tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "log.db"
    whole = filled(path)
    bytes_left = {
        "text": b"not a database" * 1_000,
        "header": bytes(PAGE) + whole[PAGE:],
        "cut": whole[: 20 * PAGE],
    }[damage]
    path.write_bytes(bytes_left)
    with pytest.raises(EnvironmentFault, match="restore from backup"):
        SQLiteEventStore(path)
    assert path.read_bytes() == bytes_left


def test_damage_in_the_middle_is_fatal_when_it_is_read(tmp_path: Path) -> None:
    """Never an answer with less: core.store.port."""
    path = tmp_path / "log.db"
    whole = filled(path)
    path.write_bytes(whole[: 50 * PAGE] + b"\xff" * (5 * PAGE) + whole[55 * PAGE :])
    store = SQLiteEventStore(path)
    with pytest.raises(FatalError):
        store.read(0, 1_000, 10**9)
    with pytest.raises(FatalError):
        [store.get(JOURNAL, number) for number in range(1, 101)]
    store.close()


def test_a_directory_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"log\.db"):
        SQLiteEventStore(tmp_path / "absent" / "log.db")


def test_the_head_is_the_highest_position_whichever_thread_is_told_last(
    store: SQLiteEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ingest and the hub's own journal append from different threads."""
    committing = store._writer.append

    def commit_then_be_overtaken(
        batches: Sequence[StoredEvent], beside: Beside | None = None
    ) -> Sequence[int]:
        positions = committing(batches, beside=beside)
        monkeypatch.setattr(store._writer, "append", committing)
        other = Thread(target=store.append, args=([batch(2)], START + timedelta(seconds=1)))
        other.start()
        other.join()
        return positions

    monkeypatch.setattr(store._writer, "append", commit_then_be_overtaken)
    store.append([batch(1)], START)
    assert [found.id for found in store.read(0, 10, 10**9)] == [1, 2]
    assert store.head() == 2
