"""What moves and what something was recognised as, put together. Computes only."""

from collections.abc import Sequence

from core.events.camera import Box
from edge.camera.seen import Detection

_SAME = 0.35  # of the smaller of two boxes: they are of one thing


def named(moving: Sequence[Detection], found: Sequence[Detection]) -> list[Detection]:
    """A thing that moves takes the name and the box of what was recognised there. Where several
    were, in one that moves (people side by side), they take its place; what does not move
    stands for itself."""
    if not found:
        return list(moving)
    kept = [one for one in moving if not any(_common(one.box, other.box) for other in found)]
    return kept + list(found)


def _common(one: Box, other: Box) -> bool:
    w = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    h = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if w <= 0 or h <= 0:
        return False
    return w * h >= _SAME * min(one[2] * one[3], other[2] * other[3])
