"""Rows of a table whose quoted cells hold line breaks.

A quotation mark that nobody closed must not swallow the rows behind it: lines are one row only if
together they are one whole row of the table.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from infra.importing.lines import Block

_LINES = 50  # of one row
_BYTES = 64_000


def cells(text: str, delimiter: str) -> list[str]:
    """Of one row; csv.Error when it is none. A quotation that does not end in it ends with it."""
    return next(csv.reader((text,), delimiter=delimiter), [])


def joined(every: Iterable[Block], delimiter: str, columns: int) -> Iterator[Block]:
    """With each row whole at its first line, and empty lines in place of the rest of it, so that
    numbers stay. `columns`: what a row has."""
    held: Block | None = None  # lines of a row that may go on in the next block
    for block in every:
        found = block
        if held is not None:
            found = msgspec.structs.replace(
                block, first=held.first, lines=held.lines + block.lines, open=block.open
            )
        lines, rest = _rows(found.lines, delimiter, columns, last=False)
        if lines:
            yield msgspec.structs.replace(found, lines=lines, open=found.open and not rest)
        held = None
        if rest:
            first = found.first + len(lines)
            held = msgspec.structs.replace(found, first=first, lines=rest)
    if held is not None:
        lines, _ = _rows(held.lines, delimiter, columns, last=True)
        yield msgspec.structs.replace(held, lines=lines)


def _rows(
    lines: list[bytes], delimiter: str, columns: int, *, last: bool
) -> tuple[list[bytes], list[bytes]]:
    """Rows, and the lines of which it is not known yet."""
    found: list[bytes] = []
    while len(found) < len(lines):
        at = len(found)
        count = span(lines[at : at + _LINES], delimiter, columns) if _odd(lines[at]) else 1
        if count:
            found += [b"\n".join(lines[at : at + count]), *(b"" for _ in range(count - 1))]
        elif last or len(lines) - at >= _LINES:
            found.append(lines[at])
        else:
            return found, lines[at:]
    return found, []


def span(lines: Sequence[bytes], delimiter: str, columns: int = 0) -> int:
    """How many of these are the row that the first one begins, of so many columns, or of any
    number; 0: it does not end in them."""
    open_, size = False, 0
    for count, line in enumerate(lines, start=1):
        open_ ^= _odd(line)
        size += len(line)
        if size > _BYTES:
            return 1
        if not open_:
            return count if _whole(b"\n".join(lines[:count]), delimiter, columns) else 1
    return 0


def _odd(line: bytes) -> bool:
    return line.count(b'"') % 2 == 1


def _whole(row: bytes, delimiter: str, columns: int) -> bool:
    try:
        found = next(csv.reader((row.decode(),), delimiter=delimiter, strict=True), [])
    except (csv.Error, UnicodeDecodeError):
        return False
    return len(found) == columns if columns else len(found) > 1
