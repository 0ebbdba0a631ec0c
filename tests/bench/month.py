"""A district's month with known faults: taken in by a running box as its users would, what was
found held against what is so, mass added up to the gram, and all views folded anew."""

from contextlib import closing
from pathlib import Path
from typing import Any

from infra.hub_api import HubApi
from infra.simulate.district import score
from tests.bench import district, parts
from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.district import START, Month
from tests.bench.parts import Place
from tests.bench.table import Result, at, spread
from tests.bench.timing import Run, alternate, cost, measured

_FOLD_S = 60.0
_FLOOR = 0.95
_WANTED = ("missed-bin", "double-read", "swapped-tag", "mixed-load")
_MOST = "10000"  # findings of one answer


def measure(context: Context) -> list[Result]:
    month = district.month(context)
    taken = Result(
        f"{month.events:,} events imported by a running box, until its screens show them",
        f"{month.spent.rate:,.0f} ev/s; {cost([month.spent])}",
        command=context.command("month"),
    )
    return [taken, *_judged(context, month), _folded(context, month.data / "hub", month.events)]


def _judged(context: Context, month: Month) -> list[Result]:
    box = RunningBox(month.data, "--compounds", "1", "--no-simulate")
    try:
        box.wait_listening()
        hub = HubApi(month.data)
        return [
            *_scored(context, hub, score.read(month.files / "truth.jsonl")),
            _added_up(context, hub),
        ]
    finally:
        box.stop()


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
    span = {"from": START.isoformat(), "to": "2026-12-31"}
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
