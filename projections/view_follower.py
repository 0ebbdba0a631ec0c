"""A view that follows the log: its rows in memory and in a store, with one position."""

import logging
import threading
import time
from collections.abc import Sequence

from core.catalog import Catalog
from core.event import Recorded
from core.store.port import Log
from projections.follower import FoldFailed, Item, Touched
from projections.hindsight import Past, as_known
from projections.late import LateBatches
from projections.past import as_of, chain_of
from projections.shadow import NOBODY, Shadow, firsts
from projections.snapshots import Shelf, Snapshot, many
from projections.state import CompoundRows, ViewState
from projections.store import Commit, ViewStore
from projections.unread import Mark, NotReadable, added, fingerprint, marks, scoped, told
from projections.view import Kinds, View

_LOG = logging.getLogger("hub.views")


class ViewFollower:
    """Owns one view's rows. `take`, `mend`, `reload` and `forget` on the runner's thread; reads
    come from any."""

    def __init__(self, view: View, store: ViewStore, log: Log, catalog: Catalog) -> None:
        self.view = view
        self._store = store
        self._log = log
        self._catalog = catalog
        self._catalogue = fingerprint(catalog)
        self._lock = threading.Lock()  # held while rows change: readers see whole pages
        self._shadow: Shadow | None = None
        self._state = ViewState(view)
        self._shelf = Shelf({}, self._state)
        self._marks: dict[tuple[str, str], Mark] = {}
        self._load()

    @property
    def name(self) -> str:
        return self.view.name

    def position(self) -> int:
        return self._state.position

    def leaf(self) -> bytes:
        return self._state.leaf

    def take(self, items: Sequence[Item], position: int, leaf: bytes) -> Touched:
        readable = [one for one in items if isinstance(one, Recorded)]
        strange = len(readable) < len(items)
        touched: Touched = {}
        state, base = self._state, self._state.position
        with self._lock:
            try:
                state.fold(readable, touched)
            except FoldFailed:
                self._load()
                raise
            state.position, state.leaf = position, leaf
        rows, gone = state.settle(touched)
        turn = self._shelf.turn(state)
        more = scoped(marks(items, self._catalogue), self.view, self._catalog) if strange else []
        self._store.commit(
            self.view,
            Commit(
                base=base,
                position=position,
                leaf=leaf,
                rows=rows,
                gone=gone,
                marks=more,
                snapshots=turn.snapshots,
                thinned=turn.thinned,
            ),
        )
        self._shelf.turned(turn, state)
        if more:
            self._marks = added(self._marks.values(), more)
        return touched

    def reload(self) -> None:
        with self._lock:
            self._load()

    def forget(self) -> None:
        self._store.drop(self.view)
        with self._lock:
            self._shadow = None
            self._load()

    def mend(self) -> Touched | None:
        """One slice of what is folded again because it can be read now; None when there is
        nothing of that kind. What is touched is told when the new rows stand in their place."""
        shadow, state = self._shadow, self._state
        if shadow is None:
            return None
        try:
            if not shadow.step(state.position, time.monotonic):
                return {}
        except FoldFailed:
            self._shadow = None  # it stands between two events
            raise
        commit = shadow.commit(state.position, state.leaf)
        self._store.commit(self.view, commit)
        with self._lock:
            old = [(name, rows) for name in commit.again if (rows := state.rows(name))]
            state.compounds.update(shadow.state.compounds)
        self._shadow = None
        self._marks = added((), self._store.marks(self.view))
        self._shelf = self._shelved(state)
        touched = {row[:3]: row[4] for row in commit.rows}
        for name, kinds in old:
            for kind, keys in kinds.items():
                for key in keys:
                    touched.setdefault((name, kind, key), state.position)
        return touched

    def rows(self, compound: str) -> tuple[int, Kinds]:
        """(position, rows) as of the last whole page."""
        with self._lock:
            return self._state.position, self._state.rows(compound)

    def compounds(self) -> list[str]:
        with self._lock:
            return list(self._state.compounds)

    def as_of(self, compound: str, position: int) -> Kinds:
        shown = self._shown(compound)
        return as_of(self._log, self.view, compound, position, self._catalog, self.nearest, shown)

    def as_known(self, compound: str, past: Past, late: LateBatches) -> Kinds:
        """At a moment of the past, on either axis."""
        shown = self._shown(compound)
        return as_known(
            self._log, self.view, compound, past, late, self._catalog, self.nearest, shown
        )

    def _shown(self, compound: str) -> CompoundRows | None:
        """As of the last whole page."""
        with self._lock:
            found = self._state.compounds.get(compound)
            return found.copied() if found is not None else None

    def unread(self, compound: str, upto: int) -> NotReadable | None:
        return told(self._marks.values(), compound, upto)

    def marks(self) -> list[Mark]:
        """Of all compounds."""
        return list(self._marks.values())

    @property
    def mending(self) -> bool:
        """Rows are shown that miss events which can be read by now."""
        return self._shadow is not None

    def _load(self) -> None:
        state = self._store.load(self.view)
        self._marks = added((), self._store.marks(self.view))
        self._shelf = self._shelved(state)
        self._state = state
        first = firsts(self._marks.values(), self._catalogue)
        held = self._shadow
        if held is not None and held.first == first and held.state.position <= state.position:
            return  # an outage is no reason to fold all that again
        self._shadow = None
        if first:
            self._shadow = Shadow(
                self.view, self._log, self._catalog, self._catalogue, first, state, self.nearest
            )

    def _shelved(self, state: ViewState) -> Shelf:
        """Where rows are many, the next snapshot continues the newest one that is there."""
        shelf = Shelf(self._store.shelf(self.view), state)
        for compound, rows in state.compounds.items():
            newest = self.nearest(compound, state.position) if many(rows) else None
            if newest is None:
                continue
            try:
                shelf.resume(compound, chain_of(self._log, newest, self.nearest), rows)
            except ValueError as error:
                _LOG.error(
                    "%s: the snapshots of %s begin anew: %s", self.view.name, compound, error
                )
        return shelf

    def nearest(self, compound: str, upto: int) -> Snapshot | None:
        """From before anything was skipped that can be read by now."""
        first = firsts(self._marks.values(), self._catalogue)
        whose = [first[name] - 1 for name in (compound, NOBODY) if name in first]
        return self._store.nearest(self.view, compound, min([upto, *whose]))
