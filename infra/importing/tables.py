"""A table in a text file: its delimiter, its head, its rows as messages."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import tzinfo
from itertools import islice, product
from pathlib import Path
from typing import NamedTuple

from core.strictjson import MAX_BYTES
from infra.importing.aside import Aside, Unfit, Unusable
from infra.importing.columns import COLUMNS, Header, Kind, headers, words
from infra.importing.conflicts import Conflicts
from infra.importing.lines import Block, blocks
from infra.importing.pool import Read
from infra.importing.reading import How
from infra.importing.records import cells, joined, span
from infra.importing.sniff import Sniffed
from infra.importing.table import Table
from infra.importing.units import Told, check

_DELIMITERS = (",", ";", "\t")
_TITLES = 10  # lines that may stand before the head
_SAMPLE = 2_000  # rows by which a unit is judged


class Found(NamedTuple):
    """Where the head is, and what the rows are."""

    kind: Kind
    head: list[Header | None]
    line: int  # the last one of it
    delimiter: str
    cells: tuple[str, ...]

    @property
    def used(self) -> dict[str, str]:
        """Field → how the table calls it."""
        pairs = zip(self.head, self.cells, strict=True)
        return {one.field: " ".join(cell.split()) for one, cell in pairs if one is not None}

    @property
    def unread(self) -> tuple[str, ...]:
        """Columns that mean nothing here."""
        pairs = zip(self.head, self.cells, strict=True)
        return tuple(" ".join(cell.split()) for one, cell in pairs if one is None and cell.strip())


def find(path: Path, sniffed: Sniffed, how: How) -> Found:
    """Unusable("unknown-table"): no line near the beginning is a head that is known."""
    spellings = {**words(COLUMNS.fields), **words(how.fields)}
    kinds = [one for one in COLUMNS.kinds if how.kind in ("", one.name)]
    lacking = ""
    top = list(islice(_lines(blocks(path, sniffed)), _TITLES))
    if not top:
        raise Unusable("empty")
    for at, delimiter in product(range(len(top)), _DELIMITERS):
        count = span([line for _, line in top[at:]], delimiter) or 1
        text = b"\n".join(line for _, line in top[at : at + count]).decode("utf-8", "replace")
        try:
            names = _cells(text, delimiter)
        except Unfit:
            continue
        head = headers(names, spellings)
        fields = tuple(one.field for one in head if one is not None)
        if len(fields) < 2:
            continue
        for kind in kinds:
            if not (missing := kind.lacks(fields)):
                return Found(kind, head, top[at + count - 1][0], delimiter, tuple(names))
            lacking = lacking or f"{kind.name}: {' | '.join(missing)}"
    raise Unusable("unknown-table", lacking)


def table(
    path: Path, sniffed: Sniffed, found: Found, how: How, key: bytes, zone: tzinfo | None
) -> Table:
    """Unusable("no-unit" | "no-compound" | "unit-column")."""
    made = Table(
        found.kind, found.head, key=key, compound=how.compound, unit=how.unit, zone=zone,
        conflicts=Conflicts(),
    )  # fmt: skip
    check(_sampled(rows(path, sniffed, found), found, made))
    return made


def reads(path: Path, sniffed: Sniffed, found: Found, table: Table) -> Iterator[Read]:
    for block in rows(path, sniffed, found):
        lines: list[bytes] = []
        aside: list[Aside] = []
        for row, line in enumerate(block.lines, block.first):
            made = b""
            if row > found.line and line:
                try:
                    told = _read(line, found.delimiter)
                    if tuple(told) != found.cells:  # of a file that was put behind another
                        made = table.message(row, told)
                except Unfit as unfit:
                    aside.append(unfit.at(row))
            lines.append(made)
        yield Read(block, lines, sum(map(bool, lines)) + len(aside), aside)


def rows(path: Path, sniffed: Sniffed, found: Found) -> Iterator[Block]:
    """Each whole, at its first line."""
    return joined(blocks(path, sniffed), found.delimiter, len(found.head))


def _read(line: bytes, delimiter: str) -> list[str]:
    if len(line) > MAX_BYTES:
        raise Unfit("oversized", f"cap {MAX_BYTES} bytes")
    if b"\0" in line:
        raise Unfit("charset")
    try:
        text = line.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unfit("charset") from error
    return _cells(text, delimiter)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return cells(line, delimiter)
    except csv.Error as error:
        raise Unfit("malformed") from error


def _lines(every: Iterable[Block]) -> Iterator[tuple[int, bytes]]:
    for block in every:
        for number, line in enumerate(block.lines, block.first):
            if line.strip() and len(line) <= MAX_BYTES:
                yield number, line


def _sampled(every: Iterable[Block], found: Found, table: Table) -> Iterator[Told]:
    for number, line in islice(_lines(every), _SAMPLE):
        if number > found.line:
            with suppress(Unfit):
                yield table, _read(line, found.delimiter)
