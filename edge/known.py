"""Ids of recorded events, for telling duplicates: durable, bounded in number and in days.

Written in the commit of the events they belong to. Beyond the bound the oldest are forgotten,
and a duplicate of those would be taken for a new event; the bound is stated in ARCHITECTURE.md.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from eventsourcing.sqlite import SQLiteCursor

from core.errors import MenweiError
from core.store.queries import queries
from edge.damage import Corrupt
from edge.identity import KEY
from edge.rowsum import rowsum

_SQL = queries(Path(__file__).with_name("known.sql"))
_LEAP = 30  # days: a gateway that was off for longer has not lived them
_AT_ONCE = 1024  # as many as there are places

_T = TypeVar("_T")

SeenId = tuple[bytes, bytes]  # key, content digest; 16 bytes each


class AlreadyKnown(MenweiError):
    """Some of the ids are recorded; nothing was committed. Look them up and come again."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """How many ids are remembered, and for how long."""

    ids: int = 2_000_000
    days: int = 400


class Known:
    """Owns the tables `known`, `ages` and `places`; works in its caller's transactions."""

    def __init__(self, c: SQLiteCursor, memory: Memory) -> None:
        self._memory = memory
        for name in ("create_known", "create_ages", "create_places", "fill_places"):
            c.execute(_SQL[name])
        self._count = self.recount(c)
        c.execute(_SQL["newest_day"])
        row = c.fetchone()
        if row:
            keys_of(*row)
        self._newest: int | None = row[0] if row else None
        self._set = 0  # days the clock was set by, as far as one may not believe

    def _counted(self, day: int) -> int:
        """Days as this gateway has lived them. A clock set by years may not make it forget what
        it recorded this morning, nor keep everything for ever once it is right again."""
        if self._newest is not None:
            if abs(day - self._set - self._newest) > _LEAP:
                self._set = day - self._newest
            return max(self._newest, day - self._set)
        return day

    def recount(self, c: SQLiteCursor) -> int:
        c.execute(_SQL["count"])
        self._count = int(c.fetchone()[0])
        return self._count

    def insert(self, c: SQLiteCursor, ids: Sequence[SeenId], day: int) -> None:
        """AlreadyKnown when one of them is there, in which case the caller rolls back."""
        day = self._newest = self._counted(day)
        for some in _chunks(ids):
            keys = b"".join([key for key, _ in some])
            digests = b"".join([digest for _, digest in some])
            c.execute(_SQL["insert"], (keys, digests, len(some)))
            if c.sqlite_cursor.rowcount != len(some):
                raise AlreadyKnown
            _insert_age(c, day, keys)

    def forget(self, c: SQLiteCursor, added: int, day: int) -> int:
        """Makes room for what was added; returns how many are remembered after the commit."""
        count, day = self._count + added, self._counted(day)
        while True:
            c.execute(_SQL["oldest"])
            row = c.fetchone()
            if row is None:
                return count
            number, keys = row[0], keys_of(*row[1:])
            if count <= self._memory.ids and row[1] >= day - self._memory.days:
                return count
            c.execute(_SQL["forget"], (keys, len(keys) // KEY))
            c.execute(_SQL["forget_age"], (number,))
            count -= len(keys) // KEY

    def take_over(self, c: SQLiteCursor, some: Sequence[tuple[int, Sequence[SeenId]]]) -> None:
        """(day, ids) of an older file, oldest first; what is here already stays as it is."""
        for day, ids in some:
            # Those days were lived: what clock this start has must not make them look forgotten.
            self._newest = day if self._newest is None else max(self._newest, day)
            for part in _chunks(ids):
                keys = b"".join([key for key, _ in part])
                digests = b"".join([digest for _, digest in part])
                c.execute(_SQL["insert"], (keys, digests, len(part)))
                if fresh := c.sqlite_cursor.rowcount:
                    _insert_age(c, day, keys)
                    self._count += fresh

    def committed(self, count: int) -> None:
        self._count = count

    def digests(self, c: SQLiteCursor, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Content digests of those that are recorded."""
        found: dict[bytes, bytes] = {}
        for some in _chunks(keys):
            c.execute(_SQL["select"], (b"".join(some), len(some)))
            found.update((row[0], row[1]) for row in c.fetchall())
        return found


def keys_of(day: object, keys: object) -> bytes:
    """The keys of a row of `ages`; Corrupt unless it is as it was written. The first files had no
    sum in these rows."""
    if isinstance(day, int) and isinstance(keys, bytes):
        end = len(keys) // KEY * KEY
        if keys[end:] in (b"", rowsum(day, keys[:end])):
            return keys[:end]
    raise Corrupt("ages: a row is not as it was written")


def _insert_age(c: SQLiteCursor, day: int, keys: bytes) -> None:
    c.execute(_SQL["insert_age"], (day, keys + rowsum(day, keys)))


def _chunks(every: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
