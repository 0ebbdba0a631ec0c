"""Hiding people without looking for faces: what is not about something that moves is shown
coarsely, and of who moves the upper part is concealed.

Looking for faces in a whole picture costs a core a second and more, and misses some; this costs
three milliseconds and asks nobody. What is lost are details of what stands still, also of who
stands still, which is meant.
"""

from collections.abc import Sequence
from math import ceil, floor

import cv2

from edge.camera.blur import concealed, heads
from edge.camera.seen import Image, Track

_ACROSS = 128  # cells of the coarse picture: a head of a tenth of its width is twelve of them
_MARGIN = 0.15  # of what moves, shown around it
_UNNAMED = 0.5  # of what may be several people, one in front of the other, from above


def veiled(image: Image, tracks: Sequence[Track] = ()) -> Image:
    """Another picture; as `edge.camera.blur.Blur`."""
    high, wide = image.shape[:2]
    across = min(_ACROSS, wide)
    size = (across, max(1, round(across * high / wide)))
    cells = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    made = cv2.resize(cells, (wide, high), interpolation=cv2.INTER_LINEAR).astype("uint8")
    hidden = list(heads(tracks))
    for track in tracks:
        x, y, w, h = track.box
        left, right = max(floor((x - _MARGIN * w) * wide), 0), ceil((x + w + _MARGIN * w) * wide)
        # Above it nothing more is shown: there a head may begin.
        top, bottom = max(floor(y * high), 0), ceil((y + h + _MARGIN * h) * high)
        made[top:bottom, left:right] = image[top:bottom, left:right]
        if track.label == "motion":
            hidden.append((x - _MARGIN * w, y, w * (1 + 2 * _MARGIN), _UNNAMED * h))
    return concealed(made, hidden)
