"""How long it took from a gateway's recording of a cause to the alarm (GB 55029: two seconds)."""

import threading
from bisect import bisect_left
from collections.abc import Mapping

import msgspec

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds


class Tally(msgspec.Struct, frozen=True):
    """`counts` by bucket, one more than BOUNDS."""

    counts: tuple[int, ...]
    seconds: float


class Responses:
    """Owns the counts since the start, by priority. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tallies: dict[int, Tally] = {}

    def observe(self, priority: int, seconds: float) -> None:
        at = bisect_left(BOUNDS, seconds)
        with self._lock:
            before = self._tallies.get(priority) or Tally((0,) * (len(BOUNDS) + 1), 0.0)
            counts = tuple(n + (index == at) for index, n in enumerate(before.counts))
            self._tallies[priority] = Tally(counts, before.seconds + seconds)

    def tallies(self) -> Mapping[int, Tally]:
        with self._lock:
            return dict(self._tallies)
