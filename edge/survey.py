"""Reads a journal as an auditor would, and names every batch that is not what was committed."""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
from eventsourcing.sqlite import SQLiteCursor

from core.batch import ZERO_HASH, Batch, Head, Journal, parse
from core.errors import BadFrame
from core.store.queries import queries

_SQL = queries(Path(__file__).with_name("journal.sql"))
_PAGE = 64
NOTHING = Head()

Row = tuple[int, object]  # number, bytes of the frame
Checked = tuple[int, Batch | None, str]  # number, the batch, or why it is none


class Hole(msgspec.Struct, frozen=True):
    """Batches `first`..`last` cannot be served; `lost` events were in them, as far as known."""

    first: int
    last: int
    lost: int
    detail: str


class Survey(msgspec.Struct, frozen=True):
    """`head` is the newest batch that holds; `oldest` the first there is (0: none)."""

    head: Head
    oldest: int
    holes: tuple[Hole, ...]


def survey(c: SQLiteCursor, journal: Journal, after: Head, expected: Head = NOTHING) -> Survey:
    """Every batch behind `after` must be there, be signed, and continue its predecessor. Of
    `after` the hash may be unknown (pruned). `expected`: the file went at least so far. Each is
    looked up by its number as for sending: a damaged index can give it to one and not the other."""
    holes: list[Hole] = []
    last, oldest, bad = after, 0, ""
    end = expected.number
    for number, found, why in _batches(c, journal, after.number):
        oldest, end = oldest or number, max(end, number)
        batch = found
        if batch is not None and not _continues(batch, last):
            batch, why = None, "does not continue the batch before"
        if batch is None:
            bad = bad or why
            continue
        if number > last.number + 1:
            holes.append(Hole(last.number + 1, number - 1, _between(last, batch), bad or "missing"))
        bad, last = "", batch.head()
    if end > last.number:
        lost = max(0, expected.last - last.last)
        holes.append(Hole(last.number + 1, end, lost, bad or "missing"))
    return Survey(last, oldest, tuple(holes))


def writers(c: SQLiteCursor) -> list[str]:
    """Names of the journals in the file; a name that is no text any more is one nobody has."""
    c.execute(_SQL["writers"])
    return [row[0].decode("ascii", "replace") for row in c.fetchall()]


def writer(c: SQLiteCursor) -> Journal | None:
    """Who wrote this file, as a batch says whose signature holds; None while there is none."""
    c.execute(_SQL["writers"])
    for (name,) in c.fetchall():
        c.execute(_SQL["newest"], (name,))
        row = c.fetchone()
        try:
            batch = parse(row[0] if row and isinstance(row[0], bytes) else b"")
            batch.check_signature()
        except BadFrame:
            continue
        return batch.header.journal
    return None


def checked(journal: Journal, rows: Sequence[Row]) -> list[Checked]:
    """Whether each holds. Where each continues the one before, the last one's signature speaks
    for every byte of all: one look at a signature, not one for each."""
    found = [_parsed(journal, number, frame) for number, frame in rows]
    batches = [batch for _, batch, _ in found if batch is not None]
    chained = len(batches) == len(found) and all(
        one.header.number + 1 == next_.header.number and next_.header.previous == one.hash
        for one, next_ in pairwise(batches)
    )
    if chained and (not batches or not _unsigned(batches[-1])):
        return found
    singly: list[Checked] = []
    for number, batch, why in found:
        unsigned = _unsigned(batch) if batch is not None else why
        singly.append((number, None, unsigned) if unsigned else (number, batch, ""))
    return singly


def _continues(batch: Batch, last: Head) -> bool:
    """True also where the one before, or its hash, is not known."""
    return (
        batch.header.number != last.number + 1
        or last.hash == ZERO_HASH
        or batch.header.previous == last.hash
    )


def _between(last: Head, batch: Batch) -> int:
    """Events between two batches; 0 where it cannot be known."""
    return batch.header.first - 1 - last.last if last.last or not last.number else 0


def frame(c: SQLiteCursor, journal: Journal, number: int) -> Row | None:
    """What stands under this number; None when there is nothing."""
    c.execute(_SQL["state"], (journal.id.hex, number))
    row = c.fetchone()
    return None if row is None else (number, row[0])


def _batches(c: SQLiteCursor, journal: Journal, after: int) -> Iterator[Checked]:
    """Ascending; rows SQLite cannot read, too."""
    numbers = _numbers(c, journal.id.hex, after)
    for start in range(0, len(numbers), _PAGE):
        rows: list[Row] = []
        unread: dict[int, str] = {}
        for number in numbers[start : start + _PAGE]:
            try:
                found = frame(c, journal, number)
            except sqlite3.Error as error:
                unread[number] = str(error)
                continue
            if found is None:
                unread[number] = "missing"
            else:
                rows.append(found)
        every = checked(journal, rows)
        every += [(number, None, why) for number, why in unread.items()]
        yield from sorted(every, key=lambda one: one[0]) if unread else every


def _numbers(c: SQLiteCursor, name: str, after: int) -> Sequence[int]:
    """From the index alone, which may hold where the table does not; from both ends, because
    what is damaged can only be read up to there."""
    found: set[int] = set()
    for query in ("versions", "versions_down"):
        try:
            c.execute(_SQL[query], (name, after))
            while (row := c.fetchone()) is not None:
                found.add(row[0])
        except sqlite3.Error:
            continue
    return sorted(found)


def _parsed(journal: Journal, number: int, frame: object) -> Checked:
    try:
        batch = parse(frame if isinstance(frame, bytes) else b"")
    except BadFrame as bad:
        return number, None, str(bad)
    if batch.header.journal != journal or batch.header.number != number:
        return number, None, "another batch stands in its place"
    return number, batch, ""


def _unsigned(batch: Batch) -> str:
    """Why its signature does not hold; empty when it does."""
    try:
        batch.check_signature()
    except BadFrame as bad:
        return str(bad)
    return ""
