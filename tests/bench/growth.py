"""Ten times the events, ten times the gateways: what the hub's processor time and memory do."""

import statistics
from collections.abc import Callable, Sequence

from tests.bench import pipeline
from tests.bench.context import Context
from tests.bench.parts import Load
from tests.bench.table import Result, spread, times
from tests.bench.timing import Run, alternate, looking_at_memory

_EVENTS = 30_000
_GATEWAYS = 20
_MOST = 11.0
_FLAT = 1.25  # memory at ten times the events, of what it was


def measure(context: Context) -> list[Result]:
    results = []
    for database in ("postgres", "sqlite"):
        with looking_at_memory():  # processor time is compared here, not time
            found = alternate(
                context.repeats if context.size >= 1 else 1,
                {name: _run(context, database, load) for name, load in _loads(context).items()},
                warm=False,
            )
        results += _rows(context, database, found)
    return results


def _loads(context: Context) -> dict[str, Load]:
    events = context.events(_EVENTS, 10_000)
    return {
        "base": context.load(events, _GATEWAYS),
        "events": context.load(10 * events, _GATEWAYS),
        "gateways": context.load(events, 10 * _GATEWAYS),
        "both": context.load(10 * events, 10 * _GATEWAYS),
        "bend": context.load(10 * events, 100 * _GATEWAYS),
    }


def _run(context: Context, database: str, load: Load) -> Callable[[int], Run]:
    def run(_: int) -> Run:
        with context.place(database) as place:
            return pipeline.run(place, load, context.server.pids)[0]

    return run


def _rows(context: Context, database: str, found: dict[str, list[Run]]) -> list[Result]:
    name, events = context.name_of(database), found["base"][0].events
    cpu = {part: statistics.median(one.cpu_seconds for one in runs) for part, runs in found.items()}
    memory = {part: statistics.median(one.peak_mb for one in runs) for part, runs in found.items()}
    where = f"hub, from {events:,} events of {_GATEWAYS} gateways, {name}"
    titles = {
        "events": f"CPU at 10 × the events, {where}",
        "both": f"CPU at 10 × the events and 10 × the gateways, {where}",
    }
    results = [
        Result(
            name=title,
            measured=spread([one.cpu_seconds for one in found[part]], " s", 2),
            limit=f"≤ {_MOST:g}×",
            reached=cpu[part] / cpu["base"] <= _MOST,
            peer=f"base: {spread([one.cpu_seconds for one in found['base']], ' s', 2)}",
            ratio=times(cpu[part] / cpu["base"]),
            command=context.command("growth"),
        )
        for part, title in titles.items()
    ]
    results.append(
        Result(
            name=f"memory at 10 × the events, {where}",
            measured=f"{memory['events']:.0f} MB",
            limit=f"≤ {_FLAT}×",
            reached=memory["events"] / memory["base"] <= _FLAT,
            peer=f"base: {memory['base']:.0f} MB",
            ratio=times(memory["events"] / memory["base"]),
            command=context.command("growth"),
        )
    )
    results.append(
        Result(
            name=f"µs of CPU an event by gateways, {name}",
            measured=_bend(found),
            command=context.command("growth"),
        )
    )
    return results


def _bend(found: dict[str, list[Run]]) -> str:
    """Where cost an event leaves its level."""

    def each(runs: Sequence[Run]) -> str:
        middle = statistics.median(one.cpu_us for one in runs)
        return f"{middle:.1f} ({max(one.peak_mb for one in runs):.0f} MB)"

    steps = {1: "events", 10: "both", 100: "bend"}
    return ", ".join(
        f"{factor * _GATEWAYS:,} gateways {each(found[part])}" for factor, part in steps.items()
    )
