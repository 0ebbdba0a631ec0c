"""A short sum in rows that are believed unseen: a bit that flips in one is told from what was
written. Against accidents only; what gateways say to others is signed (core/batch.py)."""

import zlib

SIZE = 4


def rowsum(*parts: object) -> bytes:
    """Of the row's columns, and of the order they stand in."""
    total = 0
    for part in parts:
        told = part if isinstance(part, bytes) else str(part).encode()
        total = zlib.crc32(told, zlib.crc32(b"%d:" % len(told), total))
    return total.to_bytes(SIZE)
