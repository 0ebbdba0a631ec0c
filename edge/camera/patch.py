"""A piece of the frame as rules without a model compare it: small, grey, smoothed, and brought to
the brightness of what it is compared with, so that a cloud is no change.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from core.events.camera import Box
from edge.camera.geometry import Point
from edge.camera.seen import Image, Track

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.float32]
    Mask = NDArray[np.bool_]
else:
    Grey = Mask = Any

_LONGEST = 160  # pixels of a side
_RING = 0.3  # of the region's size, around it: what is compared for brightness
MOVING = frozenset({"person", "motion"})  # what stands in front, or is about to take it along


class Patch:
    """Owns nothing of the pictures; the masks of the last frame size."""

    def __init__(self, polygon: Sequence[Point]) -> None:
        self._polygon = polygon
        xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
        more_x, more_y = _RING * (max(xs) - min(xs)), _RING * (max(ys) - min(ys))
        self._left, self._top = max(min(xs) - more_x, 0.0), max(min(ys) - more_y, 0.0)
        self._right, self._bottom = min(max(xs) + more_x, 1.0), min(max(ys) + more_y, 1.0)
        self._of: tuple[int, int] = (0, 0)
        self.within: Mask = np.zeros((1, 1), np.bool_)  # the region itself
        self.ring: Mask = ~self.within

    def take(self, image: Image) -> Grey:
        """As of the region in this frame; of another shape when the frame has another."""
        high, wide = image.shape[:2]
        left, right = floor(self._left * wide), max(ceil(self._right * wide), 1)
        top, bottom = floor(self._top * high), max(ceil(self._bottom * high), 1)
        piece = image[top:bottom, left:right]
        scale = min(_LONGEST / max(piece.shape[:2]), 1.0)
        size = (max(round(piece.shape[1] * scale), 1), max(round(piece.shape[0] * scale), 1))
        small = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        if self._of != (size[1], size[0]):
            self._measure((size[1], size[0]))
        return np.asarray(cv2.GaussianBlur(grey, (3, 3), 0), np.float32)

    def levelled(self, now: Grey, before: Grey, clear: Mask) -> Grey:
        """`now` as bright as `before`, judged by what lies around the region and is `clear`."""
        where = self.ring & clear
        if many(where) < 16:
            where = clear if many(clear) >= 16 else np.ones_like(clear)
        return np.asarray(now + (np.median(before[where]) - np.median(now[where])), np.float32)

    def covered(self, tracks: Sequence[Track]) -> Mask:
        """Where somebody stands, with a little around."""
        found = np.zeros(self._of, np.bool_)
        for track in tracks:
            if track.label in MOVING:
                x, y, wide, high = track.box
                rows, columns = self._span((x - wide / 10, y - high / 10, wide * 1.2, high * 1.2))
                found[rows, columns] = True
        return found

    def box(self, x: int, y: int, wide: int, high: int) -> Box:
        """Of the frame, of pixels of the patch."""
        across = (self._right - self._left) / self._of[1]
        down = (self._bottom - self._top) / self._of[0]
        return (self._left + x * across, self._top + y * down, wide * across, high * down)

    def _span(self, box: Box) -> tuple[slice, slice]:
        """Rows and columns of the patch a box of the frame takes."""
        rows, columns = self._of
        across, down = self._right - self._left, self._bottom - self._top
        x, y, wide, high = box
        left, right = (
            (x - self._left) / across * columns,
            (x + wide - self._left) / across * columns,
        )
        top, bottom = (y - self._top) / down * rows, (y + high - self._top) / down * rows
        return (
            slice(max(floor(top), 0), max(ceil(bottom), 0)),
            slice(max(floor(left), 0), max(ceil(right), 0)),
        )

    def _measure(self, shape: tuple[int, int]) -> None:
        self._of = shape
        across, down = self._right - self._left, self._bottom - self._top
        corners = [
            (round((x - self._left) / across * shape[1]), round((y - self._top) / down * shape[0]))
            for x, y in self._polygon
        ]
        drawn = np.zeros(shape, np.uint8)
        cv2.fillPoly(drawn, [np.array(corners, np.int32)], 1)
        self.within = drawn.astype(np.bool_)
        self.ring = ~self.within


def many(mask: Mask) -> int:
    return int(np.count_nonzero(mask))
