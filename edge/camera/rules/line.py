"""Who crosses a line, which way, and how many so far.

A track's side is settled while it is clearly off the line; the band between is wide enough for a
foot that trembles. What counts is the way from one settled side to the other, if it led between the
line's ends: so in − out is who has come to be inside, however often the frame rate cuts the way.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from edge.camera.geometry import Point, beside, right_of, through
from edge.camera.seen import Track
from edge.camera.zones import Line

_BAND = 0.006  # at least, to each side
_WIDEST = 0.03
_OF_HEIGHT = 0.06  # a foot trembles by so much of its box


class Crossing(msgspec.Struct, frozen=True):
    track: Track
    direction: Literal["in", "out"]
    count: int  # of that direction, with this one


class _Walker(msgspec.Struct):
    foot: Point
    settled: bool | None = None  # right of the line; None: never clearly on a side yet
    between: bool = False  # an odd number of times between the line's ends since it was settled


class LineRule:
    """Owns counts and who is on which side; as many as there are tracks."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.counts: dict[str, int] = {"in": 0, "out": 0}
        self._walkers: dict[int, _Walker] = {}

    def step(self, tracks: Sequence[Track], at: float) -> Sequence[Crossing]:
        """Tracks that are presumed only (not seen at `at`) wait for their next sighting."""
        kept: dict[int, _Walker] = {}
        found = []
        for track in tracks:
            walker = self._walkers.get(track.id)
            if track.seen < at:
                if walker is not None:
                    kept[track.id] = walker
                continue
            if self.line.labels and track.label not in self.line.labels:
                if walker is not None:  # a label may waver from frame to frame
                    kept[track.id] = walker
                continue
            if walker is None:
                walker = _Walker(track.foot)
            kept[track.id] = walker
            direction = self._moved(walker, track)
            if direction:
                self.counts[direction] += 1
                found.append(Crossing(track, direction, self.counts[direction]))
        self._walkers = kept
        return found

    def resume(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(counts)

    def _moved(self, walker: _Walker, track: Track) -> Literal["", "in", "out"]:
        start, end, foot = self.line.start, self.line.end, track.foot
        walker.between ^= through(start, end, walker.foot, foot)
        walker.foot = foot
        band = min(max(_BAND, _OF_HEIGHT * track.box[3]), _WIDEST)
        if abs(beside(start, end, foot)) <= band:
            return ""
        right = right_of(start, end, foot)
        crossed = walker.settled is not None and walker.settled != right and walker.between
        walker.settled, walker.between = right, False
        if not crossed:
            return ""
        return "in" if right == (self.line.in_side == "right") else "out"
