"""All views anew from a long log, on both cores, beside a bare read of single events.

The peer reads as many single events as the library gives in pages of a thousand and does nothing
with them; ours reads, checks, decompresses, decodes and folds both views and commits their rows.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from core.clock import SystemClock
from infra.hub.waiting import GROUP
from tests.bench import library, parts
from tests.bench.context import Context
from tests.bench.parts import Load, Place
from tests.bench.table import Result, beside
from tests.bench.timing import Run, alternate, cost, measured

_EVENTS = 1_000_000
_PEER = 100_000
_LEAST = 1.0


def measure(context: Context) -> list[Result]:
    load, theirs = context.load(context.events(_EVENTS)), context.events(_PEER)
    results = []
    for database in ("postgres", "sqlite"):
        with context.place(database) as place, context.place(database) as other:
            filled(place, load)
            with library.recorder(other.url, Path(other.folder)) as recorder:
                library.fill(recorder, library.stored(load.city().lines(theirs)))
                found = alternate(
                    context.repeats,
                    {
                        "ours": _ours(context, place, load),
                        "peer": lambda _: library.read_all(recorder, theirs, context.server.pids),
                    },
                )
        results.append(
            beside(
                f"rebuild of all views from {load.events:,} events, {context.name_of(database)}",
                [run.rate for run in found["ours"]],
                [run.rate for run in found["peer"]],
                unit=" ev/s",
                peer="library, bare select_notifications of single events",
                least=_LEAST,
                note=cost(found["ours"]),
                command=context.command("rebuild"),
            )
        )
    return results


def filled(place: Place, load: Load) -> None:
    """The load in the hub's log."""
    city, now = load.city(), SystemClock().now()
    with closing(parts.store_of(place)) as store:
        ingest = parts.ingest(store, city)
        for group in city.groups(load.events, GROUP):
            assert not any(one.refused for one in ingest.accept(group, now))


def _ours(context: Context, place: Place, load: Load) -> Callable[[int], Run]:
    def run(_: int) -> Run:
        with (
            context.room() as folder,
            closing(parts.store_of(place)) as log,
            measured(load.events, context.server.pids) as spent,
        ):
            parts.rebuild(place, log, folder)
        return spent

    return run
