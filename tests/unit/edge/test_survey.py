"""An auditor's look at one journal: what holds, what does not, and how much was in it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from eventsourcing.sqlite import SQLiteCursor

from core import codec
from core.batch import Head, Journal, Lane
from core.store.recorder import DurableRecorder, open_writer
from core.writer import BatchWriter
from edge.survey import Hole, Survey, checked, survey, writer, writers
from tests.fix_core import START, door_opened, signer_of

SIGNER = signer_of(9)
JOURNAL = Journal(SIGNER.public, 100, Lane.URGENT)
EVENTS = 3  # in each batch


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[DurableRecorder]:
    opened = open_writer(tmp_path / "journal.db")
    yield opened
    opened.datastore.close()


def fill(recorder: DurableRecorder, batches: int = 200, journal: Journal = JOURNAL) -> list[Head]:
    made = BatchWriter(journal, SIGNER, Head())
    heads = [Head()]
    for number in range(batches):
        lines = [codec.encode(door_opened(number * EVENTS + n)) for n in range(EVENTS)]
        (batch,) = made.batches(lines, START)
        made.advance([batch])
        recorder.append([batch.stored()])
        heads.append(batch.head())
    return heads


def change(recorder: DurableRecorder, statement: str, *values: object) -> None:
    with recorder.datastore.transaction(commit=True) as c:
        c.execute(statement, values)


def look(recorder: DurableRecorder, after: Head = Head(), expected: Head = Head()) -> Survey:  # noqa: B008
    with recorder.reading() as c:
        return survey(c, JOURNAL, after, expected)


def test_nothing(recorder: DurableRecorder) -> None:
    assert look(recorder) == Survey(Head(), 0, ())
    with recorder.reading() as c:
        assert (writer(c), writers(c)) == (None, [])


def test_a_whole_one(recorder: DurableRecorder) -> None:
    heads = fill(recorder)
    assert look(recorder) == Survey(heads[-1], 1, ())
    with recorder.reading() as c:
        assert (writer(c), writers(c)) == (JOURNAL, [JOURNAL.id.hex])


@pytest.mark.parametrize("number", [1, 64, 65, 130, 199])
@pytest.mark.parametrize("at", [5, 40, 60, 90, 100, 150, -10])
def test_one_byte(recorder: DurableRecorder, number: int, at: int) -> None:
    heads = fill(recorder)
    with recorder.reading() as c:
        where = "WHERE originator_version = ?"
        c.execute(f"SELECT state FROM stored_events {where}", (number,))
        frame = bytearray(c.fetchone()[0])
    frame[at] ^= 1
    change(recorder, f"UPDATE stored_events SET state = ? {where}", bytes(frame), number)
    found = look(recorder)
    (hole,) = found.holes
    assert (hole.first, hole.last, hole.lost) == (number, number, EVENTS)
    assert hole.detail
    assert found.head == heads[-1]


def test_missing_ones_are_counted(recorder: DurableRecorder) -> None:
    heads = fill(recorder)
    change(recorder, "DELETE FROM stored_events WHERE originator_version IN (3, 4, 5, 80)")
    assert look(recorder) == Survey(
        heads[-1], 1, (Hole(3, 5, 3 * EVENTS, "missing"), Hole(80, 80, EVENTS, "missing"))
    )


def test_a_vanished_tail_shows_by_the_mark_alone(recorder: DurableRecorder) -> None:
    heads = fill(recorder, 20)
    change(recorder, "DELETE FROM stored_events WHERE originator_version > 15")
    assert look(recorder) == Survey(heads[15], 1, ())
    assert look(recorder, expected=heads[20]).holes == (Hole(16, 20, 5 * EVENTS, "missing"),)
    assert look(recorder, expected=heads[10]).holes == ()  # an older mark says nothing


def test_a_damaged_tail_without_a_mark(recorder: DurableRecorder) -> None:
    heads = fill(recorder, 20)
    change(recorder, "UPDATE stored_events SET state = x'00' WHERE originator_version > 18")
    found = look(recorder)
    assert found.head == heads[18]
    assert [(one.first, one.last) for one in found.holes] == [(19, 20)]


def test_behind_what_was_given_up(recorder: DurableRecorder) -> None:
    heads = fill(recorder, 20)
    change(recorder, "DELETE FROM stored_events WHERE originator_version <= 12")
    assert look(recorder, after=Head(number=12)) == Survey(heads[-1], 13, ())
    (hole,) = look(recorder, after=Head(number=10)).holes
    assert (hole.first, hole.last, hole.lost) == (11, 12, 0)  # how many, nobody knows any more


def test_a_batch_of_another_history_that_is_signed_well(recorder: DurableRecorder) -> None:
    """Of another life of the same key: it does not continue what is before it."""
    fill(recorder, 10)
    other = BatchWriter(JOURNAL, SIGNER, Head())
    for number in range(5):
        (batch,) = other.batches([codec.encode(door_opened(900 + number))] * EVENTS, START)
        other.advance([batch])
    update = "UPDATE stored_events SET state = ? WHERE originator_version = 5"
    change(recorder, update, batch.frame)
    (hole,) = look(recorder).holes
    assert (hole.first, hole.last, hole.detail) == (5, 5, "does not continue the batch before")


@pytest.mark.parametrize("value", [None, "text", 3.5, b""])
def test_rows_of_another_kind(recorder: DurableRecorder, value: object) -> None:
    fill(recorder, 10)
    update = "UPDATE stored_events SET"
    change(recorder, f"{update} state = ? WHERE originator_version = 4", value)
    change(recorder, f"{update} originator_version = 'x' WHERE originator_version = 8")
    assert [(one.first, one.last) for one in look(recorder).holes] == [(4, 4), (8, 8)]


def test_a_name_that_is_no_text(recorder: DurableRecorder) -> None:
    fill(recorder, 3)
    change(
        recorder,
        "UPDATE stored_events SET originator_id = CAST(x'ff3132' AS TEXT)"
        " WHERE originator_version = 3",
    )
    with recorder.reading() as c:
        assert set(writers(c)) == {JOURNAL.id.hex, "\N{REPLACEMENT CHARACTER}12"}
        assert writer(c) == JOURNAL


def test_who_wrote_it_is_believed_by_signature_only(recorder: DurableRecorder) -> None:
    """A flipped bit in the key of the newest batch is not another gateway's file."""
    fill(recorder, 3)
    with recorder.reading() as c:
        c.execute("SELECT state FROM stored_events WHERE originator_version = 3")
        frame = bytearray(c.fetchone()[0])
    frame[12] ^= 1
    update = "UPDATE stored_events SET state = ? WHERE originator_version = 3"
    change(recorder, update, bytes(frame))
    with recorder.reading() as c:
        assert writer(c) is None


