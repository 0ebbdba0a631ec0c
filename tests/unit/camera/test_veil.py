"""Who is in a picture cannot be told from it, whether they move or stand."""

import cv2
import numpy as np

from edge.camera.seen import Image, Track
from edge.camera.veil import veiled
from tests.fix_camera import yard


def detail(image: Image) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_32F).var())


def checked() -> Image:
    """Detail everywhere, as a face would have."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 255, (480, 640, 3), dtype=np.uint8)


def track(label: str, box: tuple[float, float, float, float]) -> Track:
    return Track(1, label, box, 0.9, 0.0, 1.0)


def test_what_does_not_move_is_coarse() -> None:
    image = checked()
    before = image.copy()
    assert detail(veiled(image)) < detail(image) / 100
    assert np.array_equal(image, before)


def test_of_a_person_the_head_is_hidden_and_the_rest_is_not() -> None:
    image = checked()
    made = veiled(image, [track("person", (0.4, 0.2, 0.2, 0.6))])
    x = slice(int(0.4 * 640), int(0.6 * 640))
    assert detail(made[int(0.2 * 480) : int(0.34 * 480), x]) < detail(image) / 100
    low = slice(int(0.5 * 480), int(0.8 * 480))
    assert np.array_equal(made[low, x], image[low, x])


def test_of_what_may_be_several_people_the_upper_half_is_hidden() -> None:
    image = checked()
    made = veiled(image, [track("motion", (0.4, 0.2, 0.2, 0.6))])
    x = slice(int(0.4 * 640), int(0.6 * 640))
    assert detail(made[int(0.2 * 480) : int(0.49 * 480), x]) < detail(image) / 100


def test_of_a_car_all_is_shown() -> None:
    image = checked()
    made = veiled(image, [track("car", (0.4, 0.2, 0.2, 0.6))])
    assert np.array_equal(made[100:380, 260:380], image[100:380, 260:380])


def test_who_leaves_the_picture_is_no_matter() -> None:
    for box in ((0.95, 0.9, 0.3, 0.4), (-0.2, -0.1, 0.3, 0.4), (0.5, 0.5, 0.0, 0.0)):
        assert veiled(yard(), [track("person", box)]).shape == yard().shape
