"""One journal as the uplink reads it: what is served is what was committed, or nothing is."""

import sqlite3
from pathlib import Path

import pytest

from core.batch import Lane
from core.receipt import Receipt, sign
from edge.stream import Damaged, Stream
from edge.survey import Hole
from tests.fix_core import signer_of
from tests.fix_edge import EdgeRig, native, receipt_of


def urgent(edge: EdgeRig, batches: int = 12) -> Stream:
    for record in range(batches):
        edge.take(native(record))
    return edge.journal.streams[Lane.URGENT]


def numbers(stream: Stream, after: int, limit: int = 100) -> list[int]:
    return [one.originator_version for one in stream.read(after, limit)]


def change(edge: EdgeRig, statement: str, *values: object) -> None:
    with sqlite3.connect(edge.folder / "journal.db") as db:
        assert db.execute(statement, values).rowcount == 1
    db.close()


def test_pages(edge: EdgeRig) -> None:
    stream = urgent(edge)
    assert numbers(stream, 0) == list(range(1, 13))
    assert numbers(stream, 3, 4) == [4, 5, 6, 7]
    assert (numbers(stream, 12), numbers(stream, 40), numbers(stream, 3, 0)) == ([], [], [])


def test_nothing_is_read_out_of_a_hole(edge: EdgeRig) -> None:
    """What lies in it may still be there, and may be anything."""
    stream = urgent(edge)
    change(edge, "UPDATE stored_events SET state = x'00' WHERE originator_version = 6")
    stream.holes = (Hole(5, 7, 3, "x"), Hole(10, 10, 1, "x"))
    assert numbers(stream, 0) == [1, 2, 3, 4]
    assert [numbers(stream, after) for after in (4, 5, 6)] == [[], [], []]
    assert numbers(stream, 7) == [8, 9]
    assert numbers(stream, 10) == [11, 12]
    assert stream.sendable() == 4
    stream.cursor = 6
    assert stream.next_hole() == stream.holes[0]
    stream.cursor = 7
    assert stream.sendable() == 9


@pytest.mark.parametrize("at", [5, 52, 70, 100, 160, -1])
@pytest.mark.parametrize("number", [1, 6, 12])
def test_a_changed_byte_is_never_served(edge: EdgeRig, number: int, at: int) -> None:
    stream = urgent(edge)
    frame = bytearray(stream.read(number - 1, 1)[0].state)
    frame[at] ^= 1
    where = "WHERE originator_version = ?"
    change(edge, f"UPDATE stored_events SET state = ? {where}", bytes(frame), number)
    for after, limit in ((0, 100), (number - 1, 1), (max(0, number - 3), 3)):
        with pytest.raises(Damaged) as caught:
            stream.read(after, limit)
        assert caught.value.number == number
    assert len(numbers(stream, 0, number - 1)) == number - 1


def test_a_row_that_vanished(edge: EdgeRig) -> None:
    stream = urgent(edge)
    change(edge, "DELETE FROM stored_events WHERE originator_version = 6")
    with pytest.raises(Damaged, match="batch 6: missing"):
        stream.read(0, 100)
    with pytest.raises(Damaged, match="batch 6: missing"):
        stream.read(5, 1)
    stream.took(6, receipt_of(stream, 7))  # given up, as far as can be told
    assert numbers(stream, 6) == [7, 8, 9, 10, 11, 12]


def test_given_up_ones_are_passed_over(edge: EdgeRig) -> None:
    stream = urgent(edge)
    edge.receipted(Lane.URGENT, 9)
    edge.journal.commit({}, make_room=True)
    assert stream.pruned == 9
    assert numbers(stream, 0) == [10, 11, 12]


def test_an_unreadable_file_is_damage_and_a_busy_machine_is_not(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = urgent(edge)

    def fails(code: int) -> object:
        error = sqlite3.OperationalError("told so")
        error.sqlite_errorcode = code

        def read(*_: object) -> None:
            raise error

        return read

    with monkeypatch.context() as patched:
        patched.setattr("edge.stream.frame", fails(sqlite3.SQLITE_CORRUPT))
        with pytest.raises(Damaged, match="batch 3"):
            stream.read(2, 1)
    for code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM):
        with monkeypatch.context() as patched:
            patched.setattr("edge.stream.frame", fails(code))
            with pytest.raises(Exception, match="told so") as caught:
                stream.read(2, 1)
            assert not isinstance(caught.value, Damaged)


def test_the_cursor_comes_back_from_receipts_that_say_so(edge: EdgeRig) -> None:
    stream = urgent(edge)
    stream.took(8, receipt_of(stream, 8))
    stream.took(10)  # true, and no receipt says just that: asked again after a start
    assert (stream.cursor, stream.pending) == (10, 2)
    edge.reopen()
    assert edge.journal.streams[Lane.URGENT].cursor == 8


@pytest.mark.parametrize("fault", ["key", "journal", "torn"])
def test_a_receipt_that_is_none(edge: EdgeRig, fault: str) -> None:
    stream = urgent(edge)
    told = Receipt(journal=stream.journal.id.hex, committed=9)
    stream.receipt = {
        "key": sign(told, signer_of(2)),
        "journal": sign(Receipt(journal="ab" * 16, committed=9), signer_of(1)),
        "torn": sign(told, signer_of(1))[:-5],
    }[fault]
    edge.reopen()
    assert edge.journal.streams[Lane.URGENT].cursor == 0


def test_what_was_given_up_had_been_receipted_whatever_became_of_the_receipt(
    edge: EdgeRig, tmp_path: Path
) -> None:
    stream = urgent(edge)
    edge.receipted(Lane.URGENT, 9)
    edge.journal.commit({}, make_room=True)
    stream.receipt = b"lost"
    edge.reopen()
    assert edge.journal.streams[Lane.URGENT].cursor == 9


def test_a_hub_that_lost_batches_lowers_the_cursor(edge: EdgeRig) -> None:
    stream = urgent(edge)
    edge.receipted()
    stream.lost(4, receipt_of(stream, 4))
    assert (stream.cursor, stream.pending) == (4, 8)
    stream.lost(7, b"later word of an earlier time")
    assert stream.cursor == 4
    edge.journal.commit({}, make_room=True)
    assert stream.pruned == 4
    stream.lost(0, receipt_of(stream, 5))
    assert stream.cursor == 4  # what was given up can not be sent again
    edge.reopen()
    assert edge.journal.streams[Lane.URGENT].cursor == 5
