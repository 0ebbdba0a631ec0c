"""Making people unrecognisable before a picture is kept or sent.

Faces that are found, and the upper part of everybody who is followed, because a face that is
missed belongs to somebody. What is left of a head are a few averaged cells, smoothed: there is
nothing in the file to undo it with.
"""

from collections.abc import Iterable, Sequence
from math import ceil, floor
from typing import Protocol

import cv2

from core.events.camera import Box
from edge.camera.faces import Faces
from edge.camera.seen import Image, Track

_HEAD = 0.25  # of a person's box, from above
_GROUP = 0.5  # ... of a thing without a name: it may be several people, one before the other
_ABOVE = 0.06  # of its height more, since a box may begin at the forehead
_BESIDE = 0.1  # of its width, to each side
_FACE = 0.35  # of a face's size more, to each side: hair and ears tell, too
_CELLS = 5  # across what is concealed
_NOBODY = frozenset({"car", "truck", "bus", "motorcycle", "bicycle", "e-bike", "dog", "cat"})


class Blur(Protocol):
    def __call__(self, image: Image, tracks: Sequence[Track] = ()) -> Image:
        """Another picture; the one that was given stays as it is."""
        ...


class Conceal:
    def __init__(self, finders: Sequence[Faces]) -> None:
        self._finders = finders

    def __call__(self, image: Image, tracks: Sequence[Track] = ()) -> Image:
        hidden = [_grown(box) for finder in self._finders for box in finder.faces(image)]
        return concealed(image, [*hidden, *heads(tracks)])


def heads(tracks: Iterable[Track]) -> Sequence[Box]:
    """Of whoever is or may be a person: what moves without a name may be one."""
    found = []
    for track in tracks:
        if track.label in _NOBODY:
            continue
        x, y, wide, high = track.box
        top = y - _ABOVE * high
        share = _HEAD if track.label == "person" else _GROUP
        found.append((x - _BESIDE * wide, top, wide * (1 + 2 * _BESIDE), (share + _ABOVE) * high))
    return found


def concealed(image: Image, boxes: Iterable[Box]) -> Image:
    made = image.copy()
    high, wide = image.shape[:2]
    for x, y, broad, tall in boxes:
        left, right = max(floor(x * wide), 0), min(ceil((x + broad) * wide), wide)
        top, bottom = max(floor(y * high), 0), min(ceil((y + tall) * high), high)
        if left >= right or top >= bottom:
            continue
        # Of the original, so that one that lies in another is not made of smoothed pixels only.
        piece = image[top:bottom, left:right]
        size = (right - left, bottom - top)
        cells = (min(_CELLS, size[0]), min(_CELLS, size[1]))
        coarse = cv2.resize(piece, cells, interpolation=cv2.INTER_AREA)
        blocks = cv2.resize(coarse, size, interpolation=cv2.INTER_NEAREST)
        reach = max(size) / (2 * _CELLS)
        made[top:bottom, left:right] = cv2.GaussianBlur(blocks, (0, 0), max(reach, 1.0))
    return made


def _grown(face: Box) -> Box:
    x, y, wide, high = face
    return (x - _FACE * wide, y - _FACE * high, wide * (1 + 2 * _FACE), high * (1 + 2 * _FACE))
