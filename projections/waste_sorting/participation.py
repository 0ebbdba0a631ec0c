"""How many residents brought something in a month, without keeping who.

A bit map: every reference sets one bit, by its hash. From the bits that are not set follows how
many different ones there were (linear counting), to within two in a hundred up to some 10,000
households; which they were does not follow. The order of arrival is no matter.
"""

import math
import zlib

from projections import window
from projections.days import day_of
from projections.view import Kinds, Rows
from projections.waste_sorting.rows import Month

BITS = 16_384
MONTHS = 14
_EMPTY = bytes(BITS // 8)


class Sum:
    """Who brought something in a run, by day; each month is put once, if somebody is new."""

    def __init__(self) -> None:
        self._days: dict[str, set[str]] = {}

    def note(self, ms: int, resident_ref: str) -> None:
        day = day_of(ms)
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = set()
        found.add(resident_ref)

    def put(self, rows: Rows) -> None:
        for day, refs in self._days.items():
            month = day[:7]
            found = rows.get("month", month, Month)
            known = found.residents if found else _EMPTY
            bits = bytearray(known)
            for ref in refs:
                index, bit = divmod(zlib.crc32(ref.encode()) % BITS, 8)
                bits[index] |= 1 << bit
            if bits == known or (found is None and not window.room(rows, "month", month, MONTHS)):
                continue
            rows.put("month", month, Month(residents=bytes(bits)))


def residents(bits: bytes) -> int:
    """About so many. All bits set tell no more than that there were very many."""
    free = BITS - int.from_bytes(bits, "little").bit_count()
    return round(BITS * math.log(BITS / max(free, 1))) if bits else 0


def participants(rows: Kinds) -> dict[str, int]:
    """Of each month that is kept."""
    found = rows.get("month", {})
    return {
        month: residents(row.residents)
        for month, row in sorted(found.items())
        if isinstance(row, Month)
    }
