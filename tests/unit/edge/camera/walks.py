"""Tracks and frames that tests make up."""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from core.events.camera import Box
from edge.camera.geometry import Point
from edge.camera.seen import Frame, Image, Track

GREY = np.full((2, 2, 3), 100, np.uint8)


def track(foot: Point, at: float, *, id: int = 1, label: str = "person", seen: float = -1) -> Track:
    """Somebody a tenth of the frame high; `seen`: when last, if not now."""
    x, y = foot
    box = (x - 0.02, y - 0.1, 0.04, 0.1)
    return Track(id, label, box, 0.9, 0.0, at if seen < 0 else seen)


def at_box(box: Box, at: float, *, id: int = 1, label: str = "person") -> Track:
    return Track(id, label, box, 0.9, 0.0, at)


def frame(at: float, image: Image = GREY) -> Frame:
    return Frame(round(at * 10), at, image)


def way(start: Point, end: Point, steps: int) -> Sequence[Point]:
    return [
        (
            start[0] + (end[0] - start[0]) * step / steps,
            start[1] + (end[1] - start[1]) * step / steps,
        )
        for step in range(steps + 1)
    ]


def ground(seed: int = 1) -> Image:
    """A place with some structure and a little noise, 320 × 240; never drawn upon."""
    return _ground(seed % 8)


@lru_cache(maxsize=8)
def _ground(seed: int) -> Image:
    drawn = np.full((240, 320, 3), 110, np.uint8)
    cv2.rectangle(drawn, (0, 150), (320, 240), (120, 125, 130), -1)
    cv2.line(drawn, (0, 150), (320, 170), (90, 90, 95), 2)
    noise = np.random.default_rng(seed).integers(-4, 5, drawn.shape)
    return np.asarray(np.clip(drawn + noise, 0, 255), np.uint8)


def with_box(image: Image, box: tuple[int, int, int, int], colour: int = 30) -> Image:
    """`box`: left, top, width, height in pixels."""
    made = image.copy()
    x, y, wide, high = box
    made[y : y + high, x : x + wide] = colour
    return made


def face(size: int = 160) -> Image:
    """A drawn face both detectors take for one, in the middle of 640 × 480."""
    made = np.full((480, 640, 3), 120, np.uint8)

    def oval(x: int, y: int, wide: int, high: int, colour: tuple[int, int, int]) -> None:
        scale = size / 160
        middle = (round(320 + x * scale), round(220 + y * scale))
        axes = (round(wide * scale), round(high * scale))
        cv2.ellipse(made, middle, axes, 0, 0, 360, colour, -1)

    oval(0, -10, 66, 88, (40, 50, 60))
    oval(0, 0, 58, 78, (150, 180, 215))
    for side in (-1, 1):
        oval(side * 25, -14, 15, 8, (70, 90, 120))
        oval(side * 25, -14, 10, 5, (235, 235, 235))
        oval(side * 25, -14, 5, 5, (20, 20, 20))
        oval(side * 25, -30, 16, 4, (50, 60, 70))
    oval(0, 12, 8, 18, (165, 195, 230))
    oval(0, 24, 11, 5, (100, 130, 165))
    oval(0, 46, 22, 7, (80, 80, 160))
    oval(0, 60, 14, 3, (130, 160, 195))
    return np.asarray(cv2.GaussianBlur(made, (5, 5), 0), np.uint8)
