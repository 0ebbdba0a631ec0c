"""Going back on a log of ten million events of a district: how long until a view's rows are those
of then, for each view; and what the snapshots that make it quick take on disk.

The moments lie evenly over the log. Rows are measured: making JSON of a whole district's is as
much work today as of any moment.
"""

import time
from contextlib import closing
from pathlib import Path

from core.catalog import CATALOG
from core.store.open import open_log
from core.store.port import Log
from infra.hub.views import VIEWS
from projections.store import ViewStore, open_views
from projections.view import DISTRICT, View
from projections.view_follower import ViewFollower
from tests.bench import district
from tests.bench.context import Context
from tests.bench.table import Result, at, spread

_LIMIT_S = 2.0
_EVENTS = 10_000_000
_MOMENTS = 24
_COMPOUND = "c001"


def measure(context: Context) -> list[Result]:
    long = district.long(context, context.events(_EVENTS))
    hub = long.data / "hub"
    with (
        closing(open_log(hub / "log.db")) as log,
        closing(open_views(hub / "views.db")) as store,
    ):
        results = [_view(context, view, log, store, long.events) for view in VIEWS]
        return [*results, _stored(context, store, hub)]


def _view(context: Context, view: View, log: Log, store: ViewStore, events: int) -> Result:
    follower = ViewFollower(view, store, log, CATALOG)
    scope = DISTRICT if view.over == "district" else _COMPOUND
    positions = [log.head() * number // (_MOMENTS + 1) for number in range(1, _MOMENTS + 1)]
    follower.as_of(scope, positions[0])  # what is loaded once is loaded
    took = [_timed(follower, scope, position) for position in positions]
    return Result(
        f"{view.name} as it was known at {_MOMENTS} moments of {events:,} events",
        spread(took, " s", 2),
        f"≤ {_LIMIT_S:g} s each",
        at(took, 1.0) <= _LIMIT_S,
        command=context.command("asof"),
    )


def _timed(follower: ViewFollower, scope: str, position: int) -> float:
    began = time.perf_counter()
    follower.as_of(scope, position)
    return time.perf_counter() - began


def _stored(context: Context, store: ViewStore, hub: Path) -> Result:
    sizes = [
        len(found.rows)
        for view in VIEWS
        for compound, positions in store.shelf(view).items()
        for position in positions
        if (found := store.nearest(view, compound, position)) is not None
    ]
    log_size = (hub / "log.db").stat().st_size
    return Result(
        "snapshots kept",
        f"{len(sizes):,} of {sum(sizes) / 1e6:,.0f} MB, beside a log of {log_size / 1e6:,.0f} MB",
        command=context.command("asof"),
    )
