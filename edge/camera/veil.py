"""Hiding people without looking for faces: what is not about something that moves is shown
coarsely, and of who moves the upper part is concealed.

Looking for faces in a whole picture costs a core a second and more, and misses some; this costs
five milliseconds and asks nobody. What is lost are details of what stands still, also of who
stands still, which is meant.
"""

from collections.abc import Sequence
from math import ceil, floor

import cv2
import numpy as np

from core.events.camera import Box
from edge.camera.blur import concealed, heads
from edge.camera.seen import Image, Track

_ACROSS = 128  # cells of the coarse picture: a head of a tenth of its width is twelve of them
_MARGIN = 0.15  # of what moves, shown around it
_CLEAR = 10  # cells of what is hidden: with more, more has to be done to it
_UNNAMED = 0.5  # of what may be several people, one in front of the other, from above


def veiled(image: Image, tracks: Sequence[Track] = ()) -> Image:
    """Another picture; as `edge.camera.blur.Blur`."""
    high, wide = image.shape[:2]
    across = min(_ACROSS, wide)
    size = (across, max(1, round(across * high / wide)))
    cells = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    coarse = np.asarray(cv2.resize(cells, (wide, high), interpolation=cv2.INTER_LINEAR), np.uint8)
    if not tracks:
        return coarse
    made = coarse.copy()
    for track in tracks:
        x, y, w, h = track.box
        # Above it nothing more is shown: there a head may begin.
        part = _part((x - _MARGIN * w, y, w * (1 + 2 * _MARGIN), h * (1 + _MARGIN)), wide, high)
        made[part] = image[part]
    hidden = [_upper(track) if track.label == "motion" else head
              for track in tracks for head in heads([track])]  # fmt: skip
    for box in hidden:
        part = _part(box, wide, high)
        made[part] = coarse[part]
    near = [box for box in hidden if box[2] * across > _CLEAR]
    return concealed(made, near) if near else made


def _upper(track: Track) -> Box:
    x, y, w, h = track.box
    return (x - _MARGIN * w, y, w * (1 + 2 * _MARGIN), _UNNAMED * h)


def _part(box: Box, wide: int, high: int) -> tuple[slice, slice]:
    x, y, w, h = box
    left, top = max(floor(x * wide), 0), max(floor(y * high), 0)
    return slice(top, max(ceil((y + h) * high), 0)), slice(left, max(ceil((x + w) * wide), 0))
