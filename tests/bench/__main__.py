"""`make bench`: figures with the limits they are held against, as Markdown and JSON.

    make bench ARGS="--only hub,append --repeats 5"
    make bench ARGS="--quick"          every row of the databases' part, small, in some minutes

Nothing here asserts a time; a figure that is not reached is printed as such (exit code 1).
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.bench import (
    append,
    asof,
    board,
    database,
    decision,
    decode,
    desk,
    drain,
    fairness,
    growth,
    history,
    hub,
    intake,
    load,
    month,
    paint,
    proving,
    rebuild,
    replay,
    resident,
    tlog,
    verify,
    visible,
    witnessed,
)
from tests.bench.context import Context
from tests.bench.table import Result, machine, markdown

_OUT = Path("bench-results")
Part = Callable[[Context], list[Result]]


def main() -> int:
    options = argparse.ArgumentParser(prog="make bench")
    options.add_argument("--only", default="", help="parts, with commas; all by default")
    options.add_argument("--quick", action="store_true", help="small, and without box and intake")
    options.add_argument("--repeats", type=int, default=0, help="of each figure; 5, or 3 if quick")
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--soak", type=float, default=2, help="minutes of the memory row")
    options.add_argument("--rate", type=int, default=500, help="box: device messages a second")
    options.add_argument("--seconds", type=int, default=60, help="box: of the load")
    options.add_argument("--backlog", type=int, default=1_000_000, help="drain: events")
    chosen = options.parse_args()
    parts = _databases() | _gateway(chosen)
    only = [*parts] if not chosen.only else chosen.only.split(",")
    if chosen.quick and not chosen.only:
        only = [*_databases()]
    if unknown := set(only) - parts.keys():
        options.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    repeats = chosen.repeats or (3 if chosen.quick else 5)
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder, database.server() as server:
        context = Context(
            folder=Path(folder),
            server=server,
            repeats=repeats,
            size=0.15 if chosen.quick else 1.0,
            seed=chosen.seed,
            soak=0.25 if chosen.quick else chosen.soak,
        )
        notes = [
            f"{machine()}; {server.name}; seed {chosen.seed}; medians of {repeats} repeats that "
            "take turns, their range behind them.",
            f"Events of the city: {context.load(100).city().describe()}.",
        ]
        try:
            for name in only:
                print(f"{name} ...", file=sys.stderr, flush=True)
                results += parts[name](context)
        finally:  # what was measured before a part failed is told all the same
            _tell(results, notes)
    return 0 if all(result.reached for result in results) else 1


def _tell(results: list[Result], notes: list[str]) -> None:
    table = markdown(results, notes)
    print(table)
    _OUT.mkdir(exist_ok=True)
    (_OUT / "bench.md").write_text(table, encoding="utf-8")
    shown = {"notes": notes, "results": msgspec.to_builtins(results)}
    text = json.dumps(shown, indent=1, ensure_ascii=False) + "\n"
    (_OUT / "bench.json").write_text(text, encoding="utf-8")


def _databases() -> dict[str, Part]:
    """Store, views, history."""
    return {
        "hub": hub.measure,
        "append": append.measure,
        "stored": append.stored,
        "rebuild": rebuild.measure,
        "replay": replay.measure,
        "history": history.load,
        "query": history.query,
        "visible": visible.measure,
        "resident": resident.measure,
        "growth": growth.measure,
        "tlog": tlog.measure,
        "fairness": lambda context: fairness.measure(
            context.part("fairness"), context.repeats, 8 * context.size + 1
        ),
    }


def _gateway(chosen: argparse.Namespace) -> dict[str, Part]:
    """Gateway and single box."""
    return {
        "box": lambda context: load.measure(context.part("box"), chosen.rate, chosen.seconds),
        "intake": lambda context: intake.measure(
            context.part("intake"), repeats=chosen.repeats or 3
        ),
        "desk": desk.measure,
        "paint": paint.measure,
        "month": month.measure,
        "board": board.measure,
        "asof": asof.measure,
        "decision": decision.measure,
        "decode": decode.measure,
        "proving": proving.measure,
        "verify": verify.measure,
        "witnessed": witnessed.measure,
        "drain": lambda context: drain.measure(context.part("drain"), chosen.backlog),
    }


if __name__ == "__main__":
    sys.exit(main())
