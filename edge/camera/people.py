"""Which of what moves is a person: OpenCV's histogram of oriented gradients with its own plane
between people and the rest, looked for only where something moves. It wants to see somebody
whole and upright, about a hundred pixels tall, so what moves is brought to that size first.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from core.events.camera import Box
from edge.camera import config
from edge.camera.seen import Detection, Frame, Image

LABEL = "person"
_WINDOW_W, _WINDOW_H = 64, 128  # what it was trained on ...
_TALL = 96  # ... with a person in it of that many pixels
_MARGIN = 0.35  # of what moves, around it
_LEAST = 24  # pixels: who is smaller in the picture itself is not recognised enlarged either
_WIDEST = 4.0  # by its height: no group of people
_MOST = 6  # things looked at in one frame; they take turns


class PeopleStage:
    """Of one camera; one thread."""

    def __init__(self, told: config.People) -> None:
        self._told = told
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(np.array(cv2.HOGDescriptor.getDefaultPeopleDetector()))
        self._count = 0
        self._turn = 0

    def step(self, frame: Frame, moving: Sequence[Detection]) -> Sequence[Detection]:
        self._count += 1
        if not moving or self._count % self._told.every:
            return ()
        first = self._turn % len(moving)
        chosen = [*moving[first:], *moving[:first]][:_MOST]
        self._turn += len(chosen)
        found: list[Detection] = []
        for one in chosen:
            found += self._in(frame.image, one.box)
        return found

    def _in(self, image: Image, box: Box) -> list[Detection]:
        height, width = image.shape[:2]
        x, y, w, h = box[0] * width, box[1] * height, box[2] * width, box[3] * height
        if h < _LEAST or w > _WIDEST * h:
            return []
        scale = _TALL / h
        around = max(_MARGIN * h, (_WINDOW_W / scale - w) / 2 + 1)
        left, top = max(0, round(x - around)), max(0, round(y - _MARGIN * h))
        right, bottom = min(width, round(x + w + around)), min(height, round(y + h + _MARGIN * h))
        crop = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
        size = (
            max(_WINDOW_W, round(crop.shape[1] * scale)),
            max(_WINDOW_H, round(crop.shape[0] * scale)),
        )
        shown = cv2.resize(crop, size, interpolation=cv2.INTER_LINEAR)
        boxes, sure = self._hog.detectMultiScale(
            shown, hitThreshold=0.0, winStride=(8, 8), padding=(0, 0), scale=1.1
        )
        made = []
        by_x, by_y = crop.shape[1] / size[0], crop.shape[0] / size[1]
        for (bx, by, bw, bh), weight in zip(
            np.asarray(boxes).reshape(-1, 4).tolist(), np.ravel(sure).tolist(), strict=True
        ):
            if weight < self._told.sure:
                continue
            # The window is wider and taller than the person in it.
            px, py = bx + 0.2 * bw, by + 0.1 * bh
            made.append(
                Detection(
                    (
                        (left + px * by_x) / width,
                        (top + py * by_y) / height,
                        0.6 * bw * by_x / width,
                        0.8 * bh * by_y / height,
                    ),
                    LABEL,
                    min(1.0, weight / 2),
                )
            )
        if len(made) <= 1:
            # One in one: where it moves is known better than where the window lay.
            return [Detection(box, LABEL, one.confidence) for one in made]
        return made
