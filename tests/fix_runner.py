"""Views that follow a log, as a hub makes them, over stores a test may open and look into."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from core import codec
from core.batch import Head, Journal
from core.catalog import CATALOG, Catalog
from core.event import Event
from core.store.port import EventStore
from core.writer import BatchWriter
from infra.hub.views import VIEWS
from projections.runner import Runner
from projections.state import StoredRow
from projections.store import ViewStore
from projections.store_sqlite import SQLiteViewStore
from projections.view import View
from projections.view_follower import ViewFollower
from tests.fix_core import signer_of
from tests.fix_views import NOON, MemoryLog

Dump = dict[str, tuple[int, list[StoredRow]]]


def running(
    log: EventStore,
    store: ViewStore,
    views: Sequence[View] = VIEWS,
    catalog: Catalog = CATALOG,
) -> Runner:
    return Runner(log, [ViewFollower(view, store, log, catalog) for view in views], catalog)


def settle(runner: Runner) -> None:
    while runner.step():
        pass


def dumped(store: ViewStore, views: Sequence[View] = VIEWS) -> Dump:
    return {view.name: (store.position(view), list(store.dump(view))) for view in views}


def in_memory() -> SQLiteViewStore:
    return SQLiteViewStore(Path(":memory:"))


def undisturbed(log: EventStore, views: Sequence[View] = VIEWS, catalog: Catalog = CATALOG) -> Dump:
    """What a fold from the beginning stores."""
    store = in_memory()
    settle(running(log, store, views, catalog))
    found = dumped(store, views)
    store.close()
    return found


def several(found: Sequence[Event], cuts: Sequence[int]) -> MemoryLog:
    """Every compound's events through a gateway of its own, in batches of those sizes."""
    log = MemoryLog()
    for number, compound in enumerate(sorted({one.source.split("/")[2] for one in found}), 1):
        signer = signer_of(number)
        writer = BatchWriter(Journal(signer.public, 1), signer, Head())
        rest = [codec.encode(one) for one in found if one.source.split("/")[2] == compound]
        for size in itertools.cycle(cuts):
            if not rest:
                break
            batches = writer.batches(rest[:size], NOON)
            log.append([batch.stored() for batch in batches], NOON)
            writer.advance(batches)
            del rest[:size]
    return log
