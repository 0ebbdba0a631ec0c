"""A bin's last level readings, packed: eight bytes each, oldest first, at most one an hour.

A district has seven thousand sensors, and every reading writes its bin's row again.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from core.clock import rfc3339

KEEP = 48
SIZE = 8
_FORMAT = "<Ihh"  # minute since 1970, distance less _OFFSET, tenths of a degree
_PACK = struct.Struct(_FORMAT).pack
_LAST = struct.Struct(_FORMAT).unpack_from
_ITER = struct.Struct(_FORMAT).iter_unpack
_MOST = 0xFFFF
_OFFSET = 0x8000
NO_CEL = -0x8000


class Reading(NamedTuple):
    minute: int
    mm: int
    cel: int | None  # tenths

    @property
    def ms(self) -> int:
        """The end of its minute: of what held then, the last."""
        return self.minute * 60_000 + 59_999


def text(minute: int) -> str:
    """RFC 3339."""
    return rfc3339(datetime.fromtimestamp(minute * 60, UTC))


def unpacked(packed: bytes) -> list[Reading]:
    return [
        Reading(minute, mm + _OFFSET, None if cel == NO_CEL else cel)
        for minute, mm, cel in _ITER(packed)
    ]


def packed(readings: Sequence[Reading]) -> bytes:
    return b"".join(_record(*one) for one in readings)


def newest(window: bytes) -> tuple[int, int]:
    """Minute and millimetres; -1 and 0 where there is none."""
    if not window:
        return -1, 0
    minute, mm, _ = _LAST(window, -SIZE)
    return minute, mm + _OFFSET


def before_newest(window: bytes) -> tuple[int, int]:
    """Minute and millimetres of the reading that is kept before the newest; -1 and 0 where there
    is none."""
    if len(window) <= SIZE:
        return -1, 0
    minute, mm, _ = _LAST(window, -2 * SIZE)
    return minute, mm + _OFFSET


def with_reading(window: bytes, last: int, minute: int, mm: int, cel: int | None) -> bytes:
    """`last`: minute of the newest. Of an hour the newest is kept, and of those of one minute the
    one that came last."""
    if minute < last:
        return _inserted(window, Reading(minute, mm, cel))
    if minute // 60 == last // 60:
        window = window[:-SIZE]
    elif len(window) >= KEEP * SIZE:
        window = window[SIZE - KEEP * SIZE :]
    try:
        return window + _PACK(minute, mm - _OFFSET, NO_CEL if cel is None else cel)
    except struct.error:
        return window + _record(minute, mm, cel)


def _inserted(window: bytes, late: Reading) -> bytes:
    """One that is older than the newest."""
    hours = {one.minute // 60: one for one in unpacked(window)}
    held = hours.get(late.minute // 60)
    if held is None or late.minute >= held.minute:
        hours[late.minute // 60] = late
    return packed([hours[hour] for hour in sorted(hours)][-KEEP:])


def _record(minute: int, mm: int, cel: int | None) -> bytes:
    """What has no room is the most or least that has."""
    if cel is None:
        cel = NO_CEL
    elif not -_OFFSET < cel < _OFFSET:
        cel = _OFFSET - 1 if cel > 0 else 1 - _OFFSET
    return _PACK(minute if minute > 0 else 0, (mm if mm < _MOST else _MOST) - _OFFSET, cel)
