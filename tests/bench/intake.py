"""The intake beside its peer: rate, answer time, processor time and memory, in one run.

    python -m tests.bench.intake [--seconds 10] [--repeats 3] [--only endpoint,broker,...]

Parts: endpoint (our own MQTT endpoint), broker (ours behind mosquitto), peer (what
tests/bench/peer.py says), keepup (the highest paced rate at which the peer's rows follow),
latency (answers at 1,000 messages a second), nats (ours behind the embedded broker). Every
figure is the median of the repeats, which take turns so that a slow minute of the machine
hits all parts; the range stands behind it.

Two comparisons stand side by side, because a peer that is offered more than it can take gets
slower: "same load" is the same saturating load for both; "kept up" is the peer at the best
paced rate anyone can choose for it.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from tests.bench import peer
from tests.bench.intake_broker import Kind, available
from tests.bench.intake_rows import RATE, Samples, rows
from tests.bench.intake_runs import (
    BehindBroker,
    Ours,
    Theirs,
    endpoint_paced,
    endpoint_saturated,
)
from tests.bench.table import Result, markdown

PARTS = ("endpoint", "broker", "peer", "keepup", "latency", "nats")
_OUT = Path("bench-results")
_T = TypeVar("_T")
_LADDER = (1200, 1600, 2000, 2400, 2800, 3200, 3600, 4000, 4800)


def measure(
    folder: Path, seconds: float = 10, repeats: int = 3, only: Sequence[str] = PARTS
) -> list[Result]:
    samples = Samples()
    found = peer.installed()
    python = ""
    if found is not None:
        python, samples.peer = found
    kind: Kind = "mosquitto" if available("mosquitto") else "nats"
    for number in range(repeats):
        _round(folder / str(number), seconds, only, python, kind, samples)
    if python and "keepup" in only:
        samples.kept = _keeps_up(folder / "keepup", python, kind, seconds)
    return rows(samples)


def _round(
    folder: Path, seconds: float, only: Sequence[str], python: str, kind: Kind, to: Samples
) -> None:
    if "endpoint" in only:
        _add(to.saturated, "endpoint", endpoint_saturated(folder / "e", seconds))
        _add(to.paced, "endpoint", endpoint_paced(folder / "ep", RATE, seconds))
    if "latency" in only:
        _add(to.paced, "latency", endpoint_paced(folder / "l", 1000, seconds))
    behind: list[tuple[str, str, Kind, Callable[[Path, int], Ours | Theirs]]] = [
        ("broker", "broker", kind, Ours),
        ("nats", "nats", "nats", Ours),
    ]
    if python:
        behind.append(("peer", "peer", kind, lambda at, port: Theirs(python, at, port, named=True)))
        behind.append(
            ("peer", "star", kind, lambda at, port: Theirs(python, at, port, named=False))
        )
    for part, name, broker, make in behind:
        if part not in only:
            continue
        running = BehindBroker(folder / name, broker, make)
        try:
            _add(to.paced, name, running.paced(RATE, seconds))
            _add(to.saturated, name, running.saturated(seconds))
        finally:
            running.close()


def _keeps_up(folder: Path, python: str, kind: Kind, seconds: float) -> int:
    """The highest step at which, after `seconds`, less than one second's messages wait."""
    best = 0
    for rate in _LADDER:
        running = BehindBroker(
            folder / str(rate), kind, lambda at, port: Theirs(python, at, port, named=True)
        )
        try:
            if running.paced(rate, seconds).lag > rate:
                return best
        finally:
            running.close()
        best = rate
    return best


def _add(to: dict[str, list[_T]], name: str, one: _T) -> None:
    to.setdefault(name, []).append(one)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.bench.intake")
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--only", default=",".join(PARTS), help="of " + ",".join(PARTS))
    chosen = options.parse_args()
    only = tuple(chosen.only.split(","))
    if unknown := set(only) - set(PARTS):
        options.error(f"no such part: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder), chosen.seconds, chosen.repeats, only)
    table = markdown(results)
    print(table)
    _OUT.mkdir(exist_ok=True)
    (_OUT / "intake.md").write_text(table, encoding="utf-8")
    shown = json.dumps(msgspec.to_builtins(results), indent=1, ensure_ascii=False)
    (_OUT / "intake.json").write_text(shown + "\n", encoding="utf-8")
    return 0 if all(one.reached for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
