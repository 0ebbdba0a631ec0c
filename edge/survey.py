"""Reads a journal as an auditor would, and names every batch that is not what was committed."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
from eventsourcing.sqlite import SQLiteCursor

from core.batch import ZERO_HASH, Batch, Head, Journal, parse
from core.errors import BadFrame
from core.store.queries import queries

_SQL = queries(Path(__file__).with_name("journal.sql"))
_PAGE = 64
NOTHING = Head()


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
    `after` the hash may be unknown (pruned). `expected`: the file went at least so far."""
    holes: list[Hole] = []
    last, oldest, bad = after, 0, ""
    for number, found, why in _batches(c, journal, after.number):
        oldest = oldest or number
        batch = found
        if batch is not None and not _continues(batch, last):
            batch, why = None, "does not continue the batch before"
        if batch is None:
            bad = bad or why
            continue
        if number > last.number + 1:
            holes.append(Hole(last.number + 1, number - 1, _between(last, batch), bad or "missing"))
        bad, last = "", batch.head()
    end = max(expected.number, _newest(c, journal))
    if end > last.number:
        lost = max(0, expected.last - last.last)
        holes.append(Hole(last.number + 1, end, lost, bad or "missing"))
    return Survey(last, oldest, tuple(holes))


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


def _batches(
    c: SQLiteCursor, journal: Journal, after: int
) -> Iterator[tuple[int, Batch | None, str]]:
    """(number, batch, "") or (number, None, why), ascending; rows SQLite cannot read, too."""
    name = journal.id.hex
    while True:
        try:
            c.execute(_SQL["states"], (name, after, _PAGE))
            page = c.fetchall()
        except sqlite3.Error as error:
            for number in _numbers(c, name, after):
                yield (number, *_single(c, journal, number, str(error)))
            return
        for number, state in page:
            yield (number, *_checked(journal, number, state))
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _numbers(c: SQLiteCursor, name: str, after: int) -> list[int]:
    """From the index alone, which may hold where the table does not."""
    found = []
    try:
        c.execute(_SQL["versions"], (name,))
        while (row := c.fetchone()) is not None:  # keeps what came before an error
            if row[0] > after:
                found.append(row[0])
    except sqlite3.Error:
        pass
    return found


def _newest(c: SQLiteCursor, journal: Journal) -> int:
    return max(_numbers(c, journal.id.hex, 0), default=0)


def _single(c: SQLiteCursor, journal: Journal, number: int, why: str) -> tuple[Batch | None, str]:
    try:
        c.execute(_SQL["state"], (journal.id.hex, number))
        row = c.fetchone()
    except sqlite3.Error as error:
        return None, str(error)
    return _checked(journal, number, row[0]) if row else (None, why)


def _checked(journal: Journal, number: int, state: object) -> tuple[Batch | None, str]:
    try:
        batch = parse(state if isinstance(state, bytes) else b"")
        batch.check_signature()
    except BadFrame as bad:
        return None, str(bad)
    if batch.header.journal != journal or batch.header.number != number:
        return None, "another batch stands in its place"
    return batch, ""
