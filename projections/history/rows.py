"""Recorded events → rows of the history. Pure but for its own bounded memory.

Three figures a hot loop turns on: what an event is about (`Thing`) is one object for all its
events, so whatever a database wants to know of it is prepared once; its instant is an integer;
what has no column is encoded straight from the typed data.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from core.codec import Unread
from core.event import Data, Recorded
from projections.history.columns import Shape, Values, within

_ENCODE = msgspec.json.Encoder().encode
# What a row may show. Instants beyond are those of clocks nobody ever set.
EARLIEST = 946_684_800_000_000  # 2000-01-01T00:00Z
LATEST = 4_102_444_799_999_999  # 2099-12-31T23:59:59.999999Z
_NUL, _ESCAPE = b"\\u0000", b"\\"  # the latter is found quickly, and is rare
_LONGEST = 256  # characters of a text that stands in an index
_THINGS = 100_000


class Thing:
    """Who spoke about what, and how: equal for many events. `coded` is the sink's own note."""

    __slots__ = (
        "coded", "compound", "device", "gateway", "origin", "shape", "subject", "type",
    )  # fmt: skip

    def __init__(self, item: Recorded, shape: Shape) -> None:
        event = item.event
        self.compound = text(item.compound)
        self.gateway = text(item.gateway)
        self.device = text(item.device)
        self.type = text(event.type)
        self.subject = text(event.subject)
        self.origin: str = event.origin
        self.shape = shape
        self.coded: Any = None


# One event: its thing, when it was (microseconds since 1970), position and index in the log,
# values of the thing's shape or () when there is none, and the rest as JSON. A bare tuple: a
# million are made to rebuild a history.
Row = tuple[Thing, int, int, int, Values, bytes]
CHUNK = 256  # rows; a block of COPY


class Rows:
    """Owns the things met so far; forgets them all when they are too many."""

    def __init__(self) -> None:
        self._things: dict[tuple[str, str, str, str], Thing] = {}

    def chunks(
        self, items: Sequence[Recorded | Unread], unread: list[Unread]
    ) -> Iterator[list[Row]]:
        """Rows of what can be read, as they are asked for; what cannot goes into `unread`."""
        for start in range(0, len(items), CHUNK):
            yield self._of(items[start : start + CHUNK], unread)

    def of(self, items: Sequence[Recorded | Unread]) -> list[Row]:
        return [row for chunk in self.chunks(items, []) for row in chunk]

    def _of(self, items: Sequence[Recorded | Unread], unread: list[Unread]) -> list[Row]:
        rows: list[Row] = []
        things = self._things
        if len(things) > _THINGS:
            things.clear()
        add = rows.append
        for item in items:
            if isinstance(item, Unread):
                unread.append(item)
                continue
            event = item.event
            data = event.data
            key = (event.source, event.type, event.subject, event.origin)
            thing = things.get(key)
            if thing is None:
                thing = things[key] = Thing(item, shape_of(type(data)))
            time = item.moment.ms * 1000
            if not EARLIEST <= time <= LATEST:
                time = min(max(time, EARLIEST), LATEST)
            shape = thing.shape
            values: Values = ()
            if shape.values is not None:
                values = shape.values(data)
                if values == shape.bare:
                    values = ()
            if values:
                if shape.counts:
                    values = within(values)
                rest = shape.rest(data)
            elif data.pii is None:
                rest = _ENCODE(data)
            else:
                rest = shape.rest(data)
            if _ESCAPE in rest and _NUL in rest:
                rest = without_nul(rest)
            add((thing, time, item.position, item.index, values, rest))
        return rows


@lru_cache(maxsize=1024)
def shape_of(cls: type[Data]) -> Shape:
    return Shape(cls)


def text(value: str) -> str:
    """As a database can hold and index it: no NUL, and a long one told apart by its hash."""
    value = value.replace("\0", "\ufffd")
    if len(value) <= _LONGEST:
        return value
    tail = hashlib.sha256(value.encode()).hexdigest()[:16]
    return f"{value[: _LONGEST - 20]}~{tail}"


def without_nul(rest: bytes) -> bytes:
    """jsonb cannot hold U+0000; strangers can send it."""
    return _ENCODE(_replaced(msgspec.json.decode(rest)))


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_replaced(one) for one in value]
    if isinstance(value, dict):
        return {_replaced(name): _replaced(one) for name, one in value.items()}
    return value
