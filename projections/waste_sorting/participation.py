"""How many residents brought something in a month, without keeping who.

A bit map: every reference sets one bit, by its hash. From the bits that are not set follows how
many different ones there were (linear counting), to within two in a hundred up to some 10,000
households; which they were does not follow. The order of arrival is no matter.
"""

import math
import zlib

from core.event import Recorded
from projections import window
from projections.view import Kinds, Rows
from projections.waste_district.days import day_of
from projections.waste_sorting.rows import Month

BITS = 16_384
MONTHS = 14
_EMPTY = bytes(BITS // 8)


def note(rows: Rows, item: Recorded, resident_ref: str) -> None:
    month = day_of(item.moment.ms)[:7]
    found = rows.get("month", month, Month)
    bits = found.residents if found else _EMPTY
    index, bit = divmod(zlib.crc32(resident_ref.encode()) % BITS, 8)
    if bits[index] >> bit & 1:
        return
    if found is None and not window.room(rows, "month", month, MONTHS):
        return
    changed = bits[:index] + bytes((bits[index] | 1 << bit,)) + bits[index + 1 :]
    rows.put("month", month, Month(residents=changed))


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
