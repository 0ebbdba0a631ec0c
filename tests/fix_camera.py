"""Pictures made up for tests: a yard with walls and windows, noise as a sensor has it, and people
of two colours who walk. The same seed gives the same pictures."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.motion import Grey
from edge.camera.seen import Image

FPS = 10.0
WIDTH, HEIGHT = 320, 240
Walk = tuple[float, float, float, float]  # x and y of the foot at frame 0, pixels a frame


def yard(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """Rectangles of many greys: outlines all over it."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 110, np.uint8)
    for _ in range(40):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        w, h = int(rng.integers(10, width // 4)), int(rng.integers(10, height // 4))
        shade = tuple(int(one) for one in rng.integers(60, 200, 3))
        cv2.rectangle(image, (x, y), (x + w, y + h), shade, -1)
    return image


def noisy(image: Image, rng: np.random.Generator, sigma: float = 2.0) -> Image:
    grain = rng.normal(0, sigma, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def person(image: Image, x: float, y: float, tall: int = 60, shade: int = 20) -> None:
    """Somebody upright whose foot is at (x, y)."""
    w = tall // 3
    left, top = round(x - w / 2), round(y - tall)
    cv2.rectangle(image, (left, top + tall // 5), (left + w, round(y)), (shade,) * 3, -1)
    cv2.circle(image, (round(x), top + tall // 9), tall // 9, (shade,) * 3, -1)


def walking(
    walks: Sequence[Walk], frames: int, *, empty: int = 15, seed: int = 1, scene: int = 1
) -> Iterator[Image]:
    """First `empty` frames without anybody."""
    rng, ground = np.random.default_rng(seed), yard(scene)
    for number in range(empty + frames):
        image = ground.copy()
        if number >= empty:
            for x, y, dx, dy in walks:
                step = number - empty
                person(image, x + dx * step, y + dy * step)
        yield noisy(image, rng)


def grey(image: Image) -> Grey:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def clip(path: Path, images: Sequence[NDArray[np.uint8]], fps: float = FPS) -> Path:
    """Motion JPEG: every build of the library can write it."""
    height, width = images[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    assert writer.isOpened()
    for image in images:
        writer.write(image)
    writer.release()
    return path
