"""A compound's rows as they were at a position: the nearest snapshot before it, and the batches
of that compound since. The answer is that of a fold from the beginning, with less of it."""

import logging
from collections.abc import Callable, Iterator

from core.catalog import Catalog
from core.event import Recorded
from core.store.port import Log
from core.tlog.tree import leaf_hash
from projections.follower import Touched
from projections.sieve import Sieve, looked_at, sifted
from projections.snapshot_rows import Kept, laid, unpacked
from projections.snapshots import Snapshot, block
from projections.state import CompoundRows, ViewState
from projections.view import Kinds, View

_LOG = logging.getLogger("hub.views")
_BATCHES, _BYTES = 256, 500_000  # of one read

Nearest = Callable[[str, int], Snapshot | None]  # compound, position at most


def no_snapshots(_compound: str, _upto: int) -> Snapshot | None:
    return None


def as_of(
    log: Log,
    view: View,
    compound: str,
    position: int,
    catalog: Catalog,
    nearest: Nearest = no_snapshots,
    shown: CompoundRows | None = None,
) -> Kinds:
    return stood(log, view, compound, position, catalog, nearest, shown).rows(compound)


def stood(
    log: Log,
    view: View,
    compound: str,
    position: int,
    catalog: Catalog,
    nearest: Nearest,
    shown: CompoundRows | None = None,
) -> ViewState:
    """`shown`: the compound's rows later on: what was not changed is taken from there."""
    state = ViewState(view)
    rows = begun(log, view, compound, position, nearest, shown)
    state.compounds[compound] = rows
    state.position = rows.position
    sieve = wanted_of(view, compound, catalog)
    touched: Touched = {}
    for at, found in between(log, state.position, position, sieve, catalog):
        state.fold(found, touched)
        state.position = at
    state.place(touched)
    return state


def wanted_of(view: View, compound: str, catalog: Catalog) -> Sieve:
    """What the rows that stand under that name are folded from."""
    if view.over == "district":
        return looked_at(view, catalog)
    return Sieve(frozenset((compound,)))


def between(
    log: Log, after: int, upto: int, sieve: Sieve, catalog: Catalog
) -> Iterator[tuple[int, list[Recorded]]]:
    """Batch by batch: where it stands, and those of its events that are wanted."""
    while after < upto:
        page = log.read(after, min(_BATCHES, upto - after), _BYTES)
        if not page or page[0].id > upto:
            return
        for notification in page:
            after = notification.id
            found = sifted(notification, catalog, sieve)
            yield after, [one for one in found if isinstance(one, Recorded)]


def begun(
    log: Log,
    view: View,
    compound: str,
    upto: int,
    nearest: Nearest,
    shown: CompoundRows | None = None,
) -> CompoundRows:
    """The rows of the nearest snapshot that is one of this log's; `position` says where it
    stands. Rows of nothing, at 0, where there is none."""
    snapshot = nearest(compound, upto)
    while snapshot is not None:
        if _of_this_log(log, snapshot):
            try:
                chain = [kept for _, kept in chain_of(log, snapshot, nearest)]
                rows = laid(compound, snapshot.position, chain, view.kinds, shown)
            except ValueError as error:
                _LOG.error(
                    "%s: the snapshot of %s at position %d is not used: %s",
                    view.name, compound, snapshot.position, error,
                )  # fmt: skip
            else:
                rows.position, rows.block = snapshot.position, block(snapshot.position)
                return rows
        snapshot = nearest(compound, snapshot.position - 1)
    return CompoundRows(compound)


def chain_of(log: Log, newest: Snapshot, nearest: Nearest) -> list[tuple[int, Kept]]:
    """It, and those it continues, with their positions. ValueError when one is not there."""
    chain = [(newest.position, unpacked(newest.rows))]
    while base := chain[-1][1].base:
        found = nearest(newest.compound, base)
        if found is None or found.position != base or not _of_this_log(log, found):
            raise ValueError(f"it continues one at position {base}, which is not there")
        chain.append((base, unpacked(found.rows)))
    return chain


def _of_this_log(log: Log, snapshot: Snapshot) -> bool:
    found = log.read(snapshot.position - 1, 1, 1)
    return bool(
        found and found[0].id == snapshot.position and leaf_hash(found[0].state) == snapshot.leaf
    )
