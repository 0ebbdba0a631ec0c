"""What the headers of a table mean, from columns.toml and whatever a district adds to it."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from core.config import load

Grams = Annotated[int, msgspec.Meta(ge=0)]
# A unit stands at the end: (kg), （公斤）, [t], /吨, _kg, and behind a Chinese word also as it is.
_UNIT = re.compile(
    r"(?:[(\[/](?P<closed>[^()\[\]/]{1,12})[)\]]?|[ _](?P<open>[a-z]{1,9})"
    r"|(?<=[\u4e00-\u9fff])(?P<bare>[a-z]{1,3}|千克|公斤|市斤|[克斤吨]))$"
)


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of row; columns.toml says what each key is for."""

    name: str
    type: str
    needs: tuple[tuple[str, ...], ...]
    device: tuple[str, ...]
    data: Mapping[str, str]  # field → key of the event's data
    key: tuple[str, ...]
    otherwise: tuple[str, ...] = ()
    compound: str = ""
    subject: str = ""
    weighs: tuple[str, ...] = ()
    typical: tuple[Grams, Grams] = (0, 0)
    most: Grams = 0

    def lacks(self, fields: Collection[str]) -> tuple[str, ...]:
        """Of the first group of which no column is there; empty: it is this kind."""
        return next(self._missing(fields), ())

    def missing(self, fields: Collection[str]) -> int:
        """How many groups there is no column of."""
        return sum(1 for _ in self._missing(fields))

    def _missing(self, fields: Collection[str]) -> Iterator[tuple[str, ...]]:
        return (some for some in self.needs if not set(some) & set(fields))


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fields: Mapping[str, tuple[str, ...]]
    units: Mapping[str, tuple[str, ...]]
    grams: Mapping[str, int]
    categories: Mapping[str, tuple[str, ...]]
    directions: Mapping[str, tuple[str, ...]]
    kinds: tuple[Kind, ...]

    def kind(self, name: str) -> Kind | None:
        return next((one for one in self.kinds if one.name == name), None)


class Mapped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A district's own names, for tables of one kind."""

    kind: str
    fields: Mapping[str, tuple[str, ...]] = {}


class Header(msgspec.Struct, frozen=True):
    """A column that is known: its field, and the unit it declares."""

    field: str
    unit: str = ""


COLUMNS = load(Path(__file__).with_name("columns.toml"), Columns)


def plain(word: str) -> str:
    """As headers and words are compared."""
    return _spaced(word).replace(" ", "")


def _spaced(word: str) -> str:
    """A unit may be told by the space before it."""
    folded = unicodedata.normalize("NFKC", word.replace("\ufeff", "")).strip().strip('"')
    return " ".join(folded.lower().replace("_", " ").split())


def unit_of(word: str) -> str:
    """`g`, `kg` …, empty for what is no unit."""
    return _UNITS.get(plain(word), "")


def words(table: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """Every spelling → what it means."""
    return {plain(spelling): name for name, every in table.items() for spelling in every}


def headers(cells: Sequence[str], fields: Mapping[str, str]) -> list[Header | None]:
    """Of each cell what column it names; None: one that is not known. `fields`: of `words`."""
    found = [_header(_spaced(cell), fields) for cell in cells]
    seen: set[str] = set()
    for at, one in enumerate(found):
        if one is not None and one.field in seen:
            found[at] = None  # the first of a name is meant
        elif one is not None:
            seen.add(one.field)
    return found


def _header(cell: str, fields: Mapping[str, str]) -> Header | None:
    if known := fields.get(plain(cell)):
        return Header(known)
    match = _UNIT.search(cell)
    if match is None:
        return None
    field = fields.get(plain(cell[: match.start()]))
    unit = unit_of(match["closed"] or match["open"] or match["bare"])
    return Header(field, unit) if field and unit else None


_UNITS = words(COLUMNS.units)
