"""What moves is found where it is, and movement begins and ends once."""

import numpy as np

from core.events.camera import MotionEnded, MotionStarted
from edge.camera.config import Motion, Tracking
from edge.camera.motion import MotionSpan, MotionStage
from edge.camera.seen import Detection
from edge.camera.track import Tracker
from tests.fix_camera import HEIGHT, WIDTH, grey, noisy, walking, yard


def test_a_person_is_found_where_they_walk() -> None:
    stage = MotionStage(Motion())
    found = [stage.step(grey(one)) for one in walking([(20, 200, 6, 0)], 40)]
    assert all(not one for one in found[:15])
    for step in range(3, 40):
        (thing,) = found[15 + step]
        x, y, w, h = thing.box
        assert abs((x + w / 2) * WIDTH - (20 + 6 * step)) < 6
        assert abs((y + h) * HEIGHT - 200) < 6
        assert thing.label == "motion"


def test_noise_is_no_movement() -> None:
    stage, rng, ground = MotionStage(Motion()), np.random.default_rng(2), yard()
    assert [one for _ in range(60) for one in stage.step(grey(noisy(ground, rng)))] == []


def test_a_lamp_that_is_switched_on_is_no_movement() -> None:
    stage, rng, ground = MotionStage(Motion()), np.random.default_rng(2), yard()
    for _ in range(30):
        stage.step(grey(noisy(ground, rng)))
    lit = np.clip(ground.astype(np.int16) + 60, 0, 255).astype(np.uint8)
    assert [one for _ in range(60) for one in stage.step(grey(noisy(lit, rng)))] == []


def test_a_large_picture_is_brought_down() -> None:
    whole = MotionStage(Motion(pixels=10_000))
    found = [whole.step(grey(one)) for one in walking([(20, 200, 6, 0)], 30)]
    (thing,) = found[-1]
    assert abs((thing.box[0] + thing.box[2] / 2) * WIDTH - (20 + 6 * 29)) < 8


def test_movement_begins_and_ends_once() -> None:
    span, tracker = MotionSpan(2.0), Tracker(Tracking())
    said = []
    for number in range(100):
        at = number / 10
        here = [Detection((0.01 * number, 0.5, 0.1, 0.3), "motion", 0.8)] if number < 50 else []
        if number in (20, 21):  # a moment out of sight
            here = []
        said += [(number, one) for one in span.step(tracker.step(here, at), at)]
    (began, first), (ended, last) = said
    assert isinstance(first, MotionStarted)
    assert first.count == 1
    assert began == 3
    assert isinstance(last, MotionEnded)
    assert last.duration_s == 4.6
    assert ended == 69
    assert span.end() == ()


def test_what_goes_on_when_nothing_more_comes_is_ended() -> None:
    span, tracker = MotionSpan(2.0), Tracker(Tracking(confirm=1))
    here = [Detection((0.1, 0.5, 0.1, 0.3), "motion", 0.8)]
    assert len(span.step(tracker.step(here, 0.0), 0.0)) == 1
    assert span.end() == (MotionEnded(duration_s=0.0),)
