"""Rules hold for every walk: nobody is counted who did not cross, whatever the frame rate, and
wherever on the picture it happens."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.camera.geometry import Point, beside, inside, right_of, simple
from edge.camera.rules.line import LineRule
from edge.camera.rules.presence import PresenceRule
from edge.camera.rules.set import Rules
from edge.camera.seen import Track
from edge.camera.zones import BadZones, Line, Region, Zones, faults, read, written
from tests.unit.edge.camera.walks import frame, track, way

SHARE = st.floats(0, 1).map(lambda value: round(value, 4))
POINT = st.tuples(SHARE, SHARE)
WALK = st.lists(POINT, min_size=1, max_size=30)
# From edge to edge, so that there is no way around it.
ACROSS = st.tuples(SHARE, SHARE).map(lambda ys: Line(name="l", start=(0, ys[0]), end=(1, ys[1])))
FAR = 0.04  # clearly off a line, beyond the widest band
SQUARE = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))


def clear(line: Line, point: Point) -> bool:
    return abs(beside(line.start, line.end, point)) > FAR


def walk(rule: LineRule, points: Sequence[Point], id: int = 1) -> int:
    return sum(
        1 if one.direction == "in" else -1
        for at, point in enumerate(points)
        for one in rule.step([track(point, at, id=id)], at)
    )


@given(line=ACROSS, points=WALK)
def test_in_less_out_is_who_has_come_to_be_inside(line: Line, points: list[Point]) -> None:
    settled = [point for point in points if clear(line, point)]
    rule = LineRule(line)
    walk(rule, settled)
    if settled:
        was, now = (right_of(line.start, line.end, settled[at]) for at in (0, -1))
        assert rule.counts["in"] - rule.counts["out"] == int(now) - int(was)


@given(line=ACROSS, points=WALK, cut=st.integers(1, 9))
def test_how_often_a_way_is_looked_at_changes_no_count(
    line: Line, points: list[Point], cut: int
) -> None:
    """Corners of the way are looked at, and so many places between them."""
    ends = [point for point in points if clear(line, point)]
    dense = [point for start, end in pairwise(ends) for point in way(start, end, cut)]
    coarse, fine = LineRule(line), LineRule(line)
    walk(coarse, ends)
    walk(fine, dense)
    assert coarse.counts == fine.counts


@given(
    points=WALK,
    line=st.tuples(POINT, POINT),
    by=st.tuples(st.integers(-64, 64), st.integers(-64, 64)),
)
def test_where_on_the_picture_it_happens_changes_nothing(
    points: list[Point], line: tuple[Point, Point], by: tuple[int, int]
) -> None:
    """In steps of a 256th, which no sum rounds."""

    def moved(point: Point, x: int = 0, y: int = 0) -> Point:
        return (round(point[0] * 128) + x + 64) / 256, (round(point[1] * 128) + y + 64) / 256

    start, end = (moved(one) for one in line)
    if start == end:
        return
    there = moved(line[0], *by), moved(line[1], *by)
    first = LineRule(Line(name="l", start=start, end=end))
    second = LineRule(Line(name="l", start=there[0], end=there[1]))
    walk(first, [moved(one) for one in points])
    walk(second, [moved(one, *by) for one in points])
    assert first.counts == second.counts


@given(points=WALK, line=st.tuples(POINT, POINT))
def test_a_line_turned_round_counts_the_other_way(
    points: list[Point], line: tuple[Point, Point]
) -> None:
    start, end = line
    if start == end:
        return
    one, other = (
        LineRule(Line(name="l", start=start, end=end, in_side=side)) for side in ("left", "right")
    )
    walk(one, points)
    walk(other, points)
    assert one.counts == {"in": other.counts["out"], "out": other.counts["in"]}


@given(walks=st.lists(WALK, min_size=1, max_size=5))
def test_who_left_had_entered_and_nobody_stays_for_ever(walks: list[list[Point]]) -> None:
    rule = PresenceRule(Region(name="r", polygon=SQUARE))
    inside_now: set[int] = set()
    for at in range(max(map(len, walks))):
        tracks: list[Track] = [
            track(points[at], float(at), id=number)
            for number, points in enumerate(walks)
            if at < len(points)
        ]
        for one in rule.step(tracks, float(at)):
            if one.sort == "entered":
                assert one.track.id not in inside_now
                assert inside(SQUARE, one.track.foot)
                inside_now.add(one.track.id)
            else:
                inside_now.remove(one.track.id)
        assert rule.inside == len(inside_now)
    left = rule.step([], 1000.0)
    assert {one.track.id for one in left} == inside_now
    assert rule.inside == 0


@given(points=WALK, cut=st.integers(1, 30))
def test_the_same_frames_say_the_same(points: list[Point], cut: int) -> None:
    zones = Zones(
        lines=(Line(name="l", start=(0, 0.5), end=(1, 0.5)),),
        regions=(Region(name="r", polygon=SQUARE, loiter_s=2, crowd=1, crowd_s=1),),
    )
    runs = []
    for adopted in (False, True):
        rules = Rules(zones, camera="x")
        said = []
        for at, point in enumerate(points):
            if adopted and at == cut:
                rules.adopt(read(written(zones)))  # the same drawing again forgets nothing
            said += [one.body() for one in rules.step([track(point, at)], frame(at))]
        runs.append(said)
    assert runs[0] == runs[1]


@given(document=st.binary(max_size=200))
def test_no_document_does_more_than_be_refused(document: bytes) -> None:
    with suppress(BadZones):
        assert not faults(read(document))


@given(points=st.lists(POINT, min_size=3, max_size=8))
def test_a_polygon_that_is_taken_has_its_corners_inside(points: list[Point]) -> None:
    if simple(points):
        assert all(inside(points, point) for point in points)
        assert simple(points[::-1])
        assert simple([*points[1:], points[0]])
