"""Views folded once more beside the live ones, in memory: begun as they stood at a position,
folded on event by event, each telling what it changed. Reads the log and nothing else; what the
rows conclude is told nobody, and their timers are not fired (I9)."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from core.catalog import Catalog
from core.event import Recorded
from core.store.port import Log
from projections.follower import Touched
from projections.past import Nearest, begun, between
from projections.sieve import ALL, Sieve
from projections.state import CompoundRows, ViewState
from projections.view import Kinds, Row, View

Scopes = Sequence[tuple[View, str]]  # whose rows of which view: a compound's, or the district's


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row; None where there is none. `scope`: its compound, or the district."""

    view: str
    scope: str
    kind: str
    key: str
    before: Row | None
    after: Row | None


class Scratch:
    """Owns its rows. One thread folds."""

    def __init__(
        self,
        log: Log,
        scopes: Scopes,
        after: int,
        catalog: Catalog,
        nearest: Callable[[View], Nearest],
    ) -> None:
        """Rows as they stood at position `after`."""
        self._states = states_at(log, scopes, after, catalog, nearest)
        for state in self._states.values():
            state.compounds = {name: _Noted(rows) for name, rows in state.compounds.items()}
        self._batch: list[Recorded] = []
        self.scopes = tuple(scopes)
        self.sieve = sieve_of(scopes)

    def fold(self, items: Sequence[Recorded], *, last: bool) -> list[Change]:
        """Some of a batch's events; `last`: no more of it follow. A district concludes once a
        batch, and what it does is told with the last. FoldFailed leaves rows that are of no use
        any more."""
        self._batch += items
        found: list[Change] = []
        for state in self._states.values():
            whole = state.view.over == "district"
            due = (self._batch if last else ()) if whole else items
            touched: Touched = {}
            state.fold([one for one in due if self._mine(state, one)], touched)
            state.place(touched)
            for scope in dict.fromkeys(compound for compound, _, _ in touched):
                found += self._noted(state.view, scope).changes(state.view.name)
        if last:
            self._batch = []
        return found

    def rows(self, view: View, scope: str) -> Kinds:
        return self._states[view.name].rows(scope)

    def states(self) -> Iterator[ViewState]:
        yield from self._states.values()

    def _mine(self, state: ViewState, item: Recorded) -> bool:
        return state.view.scope(item.compound) in state.compounds

    def _noted(self, view: View, scope: str) -> "_Noted":
        rows = self._states[view.name].compounds[scope]
        assert isinstance(rows, _Noted)
        return rows


def sieve_of(scopes: Scopes) -> Sieve:
    """Which events those rows come of."""
    if any(view.over == "district" for view, _ in scopes):
        return ALL
    return Sieve(frozenset(scope for _, scope in scopes))


def states_at(
    log: Log,
    scopes: Scopes,
    position: int,
    catalog: Catalog,
    nearest: Callable[[View], Nearest],
) -> dict[str, ViewState]:
    """View → rows as they stood there, all of them in one reading of the log: from the oldest of
    their nearest snapshots on."""
    states: dict[str, ViewState] = {}
    for view, scope in scopes:
        state = states.setdefault(view.name, ViewState(view))
        state.compounds[scope] = begun(log, view, scope, position, nearest(view))
    every = [rows.position for state in states.values() for rows in state.compounds.values()]
    begins = min(every, default=position)
    sieve, touched = sieve_of(scopes), {name: Touched() for name in states}
    for _, items in between(log, begins, position, sieve, catalog):
        for name, state in states.items():
            state.fold([one for one in items if _behind(state, one)], touched[name])
    for name, state in states.items():
        state.place(touched[name])
    return states


def _behind(state: ViewState, item: Recorded) -> bool:
    rows = state.compounds.get(state.view.scope(item.compound))
    return rows is not None and rows.position < item.position


class _Noted(CompoundRows):
    """Rows that remember what stood there, until they are asked."""

    __slots__ = ("_before",)

    def __init__(self, rows: CompoundRows) -> None:
        super().__init__(rows.compound)
        self.kinds, self.places = rows.kinds, rows.places
        self._before: dict[tuple[str, str], Row | None] = {}

    def put(self, kind: str, key: str, row: Row) -> None:
        self._note(kind, key)
        super().put(kind, key, row)

    def drop(self, kind: str, key: str) -> None:
        self._note(kind, key)
        super().drop(kind, key)

    def changes(self, view: str) -> list[Change]:
        """Since it was asked last, by kind and key; not those that became what they were."""
        noted, self._before = self._before, {}
        found = [
            Change(
                view=view,
                scope=self.compound,
                kind=kind,
                key=key,
                before=noted[kind, key],
                after=self.kinds.get(kind, {}).get(key),
            )
            for kind, key in sorted(noted)
        ]
        return [one for one in found if one.before != one.after]

    def _note(self, kind: str, key: str) -> None:
        if (kind, key) not in self._before:
            self._before[kind, key] = self.kinds.get(kind, {}).get(key)
