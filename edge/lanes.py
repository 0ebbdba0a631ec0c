"""The table `lanes` of a journal file: how far each journal is delivered. Believed unseen, since
nothing else says it: so each row carries a sum of itself."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
from eventsourcing.sqlite import SQLiteCursor

from core.batch import Journal
from core.catalog import CATALOG
from core.events.journal import Conflicted
from core.store.queries import queries
from edge.stream import Delivered

_SQL = queries(Path(__file__).with_name("journal.sql"))


class _Record(msgspec.Struct, rename="camel"):
    record_type: str = ""


_RECORD = msgspec.json.Decoder(_Record)


def bulk(kind: str, data: bytes | msgspec.Raw) -> bool:
    """Whether an event goes by the bulk lane, now and when it is written again; a conflict goes
    where its record would. `data`: as JSON. A type nobody knows is urgent."""
    if kind == Conflicted.TYPE:
        kind = _RECORD.decode(data).record_type
    cls = CATALOG.types.get(kind)
    return cls is not None and cls.BULK


def save(c: SQLiteCursor, journal: Journal, delivered: Delivered) -> None:
    told = msgspec.structs.astuple(delivered)
    row = (journal.id.hex, journal.epoch, int(journal.lane), *told)
    c.execute(_SQL["upsert_lane"], (*row, _sum(row)))


def read(c: SQLiteCursor, journal: Journal) -> Delivered:
    c.execute(_SQL["select_lane"], (journal.id.hex,))
    row = c.fetchone()
    return Delivered(*row) if row else Delivered()


def rows(c: SQLiteCursor) -> tuple[list[tuple[Any, ...]], int]:
    """Those that are as they were written, and how many are not."""
    c.execute(_SQL["every_lane"])
    every = [(row[0].decode("ascii", "replace"), *tuple(row)[1:]) for row in c.fetchall()]
    sound = [row for row in every if row[-1] == _sum(row[:-1])]
    return sound, len(every) - len(sound)


def _sum(row: tuple[Any, ...]) -> bytes:
    return hashlib.sha256(repr(row).encode()).digest()[:8]
