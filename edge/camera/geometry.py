"""Where a point is, as lines and polygons ask. All in fractions of the frame, y downwards; no units
of the world, so a distance across a wide frame is worth more than the same number along its height.
"""

from collections.abc import Iterator, Sequence
from math import hypot

Point = tuple[float, float]
_NOTHING = 1e-12


def turn(a: Point, b: Point, p: Point) -> float:
    """Above 0: `p` is to the right of who walks from `a` to `b` in the picture; 0: on the line."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def beside(a: Point, b: Point, p: Point) -> float:
    """Distance of `p` from the line through both, above 0 to the right; `a` and `b` differ."""
    return turn(a, b, p) / hypot(b[0] - a[0], b[1] - a[1])


def right_of(a: Point, b: Point, p: Point) -> bool:
    """Which side a point is on; one that is on the line itself always counts as right."""
    return turn(a, b, p) >= 0


def through(a: Point, b: Point, start: Point, end: Point) -> bool:
    """Whether the step from `start` to `end` changes sides between `a` and `b`.

    Sides are half open, so a walk that changes sides by way of a point on the line does it once,
    however its steps are cut. The line's ends belong to it.
    """
    if right_of(a, b, start) == right_of(a, b, end):
        return False
    first, second = turn(start, end, a), turn(start, end, b)
    return (first <= 0 <= second) or (second <= 0 <= first)


def inside(polygon: Sequence[Point], p: Point) -> bool:
    """By the ray to the right (even-odd); the border is inside."""
    found = False
    for a, b in sides(polygon):
        if on_segment(a, b, p):
            return True
        if (a[1] > p[1]) != (b[1] > p[1]):
            cross = a[0] + (p[1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
            if p[0] < cross:
                found = not found
    return found


def away(polygon: Sequence[Point], p: Point) -> float:
    """How far outside a point is; 0 inside and on the border."""
    if inside(polygon, p):
        return 0.0
    return min(_to_segment(a, b, p) for a, b in sides(polygon))


def sides(polygon: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    for number, point in enumerate(polygon):
        yield point, polygon[(number + 1) % len(polygon)]


def area(polygon: Sequence[Point]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in sides(polygon))) / 2


def simple(polygon: Sequence[Point]) -> bool:
    """Whether no side touches another but its neighbours, and those in their common point only."""
    edges = list(sides(polygon))
    count = len(edges)
    if count < 3 or any(a == b for a, b in edges):
        return False
    for one in range(count):
        a, b = edges[one]
        for other in range(one + 1, count):
            c, d = edges[other]
            if other == one + 1 or (one == 0 and other == count - 1):
                common, from_a, from_c = (b, a, d) if other == one + 1 else (a, b, c)
                if on_segment(common, from_a, from_c) or on_segment(common, from_c, from_a):
                    return False  # it folds back upon itself
            elif meet(a, b, c, d):
                return False
    return True


def meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two segments have a point in common."""
    ends = (on_segment(a, b, c), on_segment(a, b, d), on_segment(c, d, a), on_segment(c, d, b))
    if any(ends):
        return True
    return (turn(a, b, c) > 0) != (turn(a, b, d) > 0) and (turn(c, d, a) > 0) != (turn(c, d, b) > 0)


def on_segment(a: Point, b: Point, p: Point) -> bool:
    if abs(turn(a, b, p)) > _NOTHING:
        return False
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])


def overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """Area two boxes (x, y, width, height) have in common."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def _to_segment(a: Point, b: Point, p: Point) -> float:
    wide, high = b[0] - a[0], b[1] - a[1]
    length = wide * wide + high * high
    share = ((p[0] - a[0]) * wide + (p[1] - a[1]) * high) / length if length else 0.0
    share = min(max(share, 0.0), 1.0)
    return hypot(p[0] - a[0] - share * wide, p[1] - a[1] - share * high)
