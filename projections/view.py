"""What a view is: frozen rows, changed by a pure fold over recorded events (I5).

A fold sees the rows of the events' own compound and the events, and puts what rows become.
It has no clock, no network, no randomness and no other state, so the same log gives the same
rows byte for byte, whatever the page size and however journals interleave.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from core.catalog import Catalog
from core.event import Data, Recorded

# The rows of a view over all compounds stand under this name, and their alarms too.
DISTRICT = "district"


class Row(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """Base of every view row. Stored and shown as JSON, so fields only ever gain defaults."""


RowT = TypeVar("RowT", bound=Row)


class Rows(Protocol):
    """The rows of one compound of one view, or of the district: all that a fold may read, and
    all it may change."""

    def get(self, kind: str, key: str, row_type: type[RowT]) -> RowT | None: ...

    def keys(self, kind: str) -> Collection[str]: ...

    def put(self, kind: str, key: str, row: Row) -> None: ...

    def drop(self, kind: str, key: str) -> None: ...


# A run: events of one scope that stand in one batch, in their order. The rows are those that
# one event after the other would give; a fold may only do once what several of them ask for.
Run = Sequence[Recorded]
Fold = Callable[[Rows, Run], None]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """`version` rises when a fold or a row changes meaning: the view is then folded anew.

    `present` turns a compound's rows (kind → key → row) into the JSON people and machines read.

    A view over the district has one set of rows for all compounds. `about` names the types its
    fold looks at, where that is not all of them: others are not given to it.
    """

    name: str
    version: int
    kinds: Mapping[str, type[Row]]
    fold: Fold
    present: Callable[[Mapping[str, Mapping[str, Row]]], dict[str, Any]]
    over: Literal["compound", "district"] = "compound"
    about: frozenset[type[Data]] | None = None

    def scope(self, compound: str) -> str:
        """Whose rows an event of that compound changes."""
        return DISTRICT if self.over == "district" else compound

    def passed_over(self, catalog: Catalog) -> frozenset[str]:
        """Names of the types known there that the fold does not look at."""
        if self.about is None:
            return frozenset()
        return frozenset(name for name, cls in catalog.types.items() if cls not in self.about)

    def wanted(self, items: Sequence[Recorded]) -> Sequence[Recorded]:
        about = self.about
        if about is None:
            return items
        return [one for one in items if type(one.event.data) in about]


Kinds = Mapping[str, Mapping[str, Row]]  # kind → key → row, of one compound


def listed(rows: Kinds, kind: str) -> list[Any]:
    """The rows of a kind as plain JSON values, by key, so that equal rows give equal bytes."""
    found = rows.get(kind, {})
    return [msgspec.to_builtins(found[key]) for key in sorted(found)]


def oldest(rows: Rows, kind: str, row_type: type[RowT], age: Callable[[RowT], Any]) -> str:
    """Key of the row that goes first; of equally old ones, the first by key."""
    found = ((row, key) for key in rows.keys(kind) if (row := rows.get(kind, key, row_type)))
    return min((age(row), key) for row, key in found)[1]


def added(tally: Mapping[str, int], key: str, count: int) -> Mapping[str, int]:
    """The tally with `count` more of `key`, keys in order: equal tallies give equal bytes."""
    if key in tally:
        return {**tally, key: tally[key] + count}
    return dict(sorted({**tally, key: count}.items()))
