"""What a picture is like, in a few numbers, and what a camera usually sees. From a grey picture
brought to one small size, so that all cameras are judged alike.
"""

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.camera.motion import Grey

WIDTH, HEIGHT = 320, 180
_FINE = 3  # half sizes, by which sharpness is judged
_DARK, _LIT = 24, 48  # grey levels: night without light, and something one can see by
_DARKEST_SHARE = 0.01  # of pixels may be lit in a black picture
_FLAT = 6.0  # standard deviation of a picture that shows nothing
_EDGE = 60  # of Sobel's gradient, on 0..255 pictures stretched to their own range


class Look(msgspec.Struct, frozen=True):
    """`sharp`: Laplacian variance by the picture's own: how fine what it shows is, whatever the
    light. `edges`: where outlines are, 0 or 1."""

    small: Grey
    black: bool
    flat: bool
    sharp: float
    edges: NDArray[np.float32]


def look(grey: Grey) -> Look:
    small = np.asarray(cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
    deviation = float(small.std())
    lit = float(np.count_nonzero(small > _LIT)) / small.size
    black = float(small.mean()) < _DARK and lit < _DARKEST_SHARE
    fine = cv2.resize(grey, (_FINE * WIDTH // 2, _FINE * HEIGHT // 2), interpolation=cv2.INTER_AREA)
    laplacian = cv2.Laplacian(cv2.GaussianBlur(fine, (3, 3), 0), cv2.CV_16S)
    variance = max(deviation * deviation, 1.0)
    return Look(
        small,
        black,
        deviation < _FLAT,
        float(cv2.meanStdDev(laplacian)[1][0, 0]) ** 2 / variance,
        _edges(small),
    )


def _edges(small: Grey) -> NDArray[np.float32]:
    stretched = cv2.normalize(small, None, 0, 255, cv2.NORM_MINMAX)  # type: ignore[call-overload]
    calm = cv2.GaussianBlur(stretched, (5, 5), 0)
    dx = cv2.Sobel(calm, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(calm, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(dx, dy) > _EDGE, np.float32)


def difference(one: Look, other: Look) -> float:
    """Mean of grey levels by which pixels differ. Two pictures of a living camera always do, by
    the sensor's noise; a picture that is sent again differs by what the coding adds, if at all."""
    return float(np.mean(cv2.absdiff(one.small, other.small)))


class Usual:
    """Which outlines a camera has been seeing, and how sharp it is; learned slowly, so that the
    day's light is followed and a person who stands around is not."""

    def __init__(self, frames: int) -> None:
        """`frames`: looks in which it follows a change by two thirds."""
        self._frames = frames
        self._seen = 0
        self._edges: NDArray[np.float32] | None = None
        self.sharp = 0.0

    @property
    def known(self) -> bool:
        """Enough was seen to say what is unusual."""
        return self._seen >= 10

    def learn(self, now: Look) -> None:
        self._seen += 1
        share = max(1 / self._seen, 1 / self._frames)
        self.sharp += share * (now.sharp - self.sharp)
        if self._edges is None:
            self._edges = now.edges.copy()
        else:
            cv2.accumulateWeighted(now.edges, self._edges, share)

    def kept(self, now: Look) -> tuple[float, float]:
        """How much of the lasting outlines is still where it was, a few pixels aside; and how
        much there is of outlines now, by how much there was. (1, 1) where nothing lasts."""
        assert self._edges is not None
        lasting = np.asarray(self._edges > 0.6, np.uint8)
        count = int(np.count_nonzero(lasting))
        if count < lasting.size // 500:
            return 1.0, 1.0
        near = cv2.dilate(now.edges, np.ones((3, 3), np.uint8))
        # What would fall together by chance, with outlines all over the picture, is no agreement.
        chance = float(near.mean())
        there = float(np.count_nonzero(near[lasting > 0])) / count
        agreed = (there - chance) / (1 - chance) if chance < 0.99 else 1.0
        return agreed, float(now.edges.sum()) / count
