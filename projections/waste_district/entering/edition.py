"""Which plans and places the register gives, in a word: equal where they are, in whatever order
and store it was entered."""

import hashlib
from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter

import msgspec

from projections.view import Row, Rows
from projections.waste_district.rows.register import EDITION, Bin, Edition, Point, Route

# What `register.near` and `register.routes` ask of versions, beside when they hold.
_ASKED: Mapping[type[Row], tuple[str, ...]] = {
    Point: ("ended", "lat", "lon"),
    Bin: ("ended", "replaced_by", "swapped_ms"),
    Route: ("ended", "vehicle", "category", "weekdays", "start", "end", "bins", "facility"),
}


def put(rows: Rows, kind: str, key: str, row: Row) -> None:
    """The row, and the edition that follows from it. Nothing is asked between the two."""
    said = _digest(kind, key, rows.get(kind, key, type(row))) ^ _digest(kind, key, row)
    rows.put(kind, key, row)
    if said:
        known = rows.get("edition", EDITION, Edition)
        of = int(known.of, 16) if known else 0
        rows.put("edition", EDITION, Edition(of=f"{of ^ said:032x}"))


def _digest(kind: str, key: str, row: Row | None) -> int:
    """Nothing where nothing is planned by it: so rows' digests add up (exclusive or) to that of
    them all."""
    asked = _ASKED.get(type(row)) if row else None
    versions = getattr(row, "versions", ())
    if not asked or not versions:
        return 0
    alike = groupby(versions, key=attrgetter(*asked))
    spans = [(next(those).ms, *said) for said, those in alike]
    plain = msgspec.json.encode((kind, key, spans))
    return int.from_bytes(hashlib.sha256(plain).digest()[:16])
