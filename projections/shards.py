"""A rebuild in parts that need nothing of each other: some compounds each, or some views each.
A view over the district is a part of its own.

A fold sees rows of the event's own compound only, or of the district, so the parts put together
are what one process makes, byte for byte. Every part reads the whole log, and decodes its own
batches.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from core.catalog import CATALOG, Catalog
from core.errors import BadFrame, FatalError
from core.event import Recorded
from core.store.port import Log
from core.tlog.tree import leaf_hash
from projections import snapshots
from projections.follower import Touched
from projections.packed_rows import PackedRows
from projections.pages import opened
from projections.shadow import NOBODY
from projections.sieve import ALL, Sieve, looked_at, sifted, spoken
from projections.snapshots import Shelf, Snapshot, costly, lasts
from projections.state import StoredRow, ViewState
from projections.store import Folded
from projections.unread import Mark, added, fingerprint, marks, scoped
from projections.view import View

_BATCHES, _BYTES = 256, 500_000  # of one read


class Shard(msgspec.Struct, frozen=True):
    """Which compounds and which views one process folds."""

    sieve: Sieve
    views: tuple[str, ...]


def shards(log: Log, views: Sequence[View], workers: int) -> list[Shard]:
    """As many as there are workers, or fewer, and one for each view over the district."""
    if workers <= 1:
        return [Shard(ALL, tuple(view.name for view in views))]
    district = [view for view in views if view.over == "district"]
    whole = [Shard(looked_at(view, CATALOG), (view.name,)) for view in district]
    names = tuple(view.name for view in views if view.over == "compound")
    return [*whole, *_by_compound(log, names, workers)] if names else whole


def _by_compound(log: Log, names: tuple[str, ...], workers: int) -> list[Shard]:
    """Compounds go to where fewest batches are; the last shard has also those that no journal's
    newest batch tells of. With fewer compounds than workers, each has some of the views."""
    loads: Counter[str] = Counter()
    for newest in log.journals():
        found = spoken(opened(newest))
        loads[min(found, default=NOBODY)] += newest.originator_version
    if len(loads) < workers:
        groups = [names[at::workers] for at in range(min(workers, len(names)))]
        return [Shard(ALL, group) for group in groups]
    mine: list[set[str]] = [set() for _ in range(workers)]
    heap = [(0, at) for at in range(workers)]
    for name, load in sorted(loads.items(), key=lambda one: (-one[1], one[0])):
        sum_, at = heapq.heappop(heap)
        mine[at].add(name)
        heapq.heappush(heap, (sum_ + load, at))
    others = frozenset[str]().union(*mine[:-1])
    sieves = [Sieve(frozenset(found)) for found in mine[:-1]]
    return [Shard(sieve, names) for sieve in (*sieves, Sieve(others, others=True))]


def fold_shard(
    log: Log,
    views: Sequence[View],
    shard: Shard,
    upto: int,
    catalog: Catalog,
    told: Callable[[int], None] = lambda _position: None,
) -> dict[str, Folded]:
    """View → what the shard makes of the log up to that position. `told` hears of progress.
    Rows are in key order."""
    parts = [_Part(view) for view in views if view.name in shard.views]
    catalogue, unread = fingerprint(catalog), dict[tuple[str, str], Mark]()
    position, leaf = 0, b""
    while position < upto:
        page = log.read(position, _BATCHES, _BYTES)
        if not page or page[0].id > upto:
            break
        for notification in page:
            if notification.id > upto:
                break
            try:
                found = sifted(notification, catalog, shard.sieve)
            except BadFrame as bad:
                raise FatalError(str(bad)) from bad
            position = notification.id
            fresh = [one for one in found if isinstance(one, Recorded)]
            if len(fresh) < len(found):
                more = marks(found, catalogue)
                unread = added(unread.values(), [one for one in more if _counts(one, shard)])
            for part in parts:
                part.fold(fresh, position)
            last = lasts(position, upto)
            if last or notification is page[-1] or any(part.costly() for part in parts):
                leaf = leaf_hash(notification.state)
                for part in parts:
                    part.keep(leaf, last=last)
        told(position)
    noted = list(unread.values())
    return {
        one.view.name: one.folded(position, leaf, scoped(noted, one.view, catalog)) for one in parts
    }


def joined(parts: Sequence[Mapping[str, Folded]]) -> dict[str, Folded]:
    """What all shards made, a view each: rows in key order again."""
    found: dict[str, Folded] = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        mine = [part[name] for part in parts if name in part]
        noted = sorted((one for part in mine for one in part.marks), key=lambda one: one.position)
        found[name] = Folded(
            position=mine[0].position,
            leaf=mine[0].leaf,
            rows=_Merged([part.rows for part in mine]),
            marks=sorted(added((), noted).values(), key=lambda one: (one.compound, one.type)),
            snapshots=[one for part in mine for one in part.snapshots],
        )
    return found


class _Merged:
    """Rows that are in key order, in key order."""

    def __init__(self, parts: Sequence[Iterable[StoredRow]]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[StoredRow]:
        return heapq.merge(*self._parts, key=lambda row: row[:3])


def _counts(mark: Mark, shard: Shard) -> bool:
    """A batch in a codec not known is seen by every shard, and counted by one."""
    return bool(mark.compound or mark.type) or shard.sieve.others


class _Part:
    """One view of a shard."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._state = ViewState(view)
        self._touched: Touched = {}
        self._shelf = Shelf({}, self._state)
        self._snapshots: dict[tuple[str, int], Snapshot] = {}

    def fold(self, items: Sequence[Recorded], position: int) -> None:
        if items:
            self._state.fold(items, self._touched)
        self._state.position = position

    def costly(self) -> bool:
        """Whether rows are due that do not wait for the end of a block."""
        found = [rows for rows in self._state.compounds.values() if rows.events >= snapshots.COST]
        if found:
            self._place()  # they are counted by their places
        return any(costly(rows) for rows in found)

    def keep(self, leaf: bytes, *, last: bool) -> None:
        """The snapshots that are due there. `last`: a block ends of which they are kept."""
        state = self._state
        state.leaf = leaf
        if not last and not self.costly():
            return
        self._place()
        turn = self._shelf.turn(state)
        for one in turn.snapshots:
            self._snapshots[one.compound, one.position] = one
        self._shelf.turned(turn, state)

    def folded(self, position: int, leaf: bytes, unread: Sequence[Mark]) -> Folded:
        self._place()
        return Folded(
            position=position,
            leaf=leaf,
            rows=PackedRows(self._state.stored()),
            marks=sorted(unread, key=lambda one: (one.compound, one.type)),
            snapshots=sorted(
                self._snapshots.values(), key=lambda one: (one.compound, one.position)
            ),
        )

    def _place(self) -> None:
        self._state.place(self._touched)
        self._touched = {}
