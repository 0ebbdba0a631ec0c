"""What is remembered of devices' counters: with the group's commit, across restarts, bounded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.sqlite import SQLiteCursor

from core.errors import FatalError
from core.event import Record
from core.store.recorder import DurableRecorder, open_writer
from edge import records
from edge.records import Decision, Records
from tests.unit.edge.test_records import SOURCE, filled, gap, moment, outcome, raised

KEY = (SOURCE, "n")


class Table:
    """The table in a real file, and the tracks over it as after a start."""

    def __init__(self, path: Path, **limits: int) -> None:
        self._limits = limits
        self.recorder: DurableRecorder = open_writer(path)
        with self.writing() as c:
            records.create(c)
        self.reopen()

    @contextmanager
    def writing(self) -> Iterator[SQLiteCursor]:
        with self.recorder.datastore.transaction(commit=True) as c:
            yield c

    def reopen(self) -> None:
        with self.recorder.reading() as c:
            self.records = Records(c, **self._limits)

    def begin(self, *keys: tuple[str, str]) -> None:
        with self.recorder.reading() as c:
            self.records.begin(c, keys or (KEY,))

    def say(self, number: int, key: tuple[str, str] = KEY, made: float | None = None) -> Decision:
        time = moment(number if made is None else made)
        return self.records.decide(key[0], Record(key[1], number), time, time, "live", "new")

    def save(self) -> None:
        with self.writing() as c:
            for sql, rows in self.records.statements():
                c.executemany(sql, rows)
        self.records.committed()

    def group(self, *numbers: int, key: tuple[str, str] = KEY) -> None:
        self.begin(key)
        for number in numbers:
            self.say(number, key)
        self.save()

    def asked(self, sql: str) -> Any:
        with self.recorder.reading() as c:
            c.execute(sql)
            return [tuple(row) for row in c.fetchall()]

    def open_gaps(self) -> int:
        with self.recorder.reading() as c:
            return records.open_gaps(c)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path / "journal.db")
    yield made
    made.recorder.datastore.close()


def test_tracks_survive_a_restart(table: Table) -> None:
    table.group(1, 2, 5)
    table.reopen()
    table.begin()
    assert table.say(3).findings == (filled(3, 3),)
    assert table.say(6).findings == ()
    assert table.say(1, made=9000).findings == (raised(2, 6, 1),)
    table.save()
    table.reopen()
    table.begin()
    assert table.records.epoch(*KEY) == 2
    assert table.say(4).findings == (filled(4, 4),)  # of epoch 1
    assert table.say(2, made=9001).epoch == 2


def test_open_gaps_of_the_epoch_before_are_counted(table: Table) -> None:
    table.group(1, 3, 5)
    table.begin()
    table.say(1, made=9000)
    table.say(4, made=9003)
    table.save()
    assert table.open_gaps() == 3


def test_a_group_that_is_never_committed_leaves_no_trace(table: Table) -> None:
    table.group(1, 2)
    saved = table.asked("SELECT * FROM records")
    for again in ((3, 9), (50,), (3,)):
        table.begin()
        for number in again:
            table.say(number)
        assert table.records.statements()
        assert table.asked("SELECT * FROM records") == saved
    table.begin()
    assert table.records.findings() == []
    assert table.records.statements() == []
    assert outcome(table.say(3)) == ("accept", 1)
    fresh = (SOURCE, "other")
    table.begin(fresh)
    table.say(7, fresh)
    table.begin(fresh)
    assert outcome(table.say(9, fresh)) == ("accept", 1)


def test_findings_of_a_group_are_told_once(table: Table) -> None:
    table.begin()
    for number in (1, 9, 5, 4, 6, 20):
        table.say(number)
    expected = [(SOURCE, gap(2, 8)), (SOURCE, gap(10, 19)), (SOURCE, filled(4, 6))]
    assert table.records.findings() == expected
    table.save()
    assert table.records.findings() == []
    assert table.open_gaps() == 3


def test_a_group_of_duplicates_saves_nothing(table: Table) -> None:
    table.group(1)
    table.begin()
    same = table.records.decide(*(SOURCE, Record("n", 1), moment(1), moment(1), "live", "same"))
    assert outcome(same) == ("duplicate", 1)
    assert table.records.statements() == []
    table.begin((SOURCE, "new"))
    table.records.decide(SOURCE, Record("new", 1), moment(1), moment(1), "live", "same")
    assert table.records.statements() == []


def test_the_counters_of_one_device_are_apart(table: Table) -> None:
    one, other = (SOURCE, "fCnt:a"), (SOURCE, "fCnt:b")
    table.begin(one, other)
    table.say(612, one)
    table.say(613, one)
    assert outcome(table.say(0, other, made=9000)) == ("accept", 1)
    assert outcome(table.say(614, one)) == ("accept", 1)


def test_a_counter_the_group_did_not_ask_for_is_not_taken_for_new(table: Table) -> None:
    table.begin((SOURCE, "other"))
    with pytest.raises(LookupError):
        table.say(1)
    with pytest.raises(LookupError):
        table.records.epoch(*KEY)


def test_a_device_keeps_its_newest_counters(tmp_path: Path) -> None:
    table = Table(tmp_path / "journal.db", of_source=3)
    for session in range(5):
        table.group(1, key=(SOURCE, f"fCnt:{session}"))
    table.group(1, key=("other", "n"))
    table.group(2, key=(SOURCE, "fCnt:2"))
    table.group(1, key=(SOURCE, "fCnt:5"))
    kept = table.asked("SELECT source, counter FROM records ORDER BY used")
    assert kept == [
        (SOURCE, "fCnt:4"), ("other", "n"), (SOURCE, "fCnt:2"), (SOURCE, "fCnt:5"),
    ]  # fmt: skip
    table.recorder.datastore.close()


def test_rows_are_bounded_and_the_least_recently_used_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_FORGET_EVERY", 4)
    table = Table(tmp_path / "journal.db", rows=5)
    for device in range(20):
        table.group(1, key=(f"d{device}", "n"))
        table.group(device + 1, key=("steady", "n"))
        assert len(table.asked("SELECT * FROM records")) <= 5 + 4
    table.reopen()  # where the count of rows since the last cut begins again
    for device in range(20, 22):
        table.group(1, key=(f"d{device}", "n"))
        table.group(device + 1, key=("steady", "n"))
    kept = {source for (source,) in table.asked("SELECT source FROM records")}
    assert kept == {"steady", "d18", "d19", "d20", "d21"}
    table.recorder.datastore.close()


def test_the_cache_is_bounded_and_the_table_answers_for_the_rest(tmp_path: Path) -> None:
    table = Table(tmp_path / "journal.db", cached=2)
    for device in ("a", "b", "c", "d"):
        table.group(1, 2, key=(device, "n"))
    table.begin(("a", "n"), ("d", "n"))
    assert len(table.records._saved) <= 3
    assert outcome(table.say(4, ("a", "n"))) == ("accept", 1, gap(3, 3))
    assert outcome(table.say(3, ("d", "n"))) == ("accept", 1)
    table.recorder.datastore.close()


def test_a_row_that_cannot_be_read_is_fatal(table: Table) -> None:
    table.group(1)
    with table.writing() as c:
        c.execute("UPDATE records SET state = '{'")
    table.reopen()
    with pytest.raises(FatalError, match="counter n"):
        table.begin()
