"""A view's rows in memory: what the fold reads, what the screens show."""

from collections.abc import Iterable, Mapping

from core.event import Recorded
from projections.view import Change, Kinds, Row, RowT, View


class CompoundRows:
    """Rows of one compound; implements `projections.view.Rows`. Owns nothing else."""

    def __init__(self) -> None:
        self.kinds: dict[str, dict[str, Row]] = {}

    def get(self, kind: str, key: str, row_type: type[RowT]) -> RowT | None:
        found = self.kinds.get(kind, {}).get(key)
        assert found is None or isinstance(found, row_type)
        return found

    def keys(self, kind: str) -> Iterable[str]:
        return self.kinds.get(kind, {}).keys()

    def apply(self, change: Change) -> None:
        rows = self.kinds.setdefault(change.kind, {})
        if change.row is None:
            rows.pop(change.key, None)
        else:
            rows[change.key] = change.row


Touched = dict[tuple[str, str, str], int]  # (compound, kind, key) → position of the last change


class ViewState:
    """All compounds' rows of one view, and the position they stand at. One thread folds."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.position = 0
        self.compounds: dict[str, CompoundRows] = {}

    def fold(self, items: Iterable[Recorded], touched: Touched) -> None:
        """Fold events in order, noting which rows changed and where."""
        fold = self.view.fold
        for item in items:
            rows = self.compounds.get(item.compound)
            if rows is None:
                rows = self.compounds[item.compound] = CompoundRows()
            for change in fold(rows, item):
                rows.apply(change)
                touched[item.compound, change.kind, change.key] = item.position

    def rows(self, compound: str) -> Kinds:
        """A copy that later folding does not change; rows themselves are frozen."""
        found = self.compounds.get(compound)
        if found is None:
            return {}
        return {kind: dict(rows) for kind, rows in found.kinds.items()}

    def row(self, compound: str, kind: str, key: str) -> Row | None:
        found: Mapping[str, Row] = self.compounds[compound].kinds.get(kind, {})
        return found.get(key)
