"""Whether a bin is too full, by the room above its rim.

The region is drawn above the rim, where nothing is while the bin can be used. How that looks is
learned when the camera begins, so the bin has to be in order then, unless a detector says that it
overflows: its word counts at once. So much of the region covered for so long while nobody is near
is overflow; less than half as much for as long, and it was cleared.

It tells that something is where nothing should be: a lid that stands open or a box put on top is
overflow, too. When what is around looks different as well (a night lamp, a moved camera) it waits,
and learns anew if the bin was in order.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from edge.camera.geometry import overlap
from edge.camera.patch import Grey, Patch, many
from edge.camera.seen import Frame, Track
from edge.camera.zones import Region

EVERY_S = 1.0
LABELS = frozenset({"overflow", "overflowing", "bin-overflow", "garbage-overflow", "full-bin"})
_LEARN = 5  # pictures, of which each point's median is how it looks
_DIFFERENT = 25.0  # of 255
_AROUND = 0.5  # of what is around differs: it is not the bin
_HIDDEN = 0.2  # of the region: then nothing is concluded
_ADOPT_S = 300.0


class Fill(msgspec.Struct, frozen=True):
    full: bool
    share: float  # of the region that is covered
    confidence: float | None  # the detector's; None: nobody detected it, it was compared


class OverflowRule:
    """Owns how the bin looks in order, and what was told last. `full` survives a change of zones,
    and begins as not full with the worker: an overflow that was told is then cleared only by one
    who says so, or by being told and cleared again."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.full = False
        self._patch = Patch(region.polygon)
        self._looked = float("-inf")
        self._first: list[Grey] = []
        self._order: Grey | None = None
        self._since: float | None = None  # of what would change `full`
        self._unlike: float | None = None  # since when all around differs

    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Fill]:
        at, passed = frame.at, frame.at - self._looked
        if passed < EVERY_S:
            return ()
        self._looked = at
        now = self._patch.take(frame.image)
        if self._order is not None and self._order.shape != now.shape:
            self._forget()
        covered = self._patch.covered(tracks)
        within = self._patch.within
        named = self._named(tracks)
        hidden = many(covered & within) > _HIDDEN * max(many(within), 1)
        if named is None and hidden:
            self._since = None if self._since is None else self._since + passed  # it stands still
            return ()
        if named is not None:
            return self._judge(1.0, named, at)
        if self._order is None:
            self._learn(now)
            return ()
        now = self._patch.levelled(now, self._order, ~covered)
        differs = np.abs(now - self._order) > _DIFFERENT
        around = self._patch.ring & ~covered
        if many(differs & around) > _AROUND * max(many(around), 1):
            self._unlike = at if self._unlike is None else self._unlike
            self._since = None
            if not self.full and at - self._unlike >= self.region.overflow_s:
                self._forget()
            return ()
        self._unlike = None
        seen = within & ~covered
        share = many(differs & seen) / max(many(seen), 1)
        if not self.full and share < self.region.overflow / 2:
            settle = ~covered & ~differs
            part = min(passed / _ADOPT_S, 1.0)
            self._order[settle] += part * (now[settle] - self._order[settle])
        return self._judge(share, None, at)

    def _judge(self, share: float, confidence: float | None, at: float) -> Sequence[Fill]:
        limit = self.region.overflow / 2 if self.full else self.region.overflow
        if (share >= limit) == self.full:
            self._since = None
            return ()
        self._since = at if self._since is None else self._since
        if at - self._since < self.region.overflow_s:
            return ()
        self.full, self._since = not self.full, None
        return (Fill(self.full, round(share, 3), confidence),)

    def _named(self, tracks: Sequence[Track]) -> float | None:
        """How sure a detector is that it overflows."""
        xs, ys = [x for x, _ in self.region.polygon], [y for _, y in self.region.polygon]
        box = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        sure = [
            track.confidence
            for track in tracks
            if track.label.replace("_", "-") in LABELS and overlap(track.box, box) > 0
        ]
        return max(sure) if sure else None

    def _learn(self, now: Grey) -> None:
        self._first.append(now)
        if len(self._first) == _LEARN:
            self._order = np.median(np.stack(self._first), axis=0).astype(np.float32)
            self._first = []

    def _forget(self) -> None:
        self._order, self._first, self._unlike = None, [], None
