"""What a new journal file must know of the ones before: the ids they hold, the devices' counters,
what the hub has of them, what is refused and undeclared. As far as it can be read."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from eventsourcing.sqlite import SQLiteCursor

from core.errors import FatalError
from core.store.queries import queries
from core.store.recorder import open_reader
from edge import lanes, refusals
from edge.damage import Corrupt
from edge.gate import memory
from edge.identity import KEY
from edge.journal import EdgeJournal
from edge.known import SeenId, keys_of
from edge.track import track_of
from edge.upgrade import UNSAID

log = logging.getLogger("edge.journal")

_SQL = queries(Path(__file__).with_name("known.sql"))
_AT_ONCE = 2000  # rows in one commit
_LAST = 1 << 62
_Age = tuple[int, int, bytes]  # n, day, keys


def take_over(older: Sequence[Path], active: EdgeJournal) -> None:
    """From the newest file in which something was written; what it took over itself it has. One
    that cannot be read to the end may lack what the one before still knows. Whoever dies in
    between begins again; DiskFull when there is no room for it."""
    first = True
    for path in reversed(older):
        written, complete = _from(path, active, refused=first)
        first = first and not written
        if written and complete:
            return


def _from(path: Path, active: EdgeJournal, *, refused: bool) -> tuple[bool, bool]:
    """Whether batches were ever written to it, and whether all could be read. What was `refused`
    is taken from the file that would have declared it, and from no other."""
    written = True
    try:
        reader = open_reader(path)
        with reader.reading() as c:
            c.execute("SELECT 1 FROM stored_events LIMIT 1")
            written = c.fetchone() is not None
    except (FatalError, sqlite3.Error, UnicodeDecodeError) as error:
        log.error("%s: cannot be read (%s)", path, error)
        return True, False
    complete = True
    if written or refused:
        with reader.datastore.transaction(commit=False) as c:
            c.sqlite_cursor.connection.text_factory = _text
            complete = _lanes(c, path, active)
            for table in _SOUND:
                if refused or table != "refused":
                    complete &= _table(c, table, path, active)
            complete &= _known(c, path, active)
    reader.datastore.close()
    return written, complete


def _lanes(c: SQLiteCursor, path: Path, active: EdgeJournal) -> bool:
    try:
        rows, strange = lanes.rows(c)
    except sqlite3.Error as error:
        return _unread("lanes", path, error)
    if rows:
        active.take_over(_insert("lanes", len(rows[0])), rows)
    return not strange


def _table(c: SQLiteCursor, table: str, path: Path, active: EdgeJournal) -> bool:
    try:
        c.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
        if c.fetchone() is None:
            return True
        c.execute(f"SELECT * FROM {table}")  # noqa: S608 - one of _SOUND's
    except sqlite3.Error as error:
        return _unread(table, path, error)
    rows = _Rows(c)
    whole = True
    while some := list(islice(rows, _AT_ONCE)):
        sound = [row for row in some if _SOUND[table](row)]
        whole &= len(sound) == len(some)
        if sound:
            active.take_over(_insert(table, len(sound[0])), sound)
    return (whole and rows.error is None) or _unread(table, path, rows.error)


def _track(row: Sequence[object]) -> bool:
    try:
        track_of(row)
    except Corrupt:
        return False
    return not any(isinstance(name, str) and "\ufffd" in name for name in row)


_SOUND: dict[str, Callable[[Sequence[object]], bool]] = {
    "records": _track,
    **dict.fromkeys(("gate", "decisions", "orders"), memory.row_is_sound),
    "refused": lambda row: "\ufffd" not in row[2:3] and refusals.sound(row),
}


def _text(stored: bytes) -> str:
    """One text that is none any more must not hide the rows behind it."""
    return stored.decode("utf-8", "replace")


def _known(c: SQLiteCursor, path: Path, active: EdgeJournal) -> bool:
    """The oldest first, up to where it cannot be read; then the newest, which matter most."""
    place, whole = 0, True
    for page in _pages(c, "ages_up", place):
        if page is None:
            whole = _unread("ages", path, None)
            break
        active.remember([(day, _ids(c, keys)) for day, keys in _dated(page)])
        place = page[-1][0]
    if not whole:
        rest: list[_Age] = []
        for page in _pages(c, "ages_down", _LAST):
            if page is None or page[0][0] <= place:
                break
            rest += [row for row in page if row[0] > place]
        rest.reverse()
        for start in range(0, len(rest), _AT_ONCE):
            some = rest[start : start + _AT_ONCE]
            active.remember([(day, _ids(c, keys)) for day, keys in _dated(some)])
    return whole


def _dated(page: Sequence[_Age]) -> Iterator[tuple[int, bytes]]:
    """Day and keys. Of a row that is not as it was written the keys may still be right, and the
    day is taken from its neighbours: a wrong one could make all others look too old."""
    lived: list[int | None] = []
    for _, day, keys in page:
        try:
            keys_of(day, keys)
        except Corrupt:
            lived.append(None)
        else:
            lived.append(day)
    near = next((each for each in lived if each is not None), None)
    for (_, _, keys), each in zip(page, lived, strict=True):
        near = near if each is None else each
        if near is not None:
            yield near, keys


def _pages(c: SQLiteCursor, query: str, place: int) -> Iterator[list[_Age] | None]:
    """Rows of `ages` from `place` on; None, and no more, where they cannot be read."""
    limits = [_AT_ONCE, 50, 1]
    while True:
        try:
            c.execute(_SQL[query], (place, limits[0]))
            page = [(row[0], row[1], row[2]) for row in c.fetchall()]
        except sqlite3.Error:
            limits.pop(0)
            if limits:
                continue
            yield None
            return
        if not page:
            return
        yield page
        place = page[-1][0]


def _ids(c: SQLiteCursor, keys: bytes) -> list[SeenId]:
    """With the digests that can still be read."""
    every = [keys[at : at + KEY] for at in range(0, len(keys) - KEY + 1, KEY)]
    digests: dict[bytes, bytes] = {}
    try:
        c.execute(_SQL["select"], (keys, len(every)))
        digests = {row[0]: row[1] for row in c.fetchall()}
    except sqlite3.Error:
        pass
    return [(key, digests.get(key, UNSAID)) for key in every]


def _insert(table: str, columns: int) -> str:
    return f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608


def _unread(table: str, path: Path, error: BaseException | None) -> bool:
    log.error("%s: %s cannot be read to the end (%s)", path, table, error or "damaged")
    return False


class _Rows(Iterator[tuple[Any, ...]]):
    """What a statement gives before it ends or fails; `error` says of what."""

    def __init__(self, c: SQLiteCursor) -> None:
        self._c = c
        self.error: sqlite3.Error | None = None

    def __next__(self) -> tuple[Any, ...]:
        try:
            row = self._c.fetchone()
        except sqlite3.Error as error:
            self.error = error
            raise StopIteration from error
        if row is None:
            raise StopIteration
        return tuple(row)
