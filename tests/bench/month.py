"""A district's month with known faults: taken in by a running box as its users would, what was
found held against what is so, mass added up to the gram, and all views folded anew."""

import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from infra.hub_api import HubApi
from infra.simulate.district import month, score
from tests.bench import parts
from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.parts import Place
from tests.bench.table import Result, at, spread
from tests.bench.timing import Run, alternate, cost, measured

_COMPOUNDS, _DAYS, _START = 152, 30, date(2026, 10, 1)
_FOLD_S = 60.0
_FLOOR = 0.95
_PATIENCE_S = 600.0
_WANTED = ("missed-bin", "double-read", "swapped-tag", "mixed-load")
_MOST = "10000"  # findings of one answer


def measure(context: Context) -> list[Result]:
    room = context.part("month")
    wish = month.Wish(
        out=room / "month",
        seed=context.seed,
        compounds=max(6, round(_COMPOUNDS * context.size)),
        days=max(7, round(_DAYS * context.size)),
        start=_START,
    )
    made = month.generate(wish)
    events = made.register + sum(made.messages.values())
    rows = _taken_in(context, wish.out, room / "data", events)
    return [*rows, _folded(context, room / "data" / "hub", events)]


def _taken_in(context: Context, files: Path, data: Path, events: int) -> list[Result]:
    """The register is published and the month imported while the box runs."""
    box = RunningBox(data, "--compounds", "1", "--no-simulate")
    try:
        box.wait_ready()
        _menwei("register", "publish", str(files / "register.jsonl"), "--data", str(data))
        with measured(events) as spent:
            messages = sorted(str(one) for one in files.glob("messages-*.jsonl"))
            # 1: rows were set aside, as the generator's impossible weights must be.
            _menwei("import", *messages, "--data", str(data), codes=(0, 1))
            hub = HubApi(data)
            _shown(hub, data / "hub")
        rows = [
            Result(
                f"{events:,} events imported by a running box, until its screens show them",
                f"{spent.rate:,.0f} ev/s; {cost([spent])}",
                command=context.command("month"),
            ),
            *_scored(context, hub, score.read(files / "truth.jsonl")),
            _added_up(context, hub),
        ]
    finally:
        box.stop()
    return rows


def _shown(hub: HubApi, folder: Path) -> None:
    with closing(parts.log_of(Place(str(folder)))) as log:
        head = log.head()
    until = time.monotonic() + _PATIENCE_S
    while any(one["position"] < head for one in hub.json("viewer", "GET", "views")["views"]):
        if time.monotonic() > until:
            raise RuntimeError(f"the views do not come to position {head}")
        time.sleep(0.2)


def _menwei(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments], capture_output=True, text=True
    )
    if done.returncode not in codes:
        raise RuntimeError(f"menwei {arguments[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _scored(context: Context, hub: HubApi, truth: list[Any]) -> list[Result]:
    """A row a kind; a limit where the issue of the district has one."""
    so = score.cases(truth)
    since, until = score.days(truth)
    found = []
    for kind in so:
        query = {"from": since, "to": until, "kind": kind, "limit": _MOST}
        found += hub.json("viewer", "GET", "waste/findings", query=query)["findings"]
    return [
        Result(
            f"{one.kind}: precision and recall",
            f"{one.precision:.3f} and {one.recall:.3f} of {one.true:,}",
            f"≥ {_FLOOR}" if one.kind in _WANTED else "",
            one.kind not in _WANTED or one.reaches(_FLOOR),
            command=context.command("month"),
        )
        for one in score.scores(so, score.cases(found), sorted(so))
    ]


def _added_up(context: Context, hub: HubApi) -> Result:
    """What compounds gave is what facilities took in and the named gaps, each from its own cut."""
    span = {"from": _START.isoformat(), "to": "2026-12-31"}
    gave = hub.json("viewer", "GET", "waste/balance", query={**span, "by": "compound"})
    took = hub.json("viewer", "GET", "waste/balance", query={**span, "by": "facility"})
    lifted = sum(line["liftedG"] for line in gave["lines"])
    received = sum(line["receivedG"] for line in took["lines"])
    named = sum(gap["grams"] for line in took["lines"] for gap in line["gaps"])
    return Result(
        "Σ compounds - Σ facilities - named gaps",
        f"{lifted - received - named:,} g of {lifted / 1e6:,.1f} t, gaps {named / 1e6:,.1f} t",
        "0 g",
        lifted > 0 and lifted == received + named,
        command=context.command("month"),
    )


def _folded(context: Context, hub: Path, events: int) -> Result:
    """All views from the log, as `menwei rebuild` does it: on every core."""
    place = Place(str(hub))

    def run(_: int) -> Run:
        with (
            context.room() as folder,
            closing(parts.store_of(place)) as log,
            measured(events, context.server.pids) as spent,
        ):
            parts.rebuild(place, log, folder)
        return spent

    runs = alternate(context.repeats, {"ours": run})["ours"]
    took = [one.seconds for one in runs]
    return Result(
        f"all views folded from the month's {events:,} events",
        f"{spread(took, ' s', 1)}; {cost(runs)}",
        f"≤ {_FOLD_S:g} s",
        at(took, 0.5) <= _FOLD_S,
        command=context.command("month"),
    )
