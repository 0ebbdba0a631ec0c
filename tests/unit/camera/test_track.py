"""Who is who from frame to frame."""

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.events.camera import Box
from edge.camera.config import Tracking
from edge.camera.seen import Detection, Track
from edge.camera.track import Tracker, iou

TOLD = Tracking(confirm=3, lost_s=1.0)
W, H = 0.05, 0.2


def at_foot(x: float, y: float, label: str = "motion", w: float = W, h: float = H) -> Detection:
    return Detection((x - w / 2, y - h, w, h), label, 0.9)


def union(*all: Detection) -> Detection:
    left, top = min(one.box[0] for one in all), min(one.box[1] for one in all)
    right = max(one.box[0] + one.box[2] for one in all)
    bottom = max(one.box[1] + one.box[3] for one in all)
    return Detection((left, top, right - left, bottom - top), "motion", 0.7)


def followed(frames: Sequence[Sequence[Detection]], told: Tracking = TOLD) -> list[list[Track]]:
    tracker = Tracker(told)
    return [tracker.step(each, number / 10) for number, each in enumerate(frames)]


def test_one_who_walks_keeps_one_id() -> None:
    rng = random.Random(4)
    frames = [
        [at_foot(0.1 + 0.015 * n + rng.gauss(0, 0.003), 0.6 + rng.gauss(0, 0.004))]
        for n in range(50)
    ]
    found = followed(frames)
    assert found[0] == found[1] == []
    assert {one.id for each in found for one in each} == {1}
    assert all(len(each) == 1 for each in found[2:])
    x, y = found[-1][0].foot
    assert abs(x - (0.1 + 0.015 * 49)) < 0.01
    assert abs(y - 0.6) < 0.01


def test_who_is_hidden_for_a_while_is_the_same() -> None:
    frames = [[at_foot(0.1 + 0.01 * n, 0.6)] if not 20 <= n < 27 else [] for n in range(50)]
    found = followed(frames)
    assert {one.id for each in found for one in each} == {1}
    presumed = found[24][0]
    assert presumed.seen < 2.4
    assert abs(presumed.foot[0] - 0.34) < 0.01


def test_who_is_gone_is_forgotten() -> None:
    frames = [[at_foot(0.4, 0.6)] if n < 20 else [] for n in range(40)]
    found = followed(frames)
    assert len(found[28]) == 1
    assert found[35] == []


def test_two_who_pass_each_other_keep_their_ways() -> None:
    """While one hides the other there is one thing to be seen."""
    frames = []
    for n in range(60):
        one, other = at_foot(0.2 + 0.01 * n, 0.6), at_foot(0.8 - 0.01 * n, 0.61)
        apart = abs((0.2 + 0.01 * n) - (0.8 - 0.01 * n)) > W * 1.1
        frames.append([one, other] if apart else [union(one, other)])
    found = followed(frames)
    assert {one.id for each in found for one in each} == {1, 2}
    first, last = ({one.id: one.foot[0] for one in found[n]} for n in (5, 59))
    assert first[1] < 0.3
    assert last[1] > 0.7
    assert first[2] > 0.7
    assert last[2] < 0.3


def test_two_who_come_as_one_and_part_are_two() -> None:
    frames = []
    for n in range(40):
        one, other = at_foot(0.2 + 0.01 * n, 0.6), at_foot(0.21 + 0.013 * n, 0.6)
        frames.append([one, other] if 0.01 + 0.003 * n > W else [union(one, other)])
    assert len(followed(frames)[-1]) == 2


def test_a_leaf_is_never_told() -> None:
    assert [one for each in followed([[], [at_foot(0.5, 0.5)], [], [], []]) for one in each] == []


def test_the_name_that_is_said_most_beats_motion() -> None:
    names = ["motion"] * 5 + ["person", "motion", "bicycle", "person"] + ["motion"] * 5
    found = followed([[at_foot(0.5, 0.6, name)] for name in names])
    assert found[4][0].label == "motion"
    assert found[-1][0].label == "person"


def test_who_leaves_the_picture_is_not_presumed_outside() -> None:
    frames = [[at_foot(0.9 + 0.02 * n, 0.6)] if n < 6 else [] for n in range(20)]
    for each in followed(frames):
        for one in each:
            x, y, w, h = one.box
            assert 0 <= x <= x + w <= 1.0001
            assert 0 <= y <= y + h <= 1.0001


def test_overlap() -> None:
    assert iou((0, 0, 1, 1), (0, 0, 1, 1)) == 1
    assert iou((0, 0, 1, 1), (2, 0, 1, 1)) == 0
    assert iou((0, 0, 2, 1), (1, 0, 2, 1)) == 1 / 3


boxes = st.tuples(*[st.floats(0, 1)] * 2, *[st.floats(0.001, 1)] * 2)


@given(st.lists(st.lists(boxes, max_size=6), max_size=15))
def test_whatever_is_seen_gives_the_same_tracks_again(frames: list[list[Box]]) -> None:
    seen = [[Detection(box, "motion", 0.5) for box in each] for each in frames]
    found = followed(seen)
    assert found == followed(seen)
    for each in found:
        ids = [one.id for one in each]
        assert ids == sorted(set(ids))
