"""Lines of JSON, or the elements of an array: recorded messages, payloads, and rows of a table as
flat objects. Rows become messages here; what the rest is, its reader finds out."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from decimal import Decimal
from itertools import islice
from pathlib import Path

from core import strictjson
from core.errors import Undecodable
from devices import registry
from devices.adapter import Message, Site
from infra.importing.array import elements
from infra.importing.aside import Aside, Unfit, Unusable
from infra.importing.columns import COLUMNS, Kind, headers, words
from infra.importing.conflicts import Conflicts
from infra.importing.lines import Block, blocks, text
from infra.importing.pool import Read
from infra.importing.reading import MESSAGES, How
from infra.importing.sniff import Sniffed
from infra.importing.table import Table
from infra.importing.units import Told, check

_ARRAY = re.compile(rb"\s*\[\s*[{\]]").match  # a table's title may begin with a bracket
_OTHER = re.compile(rb'"(?:payload|specversion)"\s*:').search  # what no row says
_SAMPLE = 2_000  # lines by which heads and units are judged
_HEADS = 512  # sets of keys that are remembered
_LONGEST = 64_000  # bytes of a row
_FEWEST = 2  # keys that are known make a row of a table
_ASIDE = "aside"  # what was added to a row that was to be corrected


def rows(path: Path, sniffed: Sniffed) -> Iterator[Block] | None:
    """None: it is no JSON."""
    for plain, _ in text(path, sniffed):
        if _ARRAY(plain):
            return elements(path, sniffed)
        if plain.strip():
            return blocks(path, sniffed) if plain.lstrip()[:1] == b"{" else None
    return None


class Objects:
    """Owns the heads of one file, and what its rows must not contradict."""

    def __init__(self, how: How, key: bytes, zone: tzinfo | None) -> None:
        self.kinds: Counter[str] = Counter()  # of rows
        self.handed = 0  # of them, as messages
        self.used: dict[str, str] = {}  # field → how it is called
        self.unread: dict[str, None] = {}  # keys that mean nothing here, in their order
        self._how, self._key, self._zone = how, key, zone
        self._spellings = {**words(COLUMNS.fields), **words(how.fields)}
        self._conflicts = Conflicts()
        self._heads: dict[tuple[str, ...], Table | Unfit | None] = {}
        self._known: list[tuple[frozenset[str], Kind]] = []

    def learn(self, every: Iterable[Block]) -> None:
        """From the first lines. Unusable("no-unit" | "unit-column" | "no-compound")."""
        if self._how.kind == MESSAGES:
            return
        lines = (line for block in every for line in block.lines)
        found = [one for line in islice(lines, _SAMPLE) if (one := _object(line)) is not None]
        # One that leaves out what is empty is of the kind of the one that does not.
        by_size = sorted({tuple(one): None for one in found}, key=len, reverse=True)
        heads = [self._head(keys) for keys in by_size]
        lacking = [one for one in heads if isinstance(one, Unfit) and one.reason == "no-compound"]
        if lacking and not any(isinstance(one, Table) for one in heads):
            raise Unusable("no-compound")
        check(self._told(found))

    def message(self, row: int, line: bytes) -> bytes:
        """Of a row; any other line as it is. Empty for a row with nothing in it. Unfit says what
        is wrong with it."""
        told = None if self._how.kind == MESSAGES else _object(line)
        head = None if told is None else self._head(tuple(told))
        if told is None or head is None:
            return line
        nested = any(isinstance(one, dict | list) for one in told.values())
        if (nested or isinstance(head, Unfit)) and _spoken(line):
            return line
        if isinstance(head, Unfit):
            raise Unfit(head.reason, head.detail)
        self.kinds[head.kind.name] += 1
        if nested:
            raise Unfit("nested")
        made = head.message(row, [_cell(one) for one in told.values()])
        self.handed += bool(made)
        return made

    def reads(self, every: Iterable[Block]) -> Iterator[Read]:
        for block in every:
            lines: list[bytes] = []
            aside: list[Aside] = []
            for row, line in enumerate(block.lines, block.first):
                made = b""
                try:
                    made = self.message(row, line)
                except Unfit as unfit:
                    aside.append(unfit.at(row))
                lines.append(made)
            yield Read(block, lines, sum(map(bool, lines)) + len(aside), aside)

    def _told(self, found: Iterable[Mapping[str, object]]) -> Iterator[Told]:
        for one in found:
            head = self._head(tuple(one))
            if isinstance(head, Table):
                yield head, [_cell(value) for value in one.values()]

    def _head(self, keys: tuple[str, ...]) -> Table | Unfit | None:
        """What reads rows with these keys, or what they lack; None: they are no row's."""
        if keys not in self._heads:
            if len(self._heads) >= _HEADS:
                return self._new(keys)
            self._heads[keys] = self._new(keys)
        return self._heads[keys]

    def _new(self, keys: tuple[str, ...]) -> Table | Unfit | None:
        head = headers(keys, self._spellings)
        fields = frozenset(one.field for one in head if one is not None)
        if len(fields) < _FEWEST:
            return None
        kind = self._kind(fields)
        if kind is None:
            nearest = min(COLUMNS.kinds, key=lambda one: one.missing(fields))
            return Unfit("unknown-table", f"{nearest.name}: {' | '.join(nearest.lacks(fields))}")
        try:
            made = Table(
                kind, head, key=self._key, compound=self._how.compound, unit=self._how.unit,
                zone=self._zone, conflicts=self._conflicts,
            )  # fmt: skip
        except Unusable as error:
            return Unfit(error.reason)
        if len(self._known) < _HEADS:
            self._known.append((fields, kind))
            pairs = list(zip(keys, head, strict=True))
            self.used = {one.field: key for key, one in pairs if one is not None} | self.used
            if len(self.unread) < _HEADS:
                self.unread |= dict.fromkeys(key for key, one in pairs if one is None)
        return made

    def _kind(self, fields: frozenset[str]) -> Kind | None:
        if self._how.kind:
            return COLUMNS.kind(self._how.kind)
        for wider, kind in self._known:
            if fields < wider:
                return kind
        return next((one for one in COLUMNS.kinds if not one.lacks(fields)), None)


def _object(line: bytes) -> dict[str, object] | None:
    """Of a line that may be a row; None: it is none, or its reader will say what is wrong."""
    if len(line) > _LONGEST or _OTHER(line) or line.lstrip()[:1] != b"{":
        return None
    try:
        found: dict[str, object] = strictjson.parse(line)
    except Undecodable:
        return None
    found.pop(_ASIDE, None)
    return found


def _cell(value: object) -> str:
    """As it would stand in a table."""
    if value is None:
        return ""
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)


def _spoken(line: bytes) -> bool:
    """Whether it has the look of a device's payload."""
    found = registry.decode(Message("", line), Site())
    return isinstance(found, registry.Decoded) or found.adapter != ""
