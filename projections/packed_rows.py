"""Stored rows, packed: what another process folded, on its way to where it is stored."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
import zstandard

from projections.state import StoredRow

_ROWS = 4096  # of one pack: so many are unpacked at a time
_LEVEL = 1
_UNPACK = msgspec.msgpack.Decoder(list[StoredRow])


def packed(rows: Sequence[tuple[Any, ...]]) -> bytes:
    """zstd of msgpack. A copy: zstandard leaves what it made in a buffer for the uncompressed."""
    return bytes(memoryview(zstandard.compress(msgspec.msgpack.encode(rows), _LEVEL)))


class PackedRows:
    """A seventh of what they take as tuples. They can be read as often as wanted."""

    def __init__(self, rows: Iterable[StoredRow]) -> None:
        left = iter(rows)
        self._packs: list[bytes] = []
        while some := list(islice(left, _ROWS)):
            self._packs.append(packed(some))

    def __iter__(self) -> Iterator[StoredRow]:
        for pack in self._packs:
            yield from _UNPACK.decode(zstandard.decompress(pack))
