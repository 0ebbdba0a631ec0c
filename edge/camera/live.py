"""A picture a second of what the camera sees, for as long as somebody on the console asks.

The console touches `wanted` in the camera's folder; while that is fresh, `live.jpg` is written
beside it, whole and in place of the one before. Nobody's face leaves in it, and nothing of it is
kept: it is no evidence.
"""

import contextlib
from pathlib import Path

import cv2

from edge.camera.seen import Blur, Frame

_FRESH_S = 30.0  # after the last wish
_EVERY_S = 1.0
_QUALITY = 80
_WIDEST = 960  # pixels: somebody wants to see what is going on, not who it is


class Live:
    """Of one camera; one thread."""

    def __init__(self, folder: Path, blur: Blur) -> None:
        self._wanted = folder / "wanted"
        self._file = folder / "live.jpg"
        self._blur = blur
        self._last = -1e18

    def step(self, frame: Frame, now: float) -> bool:
        """`now`: seconds since 1970. Whether a picture was written. A full disk is no matter."""
        if abs(now - self._last) < _EVERY_S:
            return False
        self._last = now
        try:
            asked = self._wanted.stat().st_mtime
        except OSError:
            return False
        if abs(now - asked) > _FRESH_S:
            self._file.unlink(missing_ok=True)
            return False
        image = frame.image
        height, width = image.shape[:2]
        if width > _WIDEST:
            size = (_WIDEST, round(height * _WIDEST / width))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype("uint8")
        good, coded = cv2.imencode(".jpg", self._blur(image), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not good:
            return False
        beside = self._file.with_name("live.jpg.new")
        with contextlib.suppress(OSError):
            beside.write_bytes(coded.tobytes())
            beside.replace(self._file)
            return True
        return False
