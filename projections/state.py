"""A view's rows in memory: what the fold reads, what the screens show, what is stored of it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec

from core.errors import FatalError, Unavailable
from core.event import Recorded
from projections.follower import FoldFailed, Touched
from projections.view import Kinds, Row, RowT, Run, View

# compound, kind, key, value as JSON, position of the batch that changed it last
StoredRow = tuple[str, str, str, bytes, int]
_NONE: Mapping[str, Row] = {}


class CompoundRows:
    """Rows of one compound; implements `projections.view.Rows`. Owns nothing else.

    Every change is noted in `touched` with `position`, which whoever folds sets before; `settle`
    takes it over into `places`.
    """

    __slots__ = (
        "block", "compound", "events", "gone", "kinds", "places", "position", "touched",
    )  # fmt: skip

    def __init__(self, compound: str) -> None:
        self.compound = compound
        self.kinds: dict[str, dict[str, Row]] = {}
        self.places: dict[str, dict[str, int]] = {}  # kind → key → position of its last change
        self.gone: dict[tuple[str, str], int] = {}  # kind, key → where a row that is no more went
        self.touched: Touched = {}
        self.position = 0
        self.events = 0  # folded since the last snapshot
        self.block = 0  # which that snapshot ends; 0 before the first

    def get(self, kind: str, key: str, row_type: type[RowT]) -> RowT | None:  # noqa: ARG002
        # Row types are one to a kind (View.kinds), and this is asked several times an event.
        return self.kinds.get(kind, _NONE).get(key)  # type: ignore[return-value]

    def keys(self, kind: str) -> Collection[str]:
        return self.kinds.get(kind, _NONE).keys()

    def put(self, kind: str, key: str, row: Row) -> None:
        rows = self.kinds.get(kind)
        if rows is None:
            rows = self.kinds[kind] = {}
        rows[key] = row
        self.touched[self.compound, kind, key] = self.position

    def drop(self, kind: str, key: str) -> None:
        rows = self.kinds.get(kind)
        if rows is not None:
            rows.pop(key, None)
        self.touched[self.compound, kind, key] = self.position

    def lay(self, kind: str, key: str, row: Row, place: int) -> None:
        """As it was stored: nothing has changed."""
        self.kinds.setdefault(kind, {})[key] = row
        self.places.setdefault(kind, {})[key] = place

    def copied(self) -> "CompoundRows":
        """Rows and places, which later folding does not change."""
        made = CompoundRows(self.compound)
        made.kinds = {kind: dict(rows) for kind, rows in self.kinds.items()}
        made.places = {kind: dict(places) for kind, places in self.places.items()}
        return made

    def size(self) -> int:
        return sum(len(keys) for keys in self.places.values())

    def newest(self) -> int:
        """Position of the last change to a row that is still there."""
        return max((max(keys.values()) for keys in self.places.values() if keys), default=0)

    def stored(self) -> Iterator[StoredRow]:
        """Every row as it is stored, in key order."""
        compound, encode = self.compound, msgspec.json.encode
        for kind, places in sorted(self.places.items()):
            rows = self.kinds[kind]
            for key in sorted(places):
                yield compound, kind, key, encode(rows[key]), places[key]


class ViewState:
    """All compounds' rows of one view, and the position they stand at. One thread folds."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.position = 0
        self.leaf = b""  # hash of the batch there; empty if none is kept
        self.compounds: dict[str, CompoundRows] = {}

    def of(self, compound: str) -> CompoundRows:
        rows = self.compounds.get(compound)
        if rows is None:
            rows = self.compounds[compound] = CompoundRows(compound)
        return rows

    def fold(self, items: Sequence[Recorded], touched: Touched) -> None:
        """Fold events in order, noting which rows changed and where. FoldFailed leaves rows
        between two events: who folds goes back to what is committed."""
        fold, scope = self.view.fold, self.view.scope
        for run in _runs(self.view.wanted(items), scope):
            first = run[0]
            rows = self.of(scope(first.compound))
            rows.touched = touched
            rows.position = first.position
            rows.events += len(run)
            try:
                fold(rows, run)
            except (FatalError, Unavailable):
                raise
            except Exception as error:
                raise FoldFailed(self._culprit(rows, run)) from error

    def _culprit(self, rows: CompoundRows, run: Run) -> Recorded:
        """At which event of the run it fails: one by one, on rows that are given up anyway."""
        for item in run:
            try:
                self.view.fold(rows, [item])
            except Exception:  # noqa: BLE001 - whatever it is, it was raised before
                return item
        return run[0]

    def settle(self, touched: Touched) -> tuple[list[StoredRow], list[tuple[str, str, str]]]:
        """Of what was touched: rows as they are to be stored, and keys of those that are gone."""
        self.place(touched)
        rows: list[StoredRow] = []
        gone: list[tuple[str, str, str]] = []
        encode = msgspec.json.encode
        for name, position in touched.items():
            compound, kind, key = name
            row = self.compounds[compound].kinds.get(kind, _NONE).get(key)
            if row is None:
                gone.append(name)
            else:
                rows.append((compound, kind, key, encode(row), position))
        return rows, gone

    def place(self, touched: Touched) -> None:
        """Note where rows were changed last. Whoever folds says so before rows are stored."""
        for (compound, kind, key), position in touched.items():
            held = self.compounds[compound]
            places = held.places.get(kind)
            if places is None:
                places = held.places[kind] = {}
            if key in held.kinds.get(kind, _NONE):
                places[key] = position
                held.gone.pop((kind, key), None)
            elif places.pop(key, None) is not None:
                held.gone[kind, key] = position

    def rows(self, compound: str) -> Kinds:
        """A copy that later folding does not change; rows themselves are frozen."""
        found = self.compounds.get(compound)
        if found is None:
            return {}
        return {kind: dict(rows) for kind, rows in found.kinds.items() if rows}

    def stored(self) -> Iterator[StoredRow]:
        """Every row as it is stored, in key order."""
        for compound in sorted(self.compounds):
            yield from self.compounds[compound].stored()


def _runs(items: Sequence[Recorded], scope: Callable[[str], str]) -> Iterator[Run]:
    start, count = 0, len(items)
    while start < count:
        position, compound = items[start].position, scope(items[start].compound)
        end = start + 1
        while end < count:
            one = items[end]
            if one.position != position or scope(one.compound) != compound:
                break
            end += 1
        yield items[start:end]
        start = end
