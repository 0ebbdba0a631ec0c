"""The history in plain PostgreSQL: rows in a partition a month, rollups that are added to.

A page is one transaction: its position is locked, then rows go in by binary COPY and the rollups
by one statement each. Commits need not reach the disk at once (synchronous_commit=off): all of it
can be loaded again from the log, and rows, rollups and position agree.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from psycopg import Connection, Cursor

from core.codec import Unread
from core.errors import Unavailable
from core.postgres.database import Database, Role
from core.postgres.faults import told
from core.postgres.pool import Pool
from core.store.queries import queries
from projections.history import rollups
from projections.history.binary import COPIED, SIGNATURE, TRAILER, block
from projections.history.rollups import Groups
from projections.history.rows import Row, text
from projections.history.sink import VERSION, Keep, Stand

SQL: Mapping[str, bytes] = {
    name: body.encode() for name, body in queries(Path(__file__).with_name("postgres.sql")).items()
}
_COPY = f"COPY history.events ({', '.join(COPIED)}) FROM STDIN (FORMAT binary)".encode()
_JSON = msgspec.json.Encoder()
_DAY = 86_400_000_000
_LONGEST_REASON = 500


class PostgresHistory:
    """Owns one connection in the role PROJECT; used by one thread."""

    def __init__(self, database: Database, name: str, keep: Keep) -> None:
        self._database, self._name, self._keep = database, name, keep
        self._pool = Pool(self._session, 1)
        self._days: set[int] = set()  # known to have a partition; since 1970, of UTC
        with self._committing("open") as cursor:
            found = cursor.execute(SQL["select_stand"], (name,)).fetchone()
            if found is not None and found[0] != VERSION:
                cursor.execute(SQL["forget"])

    def stand(self) -> Stand:
        with self._committing("read") as cursor:
            found = cursor.execute(SQL["select_stand"], (self._name,)).fetchone()
        return Stand(found[1], bytes(found[2])) if found else Stand()

    def write(
        self, chunks: Iterable[list[Row]], unread: Sequence[Unread], after: int, stand: Stand
    ) -> None:
        with self._committing("write") as cursor:
            found = cursor.execute(SQL["lock_stand"], (self._name, VERSION)).fetchone()
            assert found is not None
            stood: int = found[0]
            if stood < after:
                raise Unavailable(f"the history stands at {stood}, not at {after}")
            if stood > after:
                chunks = ([row for row in chunk if row[2] > stood] for chunk in chunks)
            self._add(cursor, chunks)
            if notes := [_note(one) for one in unread if one.position > stood]:
                cursor.execute(SQL["insert_unread"], (_json(notes),))
            if stood < stand.position:
                cursor.execute(SQL["update_stand"], (stand.position, stand.leaf, self._name))

    def unread(self, after: int, limit: int) -> Sequence[int]:
        with self._committing("read") as cursor:
            return [one for (one,) in cursor.execute(SQL["select_unread"], (after, limit))]

    def fill(self, rows: Sequence[Row]) -> int:
        places = [row[2] for row in rows], [row[3] for row in rows]
        with self._committing("fill") as cursor:
            missing = set(cursor.execute(SQL["delete_unread"], places).fetchall())
            fresh = [row for row in rows if row[2:4] in missing]
            self._add(cursor, [fresh])
        return len(fresh)

    def forget(self) -> None:
        with self._committing("forget") as cursor:
            cursor.execute(SQL["forget"])

    def prune(self, now: datetime) -> None:
        oldest = now - timedelta(days=self._keep.rollup_days)
        self._days.clear()
        with self._committing("prune") as cursor:
            cursor.execute(SQL["drop_months"], (now - timedelta(days=self._keep.rows_days),))
        with self._committing("prune") as cursor:
            cursor.execute(SQL["delete_old_passages"], (oldest,))
            cursor.execute(SQL["delete_old_deposits"], (oldest,))
            cursor.execute(SQL["delete_old_availability"], (oldest.date(),))

    def close(self) -> None:
        self._pool.close()

    def _add(self, cursor: Cursor[Any], chunks: Iterable[list[Row]]) -> None:
        groups = Groups()
        coming = iter(chunks)
        rows = next(coming, None)
        while rows is not None:
            self._make_room(cursor, rows)
            with cursor.copy(_COPY) as copy:
                copy.write(SIGNATURE)
                while rows is not None and self._has_room(rows):
                    copy.write(block(rows))
                    self._group(rows, groups)
                    rows = next(coming, None)
                copy.write(TRAILER)
        self._roll(cursor, groups)

    def _group(self, rows: Sequence[Row], groups: Groups) -> None:
        groups.add(rows)

    def _has_room(self, rows: Sequence[Row]) -> bool:
        return _days(rows) <= self._days

    def _make_room(self, cursor: Cursor[Any], rows: Sequence[Row]) -> None:
        """A partition for each month of the rows. Not while a COPY runs."""
        if missing := _days(rows) - self._days:
            months = {rollups.moment(day * _DAY).date().replace(day=1) for day in missing}
            cursor.execute(SQL["make_months"], (sorted(months),))
            self._days |= missing  # all forgotten again if the transaction fails

    def _roll(self, cursor: Cursor[Any], groups: Groups) -> None:
        sums = rollups.summed(groups)
        if sums.passages:
            cursor.execute(SQL["upsert_passages"], (_json(_passages(sums)),))
        if sums.deposits:
            cursor.execute(SQL["upsert_deposits"], (_json(_deposits(sums)),))
        if sums.devices:
            cursor.execute(SQL["upsert_availability"], (_json(_devices(sums)),))

    @contextmanager
    def _committing(self, what: str) -> Iterator[Cursor[Any]]:
        """One transaction."""
        done = False
        try:
            with (
                self._pool.connection() as connection,
                told(f"history: {what}"),
                connection.transaction(),
                connection.cursor() as cursor,
            ):
                yield cursor
            done = True
        finally:
            if not done:
                self._days.clear()

    def _session(self) -> Connection[Any]:
        return self._database.connect(Role.PROJECT, settings={"synchronous_commit": "off"})


def _days(rows: Sequence[Row]) -> set[int]:
    """Days since 1970, of UTC, that the rows are of."""
    if not rows:
        return set()
    times = [row[1] for row in rows]
    first = min(times) // _DAY
    if first == max(times) // _DAY:
        return {first}
    return {time // _DAY for time in times}


def _json(lines: Sequence[object]) -> str:
    return _JSON.encode(lines).decode()


def _note(one: Unread) -> dict[str, object]:
    reason = text(one.reason[:_LONGEST_REASON])
    return {"position": one.position, "idx": one.index, "type": text(one.type), "reason": reason}


class _Passages(msgspec.Struct, gc=False):
    compound: str
    subject: str
    hour: int
    granted: int
    denied: int
    taken: int
    vehicles: int


class _Deposits(msgspec.Struct, gc=False):
    compound: str
    subject: str
    hour: int
    category: str
    deposits: int
    net_g: int
    unweighed: int


class _Device(msgspec.Struct, gc=False):
    compound: str
    gateway: str
    device: str
    day: int
    events: int
    lost: int
    first: int
    last: int
    heard: int


def _passages(sums: rollups.Sums) -> list[_Passages]:
    return [
        _Passages(compound, subject, hour // rollups.HOUR, *counts)
        for (compound, subject, hour), counts in sums.passages.items()
    ]


def _deposits(sums: rollups.Sums) -> list[_Deposits]:
    return [
        _Deposits(compound, subject, hour // rollups.HOUR, category, *counts)
        for (compound, subject, hour, category), counts in sums.deposits.items()
    ]


def _devices(sums: rollups.Sums) -> list[_Device]:
    return [
        _Device(*key, one.events, one.lost, one.first, one.last, one.heard)
        for key, one in sums.devices.items()
    ]
