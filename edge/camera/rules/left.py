"""Something that was put down and stays, or was there and is gone, without any model of what.

Held against how the place has looked: what differs, keeps still and is in nobody's hands for long
enough was left or taken away. A thing that is known to have been left, and under which the place
looks as before again, was removed; of others the outline tells: what stands out now was left, what
stood out before was removed. Then it belongs to how the place looks.

It cannot tell a bag from a person nobody detected who keeps quite still, nor a thing as grey as the
ground. When most of the picture changes at once (a light is switched), it begins anew and tells
nothing.
"""

from collections.abc import Sequence
from typing import Literal

import cv2
import msgspec
import numpy as np

from core.events.camera import Box
from edge.camera.geometry import overlap
from edge.camera.patch import MOVING, Grey, Mask, Patch, many
from edge.camera.seen import Frame, Track
from edge.camera.zones import Region

EVERY_S = 0.5
_DIFFERENT, _STILL = 25.0, 12.0  # of 255
_SMALLEST = 0.004  # of the region's pixels
_MOST = 0.7  # of the picture: then it was the light
_ADOPT_S = 60.0  # in which the place takes on how it looks
_BACK = 0.6  # of a thing's pixels as before: it is gone
_KNOWN = 32
_ONE = np.ones((3, 3), np.uint8)


class Change(msgspec.Struct, frozen=True):
    sort: Literal["left", "removed"]
    box: Box
    since: float


class _Thing(msgspec.Struct, frozen=True):
    where: Mask
    before: Grey  # how the place looked without it


class LeftRule:
    """Owns how the place looks, and what was left there."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self._patch = Patch(region.polygon)
        self._looked = float("-inf")
        self._place: Grey | None = None
        self._before: Grey | None = None
        self._age: Grey | None = None
        self._things: list[_Thing] = []

    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Change]:
        passed = frame.at - self._looked
        if passed < EVERY_S:
            return ()
        self._looked = frame.at
        now = self._patch.take(frame.image)
        if self._place is None or self._place.shape != now.shape:
            self._anew(now)
            return ()
        assert self._before is not None
        assert self._age is not None
        covered = self._patch.covered(tracks)
        now = self._patch.levelled(now, self._place, ~covered)
        differs = np.abs(now - self._place) > _DIFFERENT
        clear = ~covered
        if many(differs & clear) > _MOST * max(many(clear), 1):
            self._anew(now)
            return ()
        still = np.abs(now - self._before) <= _STILL
        # After a pause (a camera was away) nothing is known of what was in between.
        passed = min(passed, 5.0)
        self._age[clear & ~still] = 0
        self._age[clear & still & differs] += passed
        self._age[clear & still & ~differs] = 0
        share = min(passed / _ADOPT_S, 1.0)
        settle = clear & ~differs
        self._place[settle] += share * (now[settle] - self._place[settle])
        self._before = np.where(covered, self._before, now)
        return self._old(now, tracks, frame.at)

    def _anew(self, now: Grey) -> None:
        self._place, self._before = now.copy(), now
        self._age = np.zeros_like(now)
        self._things.clear()

    def _old(self, now: Grey, tracks: Sequence[Track], at: float) -> Sequence[Change]:
        assert self._age is not None
        assert self._place is not None
        old = (self._age >= self.region.left_s) & self._patch.within
        smallest = max(_SMALLEST * many(self._patch.within), 9)
        count, marks, figures, _ = cv2.connectedComponentsWithStats(old.astype(np.uint8))
        found = []
        for number in range(1, count):
            x, y, wide, high, pixels = (int(each) for each in figures[number])
            if pixels < smallest:
                continue
            box = self._patch.box(x, y, wide, high)
            if any(_near(track, box) for track in tracks):
                continue
            thing = marks == number
            sort = self._sort(now, thing)
            since = at - float(np.median(self._age[thing]))
            # Its soft edge goes with it, or that would be found next.
            grown = cv2.dilate(thing.astype(np.uint8), _ONE, iterations=3).astype(np.bool_)
            if sort == "left":
                self._things = [*self._things[-_KNOWN + 1 :], _Thing(thing, self._place.copy())]
            self._place[grown] = now[grown]
            self._age[grown] = 0
            found.append(Change(sort, box, since))
        return found

    def _sort(self, now: Grey, thing: Mask) -> Literal["left", "removed"]:
        for known in self._things:
            both = known.where & thing
            if many(both) < 0.5 * many(known.where):
                continue
            as_before = np.abs(now - known.before)[both] <= _DIFFERENT
            if many(as_before) >= _BACK * many(both):
                self._things.remove(known)
                return "removed"
        assert self._place is not None
        outline = _outline(thing)
        stands_out, stood_out = (_slopes(each)[outline].mean() for each in (now, self._place))
        return "left" if stands_out >= stood_out else "removed"


def _near(track: Track, box: Box) -> bool:
    """Somebody at whose side it stands has not left it."""
    if track.label not in MOVING:
        return False
    x, y, wide, high = track.box
    return overlap((x - wide / 2, y, wide * 2, high * 1.1), box) > 0


def _outline(thing: Mask) -> Mask:
    marked = thing.astype(np.uint8)
    return cv2.dilate(marked, _ONE, iterations=2) > cv2.erode(marked, _ONE)


def _slopes(grey: Grey) -> Grey:
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down), np.float32)
