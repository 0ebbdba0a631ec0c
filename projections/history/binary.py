"""Rows → blocks of PostgreSQL's binary COPY. Pure.

A tuple is the number of its fields, then for each its length and bytes; NULL is length -1. What a
thing says of itself is encoded once; a number takes one struct call.
"""

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from projections.history.columns import COLUMNS, NAMES, Form
from projections.history.rows import Row, Thing

COPIED = (
    "time", "position", "idx", "rest",
    "compound", "gateway", "device", "type", "subject", "origin", *NAMES,
)  # fmt: skip
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_2000 = 946_684_800_000_000  # PostgreSQL's epoch, in microseconds since 1970
_JSONB = 1  # its version
# Number of fields; time, position, index; then the JSON's length, its version counted, and that.
_HEAD = Struct(">hiqiqiiiB")
_INT8, _INT4, _FLOAT8 = Struct(">iq").pack, Struct(">ii").pack, Struct(">id").pack

Encode = Callable[[Any], bytes]


class Coded:
    """A thing's fields, ready: `bare` with no number behind, or `before` and `after` numbers."""

    __slots__ = ("after", "bare", "before", "encode", "one")

    def __init__(self, thing: Thing) -> None:
        own = b"".join(
            _text(one)
            for one in (thing.compound, thing.gateway, thing.device, thing.type,
                        thing.subject, thing.origin)
        )  # fmt: skip
        first, width = thing.shape.first, thing.shape.width
        self.bare = own + _NULL * len(NAMES)
        self.before = own + _NULL * first
        self.after = _NULL * (len(NAMES) - first - width)
        self.encode = [_ENCODERS[COLUMNS[name]] for name in NAMES[first : first + width]]
        self.one = self.encode[0] if width == 1 else None  # most of what has any has one


def block(rows: Sequence[Row]) -> bytes:
    head, count = _HEAD.pack, len(COPIED)
    parts: list[bytes] = []
    for thing, time, position, index, values, rest in rows:
        coded = thing.coded
        if coded is None:
            coded = thing.coded = Coded(thing)
        parts += (
            head(count, 8, time - _2000, 8, position, 4, index, len(rest) + 1, _JSONB),
            rest,
        )
        if not values:
            parts.append(coded.bare)
        elif coded.one is not None and values[0] is not None:
            parts += (coded.before, coded.one(values[0]), coded.after)
        else:
            parts.append(coded.before)
            parts += [
                _NULL if value is None else encode(value)
                for value, encode in zip(values, coded.encode, strict=True)
            ]
            parts.append(coded.after)
    return b"".join(parts)


def _text(value: str) -> bytes:
    found = value.encode()
    return len(found).to_bytes(4) + found


_ENCODERS: dict[Form, Encode] = {
    "text": _text,
    "bigint": lambda value: _INT8(8, value),
    "integer": lambda value: _INT4(4, value),
    "double": lambda value: _FLOAT8(8, value),
}
