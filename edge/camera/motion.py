"""What moves: a mixture of Gaussians for each pixel learns what is usual there, and what is not
and hangs together is a detection named `motion`. Grey, at the size of analysis.
"""

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.camera.seen import Detection

Grey = NDArray[np.uint8]  # height × width

_FLOOD = 0.6  # of all pixels: the light changed or the camera moved, nothing is told from it
_SETTLE = 8  # frames after the first, and after a flood, in which only the background is learned
_LABEL = "motion"


class Motion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`history`: frames in which half of what stopped moving becomes background. `least`: the
    smallest thing, as a fraction of the frame's area. `contrast`: squared deviations."""

    history: int = 600
    contrast: float = 20.0
    least: float = 0.0007
    most: int = 64  # things in one frame; the largest are kept


class MotionStage:
    """Keeps the learned background of one camera; one thread."""

    def __init__(self, told: Motion) -> None:
        self._told = told
        self._quiet = _SETTLE
        self._background = self._fresh()
        self._small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        self._tall = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 9))
        self.mask: Grey | None = None  # of the last frame: 255 where something moves

    def step(self, grey: Grey) -> list[Detection]:
        mask = np.asarray(self._background.apply(grey), np.uint8)
        self.mask = mask
        if self._quiet:
            self._quiet -= 1
            return []
        if cv2.countNonZero(mask) > _FLOOD * mask.size:
            self._background, self._quiet = self._fresh(), _SETTLE
            return []
        cv2.morphologyEx(mask, cv2.MORPH_OPEN, self._small, dst=mask)
        cv2.morphologyEx(mask, cv2.MORPH_CLOSE, self._tall, dst=mask)
        return self._things(mask)

    def _fresh(self) -> cv2.BackgroundSubtractorMOG2:
        return cv2.createBackgroundSubtractorMOG2(
            self._told.history, self._told.contrast, detectShadows=False
        )

    def _things(self, mask: Grey) -> list[Detection]:
        height, width = mask.shape
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
        found = stats[1:]
        found = found[found[:, cv2.CC_STAT_AREA] >= self._told.least * mask.size]
        order = np.argsort(-found[:, cv2.CC_STAT_AREA], kind="stable")[: self._told.most]
        scale = (width, height, width, height)
        made = []
        for row in found[order].tolist():
            x, y, w, h = (value / by for value, by in zip(row[:4], scale, strict=True))
            filled = row[4] / (row[2] * row[3])
            made.append(Detection((x, y, w, h), _LABEL, min(1.0, filled)))
        return made
