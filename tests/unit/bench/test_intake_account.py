"""The account tells apart what is lost, doubled and never sent, from real journal files."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.batch import Head, Journal, Lane
from core.store.recorder import open_writer
from core.writer import BatchWriter
from tests.bench.intake_account import Account, Progress, account, journals, recorded
from tests.bench.intake_process import high_water
from tests.fix_core import signer_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def write(path: Path, *groups: list[str], lane: Lane = Lane.ALL) -> None:
    """A journal file whose batches hold events of these ids."""
    signer = signer_of(9)
    writer = BatchWriter(Journal(signer.public, 1, lane), signer, Head())
    recorder = open_writer(path)
    for group in groups:
        batches = writer.batches([f'{{"id":"{name}","data":{{}}}}'.encode() for name in group], NOW)
        recorder.append([one.stored() for one in batches])
        writer.advance(batches)
    recorder.datastore.close()


def test_lost_doubled_and_alien_are_told_apart() -> None:
    found = account(["a", "b", "c"], ["a", "b", "c", "d"], Counter({"a": 1, "b": 2, "z": 1}))
    assert found == Account(acknowledged=3, recorded=4, lost=1, twice=1, alien=1)


def test_sent_and_recorded_but_not_acknowledged_is_no_fault() -> None:
    found = account(["a"], ["a", "b"], Counter(["a", "b"]))
    assert (found.lost, found.twice, found.alien) == (0, 0, 0)


def test_every_journal_file_is_read_and_the_gateways_own_events_are_not_counted(
    tmp_path: Path,
) -> None:
    write(tmp_path / "journal.db", ["gw:gw01:1-1:1", "a", "b"], ["c"])
    write(tmp_path / "journal-1700000000.db", ["b", "d"], lane=Lane.BULK)
    assert recorded(tmp_path) == Counter({"a": 1, "b": 2, "c": 1, "d": 1})


def test_progress_follows_the_writer(tmp_path: Path) -> None:
    write(tmp_path / "journal.db", ["a", "b"], ["c"])
    progress = Progress(tmp_path)
    assert progress.events() == 3
    write(tmp_path / "journal.db", ["x"] * 4, lane=Lane.BULK)
    assert progress.events() == 7
    progress.close()


def test_the_account_never_writes_to_what_it_reads(tmp_path: Path) -> None:
    write(tmp_path / "journal.db", ["a"])
    progress = Progress(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        progress._open[0].execute("DELETE FROM stored_events")
    progress.close()


def test_files_of_other_kinds_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "keys.db").touch()
    write(tmp_path / "journal.db", ["a"])
    assert journals(tmp_path) == [tmp_path / "journal.db"]


def test_high_water_is_read_in_megabytes() -> None:
    assert high_water("VmPeak:\t 9 kB\nVmHWM:\t   50000 kB\nVmRSS:\t 1 kB\n") == 51.2
    assert high_water("Name:\tpython\n") == 0.0
