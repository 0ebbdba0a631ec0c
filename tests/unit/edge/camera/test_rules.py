"""Lines and regions, walked through."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from core.event import Data
from core.events import camera
from edge.camera.finding import Finding
from edge.camera.geometry import Point
from edge.camera.rules.set import Rules
from edge.camera.zones import Line, Region, Zones
from tests.unit.edge.camera.walks import frame, track, way

LINE = Line(name="gate", start=(0.2, 0.5), end=(0.8, 0.5), in_side="right")
SQUARE = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
UP, DOWN = way((0.5, 0.7), (0.5, 0.3), 10), way((0.5, 0.3), (0.5, 0.7), 10)


def walked(rules: Rules, points: Sequence[Point], began: float = 0, **told: Any) -> list[Finding]:
    """Ten pictures a second."""
    found: list[Finding] = []
    for number, point in enumerate(points):
        at = began + number / 10
        found += rules.step([track(point, at, **told)], frame(at))
    return found


def data(found: Sequence[Finding]) -> list[Data]:
    return [one.data for one in found]


def kinds(found: Sequence[Finding]) -> list[str]:
    return [one.rule for one in found]


def counting(line: Line = LINE) -> Rules:
    return Rules(Zones(lines=(line,)), camera="south")


def square(**told: Any) -> Rules:
    return Rules(Zones(regions=(Region(name="yard", polygon=SQUARE, **told),)), camera="south")


def test_a_crossing_is_told_with_everything_that_is_known() -> None:
    (found,) = walked(counting(), DOWN)
    told = found.data
    assert isinstance(told, camera.LineCrossed)
    assert (told.direction, told.count, told.track_id) == ("in", 1, "1")
    assert (told.zone, told.rule, told.ga_code) == ("gate", "line", "05")
    assert (told.label, told.confidence) == ("person", 0.9)
    assert found.subject == "camera/south"
    assert found.frame is not None
    assert found.frame.at == found.at
    assert found.boxes == (told.box,)
    assert found.body()["trackId"] == "1"


def test_there_and_back_counts_both_ways() -> None:
    rules = counting()
    found = data([*walked(rules, DOWN), *walked(rules, UP, 5), *walked(rules, DOWN, 9, id=2)])
    assert [(one.direction, one.count) for one in found if isinstance(one, camera.LineCrossed)] == [
        ("in", 1), ("out", 1), ("in", 2)
    ]  # fmt: skip
    assert rules.counts() == {"gate": {"in": 2, "out": 1}}


def test_the_other_side_is_in_where_the_line_says_so() -> None:
    rules = counting(msgspec.structs.replace(LINE, in_side="left"))
    walked(rules, DOWN)
    assert rules.counts() == {"gate": {"in": 0, "out": 1}}


def test_who_trembles_on_the_line_crosses_it_once() -> None:
    still = [(0.5, 0.5 + (0.004 if number % 2 else -0.004)) for number in range(60)]
    rules = counting()
    assert kinds(walked(rules, [*DOWN[:5], *still, *DOWN[6:]])) == ["line"]
    assert kinds(walked(counting(), [*DOWN[:5], *still, *UP[6:]])) == []


def test_who_goes_round_the_end_crosses_nothing() -> None:
    around = [*way((0.5, 0.4), (0.9, 0.4), 5), *way((0.9, 0.4), (0.9, 0.6), 5),
              *way((0.9, 0.6), (0.5, 0.6), 5)]  # fmt: skip
    assert walked(counting(), around) == []
    back = [*around, *way((0.5, 0.6), (0.5, 0.4), 6)]
    assert kinds(walked(counting(), back)) == ["line"]


def test_what_is_presumed_counts_when_it_is_seen_again() -> None:
    rules = counting()
    walked(rules, DOWN[:4])
    for number in range(5):  # carried over the line by the tracker alone
        at = 1 + number / 10
        assert rules.step([track(DOWN[5 + number], at, seen=0.3)], frame(at)) == []
    assert kinds(walked(rules, UP[:1], 2)) == ["line"]
    lost = counting()
    walked(lost, DOWN[:4])
    for number in range(5):
        at = 1 + number / 10
        lost.step([track(DOWN[5 + number], at, seen=0.3)], frame(at))
    assert kinds(walked(lost, DOWN[:4], 2)) == []


def test_only_what_the_line_is_for_counts() -> None:
    rules = counting(msgspec.structs.replace(LINE, labels=("car",)))
    assert walked(rules, DOWN) == []
    assert kinds(walked(rules, DOWN, 5, id=2, label="car")) == ["line"]


def test_coming_and_going() -> None:
    rules = square(purpose="fire-lane", occupied_s=60)
    there = [(0.1, 0.5), *[(0.5, 0.5)] * 8, *[(0.9, 0.5)] * 8]
    entered, left = data(walked(rules, there))
    assert isinstance(entered, camera.RegionEntered)
    assert (entered.purpose, entered.limit_s, entered.count) == ("fire-lane", 60, 1)
    assert (entered.zone, entered.ga_code) == ("yard", "06")
    assert isinstance(left, camera.RegionLeft)
    assert (left.track_id, left.purpose, left.count) == ("1", "fire-lane", 0)


def test_who_stands_on_the_border_comes_once() -> None:
    border = [(0.3 + (0.004 if number % 2 else -0.004), 0.5) for number in range(100)]
    assert kinds(walked(square(), [*[(0.5, 0.5)] * 8, *border])) == ["entered"]


def test_who_passes_a_corner_in_a_moment_does_not_come() -> None:
    assert walked(square(), way((0.25, 0.4), (0.35, 0.25), 4)) == []


def test_a_track_that_ends_has_left() -> None:
    rules = square()
    walked(rules, [(0.5, 0.5)] * 8)
    (found,) = rules.step([], frame(2))
    assert isinstance(found.data, camera.RegionLeft)
    assert found.frame is None  # of an empty place
    assert rules.step([], frame(3)) == []


def test_loitering_is_told_once_a_stay() -> None:
    rules = square(loiter_s=5, presence=False)
    assert kinds(walked(rules, [(0.5, 0.5)] * 120)) == ["loitering"]
    walked(rules, [(0.9, 0.5)] * 10, 20)
    assert kinds(walked(rules, [(0.5, 0.5)] * 49, 30)) == []
    assert kinds(walked(rules, [(0.5, 0.5)] * 9, 35)) == ["loitering"]


def test_a_crowd_is_told_once_and_again_after_it_had_gone() -> None:
    rules = square(crowd=3, crowd_s=2, presence=False)

    def stand(people: int, began: float, seconds: float) -> list[Finding]:
        found: list[Finding] = []
        for number in range(round(seconds * 10)):
            at = began + number / 10
            here = [track((0.4 + 0.05 * each, 0.5), at, id=each) for each in range(people)]
            found += rules.step(here, frame(at))
        return found

    assert stand(2, 0, 10) == []
    (first,) = stand(4, 10, 10)
    assert isinstance(first.data, camera.CrowdCounted)
    assert (first.data.count, first.data.ga_code) == (4, "11")
    assert stand(2, 20, 1) == []  # thinner for a moment only
    assert stand(4, 21, 10) == []
    stand(1, 31, 5)
    assert kinds(stand(3, 36, 10)) == ["crowd"]


def test_boxes_a_tracker_guesses_beyond_the_frame_end_at_it() -> None:
    (found,) = walked(square(), [(0.5, 0.5)] * 5)
    told = found.data
    assert isinstance(told, camera.RegionEntered)
    assert told.box == (0.48, 0.4, 0.04, 0.1)
    rules = Rules(
        Zones(regions=(Region(name="edge", polygon=((0, 0), (0.1, 0), (0, 0.1))),)), camera="x"
    )
    (found,) = walked(rules, [(0.01, 0.03)] * 5)
    assert isinstance(found.data, camera.RegionEntered)
    assert found.data.box == (0.0, 0.0, 0.03, 0.03)


def test_zones_drawn_anew_keep_what_was_not_touched() -> None:
    other = Line(name="door", start=(0.1, 0.1), end=(0.1, 0.9))
    yard = Region(name="yard", polygon=SQUARE)
    rules = Rules(Zones(lines=(LINE, other), regions=(yard,)), camera="south")
    walked(rules, [*DOWN, *[(0.5, 0.5)] * 5])
    assert rules.counts()["gate"]["in"] == 1
    moved = msgspec.structs.replace(other, end=(0.2, 0.9))
    relabelled = msgspec.structs.replace(LINE, labels=("person", "car"))
    rules.adopt(Zones(lines=(relabelled, moved), regions=(yard,)))
    assert rules.counts() == {"gate": {"in": 1, "out": 0}, "door": {"in": 0, "out": 0}}
    assert rules.occupants() == {"yard": 1}
    turned = msgspec.structs.replace(relabelled, in_side="left")
    rules.adopt(Zones(lines=(turned,), regions=(yard,)))
    assert rules.counts() == {"gate": {"in": 0, "out": 0}}
    assert rules.occupants() == {"yard": 1}


def test_who_was_in_a_region_that_is_gone_has_left_it() -> None:
    rules = square()
    walked(rules, [(0.5, 0.5)] * 8)
    rules.adopt(Zones())
    (found,) = rules.step([track((0.5, 0.5), 1)], frame(1))
    assert isinstance(found.data, camera.RegionLeft)
    assert rules.step([track((0.5, 0.5), 2)], frame(2)) == []


def test_a_region_that_shrinks_is_left_by_who_is_outside_now() -> None:
    rules = square()
    walked(rules, [(0.5, 0.5)] * 8)
    small = Region(name="yard", polygon=((0.3, 0.3), (0.4, 0.3), (0.4, 0.4)))
    rules.adopt(Zones(regions=(small,)))
    assert kinds(walked(rules, [(0.5, 0.5)] * 8, 2)) == ["left"]


@pytest.mark.parametrize("told", [{"presence": False}, {"presence": False, "loiter_s": 100.0}])
def test_a_region_may_keep_quiet(told: dict[str, Any]) -> None:
    assert walked(square(**told), [(0.1, 0.1), *[(0.5, 0.5)] * 30, (0.1, 0.1)]) == []


def test_nobody_is_remembered_for_longer_than_the_tracker_does() -> None:
    rules = Rules(
        Zones(lines=(LINE,), regions=(Region(name="yard", polygon=SQUARE),)), camera="south"
    )
    for number in range(2000):
        rules.step([track((0.5, 0.4), number, id=number)], frame(number))
    assert len(rules._lines["gate"]._walkers) == 1
    assert len(rules._presence["yard"]._guests) == 1
