"""The hub, whole: signature and chain checked, stored, the three views and history rows committed.

Held against the library's ProjectionRunner with a counting view, over an application that holds
the same events already: its side neither checks nor stores anything while it is timed.
"""

from collections.abc import Callable

from tests.bench import library, pipeline
from tests.bench.context import Context
from tests.bench.table import Result, beside, spread
from tests.bench.timing import Run, alternate, cost

_EVENTS = 200_000
_PEER = 5_000
_LEAST = {"postgres": 40.0, "sqlite": 50.0}
_TITLE = "hub: verify, store, all views, history rows, "


def measure(context: Context, databases: tuple[str, ...] = ("postgres", "sqlite")) -> list[Result]:
    events, theirs = context.events(_EVENTS), context.events(_PEER)
    mixes = {"": context.load(events)}
    if context.size >= 1:
        mixes[" desk"] = context.load(events, tracks=10)

    def ours(database: str, mix: str) -> Callable[[int], Run]:
        def one(_: int) -> Run:
            with context.place(database) as at:
                return pipeline.run(at, mixes[mix], context.server.pids)[0]

        return one

    with context.server.database() as url:
        with library.recorder(url, context.folder) as recorder:
            library.fill(recorder, library.stored(context.load(theirs).city().lines(theirs)))
        parts = {name + mix: ours(name, mix) for name in databases for mix in mixes}
        found = alternate(
            context.repeats,
            {"peer": lambda _: library.project(url, theirs, context.server.pids), **parts},
        )
    results = [
        beside(
            _TITLE + context.name_of(name),
            [run.rate for run in found[name]],
            [run.rate for run in found["peer"]],
            unit=" ev/s",
            peer="library's ProjectionRunner, counting view",
            least=_LEAST[name],
            note=cost(found[name]),
            command=context.command("hub"),
        )
        for name in databases
    ]
    results += [
        Result(
            f"the same with one camera track in ten, {context.name_of(name)}",
            spread([run.rate for run in found[f"{name} desk"]], " ev/s", 0),
            command=context.command("hub"),
        )
        for name in databases
        if " desk" in mixes
    ]
    return results
