"""Many steps of one way, watched: nothing raises, nothing hangs, nothing grows."""

import resource
import time
import traceback
from collections import Counter
from random import Random

import msgspec

from tests.fuzz.ways import WAYS, Hand

SLOWEST_S = 1.0  # of one payload
GROWTH = 1.15  # of resident memory: its lowest at the end beside its highest in the first half
_PAGE = resource.getpagesize()


class Report(msgspec.Struct):
    way: str
    seed: int
    payloads: int = 0
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest: int = 0  # the payload's number
    begun_bytes: int = 0
    ended_bytes: int = 0
    findings: list[str] = []

    @property
    def grew(self) -> float:
        return self.ended_bytes / self.begun_bytes if self.begun_bytes else 1.0


def run(way: str, seed: int, count: int) -> Report:
    """Payload `n` of a way and seed is always the same: `python -m tests.fuzz --replay`."""
    report = Report(way, seed)
    every = max(1, count // 100)
    samples: list[int] = []
    for number in range(count):
        hand = WAYS[way][0](Random(f"{seed}/{way}/{number}"))
        began = time.perf_counter()
        if said := step(hand, report.outcomes):
            report.findings.append(f"{way} {seed} {number}: {said}")
        took = time.perf_counter() - began
        if took > report.slowest_s:
            report.slowest_s, report.slowest = took, number
        report.payloads += 1
        if number % every == 0:
            samples.append(resident())
        if len(report.findings) >= 20:
            break
    if len(samples) >= 50:
        report.begun_bytes = max(samples[: len(samples) // 2])
        report.ended_bytes = min(samples[-len(samples) // 5 :])
    return report


def step(hand: Hand, outcomes: Counter[str]) -> str:
    """What went wrong, with where; empty when nothing did."""
    try:
        outcomes[hand()] += 1
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:200]} at {where.filename}:{where.lineno}"
    return ""


def resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * _PAGE
