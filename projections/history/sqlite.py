"""history.db: the history of a house without PostgreSQL, in one SQLite file of its own.

One connection writes and checkpoints; readers open the file read-only. All of it can be loaded
again from the log, so commits need not reach the disk at once (synchronous=NORMAL): after a power
cut rows, rollups and position are older, and agree.
"""

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from core.codec import Unread
from core.errors import EnvironmentFault, Unavailable
from core.store.queries import queries
from core.store.recorder import storage_error
from projections.history import rollups
from projections.history.columns import NAMES, Shape
from projections.history.rows import Row, Thing
from projections.history.sink import VERSION, Keep, Stand

_LOG = logging.getLogger("history")
_SQL = queries(Path(__file__).with_name("sqlite.sql"))
# Not `things`: rows in the making may name one by its number already.
_TABLES = ("rows", "pages", "unread", "passages", "deposits", "availability", "positions")
_STEP_PAGES = 4  # of rows that one transaction of `prune` deletes

Encoded = tuple[object, ...]


class SQLiteHistory:
    """Owns the file through one connection, used by one thread."""

    def __init__(self, path: Path, name: str, keep: Keep) -> None:
        self._path, self._name, self._keep = path, name, keep
        self._inserts: dict[tuple[int, int], str] = {}
        self._numbered: list[Thing] = []  # in the transaction that is open
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA page_size=16384")  # of a new file: fewer of them to write
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            for create in (name for name in _SQL if name.startswith("create_")):
                self._db.execute(_SQL[create])
            found = self._db.execute(_SQL["select_stand"], (name,)).fetchone()
        except sqlite3.Error as error:
            raise EnvironmentFault(
                f"{path}: cannot be opened: {error}. The history can be loaded again from the "
                "log: move the file away and start."
            ) from error
        if found is not None and found[0] != VERSION:
            _LOG.warning("%s is of version %d, now %d: it is loaded anew", path, found[0], VERSION)
            self.forget()

    def stand(self) -> Stand:
        with self._committing("read"):
            found = self._db.execute(_SQL["select_stand"], (self._name,)).fetchone()
        return Stand(found[1], found[2]) if found else Stand()

    def write(
        self, chunks: Iterable[list[Row]], unread: Sequence[Unread], after: int, stand: Stand
    ) -> None:
        with self._committing("write"):
            self._db.execute("BEGIN IMMEDIATE")
            found = self._db.execute(_SQL["select_stand"], (self._name,)).fetchone()
            stood = found[1] if found else 0
            if stood < after:
                raise Unavailable(f"{self._path} stands at {stood}, not at {after}")
            if stood > after:
                chunks = ([row for row in chunk if row[2] > stood] for chunk in chunks)
            self._add(chunks)
            notes = [
                (one.position, one.index, one.type, one.reason)
                for one in unread
                if one.position > stood
            ]
            self._db.executemany(_SQL["insert_unread"], notes)
            if stood < stand.position:
                self._db.execute(
                    _SQL["upsert_stand"], (self._name, VERSION, stand.position, stand.leaf)
                )

    def unread(self, after: int, limit: int) -> Sequence[int]:
        with self._committing("read"):
            return [one for (one,) in self._db.execute(_SQL["select_unread"], (after, limit))]

    def fill(self, rows: Sequence[Row]) -> int:
        with self._committing("fill"):
            self._db.execute("BEGIN IMMEDIATE")
            fresh = [
                row for row in rows if self._db.execute(_SQL["delete_unread"], row[2:4]).rowcount
            ]
            self._add([fresh])
        return len(fresh)

    def forget(self) -> None:
        with self._committing("forget"):
            self._db.execute("BEGIN IMMEDIATE")
            for table in _TABLES:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own

    def prune(self, now: datetime) -> None:
        oldest = rollups.micros(now - timedelta(days=self._keep.rows_days))
        while True:
            with self._committing("prune"):
                self._db.execute("BEGIN IMMEDIATE")
                for _ in range(_STEP_PAGES):
                    page = self._db.execute(_SQL["select_old_page"], (oldest,)).fetchone()
                    if page is None:
                        break
                    self._db.execute(_SQL["delete_rows"], (page[1], page[0]))
                    self._db.execute(_SQL["delete_page"], (page[0],))
            if page is None:
                break
        hour = rollups.micros(now - timedelta(days=self._keep.rollup_days))
        with self._committing("prune"):
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(_SQL["delete_old_passages"], (hour,))
            self._db.execute(_SQL["delete_old_deposits"], (hour,))
            self._db.execute(_SQL["delete_old_availability"], (rollups.day_of(hour),))

    def close(self) -> None:
        self._db.close()

    def _add(self, chunks: Iterable[list[Row]]) -> None:
        groups = rollups.Groups()
        newest = 0
        for rows in chunks:
            bare: list[Encoded] = []
            shaped: defaultdict[Shape, list[Encoded]] = defaultdict(list)
            for thing, time, position, index, values, rest in rows:
                number = thing.coded
                if number is None:
                    number = self._number(thing)
                if values:
                    shaped[thing.shape].append((number, time, position, index, rest, *values))
                else:
                    bare.append((number, time, position, index, rest))
                if time > newest:
                    newest = time
            self._db.executemany(_SQL["insert_bare"], bare)
            for shape, found in shaped.items():
                self._db.executemany(self._insert(shape.first, shape.width), found)
            groups.add(rows)
        if newest:
            if not self._db.execute(_SQL["extend_page"], (newest,)).rowcount:
                self._db.execute(_SQL["insert_page"], (newest,))
            self._roll(rollups.summed(groups))

    def _roll(self, sums: rollups.Sums) -> None:
        self._db.executemany(
            _SQL["upsert_passage"], [(*key, *counts) for key, counts in sums.passages.items()]
        )
        self._db.executemany(
            _SQL["upsert_deposit"], [(*key, *counts) for key, counts in sums.deposits.items()]
        )
        self._db.executemany(
            _SQL["upsert_device"],
            [
                (*key, one.events, one.lost, one.first or None, one.last or None, one.heard)
                for key, one in sums.devices.items()
            ],
        )

    def _insert(self, first: int, width: int) -> str:
        """The statement for rows that fill these columns."""
        made = self._inserts.get((first, width))
        if made is None:
            names = ", ".join(("thing", "time", "position", "idx", "rest",
                               *NAMES[first : first + width]))  # fmt: skip
            marks = ", ".join("?" * (5 + width))
            made = f"INSERT INTO rows ({names}) VALUES ({marks})"  # noqa: S608 - our own columns
            self._inserts[first, width] = made
        return made

    def _number(self, thing: Thing) -> int:
        key = (
            thing.device, thing.type, thing.subject, thing.gateway, thing.compound, thing.origin,
        )  # fmt: skip
        found = self._db.execute(_SQL["select_thing"], key).fetchone()
        if found is None:
            found = (self._db.execute(_SQL["insert_thing"], key).lastrowid,)
        number: int = found[0]
        thing.coded = number
        self._numbered.append(thing)
        return number

    @contextmanager
    def _committing(self, what: str) -> Iterator[None]:
        """Commits what was begun inside; or takes it back, and with it the numbers that things
        were given."""
        done = False
        try:
            yield
            if self._db.in_transaction:
                self._db.execute("COMMIT")
            done = True
        except sqlite3.Error as error:
            raise storage_error(f"history {self._path}: {what}", error) from error
        finally:
            if not done:
                for thing in self._numbered:
                    thing.coded = None
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
            self._numbered.clear()
