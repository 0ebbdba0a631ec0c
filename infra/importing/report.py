"""What became of a file: counts, times, and the rows that were set aside."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from infra.importing.aside import REPEATED, Aside

SHOWN = 1_000  # rows set aside that a report lists
_KEPT = 100_000  # ... that can be had to be corrected; all of them are counted


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`refused`: why nothing of the file was taken; `already`: it had been imported before.
    `rows` are those with something in them; one may become no event, or several. `columns`: what
    a table's fields are called in it; `unread`: columns that nobody asked for. `kind`: what its
    rows are; `kinds` how many of each, where they were told apart one by one."""

    file: str
    sha256: str = ""
    encoding: str = ""
    kind: str = ""
    kinds: Mapping[str, int] = {}
    columns: Mapping[str, str] = {}
    unread: tuple[str, ...] = ()
    rows: int = 0
    events: int = 0
    aside: int = 0
    by_type: Mapping[str, int] = {}
    by_reason: Mapping[str, int] = {}
    compounds: Mapping[str, int] = {}
    first: str = ""
    last: str = ""
    duration_s: float = 0.0
    rows_aside: tuple[Aside, ...] = ()
    refused: str = ""
    detail: str = ""
    already: bool = False
    dry_run: bool = False


class Tally:
    """Counts while a file is read."""

    def __init__(self) -> None:
        self.rows = 0
        self.messages = 0  # that were read as such, and payloads
        self.payloads = 0
        self.types: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.compounds: Counter[str] = Counter()
        self._wrong: list[Aside] = []
        self._repeated: list[Aside] = []  # of a file that is in already, all that was right
        self.first: int | None = None
        self.last: int | None = None

    def event(self, compound: str, type: str, ms: int) -> None:
        self.types[type] += 1
        self.compounds[compound] += 1
        if self.first is None or ms < self.first:
            self.first = ms
        if self.last is None or ms > self.last:
            self.last = ms

    def put_aside(self, one: Aside) -> None:
        self.reasons[one.reason] += 1
        repeats = one.reason == REPEATED
        kept, most = (self._repeated, SHOWN) if repeats else (self._wrong, _KEPT)
        if len(kept) < most:
            kept.append(one)

    @property
    def aside(self) -> list[Aside]:
        """In the order of the file."""
        return sorted((*self._wrong, *self._repeated), key=lambda one: one.row)

    @property
    def events(self) -> int:
        return self.types.total()
