"""How a detector's answer is read: rows of numbers → boxes in the pixels it was shown, how sure,
which class. Computes only.

- `yolox`, `yolov5`: [N, 5+C]: centre, size, how sure that there is something, how sure of each
  class. YOLOX files leave out the grid: centres count cells, sizes are logarithms.
- `yolov8`: [4+C, N]: centre, size, how sure of each class.
- `boxes`: [N, 6]: two corners, how sure, the class. The file has chosen among them already.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Layout = Literal["yolox", "yolov5", "yolov8", "boxes"]

_STRIDES = (8, 16, 32)  # of YOLOX's three grids
_MOST = 300  # boxes considered, the surest


class Found(msgspec.Struct, frozen=True):
    """`boxes`: left, top, right, bottom."""

    boxes: Floats
    sure: Floats
    classes: NDArray[np.int64]


class Unreadable(ValueError):
    """The answer has another form than was told; the text says which it has."""


def read(answer: Floats, layout: Layout, width: int, height: int, *, decoded: bool) -> Found:
    """`width`, `height`: of the picture shown. Unreadable: the answer is not of that layout."""
    rows = np.asarray(answer, np.float32)
    while rows.ndim > 2 and rows.shape[0] == 1:
        rows = rows[0]
    if rows.ndim != 2:
        raise Unreadable(f"its answer is of shape {list(answer.shape)}; two dimensions are read")
    if layout == "boxes":
        return _corners(rows)
    if layout == "yolov8":
        return _centres(_columns(rows.T, 5, answer), rows.T[:, 4:])
    rows = _columns(rows, 6, answer)
    if layout == "yolox" and not decoded:
        rows = _off_grid(rows, width, height)
    return _centres(rows, rows[:, 4:5] * rows[:, 5:])


def suppressed(found: Found, sure: float, overlap: float) -> Found:
    """Without those less sure, and of several over each other, of one class, the surest."""
    order = np.argsort(-found.sure, kind="stable")
    order = order[found.sure[order] >= sure][:_MOST]
    boxes, classes = found.boxes[order], found.classes[order]
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    alive = np.ones(len(order), bool)
    for index in range(len(order)):
        if not alive[index]:
            continue
        corner = np.maximum(boxes[index, :2], boxes[index + 1 :, :2])
        end = np.minimum(boxes[index, 2:], boxes[index + 1 :, 2:])
        common = np.prod(np.maximum(end - corner, 0), axis=1)
        union = areas[index] + areas[index + 1 :] - common
        alive[index + 1 :] &= (common <= overlap * union) | (classes[index + 1 :] != classes[index])
    kept = order[alive]
    return Found(found.boxes[kept], found.sure[kept], found.classes[kept])


def _columns(rows: Floats, least: int, answer: Floats) -> Floats:
    if rows.shape[1] < least:
        raise Unreadable(
            f"its answer is of shape {list(answer.shape)}: too few numbers for each box"
        )
    return rows


def _corners(rows: Floats) -> Found:
    if rows.shape[1] != 6:
        raise Unreadable(f"its answer has {rows.shape[1]} numbers for each box, 6 are read")
    good = np.isfinite(rows).all(axis=1)
    rows = rows[good]
    return Found(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64))


def _centres(rows: Floats, scores: Floats) -> Found:
    best = scores.argmax(axis=1)
    sure = scores[np.arange(len(scores)), best]
    half = rows[:, 2:4] / 2
    boxes = np.hstack([rows[:, :2] - half, rows[:, :2] + half])
    good = np.isfinite(boxes).all(axis=1) & np.isfinite(sure)
    return Found(boxes[good], sure[good], best[good].astype(np.int64))


def _off_grid(rows: Floats, width: int, height: int) -> Floats:
    cells, strides = [], []
    for stride in _STRIDES:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride]
        cells.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((x.size, 1), stride, np.float32))
    grid, step = np.concatenate(cells).astype(np.float32), np.concatenate(strides)
    if len(grid) != len(rows):
        raise Unreadable(
            f"it gives {len(rows)} boxes where a grid over {width}x{height} has {len(grid)}; "
            "set `decoded = true` if it works out the grid itself"
        )
    placed = rows.copy()
    placed[:, :2] = (rows[:, :2] + grid) * step
    placed[:, 2:4] = np.exp(np.minimum(rows[:, 2:4], 20)) * step
    return placed
