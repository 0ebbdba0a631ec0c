"""The transparency log: from the store into the tree, the tree once more, proofs, a checkpoint."""

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from core.clock import SystemClock
from core.store.port import EventStore
from core.tlog.integrator import Integrator
from core.tlog.levels import Levels
from core.tlog.log import TransparencyLog
from core.tlog.rebuilding import rebuilt
from core.tlog.tree import leaf_hash
from tests.bench import parts
from tests.bench.context import Context
from tests.bench.table import Result, at, spread
from tests.bench.timing import Run, cost, measured
from tests.fix_core import signer_of

_BATCHES = 400_000
_FRAME = 600  # bytes: a batch of one event, as quiet gateways have them; more bytes, more hashing
_LARGE = 1_000_000
_PROOFS = 2_000
_CHECKPOINTS = 100
_LEAST = 200_000
_JOURNAL = UUID(int=7)


def measure(context: Context) -> list[Result]:
    results = []
    for database in ("sqlite", "postgres"):
        with context.place(database) as place, closing(parts.store_of(place)) as store:
            batches = context.events(_BATCHES)
            _fill(store, batches, context.seed)
            grown, again = [], []
            for _ in range(context.repeats):
                with context.room() as folder:
                    grown.append(_integrated(folder, store, batches, context.server.pids))
                    again.append(_rebuilt(folder, store, batches, context.server.pids))
        for name, runs in (("appended to the log from", grown), ("rebuilt from", again)):
            rates = [run.rate for run in runs]
            results.append(
                Result(
                    f"leaves {name} {batches:,} batches of {_FRAME} B, {context.name_of(database)}",
                    f"{spread(rates, ' leaves/s', 0)}; {cost(runs)}",
                    f"≥ {_LEAST:,} leaves/s",
                    statistics.median(rates) >= _LEAST,
                    command=context.command("tlog"),
                )
            )
    with context.room() as folder:
        results += _large(context, folder)
    return results


def _fill(store: EventStore, batches: int, seed: int) -> None:
    rng, now = random.Random(seed), SystemClock().now()
    for first in range(1, batches + 1, 1_000):
        made = [
            StoredEvent(_JOURNAL, number, "menwei.batch.v1", rng.randbytes(_FRAME))
            for number in range(first, min(first + 1_000, batches + 1))
        ]
        store.append(made, now)


def _integrated(folder: Path, store: EventStore, batches: int, pids: Sequence[int]) -> Run:
    """With all its files synced, and the checkpoint committed."""
    with closing(_log(folder)) as log:
        integrator = Integrator(log, store)
        with measured(batches, pids) as spent:
            while integrator.step(batches):
                pass
            assert log.publish()
        return spent


def _rebuilt(folder: Path, store: EventStore, batches: int, pids: Sequence[int]) -> Run:
    """As `menwei audit rebuild-tree` does it."""
    with closing(Levels(folder, writes=False)) as levels:
        with measured(batches, pids) as spent:
            found = rebuilt(store, levels, batches, mend=False, told=lambda _: None)
        assert found.tile is None
        return spent


def _large(context: Context, folder: Path) -> list[Result]:
    """Proofs out of a log of a million batches, from tiles nobody has read before; and what a
    checkpoint costs there."""
    rng = random.Random(context.seed)
    with closing(_log(folder)) as log:
        for leaves in _leaves():
            log.integrate(leaves)
        log.publish()
        took = []
        published = log.published()
        assert published is not None
        for _ in range(_PROOFS):
            position = rng.randrange(1, _LARGE + 1)
            begin = time.perf_counter()
            published.proof(position)
            took.append((time.perf_counter() - begin) * 1e6)
        cost = []
        for number in range(_CHECKPOINTS):
            log.integrate([leaf_hash(b"%d" % number)])
            begin = time.perf_counter()
            log.publish()
            cost.append((time.perf_counter() - begin) * 1e3)
    command = context.command("tlog")
    return [
        Result(f"a proof out of {_LARGE:,} batches, p50 / p99",
               f"{at(took, 0.5):.0f} / {at(took, 0.99):.0f} µs", command=command),
        Result(f"a checkpoint there, on disk, p50 / p99 of {_CHECKPOINTS}",
               f"{at(cost, 0.5):.1f} / {at(cost, 0.99):.1f} ms", command=command),
    ]  # fmt: skip


def _leaves() -> Iterator[list[bytes]]:
    for first in range(0, _LARGE, 10_000):
        yield [leaf_hash(b"%d" % number) for number in range(first, first + 10_000)]


def _log(folder: Path) -> TransparencyLog:
    return TransparencyLog(folder, "menwei/bench", signer_of(1), SystemClock())
