"""The elements of a JSON array as lines, without the array ever being in memory.

Only brackets and strings are looked at: what an element says, and whether it says it rightly, is
judged where lines are, so that one that is wrong spoils no other.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from core.strictjson import MAX_BYTES
from infra.importing.aside import Unusable
from infra.importing.lines import Block, text
from infra.importing.sniff import Sniffed

# What is looked at; a quotation mark alone begins a string that goes on in the next block.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
_MOST = 4 << 20  # bytes of an element: after so many it is not closed
_SPACE = b" \t\r\n"
_FLAT = bytes.maketrans(b"\r\n", b"  ")  # between tokens only: a string of JSON holds none


def elements(path: Path, sniffed: Sniffed) -> Iterator[Block]:
    """In the order of the file: the first is row 1. Unusable("array"): they cannot be told
    apart."""
    cutter = _Cutter()
    number, read = 1, 0
    for plain, read in text(path, sniffed):
        found = cutter.cut(plain)
        if found:
            yield Block(number, found, read)
            number += len(found)
    if rest := cutter.rest():
        yield Block(number, rest, read, open=True)


class _Cutter:
    """Owns what is not whole yet."""

    def __init__(self) -> None:
        self._held = b""
        self._from = 0  # how much of it has been looked at
        self._depth = 0

    def cut(self, more: bytes) -> list[bytes]:
        held = self._held + more
        start, seen = 0, self._from
        found: list[bytes] = []
        while token := _TOKEN.search(held, seen):
            kind = token[0]
            if kind == b'"':
                seen = token.start()
                break
            seen = token.end()
            if kind in (b"[", b"{"):
                if self._depth == 0:
                    if kind == b"{" or held[start : token.start()].strip(_SPACE):
                        raise Unusable("array")
                    start = seen
                self._depth += 1
                continue
            if kind in (b"]", b"}"):
                self._depth -= 1
                if self._depth < 0 or (self._depth == 0 and kind == b"}"):
                    raise Unusable("array")
            if (self._depth == 1 and kind == b",") or (self._depth == 0 and kind == b"]"):
                if one := held[start : token.start()].strip(_SPACE):
                    found.append(_line(one))
                start = seen
        else:
            seen = len(held)
        self._held, self._from = held[start:], seen - start
        if len(self._held) > _MOST:
            raise Unusable("array")
        return found

    def rest(self) -> list[bytes]:
        """An element that nothing ends, or what stands behind the array; and where the array is
        not closed its beginning, so that what is missing is not passed over."""
        found = [_line(one)] if (one := self._held.strip(_SPACE)) else []
        return found + [b"["] * (self._depth == 1)


def _line(one: bytes) -> bytes:
    return one[: MAX_BYTES + 1].translate(_FLAT)
