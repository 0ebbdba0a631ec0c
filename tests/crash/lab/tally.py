"""What a campaign counts, and how its units are told apart."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from tests.crash.lab.powerloss import Verdict

_KEPT = 20  # failures written down in words; all are counted


class Tally(msgspec.Struct):
    """Of one unit, or of a whole campaign. `figures`: name → measured values."""

    trials: int = 0
    failed: int = 0
    failures: list[str] = msgspec.field(default_factory=list)
    figures: dict[str, list[float]] = msgspec.field(default_factory=dict)
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    seconds: float = 0.0

    def add(self, verdict: Verdict) -> None:
        self.trials += 1
        if verdict.wrong:
            self.fail(f"{verdict.trial}: {verdict.wrong}")

    def fail(self, what: str) -> None:
        self.failed += 1
        if len(self.failures) < _KEPT:
            self.failures.append(what)

    def measure(self, name: str, value: float) -> None:
        self.figures.setdefault(name, []).append(value)

    def count(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def merge(self, other: "Tally") -> None:
        self.trials += other.trials
        self.failed += other.failed
        self.failures = [*self.failures, *other.failures][:_KEPT]
        self.seconds += other.seconds
        for name, values in other.figures.items():
            self.figures.setdefault(name, []).extend(values)
        for name, number in other.counts.items():
            self.count(name, number)


def tallied(verdicts: Iterable[Verdict]) -> Tally:
    tally = Tally()
    for verdict in verdicts:
        tally.add(verdict)
    return tally


class Unit(msgspec.Struct, frozen=True):
    """A piece of a campaign that one process does at a stretch. Its seed follows from its
    number, so it can be done again alone."""

    campaign: str
    number: int
    trials: int
    seed: int


Run = Callable[[Unit], Tally]


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """`control`: trials in which a known fault must be seen; one failed trial is success."""

    name: str
    title: str
    trials: int  # at full scale
    unit: int  # trials in one unit
    run: Run
    control: bool = False
    missing: Callable[[], str] = lambda: ""  # why it cannot run on this machine

    def units(self, scale: float, seed: int) -> Iterator[Unit]:
        left = self.trials if self.control else max(1, round(self.trials * scale))
        number = 0
        while left > 0:
            size = min(self.unit, left)
            yield Unit(self.name, number, size, seed + number)
            left -= size
            number += 1


def first_failure(verdicts: Iterator[Verdict], within: int) -> Tally:
    """A control: how many trials it takes until the laboratory sees the loss."""
    tally = Tally()
    for verdict in verdicts:
        tally.add(verdict)
        if verdict.wrong or tally.trials >= within:
            break
    if tally.failed:
        tally.measure("trials until seen", tally.trials)
    return tally
