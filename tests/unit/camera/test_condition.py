"""What is wrong with a picture, told once, with a reason, and when it is over."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from core.event import Data
from core.events.camera import VideoLost, VideoRestored, VideoTampered
from edge.camera.condition import EVERY_S, ConditionStage
from edge.camera.config import Condition
from edge.camera.motion import Grey
from tests.fix_camera import grey, noisy, person, yard

QUICK = Condition(lost_s=5, frozen_s=10, tampered_s=3, clear_s=2, relearn_s=60)
Seen = Callable[[Grey], Grey]


class Rig:
    """A camera of whose picture only looks are taken, at the stage's own rate."""

    def __init__(self, told: Condition = QUICK, sigma: float = 2.0) -> None:
        self.at = 1000.0
        self.stage = ConditionStage(told, self.at)
        self._rng = np.random.default_rng(5)
        self._sigma = sigma
        self.ground = yard()

    def picture(self) -> Grey:
        return grey(noisy(self.ground, self._rng, self._sigma))

    def look(self, picture: Grey) -> list[Data]:
        self.at += EVERY_S
        return list(self.stage.step(picture, self.at))

    def seconds(self, count: float, through: Seen = lambda one: one) -> list[Data]:
        return [
            said
            for _ in range(round(count / EVERY_S))
            for said in self.look(through(self.picture()))
        ]

    def learned(self) -> "Rig":
        assert self.seconds(15) == [VideoRestored(reason="started")]
        return self


def shifted(picture: Grey) -> Grey:
    return np.roll(np.roll(picture, 70, axis=1), 30, axis=0)


def out_of_focus(picture: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 4), np.uint8)


def covered(picture: Grey) -> Grey:
    return np.asarray(np.clip(picture.astype(np.float32) * 0.02 + 90, 0, 255), np.uint8)


def black(picture: Grey) -> Grey:
    return np.asarray(picture // 30, np.uint8)


TAMPERING: list[tuple[str, Seen]] = [
    ("moved", shifted), ("blurred", out_of_focus), ("covered", covered), ("black", black),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "through"), TAMPERING)
def test_it_is_told_once_and_when_it_is_over(reason: str, through: Seen) -> None:
    rig = Rig().learned()
    assert rig.seconds(20, through) == [VideoTampered(reason=reason)]
    assert rig.stage.fault == reason
    assert rig.seconds(10) == [VideoRestored(reason=reason)]
    assert rig.stage.fault is None


@pytest.mark.parametrize(("reason", "through"), TAMPERING)
def test_what_lasts_a_moment_is_nothing(reason: str, through: Seen) -> None:
    rig = Rig().learned()
    assert rig.seconds(2, through) + rig.seconds(10) == []


def test_a_picture_that_does_not_change_is_frozen() -> None:
    rig = Rig().learned()
    last = rig.picture()
    said = [one for _ in range(40) for one in rig.look(last)]
    assert said == [VideoLost(reason="frozen")]
    assert rig.seconds(5) == [VideoRestored(reason="frozen")]


def test_a_frozen_picture_coded_again_is_frozen() -> None:
    """What an encoder adds to equal pictures is less than what a sensor does."""
    rig = Rig().learned()
    last, rng = rig.picture(), np.random.default_rng(3)

    def coded() -> Grey:
        touched = last.copy()
        spots = rng.integers(0, touched.size, touched.size // 50)
        touched.ravel()[spots] ^= 1
        return touched

    said = [one for _ in range(40) for one in rig.look(coded())]
    assert said == [VideoLost(reason="frozen")]


def test_a_yard_in_which_nothing_moves_is_not_frozen() -> None:
    rig = Rig(sigma=0.7).learned()
    assert rig.seconds(120) == []


def test_no_pictures_are_lost_and_come_back() -> None:
    rig = Rig().learned()
    said = [one for second in range(1, 20) for one in rig.stage.missing(rig.at + second)]
    assert said == [VideoLost(reason="no-frames")]
    rig.at += 20
    assert rig.seconds(5) == [VideoRestored(reason="no-frames")]


def test_a_camera_that_never_gave_a_picture_is_lost() -> None:
    rig = Rig()
    assert list(rig.stage.missing(rig.at + 4)) == []
    assert list(rig.stage.missing(rig.at + 6)) == [VideoLost(reason="no-frames")]


def test_who_covers_a_camera_whose_picture_goes_is_told_of_the_graver() -> None:
    rig = Rig().learned()
    assert rig.seconds(10, covered) == [VideoTampered(reason="covered")]
    assert list(rig.stage.missing(rig.at + 6)) == [VideoLost(reason="no-frames")]


def test_another_view_for_long_is_the_usual_one() -> None:
    rig = Rig().learned()
    assert rig.seconds(20, shifted) == [VideoTampered(reason="moved")]
    assert rig.seconds(80, shifted) == [VideoRestored(reason="moved")]
    assert rig.seconds(60, shifted) == []
    assert rig.seconds(20) == [VideoTampered(reason="moved")]


def light(seconds: int) -> Iterator[float]:
    """From day to dusk."""
    for step in range(round(seconds / EVERY_S)):
        yield 1 - 0.6 * step / (seconds / EVERY_S)


def test_dusk_is_no_tampering() -> None:
    rig = Rig().learned()
    said = [
        one for share in light(300) for one in rig.look(np.asarray(rig.picture() * share, np.uint8))
    ]
    assert said == []


def test_people_in_the_picture_are_no_tampering() -> None:
    rig = Rig().learned()
    said: list[Data] = []
    for step in range(120):
        image = rig.ground.copy()
        for number in range(4):
            person(image, (step * 5 + number * 70) % 320, 120 + 30 * number, tall=90)
        said += rig.look(grey(noisy(image, np.random.default_rng(step))))
    assert said == []


def test_what_is_turned_off_is_not_told() -> None:
    rig = Rig(Condition(lost_s=5, frozen_s=0, tampered_s=0, clear_s=1)).learned()
    for through in (black, covered, shifted, out_of_focus):
        assert rig.seconds(20, through) == []
    last = rig.picture()
    assert [one for _ in range(200) for one in rig.look(last)] == []
