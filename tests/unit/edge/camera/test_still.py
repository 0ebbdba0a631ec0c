"""What was left, what was taken, and a bin that is too full, in drawn scenes."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from core.events import camera, waste
from edge.camera.blur import Conceal
from edge.camera.finding import Finding
from edge.camera.onlooker import Onlooker
from edge.camera.rules.set import Rules
from edge.camera.seen import Image, Track
from edge.camera.zones import Region, Zones, written
from tests.unit.edge.camera.walks import at_box, frame, ground, with_box

PLACE = ((0.2, 0.5), (0.8, 0.5), (0.8, 0.95), (0.2, 0.95))
BAG = (150, 170, 26, 30)  # pixels of 320 × 240
PERSON = (0.42, 0.3, 0.15, 0.55)


def watched(
    rules: Rules,
    scene: Callable[[int], Image],
    seconds: range,
    who: Callable[[int], Sequence[Track]] = lambda _: (),
) -> list[Finding]:
    """Two pictures a second."""
    found: list[Finding] = []
    for half in range(seconds.start * 2, seconds.stop * 2):
        found += rules.step(who(half // 2), frame(half / 2, scene(half)))
    return found


def kinds(found: Sequence[Finding]) -> list[str]:
    return [one.rule for one in found]


def placing(left_s: float = 10) -> Rules:
    region = Region(name="point", polygon=PLACE, left_s=left_s, presence=False)
    return Rules(Zones(regions=(region,)), camera="bins")


def empty(number: int) -> Image:
    return ground(number)


def with_bag(number: int) -> Image:
    return with_box(ground(number), BAG)


def test_a_place_where_nothing_changes_says_nothing() -> None:
    assert watched(placing(), empty, range(120)) == []


def test_what_is_put_down_is_left_once_and_removed_when_it_is_taken() -> None:
    rules = placing()
    assert watched(rules, empty, range(10)) == []
    (left,) = watched(rules, with_bag, range(10, 60))
    assert isinstance(left.data, camera.ObjectLeft)
    assert left.data.zone == "point"
    assert 19 <= left.at <= 24
    box = left.data.box
    assert box is not None
    assert box == pytest.approx((150 / 320, 170 / 240, 26 / 320, 30 / 240), abs=0.04)
    (removed,) = watched(rules, empty, range(60, 100))
    assert isinstance(removed.data, camera.ObjectRemoved)
    assert removed.data.box == pytest.approx(box, abs=0.04)


def test_what_was_always_there_is_removed_not_left() -> None:
    rules = placing()
    assert watched(rules, with_bag, range(70)) == []
    assert kinds(watched(rules, empty, range(70, 110))) == ["object-removed"]


def test_a_bag_beside_somebody_is_not_left_until_they_go() -> None:
    rules = placing()

    def standing(number: int) -> Image:
        return with_box(with_bag(number), (135, 75, 48, 60), 200)

    def near(second: int) -> Sequence[Track]:
        return [at_box(PERSON, second)]

    watched(rules, empty, range(10))
    assert watched(rules, standing, range(10, 60), near) == []
    assert kinds(watched(rules, with_bag, range(60, 90))) == ["object-left"]


def test_who_walks_through_leaves_nothing() -> None:
    rules = placing()

    def walking(number: int) -> Image:
        return with_box(ground(number), (60 + number * 7 % 200, 130, 30, 90), 40)

    watched(rules, empty, range(10))
    assert watched(rules, walking, range(10, 40)) == []
    assert watched(rules, empty, range(40, 80)) == []


def test_a_cloud_and_a_lamp_are_no_objects() -> None:
    rules = placing()

    def cloud(number: int) -> Image:
        return np.clip(ground(number).astype(np.int16) - 50, 0, 255).astype(np.uint8)

    def night(number: int) -> Image:
        return 255 - ground(number)

    watched(rules, empty, range(10))
    for scene, seconds in ((cloud, range(10, 40)), (night, range(40, 80)), (empty, range(80, 120))):
        assert watched(rules, scene, seconds) == []


def test_a_blink_is_nothing() -> None:
    rules = placing()

    def blinking(number: int) -> Image:
        return with_bag(number) if number % 8 < 4 else empty(number)

    watched(rules, empty, range(10))
    assert watched(rules, blinking, range(10, 80)) == []


def test_another_size_of_picture_begins_anew() -> None:
    rules = placing()
    watched(rules, empty, range(10))

    def small(number: int) -> Image:
        return np.ascontiguousarray(with_bag(number)[::3, ::3])

    assert watched(rules, small, range(10, 60)) == []


RIM = ((0.35, 0.3), (0.65, 0.3), (0.65, 0.55), (0.35, 0.55))


def bin_rules() -> Rules:
    region = Region(name="rim", polygon=RIM, bin="B-7", presence=False, overflow=0.3, overflow_s=20)
    return Rules(Zones(regions=(region,)), camera="bins")


def the_bin(number: int) -> Image:
    return with_box(ground(number), (112, 132, 96, 80), 60)


def heaped(number: int) -> Image:
    return with_box(the_bin(number), (118, 92, 80, 40), 210)


def test_a_heap_above_the_rim_is_overflow_until_it_was_taken_away() -> None:
    rules = bin_rules()
    assert watched(rules, the_bin, range(10)) == []
    (full,) = watched(rules, heaped, range(10, 60))
    assert isinstance(full.data, waste.Overflowed)
    assert (full.subject, full.data.source, full.data.zone) == ("bin/B-7", "camera", "rim")
    assert full.data.confidence is None  # it was compared, nobody recognised it
    assert 30 <= full.at <= 33
    (cleared,) = watched(rules, the_bin, range(60, 100))
    assert isinstance(cleared.data, waste.Cleared)
    assert cleared.subject == "bin/B-7"


def test_a_small_thing_a_passer_by_and_a_cloud_are_no_overflow() -> None:
    rules = bin_rules()
    watched(rules, the_bin, range(10))

    def small(number: int) -> Image:
        return with_box(the_bin(number), (150, 120, 12, 12), 210)

    def cloudy(number: int) -> Image:
        return np.clip(the_bin(number).astype(np.int16) + 40, 0, 255).astype(np.uint8)

    def somebody(number: int) -> Image:
        return with_box(the_bin(number), (130, 60, 60, 150), 20)

    def who(second: int) -> Sequence[Track]:
        return [at_box((0.4, 0.25, 0.19, 0.65), second)]

    assert watched(rules, small, range(10, 60)) == []
    assert watched(rules, cloudy, range(60, 110)) == []
    assert watched(rules, somebody, range(110, 160), who) == []
    assert watched(rules, the_bin, range(160, 200)) == []


def test_the_dark_says_nothing_of_a_full_bin() -> None:
    rules = bin_rules()
    watched(rules, the_bin, range(10))
    assert kinds(watched(rules, heaped, range(10, 40))) == ["overflow"]

    def night(number: int) -> Image:
        return 255 - heaped(number)

    assert watched(rules, night, range(40, 100)) == []
    assert kinds(watched(rules, the_bin, range(100, 140))) == ["cleared"]


def test_a_detectors_word_counts_from_the_first_picture_on() -> None:
    rules = bin_rules()

    def named(second: int) -> Sequence[Track]:
        return [at_box((0.35, 0.3, 0.3, 0.5), second, label="bin_overflow")]

    (full,) = watched(rules, heaped, range(30), named)
    assert isinstance(full.data, waste.Overflowed)
    assert full.data.confidence == 0.9


def test_a_bin_that_was_full_is_full_after_its_region_was_moved() -> None:
    rules = bin_rules()
    watched(rules, the_bin, range(10))
    watched(rules, heaped, range(10, 40))
    moved = Region(
        name="rim", polygon=((0.36, 0.3), *RIM[1:]), bin="B-7", presence=False, overflow=0.3,
        overflow_s=20,
    )  # fmt: skip
    rules.adopt(Zones(regions=(moved,)))
    assert kinds(watched(rules, the_bin, range(40, 80))) == ["cleared"]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (48, 64), (240, 320)])
@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.985, 0.985), (0.985, 0.0), (0.5, 0.5)])
def test_the_smallest_region_of_the_smallest_picture_breaks_nothing(
    size: tuple[int, int], corner: tuple[float, float]
) -> None:
    x, y = corner
    region = Region(
        name="r", polygon=((x, y), (x + 0.015, y), (x + 0.015, y + 0.015)), left_s=1, bin="b",
        overflow=0.1, overflow_s=1, qr=True,
    )  # fmt: skip
    onlooker = Onlooker("bins", Conceal([]))
    onlooker.adopt(written(Zones(regions=(region,))))
    for second in range(8):
        image = np.full((*size, 3), 255 if second == 5 else 40, np.uint8)
        onlooker.step([at_box((-0.2, -0.2, 0.1, 0.1), second)], frame(second, image))
        assert onlooker.hidden(image).shape == image.shape
