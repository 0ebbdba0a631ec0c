"""How full a bin is at any moment of the day: what is brought to it by the hour, less its lifts."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from infra.simulate.district.ground import Bin

_HEAP = 1.5  # of a full bin: no more stays on it
_WEEKEND = 1.15


def _by_minute(*spans: tuple[int, int, float]) -> tuple[float, ...]:
    """Share of a day that has been brought by each minute; (first hour, hour after, weight)."""
    weights = [0.0] * 1440
    for first, after, weight in spans:
        weights[first * 60 : after * 60] = [weight] * ((after - first) * 60)
    whole = sum(weights)
    return (0.0, *(part / whole for part in accumulate(weights)))


BROUGHT = _by_minute(
    (0, 5, 0.05), (5, 6, 0.4), (6, 9, 1.9), (9, 11, 1.0), (11, 13, 1.2), (13, 17, 0.8),
    (17, 21, 2.2), (21, 23, 0.9), (23, 24, 0.2),
)  # fmt: skip


def brought(second: float) -> float:
    """Share of the day's waste that has come by then."""
    return BROUGHT[min(1440, max(0, int(second / 60)))]


def moment(rng: Random) -> float:
    """When somebody brings something: a second of the day."""
    return (bisect_right(BROUGHT, rng.random()) - 1 + rng.random()) * 60


class State:
    """One bin. Content at a moment = base + today's grams × share brought; a lift sets the base."""

    __slots__ = ("_base", "_log", "_today", "battery", "bin", "next_level", "overflowed")

    def __init__(self, container: Bin, rng: Random) -> None:
        self.bin = container
        self._base = container.daily_g * rng.uniform(0.1, 0.6)
        self.next_level = rng.uniform(0, 4 * 3600)
        self.battery = rng.uniform(74, 99)
        self.overflowed = False
        self._today = 0.0
        self._log: list[tuple[float, float]] = []

    def dawn(self, rng: Random, *, weekend: bool) -> None:
        self._base = min(self._base + self._today, self.bin.full_g * _HEAP)
        self._today = self.bin.daily_g * rng.lognormvariate(-0.03, 0.25)
        if weekend:
            self._today *= _WEEKEND
        self._log = [(0.0, self._base)]

    def content(self, second: float) -> int:
        """Grams in it now. Asked in the order of time."""
        return round(min(self._base + self._today * brought(second), self.bin.full_g * _HEAP))

    def lifted(self, second: float, left_g: int) -> None:
        self._base = left_g - self._today * brought(second)
        self._log.append((second, self._base))

    def contents(self, seconds: Sequence[float]) -> list[float]:
        """Grams at these moments of today, which are in order, its lifts known."""
        found: list[float] = []
        log = self._log
        at, last = 0, len(log) - 1
        most = self.bin.full_g * _HEAP
        for second in seconds:
            while at < last and log[at + 1][0] <= second:
                at += 1
            found.append(min(log[at][1] + self._today * brought(second), most))
        return found
