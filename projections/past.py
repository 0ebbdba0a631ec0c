"""A compound's rows as they were at a position: the nearest snapshot before it, and the batches
of that compound since. The answer is that of a fold from the beginning, with less of it."""

import logging
from collections.abc import Callable

from core.batch import leaf_hash
from core.catalog import Catalog
from core.event import Recorded
from core.store.port import Log
from projections import snapshots
from projections.sieve import Sieve, looked_at, sifted
from projections.snapshots import Snapshot
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
) -> Kinds:
    state = ViewState(view)
    rows = begun(log, view, compound, position, nearest)
    state.compounds[compound] = rows
    state.position = rows.position
    whole = view.over == "district"
    sieve = looked_at(view, catalog) if whole else Sieve(frozenset((compound,)))
    while state.position < position:
        page = log.read(state.position, _BATCHES, _BYTES)
        if not page:
            break
        for notification in page:
            if notification.id > position:
                return state.rows(compound)
            found = sifted(notification, catalog, sieve)
            state.fold([one for one in found if isinstance(one, Recorded)], {})
            state.position = notification.id
    return state.rows(compound)


def begun(log: Log, view: View, compound: str, upto: int, nearest: Nearest) -> CompoundRows:
    """The rows of the nearest snapshot that is one of this log's; `position` says where it
    stands. Rows of nothing, at 0, where there is none."""
    snapshot = nearest(compound, upto)
    while snapshot is not None:
        if _of_this_log(log, snapshot):
            try:
                rows = snapshots.opened(view, snapshot)
            except ValueError as error:
                _LOG.error(
                    "%s: the snapshot of %s at position %d is not used: %s",
                    view.name, compound, snapshot.position, error,
                )  # fmt: skip
            else:
                rows.position = snapshot.position
                return rows
        snapshot = nearest(compound, snapshot.position - 1)
    return CompoundRows(compound)


def _of_this_log(log: Log, snapshot: Snapshot) -> bool:
    found = log.read(snapshot.position - 1, 1, 1)
    return bool(
        found and found[0].id == snapshot.position and leaf_hash(found[0].state) == snapshot.leaf
    )
