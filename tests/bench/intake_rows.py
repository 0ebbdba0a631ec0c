"""What the repeats of the intake benchmark brought, as rows of the table. Computes only."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from tests.bench import peer
from tests.bench.intake_runs import Paced, Saturated
from tests.bench.table import Result, at, spread

RATE = 1200  # messages a second that the comparison was agreed on
_T = TypeVar("_T")


class Samples(msgspec.Struct):
    """What the repeats brought, by what was run."""

    saturated: dict[str, list[Saturated]] = {}
    paced: dict[str, list[Paced]] = {}
    kept: int = 0  # the peer's highest paced rate
    peer: str = ""  # its version; empty: not installed


def rows(samples: Samples) -> list[Result]:
    return [
        *_rates(samples),
        *_beside(samples),
        *_answers(samples),
        *_memory(samples),
        *_accounts(samples),
    ]


# Of what is measured, in the table.
_NAMES = {
    "endpoint": "own endpoint",
    "broker": "behind a broker",
    "nats": "behind the embedded broker (every write synced)",
    "peer": "peer, fields named",
    "star": "peer, payload as one value",
}


def _rates(samples: Samples) -> list[Result]:
    least = {"endpoint": 50 * RATE, "broker": 18 * RATE}
    found = []
    for name, runs in samples.saturated.items():
        rates = [one.rate for one in runs]
        limit = least.get(name)
        reached = limit is None or statistics.median(rates) >= limit
        shown = f"≥ {limit:,}/s" if limit else ""
        found.append(
            Result(f"intake, {_NAMES[name]}, saturated", spread(rates, "/s", 0), shown, reached)
        )
    if samples.kept:
        found.append(
            Result("intake, peer, highest paced rate it keeps up with", f"{samples.kept:,}/s")
        )
    return found


def _beside(samples: Samples) -> list[Result]:
    if not samples.peer:
        return [Result("intake beside the peer", f"peer not installed ({peer.VARIABLE})")]
    found = []
    for name, least in (("endpoint", 50), ("broker", 18)):
        ours = _median(samples.saturated, name, lambda one: one.rate)
        theirs = _median(samples.saturated, "peer", lambda one: one.rate)
        if ours and theirs:
            times = ours / theirs
            title = f"{_NAMES[name]} beside {peer.NAME} {samples.peer}, same load"
            found.append(Result(title, f"{times:.0f}×", f"≥ {least}×", times >= least))
        if ours and samples.kept:
            title = f"{_NAMES[name]} beside the peer where it kept up"
            found.append(Result(title, f"{ours / samples.kept:.0f}×"))
    for name in ("endpoint", "broker", "peer", "star"):
        if runs := samples.paced.get(name):
            title = f"processor time a message at {RATE:,}/s, {_NAMES[name]}"
            found.append(Result(title, spread([one.cpu_us for one in runs], " µs", 0)))
    for name in ("endpoint", "broker"):
        ours = _median(samples.paced, name, lambda one: one.cpu_us)
        theirs = _median(samples.paced, "peer", lambda one: one.cpu_us)
        if ours and theirs:
            title = f"processor time beside the peer at {RATE:,}/s, {_NAMES[name]}"
            share = ours / theirs
            found.append(Result(title, f"{share:.2f}×", "≤ 0.2×", share <= 0.2))
    return found


def _answers(samples: Samples) -> list[Result]:
    runs = samples.paced.get("latency", [])
    if not runs:
        return []
    halves = [at(one.waits, 0.5) * 1000 for one in runs]
    tails = [at(one.waits, 0.99) * 1000 for one in runs]
    return [
        Result("PUBACK at 1,000/s, own endpoint, p50", spread(halves, " ms", 1)),
        Result(
            "PUBACK at 1,000/s, own endpoint, p99",
            spread(tails, " ms", 1),
            "≤ 8 ms",
            statistics.median(tails) <= 8,
        ),
    ]


def _memory(samples: Samples) -> list[Result]:
    found = []
    for name, runs in samples.saturated.items():
        peaks = [one.peak_mb for one in runs]
        ours = name in ("endpoint", "broker")
        found.append(
            Result(
                f"resident at its highest, {_NAMES[name]}, saturated",
                spread(peaks, " MB", 0),
                "≤ 60 MB" if ours else "",
                not ours or statistics.median(peaks) <= 60,
            )
        )
    for name, paced in samples.paced.items():
        if name in _NAMES:
            title = f"resident at {RATE:,}/s, {_NAMES[name]}"
            found.append(Result(title, spread([one.resident_mb for one in paced], " MB", 0)))
    return found


def _accounts(samples: Samples) -> list[Result]:
    """Of every run: nothing acknowledged may be missing, nothing may stand twice."""
    every: list[tuple[str, Sequence[Saturated | Paced]]] = []
    every += samples.saturated.items()
    every += samples.paced.items()
    ours = [one.account for name, runs in every if name not in ("peer", "star") for one in runs]
    if not ours:
        return []
    lost, twice = sum(one.lost for one in ours), sum(one.twice for one in ours)
    alien, total = sum(one.alien for one in ours), sum(one.acknowledged for one in ours)
    return [
        Result(f"acknowledged and not in the journal, of {total:,}", str(lost), "0", not lost),
        Result("in the journal twice", str(twice), "0", not twice),
        Result("in the journal and never sent", str(alien), "0", not alien),
    ]


def _median(samples: Mapping[str, Sequence[_T]], name: str, figure: Callable[[_T], float]) -> float:
    runs = samples.get(name)
    return statistics.median(figure(one) for one in runs) if runs else 0.0