class Broken:
    """A cursor that cannot read the rows given, nor scan past `ends`."""

    def __init__(self, c: SQLiteCursor, rows: set[int]) -> None:
        self._c, self._rows = c, rows

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> None:
        if "SELECT state" in statement and values[-1] in self._rows:
            raise sqlite3.DatabaseError("database disk image is malformed")
        self._c.execute(statement, values)

    def fetchone(self) -> object:
        return self._c.fetchone()

    def fetchall(self) -> object:
        return self._c.fetchall()


def test_rows_that_sqlite_cannot_read(recorder: DurableRecorder) -> None:
    heads = fill(recorder, 100)
    with recorder.reading() as c:
        broken: SQLiteCursor = Broken(c, {40, 41, 90})  # type: ignore[assignment]
        found = survey(broken, JOURNAL, Head())
    assert found.head == heads[-1]
    assert [(one.first, one.last, one.lost) for one in found.holes] == [(40, 41, 6), (90, 90, 3)]
    assert found.holes[0].detail == "database disk image is malformed"


def test_one_signature_speaks_for_a_chain_and_for_nothing_else(
    recorder: DurableRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(recorder, 10)
    with recorder.reading() as c:
        c.execute("SELECT originator_version, state FROM stored_events ORDER BY 1")
        rows = [(row[0], row[1]) for row in c.fetchall()]
    looks = 0

    def counted(*_: object) -> bool:
        nonlocal looks
        looks += 1
        return True

    monkeypatch.setattr("core.batch.verify", counted)
    assert all(batch is not None for _, batch, _ in checked(JOURNAL, rows))
    assert looks == 1
    assert all(batch is not None for _, batch, _ in checked(JOURNAL, [*rows[:4], *rows[5:]]))
    assert looks == 1 + 9  # no chain: each for itself
