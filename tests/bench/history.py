"""The history: how fast rows come in beside PostgreSQL's own COPY, and what its rollups save.

Load: events that are decoded already (the runner decodes once for all) become rows, rollups and a
position, a page a transaction. Beside it the very rows that came of it, as PostgreSQL dumps them,
by one COPY into the same table, emptied: it encodes nothing, counts nothing and notes no position.
Query: passages of every hour, from the rollup and from the rows, with the same answer.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg

from core import codec
from core.batch import parse
from core.catalog import CATALOG
from core.postgres import database as postgres
from projections.follower import Item
from projections.history import timescale
from projections.history.binary import COPIED
from projections.history.follower import History
from projections.history.open import open_history
from tests.bench import raw
from tests.bench.context import Context
from tests.bench.parts import Load
from tests.bench.table import Result, beside, spread, times
from tests.bench.timing import Run, alternate, cost, measured

_EVENTS = 100_000
_ROWS = 2_000_000
_PAGE = 128  # batches
_LOAD = 0.6
_LEAST = {"timescale": 20.0, "plain": 10.0}
_LEAF = bytes(32)
_TABLE, _COLUMNS = "history.events", ", ".join(COPIED)
_HOURLY = """
SELECT hour, sum(granted)::bigint, sum(denied)::bigint, sum(taken)::bigint, sum(vehicles)::bigint
FROM history.passages GROUP BY hour ORDER BY hour
"""
_FROM_ROWS = """
SELECT date_trunc('hour', time, 'UTC') AS hour,
       count(*) FILTER (WHERE type = 'access.granted.v1'),
       count(*) FILTER (WHERE type IN ('access.denied.v1', 'vehicle.denied.v1')),
       count(*) FILTER (WHERE type = 'access.taken.v1'),
       count(*) FILTER (WHERE type = 'vehicle.passed.v1')
FROM history.events
WHERE type IN ('access.granted.v1', 'access.denied.v1', 'vehicle.denied.v1', 'access.taken.v1',
               'vehicle.passed.v1')
GROUP BY 1 ORDER BY 1
"""


def load(context: Context) -> list[Result]:
    events = context.load(context.events(_EVENTS))
    results = []
    for kind in _kinds(context):
        ours: list[Run] = []
        theirs: list[Run] = []
        for turn in range(-1, context.repeats):
            mine, bare = _turn(context, events, kind)
            if turn >= 0:
                ours.append(mine)
                theirs.append(bare)
        results.append(
            beside(
                f"history load, {_named(context, kind)}",
                [run.rate for run in ours],
                [run.rate for run in theirs],
                unit=" ev/s",
                peer="binary COPY of the same rows into the same table",
                least=_LOAD,
                note=cost(ours),
                command=context.command("history"),
            )
        )
    return results


def query(context: Context) -> list[Result]:
    events = context.load(context.events(_ROWS))
    results = []
    for kind in _kinds(context):
        with context.server.database() as url:
            began = time.monotonic()
            _fill(url, events, kind)
            filled = events.events / (time.monotonic() - began)
            with psycopg.connect(url, autocommit=True) as asking:
                asking.execute("VACUUM ANALYZE history.events")
                if kind == "timescale":
                    timescale.refresh(postgres.parse(url))
                answers = [asking.execute(one).fetchall() for one in (_HOURLY, _FROM_ROWS)]
                assert answers[0] == answers[1], "rollup and rows differ"
                found = alternate(
                    context.repeats,
                    {
                        "rollup": lambda _: _asked(asking, _HOURLY),
                        "rows": lambda _: _asked(asking, _FROM_ROWS),
                    },
                )
        rollup, rows = ([run.seconds * 1000 for run in found[one]] for one in ("rollup", "rows"))
        ratio = statistics.median(rows) / statistics.median(rollup)
        results.append(
            Result(
                name=f"passages by hour of {events.events:,} rows, {_named(context, kind)}",
                measured=f"{spread(rollup, ' ms', 2)}; the same {len(answers[0])} hours; "
                f"filled at {filled:,.0f} ev/s from frames, decoding included",
                limit=f"≥ {_LEAST[kind]:g}×",
                reached=ratio >= _LEAST[kind],
                peer=f"from the rows: {spread(rows, ' ms', 0)}",
                ratio=times(ratio),
                command=context.command("query"),
            )
        )
    return results


def _kinds(context: Context) -> Sequence[str]:
    return ("timescale", "plain") if context.server.timescale else ("plain",)


def _named(context: Context, kind: str) -> str:
    return context.server.name if kind == "timescale" else f"{context.server.name}, plain tables"


def _turn(context: Context, events: Load, kind: str) -> tuple[Run, Run]:
    """Ours, then the COPY of what it left, in the same table."""
    with context.server.database() as url, context.room() as folder:
        ours = _timed(url, events, kind, context.server.pids)
        dump = Path(folder) / "rows"
        raw.dumped(url, _TABLE, _COLUMNS, dump)
        with psycopg.connect(url) as emptying:
            emptying.execute("TRUNCATE history.events")
        return ours, raw.load(url, _TABLE, _COLUMNS, dump, events.events, context.server.pids)


def _timed(url: str, events: Load, kind: str, pids: Sequence[int]) -> Run:
    history = _opened(url, kind)
    pages = list(_pages(events))
    try:
        with measured(events.events, pids) as run:
            for position, items in pages:
                history.take(items, position, _LEAF)
    finally:
        history.close()
    return run


def _fill(url: str, events: Load, kind: str) -> None:
    history = _opened(url, kind)
    try:
        for position, items in _pages(events):
            history.take(items, position, _LEAF)
    finally:
        history.close()


def _opened(url: str, kind: str) -> History:
    return open_history(postgres.parse(url), hypertable=kind == "timescale")


def _pages(events: Load) -> Iterator[tuple[int, list[Item]]]:
    """(position of the last batch, events), as the runner hands them over."""
    position = 0
    for group in events.city().groups(events.events, _PAGE):
        batches = [parse(arrival.frame) for arrival in group]
        places = range(position + 1, position + len(batches) + 1)
        found = (codec.recorded(*one, CATALOG) for one in zip(batches, places, strict=True))
        items: list[Item] = list(chain.from_iterable(found))
        position += len(batches)
        yield position, items


def _asked(connection: psycopg.Connection[Any], query: str) -> Run:
    began = time.perf_counter()
    connection.execute(query.encode()).fetchall()
    return Run(1, time.perf_counter() - began)
