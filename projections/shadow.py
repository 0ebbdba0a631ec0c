"""Rows folded again beside those that are shown, from before the first event that could not be
read, until they stand where the shown ones stand and take their place.

Nothing is kept of it until that one commit: killed anywhere before, it begins again, because the
marks that asked for it are still there.
"""

from collections.abc import Callable, Iterable, Mapping

from core.catalog import Catalog
from core.event import Recorded
from core.store.port import Log
from core.tlog.tree import leaf_hash
from projections.follower import Item, Touched
from projections.past import Nearest, begun
from projections.sieve import ALL, Sieve, sifted
from projections.snapshots import Shelf, Snapshot
from projections.state import ViewState
from projections.store import Commit
from projections.unread import Mark, added, marks, scoped
from projections.view import View

_SLICE = 0.1  # seconds of folding before the newest events have their turn
_BATCHES, _BYTES = 256, 250_000  # of one read
NOBODY = ""  # the compound of what nobody can say whose it is


def firsts(found: Iterable[Mark], catalogue: str) -> dict[str, int]:
    """Compound → first position it skipped, of those in which another catalogue has skipped."""
    first: dict[str, int] = {}
    stale: set[str] = set()
    for mark in found:
        first[mark.compound] = min(mark.position, first.get(mark.compound, mark.position))
        if mark.catalogue != catalogue:
            stale.add(mark.compound)
    if NOBODY in stale:  # may be anybody's
        return first
    return {compound: at for compound, at in first.items() if compound in stale}


class Shadow:
    """Owns the rows to come. The runner's thread only."""

    def __init__(
        self,
        view: View,
        log: Log,
        catalog: Catalog,
        catalogue: str,
        first: Mapping[str, int],
        shown: ViewState,
        nearest: Nearest,
    ) -> None:
        self.first = dict(first)
        self.state = ViewState(view)
        self._log = log
        self._catalog = catalog
        self._catalogue = catalogue
        self._marks: dict[tuple[str, str], Mark] = {}
        self._snapshots: dict[tuple[str, int], Snapshot] = {}
        everybody = NOBODY in first
        asked = {*first, *(shown.compounds if everybody else ())} - {NOBODY}
        for compound in asked:
            before = self._since(compound) - 1
            self.state.compounds[compound] = begun(log, view, compound, before, nearest)
        self._starts = {name: rows.position for name, rows in self.state.compounds.items()}
        if everybody:  # a compound that has no row anywhere has none before the first strange batch
            self._starts.setdefault(NOBODY, first[NOBODY] - 1)
        self._scope = view.scope
        whole = everybody or view.over == "district"
        self._sieve = ALL if whole else Sieve(frozenset(asked))
        self._shelf = Shelf({}, self.state)
        self.state.position = min(self._starts.values())

    def step(self, upto: int, timer: Callable[[], float]) -> bool:
        """Fold for a while, batches up to `upto`; whether it stands there now."""
        began, state = timer(), self.state
        if state.position >= upto:
            return True
        for notification in self._log.read(state.position, _BATCHES, _BYTES):
            if notification.id > upto:
                break
            self._fold(sifted(notification, self._catalog, self._sieve))
            state.position, state.leaf = notification.id, leaf_hash(notification.state)
            self._turn()
            if timer() - began > _SLICE:
                break
        return state.position >= upto

    def commit(self, position: int, leaf: bytes) -> Commit:
        """What puts these rows in the place of those shown, which stand at that position."""
        again = {compound: self._since(compound) for compound in self.state.compounds}
        if NOBODY in self.first:
            again[NOBODY] = self.first[NOBODY]
        return Commit(
            base=position,
            position=position,
            leaf=leaf,
            again=again,
            rows=list(self.state.stored()),
            marks=list(self._marks.values()),
            snapshots=list(self._snapshots.values()),
        )

    def _since(self, compound: str) -> int:
        """First position from which its rows may be others."""
        found = [self.first[name] for name in (compound, NOBODY) if name in self.first]
        return min(found)

    def _fold(self, found: Iterable[Item]) -> None:
        mine = [one for one in found if one.position > self._start(one)]
        if mine:
            fresh = [one for one in mine if isinstance(one, Recorded)]
            touched: Touched = {}
            self.state.fold(fresh, touched)
            self.state.place(touched)
            if len(fresh) < len(mine):
                more = scoped(marks(mine, self._catalogue), self.state.view, self._catalog)
                self._marks = added(self._marks.values(), more)

    def _start(self, item: Item) -> int:
        """Position behind which its compound is folded here."""
        found = self._starts.get(self._scope(item.compound))
        return found if found is not None else self._starts.get(NOBODY, item.position)

    def _turn(self) -> None:
        turn = self._shelf.turn(self.state)
        for one in turn.snapshots:
            self._snapshots[one.compound, one.position] = one
        for gone in turn.thinned:
            self._snapshots.pop(gone, None)
        self._shelf.turned(turn, self.state)
