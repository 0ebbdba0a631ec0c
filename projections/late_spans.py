"""When what stands in batches had happened, for batches that came late."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

_ALWAYS = -(2**62), 2**62  # of a batch that cannot be read: it may tell of any time


class Span(NamedTuple):
    """Milliseconds since 1970."""

    position: int
    earliest: int
    latest: int


def span(position: int, moments: Iterable[int | None]) -> Span:
    """Of a batch whose events happened then; None: nobody can say when."""
    known: list[int] = []
    for ms in moments:
        if ms is None:
            return Span(position, *_ALWAYS)
        known.append(ms)
    return Span(position, min(known), max(known))


def late(spans: Sequence[Span], limit: Callable[[int], int]) -> list[Span]:
    """Those whose earliest is before the limit of their position. Limits only rise with the
    position, so most are told without asking for theirs: asking reads the log."""
    if not spans:
        return []
    return _between(spans, limit, limit(spans[0].position), limit(spans[-1].position))


def _between(
    spans: Sequence[Span], limit: Callable[[int], int], first: int, last: int
) -> list[Span]:
    """`first` and `last`: the limits of the ends."""
    if all(one.earliest >= last for one in spans):
        return []
    if all(one.earliest < first for one in spans):
        return list(spans)
    if len(spans) == 2:
        return [one for one, at in zip(spans, (first, last), strict=True) if one.earliest < at]
    middle = len(spans) // 2
    at = limit(spans[middle].position)
    return [
        *_between(spans[:middle], limit, first, limit(spans[middle - 1].position)),
        *_between(spans[middle:], limit, at, last),
    ]


class Spans:
    """In order of position, 24 bytes each."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._positions, self._earliest, self._latest = array("q"), array("q"), array("q")
        self.first: int | None = None  # when the earliest of all happened, as far as can be read
        self.add(spans)

    def add(self, spans: Iterable[Span]) -> None:
        """Behind those that are there."""
        for one in spans:
            self._positions.append(one.position)
            self._earliest.append(one.earliest)
            self._latest.append(one.latest)
            if one.earliest != _ALWAYS[0] and (self.first is None or one.earliest < self.first):
                self.first = one.earliest

    def until(self, after: int, upto: int, ms: int) -> int:
        """The last position such that every one behind `after` is here and ends by `ms`."""
        at = bisect_right(self._positions, after)
        while at < len(self._positions) and after < upto:
            if self._positions[at] != after + 1 or self._latest[at] > ms:
                break
            after, at = after + 1, at + 1
        return after

    def among(self, after: int, upto: int, ms: int) -> list[int]:
        """Positions behind `after`, up to `upto`, of what begins by `ms`."""
        first = bisect_right(self._positions, after)
        last = bisect_right(self._positions, upto)
        return [self._positions[at] for at in range(first, last) if self._earliest[at] <= ms]
