"""What moves: a mixture of Gaussians for each pixel learns what is usual there, and what is not
and hangs together is a detection named `motion`. And when movement in the picture began and ended.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.event import Data
from core.events.camera import MotionEnded, MotionStarted
from edge.camera import config
from edge.camera.seen import Detection, Track

Grey = NDArray[np.uint8]  # height × width

LABEL = "motion"
_FLOOD = 0.6  # of all pixels: the light changed or the camera moved, nothing is told from it
_SETTLE = 8  # frames after the first, and after a flood, in which only the background is learned


class MotionStage:
    """Keeps the learned background of one camera; one thread."""

    def __init__(self, told: config.Motion) -> None:
        self._told = told
        self._quiet = _SETTLE
        self._background = self._fresh()
        self._small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        self._tall = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 9))

    def step(self, grey: Grey) -> list[Detection]:
        """Grey, at the size of analysis; the largest things first."""
        grey = self._brought_down(grey)
        mask = np.asarray(self._background.apply(grey), np.uint8)
        if self._quiet:
            self._quiet -= 1
            return []
        if cv2.countNonZero(mask) > _FLOOD * mask.size:
            self._background, self._quiet = self._fresh(), _SETTLE
            return []
        cv2.morphologyEx(mask, cv2.MORPH_OPEN, self._small, dst=mask)
        cv2.morphologyEx(mask, cv2.MORPH_CLOSE, self._tall, dst=mask)
        return self._things(mask)

    def _brought_down(self, grey: Grey) -> Grey:
        height, width = grey.shape
        if width * height <= self._told.pixels:
            return grey
        by = (self._told.pixels / (width * height)) ** 0.5
        size = (max(1, round(width * by)), max(1, round(height * by)))
        return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _fresh(self) -> cv2.BackgroundSubtractorMOG2:
        return cv2.createBackgroundSubtractorMOG2(
            self._told.history, self._told.contrast, detectShadows=False
        )

    def _things(self, mask: Grey) -> list[Detection]:
        """By their outlines: numbering every pixel takes four times as long."""
        height, width = mask.shape
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        least = self._told.least * mask.size
        found = []
        for outline in outlines:
            left, top, wide, high = cv2.boundingRect(outline)
            if wide * high < least:
                continue
            # It runs through the middles of pixels: about half of those on it are outside.
            area = min(cv2.contourArea(outline) + wide + high - 1, wide * high)
            if area >= least:
                found.append((-area, left, top, wide, high))
        return [
            Detection(
                (left / width, top / height, wide / width, high / height),
                LABEL,
                -area / (wide * high),
            )
            for area, left, top, wide, high in sorted(found)[: self._told.most]
        ]


class MotionSpan:
    """Began with the first confirmed track, ended when there was none for `rest_s`."""

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._began: float | None = None
        self._last = 0.0

    def step(self, tracks: Sequence[Track], at: float) -> Sequence[Data]:
        moving = [one for one in tracks if one.seen >= at]
        if moving:
            self._last = at
            if self._began is None:
                self._began = at
                first = max(moving, key=lambda one: one.box[2] * one.box[3])
                return (
                    MotionStarted(
                        label=first.label, box=first.box, confidence=first.confidence,
                        count=len(moving),
                    ),
                )  # fmt: skip
        elif self._began is not None and at - self._last >= self._rest_s:
            return self.end()
        return ()

    def end(self) -> Sequence[Data]:
        """What is still going on when nothing more comes."""
        if self._began is None:
            return ()
        lasted, self._began = self._last - self._began, None
        return (MotionEnded(duration_s=round(lasted, 3)),)
