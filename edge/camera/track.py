"""From detections to tracks: which thing in this frame is which of the last one. Deterministic:
the same detections give the same tracks with the same ids.

A track is tentative until it was seen often enough, then confirmed and told; unseen it is
presumed where its movement takes it, and after a while forgotten. Where one detection covers
several tracks (people who pass each other) each goes on by itself inside it, and none takes the
common box for its own.
"""

import math
from collections.abc import Sequence

from core.events.camera import Box
from edge.camera import config
from edge.camera.kalman import Moving
from edge.camera.seen import Detection, Track

_HALF = 0.5


class _Followed:
    """One thing, told or not yet."""

    __slots__ = ("began", "confidence", "h", "hits", "id", "moving", "seen", "together", "votes",
                 "w")  # fmt: skip

    def __init__(self, id: int, detection: Detection, at: float) -> None:
        x, y, self.w, self.h = detection.box
        self.id, self.began, self.seen, self.hits = id, at, at, 1
        self.moving = Moving(x + self.w / 2, y + self.h, self.size)
        self.confidence = detection.confidence
        self.votes = {detection.label: detection.confidence}
        self.together = False  # with another in one detection, in the last frame

    @property
    def size(self) -> float:
        return (self.w + self.h) / 2

    @property
    def box(self) -> Box:
        return (self.moving.x - self.w / 2, self.moving.y - self.h, self.w, self.h)

    def label(self) -> str:
        """What it was called most; a name given by something that knows names beats motion."""
        names = {name: votes for name, votes in self.votes.items() if name != "motion"}
        return max(sorted(names or self.votes), key=(names or self.votes).__getitem__)


class Tracker:
    """Of one camera; one thread."""

    def __init__(self, told: config.Tracking) -> None:
        self._told = told
        self._followed: list[_Followed] = []
        self._last = 0
        self._at: float | None = None

    def step(self, detections: Sequence[Detection], at: float) -> list[Track]:
        """Confirmed tracks, in the order of their ids."""
        dt = max(0.0, at - self._at) if self._at is not None else 0.0
        self._at = at
        for one in self._followed:
            one.moving.predict(dt, one.size)
        pairs = _pairs(self._followed, detections, self._told.reach)
        covered = _covered(self._followed, detections, pairs)
        for index, one in enumerate(self._followed):
            if index in covered:
                self._presume(one, detections[covered[index]], at)
            elif index in pairs:
                self._see(one, detections[pairs[index]], at)
            else:
                one.together = False
        taken = {*pairs.values(), *covered.values()}
        self._forget(at)
        for number, detection in enumerate(detections):
            if number not in taken:
                self._last += 1
                self._followed.append(_Followed(self._last, detection, at))
        return [self._told_of(one) for one in self._followed if one.hits >= self._told.confirm]

    def _see(self, one: _Followed, detection: Detection, at: float) -> None:
        x, y, w, h = detection.box
        one.moving.correct(x + w / 2, y + h, one.size)
        pace = 0.3 if not one.together else 0.1
        one.w += pace * (w - one.w)
        one.h += pace * (h - one.h)
        one.seen, one.together = at, False
        one.hits += 1
        one.confidence += 0.3 * (detection.confidence - one.confidence)
        one.votes[detection.label] = one.votes.get(detection.label, 0.0) + detection.confidence

    def _presume(self, one: _Followed, detection: Detection, at: float) -> None:
        """Somewhere inside the detection it shares: as far as that moves it, it is corrected."""
        x, y, w, h = detection.box
        half = min(one.w, w) / 2
        inside = min(max(one.moving.x, x + half), x + w - half)
        foot = min(max(one.moving.y, y + min(one.h, h)), y + h)
        one.moving.correct(inside, foot, one.size, 0.4)
        one.seen, one.together = at, True
        one.hits += 1

    def _forget(self, at: float) -> None:
        """Tentative ones sooner: most of them were leaves."""
        told = self._told
        self._followed = [
            one
            for one in self._followed
            if at - one.seen <= (told.lost_s if one.hits >= told.confirm else told.lost_s / 4)
            and -one.w < one.moving.x < 1 + one.w
            and 0 < one.moving.y < 1 + one.h
        ]

    def _told_of(self, one: _Followed) -> Track:
        return Track(
            one.id, one.label(), _within(one.box), round(one.confidence, 3), one.began, one.seen
        )


def _pairs(
    followed: Sequence[_Followed], detections: Sequence[Detection], reach: float
) -> dict[int, int]:
    """Track → detection, the nearest first; each at most once."""
    costs = []
    for index, one in enumerate(followed):
        for number, detection in enumerate(detections):
            cost = _cost(one, detection.box, reach)
            if cost is not None:
                costs.append((cost, one.id, number, index))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _cost_of, _id, number, index in sorted(costs):
        if index not in found and number not in taken:
            found[index] = number
            taken.add(number)
    return found


def _cost(one: _Followed, box: Box, reach: float) -> float | None:
    """Between 0 (the same place) and about 3; None: it cannot be the same."""
    x, y, w, h = box
    dx = (x + w / 2 - one.moving.x) / (one.w + w) * 2
    dy = (y + h - one.moving.y) / (one.h + h) * 2
    overlap = iou(one.box, box)
    if overlap == 0 and dx * dx + dy * dy > reach * reach:
        return None
    return 1 - overlap + math.hypot(dx, dy)


def _covered(
    followed: Sequence[_Followed], detections: Sequence[Detection], pairs: dict[int, int]
) -> dict[int, int]:
    """Track → detection, of those that share one. A track nothing was found for joins the
    detection over it; together with the one whose it was."""
    found: dict[int, int] = {}
    for index, one in enumerate(followed):
        if index in pairs or one.hits < 3:
            continue
        over = [(_share(one.box, each.box), -number) for number, each in enumerate(detections)]
        share, number = max(over, default=(0.0, 0))
        if share >= _HALF:
            found[index] = -number
    shared = set(found.values())
    owners = {index: number for index, number in pairs.items() if number in shared}
    return found | {i: n for i, n in owners.items() if followed[i].hits >= 3}


def iou(one: Box, other: Box) -> float:
    common = _common(one, other)
    return common / (one[2] * one[3] + other[2] * other[3] - common) if common else 0.0


def _share(inner: Box, outer: Box) -> float:
    """How much of `inner` lies in `outer`."""
    area = inner[2] * inner[3]
    return _common(inner, outer) / area if area else 0.0


def _common(one: Box, other: Box) -> float:
    w = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    h = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return w * h if w > 0 and h > 0 else 0.0


def _within(box: Box) -> Box:
    """What of it is in the picture."""
    x, y, w, h = box
    left, top = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
    right, bottom = min(max(x + w, left), 1.0), min(max(y + h, top), 1.0)
    return (round(left, 4), round(top, 4), round(right - left, 4), round(bottom - top, 4))
