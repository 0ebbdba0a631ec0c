"""A disk without room: said so, nothing half done, and on as soon as there is room again."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import DiskFull, Unavailable
from core.postgres.database import Role, parse
from core.store.port import EventStore
from core.store.postgres import PostgresEventStore
from tests.contract.rows import ALL, A, B, batch
from tests.crash.lab.diskfull import missing, small
from tests.fix_broker import PATIENCE
from tests.fix_core import START
from tests.fix_postgres import Server


@pytest.fixture(autouse=True)
def _mounting() -> None:
    if why := missing():
        pytest.skip(why)


def fill(folder: Path, leave: int = 0) -> Path:
    found = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(max(0, found.f_bavail * found.f_frsize - leave)))
    return filler


def appended_until_full(store: EventStore, first: int, size: int) -> int:
    """The number that found no room."""
    for number in range(first, first + 2_000):
        try:
            store.append([batch(B, number, size)], START)
        except (DiskFull, Unavailable):
            return number
    raise AssertionError("the disk does not fill")


def whole(store: EventStore) -> None:
    assert [one.id for one in store.read(0, 10_000, ALL)] == list(range(1, store.head() + 1))


@pytest.mark.parametrize("size", [100, 20_000])
def test_no_room_for_the_table_is_a_full_disk_and_changes_nothing(
    mortal: Server, tmp_path: Path, size: int
) -> None:
    place = parse(mortal.create("menwei"))
    store = PostgresEventStore(place)
    store.append([batch(A, 1)], START)
    with small(mortal.folder) as disk:
        owner_id = mortal.data.stat()
        os.chown(disk, owner_id.st_uid, owner_id.st_gid)
        disk.chmod(0o700)
        with place.connect(Role.OWNER) as owner:
            owner.execute(f"CREATE TABLESPACE small LOCATION '{disk}'".encode())
            owner.execute("ALTER TABLE log.stored_events SET TABLESPACE small")
        filler = fill(disk)
        full = appended_until_full(store, 1, size)
        head = store.head()
        assert head == full  # one of A, and those of B before it
        with pytest.raises(DiskFull):
            store.append([batch(B, full, size)], START)
        whole(store)
        filler.unlink()
        assert list(store.append([batch(B, full, size)], START)) == [head + 1]
        whole(store)
        store.close()
        mortal.stop()


@contextmanager
def whole_server_on(folder: Path, size: str) -> Iterator[Server]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        server = Server({"max_wal_size": "32MB", "min_wal_size": "32MB"}, folder=folder)
        try:
            server.start()
            yield server
        finally:
            server.close()
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_no_room_for_the_servers_own_journal_is_an_outage_that_ends_with_room(
    mortal: Server,
) -> None:
    """The server panics, and cannot recover before there is room."""
    folder = mortal.folder / "disk"
    folder.mkdir()
    with whole_server_on(folder, "160m") as server:
        place = parse(server.create("menwei"))
        store = PostgresEventStore(place)
        store.append([batch(A, 1)], START)
        filler = fill(folder, leave=1_000_000)
        full = appended_until_full(store, 1, 100_000)
        filler.unlink()
        begun = time.monotonic()
        while True:
            try:
                store.append([batch(B, full, 100_000)], START)
            except (DiskFull, Unavailable):
                assert time.monotonic() - begun < PATIENCE, server.said()
                time.sleep(0.05)
                if not server.running:
                    server.start()
            else:
                break
        assert store.head() == full + 1
        whole(store)
        store.close()
