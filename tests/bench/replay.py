"""A log replayed at full speed into scratch views, its lines and rows not printed; and printed."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from infra.replaying.command import replay
from infra.replaying.wish import Wish
from tests.bench.context import Context
from tests.bench.rebuild import filled
from tests.bench.table import Result, spread
from tests.bench.timing import Run, alternate, cost, measured

_EVENTS = 200_000


def measure(context: Context) -> list[Result]:
    load = context.load(context.events(_EVENTS))
    with context.place("sqlite") as place:
        filled(place, load)
        folder = Path(place.folder)
        found = alternate(
            context.repeats,
            {
                "quiet": _replayed(Wish(data=folder, quiet=True), load.events),
                "told": _replayed(Wish(data=folder, json=True), load.events),
            },
        )
    names = {"quiet": "as fast as it goes", "told": "each event told with its rows, as JSON lines"}
    return [
        Result(
            name=f"replay of {load.events:,} events into all views, {names[how]}",
            measured=f"{spread([run.rate for run in runs], ' ev/s', 0)}; {cost(runs)}",
            command=context.command("replay"),
        )
        for how, runs in found.items()
    ]


def _replayed(wish: Wish, events: int) -> Callable[[int], Run]:
    def run(_: int) -> Run:
        with (
            Path(os.devnull).open("w") as nowhere,
            contextlib.redirect_stdout(nowhere),
            measured(events) as spent,
        ):
            assert replay(wish) == 0
        return spent

    return run
