"""Pictures in, what happened out: the stages together, over pictures made up."""

from collections.abc import Sequence

import pytest

from core.events.camera import LineCrossed, MotionEnded, MotionStarted
from edge.camera.config import Camera, Condition, People
from edge.camera.named import named
from edge.camera.onlooker import Onlooker
from edge.camera.people import PeopleStage
from edge.camera.pipeline import Pipeline, grey_of
from edge.camera.seen import Detection, Frame, Image, Told
from edge.camera.veil import veiled
from edge.camera.zones import Line, Zones, written
from tests.fix_camera import FPS, Walk, walking, yard

GATE = Line(name="gate", start=(0.5, 0.1), end=(0.5, 1.0), in_side="left")


def told(walks: Sequence[Walk], frames: int, **camera: object) -> list[Told]:
    onlooker = Onlooker("yard", veiled).adopt(written(Zones(lines=(GATE,))))
    made = Camera(source="x", scale=1.0, **camera)  # type: ignore[arg-type]
    pipeline = Pipeline(made, onlooker, (), 0.0)
    said: list[Told] = []
    for number, image in enumerate(walking(walks, frames)):
        said += pipeline.step(Frame(number + 1, number / FPS, image))
    return [*said, *pipeline.end()]


def test_who_walks_through_the_gate_is_told_once() -> None:
    said = told([(-20, 200, 6, 0), (360, 130, -6, 0)], 75, condition=None)
    crossed = [one.data for one in said if isinstance(one.data, LineCrossed)]
    assert sorted(one.direction for one in crossed) == ["in", "out"]
    assert len({one.track_id for one in crossed}) == 2
    assert [type(one.data) for one in said if "motion" in one.data.TYPE] == [
        MotionStarted, MotionEnded,
    ]  # fmt: skip


def test_the_same_pictures_tell_the_same() -> None:
    walks = [(-20.0, 200.0, 6.0, 0.0), (330.0, 130.0, -5.0, 0.5)]
    first, again = ([one.body() for one in told(walks, 60)] for _ in range(2))
    assert first == again


def test_a_camera_that_is_covered_sees_nothing_move() -> None:
    onlooker = Onlooker("yard", veiled)
    pipeline = Pipeline(
        Camera(source="x", scale=1.0, condition=Condition(tampered_s=1, clear_s=1)),
        onlooker, (), 0.0,
    )  # fmt: skip
    said: list[str] = []
    for number, image in enumerate(walking([(20, 200, 4, 0)], 120, empty=60)):
        shown = image if number < 70 else image // 30
        said += [
            f"{one.data.TYPE} {getattr(one.data, 'reason', '')}"
            for one in pipeline.step(Frame(number, number / FPS, shown))
        ]
    assert said[-1] == "camera.video.tampered.v1 black"
    assert pipeline.fault == "black"


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.33])
def test_grey_has_the_size_of_analysis(scale: float) -> None:
    assert grey_of(yard(), scale).shape == (round(240 * scale), round(320 * scale))


def one(x: float, label: str = "motion", wide: float = 0.1) -> Detection:
    return Detection((x, 0.4, wide, 0.4), label, 0.9)


def test_people_take_the_place_of_what_moves() -> None:
    group = one(0.1, wide=0.3)
    people = [one(0.12, "person"), one(0.28, "person")]
    assert named([group, one(0.7)], people) == [one(0.7), *people]
    assert named([group], []) == [group]
    assert named([], people) == people


class Plane:
    """In place of the trained one: somebody is in the middle of whatever it is shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def __call__(self, picture: Image, **_: object) -> tuple[object, object]:
        self.shown.append(picture.shape)
        high, wide = picture.shape
        return [(wide // 2 - 32, high // 2 - 64, 64, 128)], [1.4]


def test_only_what_moves_is_looked_at_and_brought_to_size() -> None:
    stage, plane = PeopleStage(People(on=True, every=2)), Plane()
    stage._hog = type("Hog", (), {"detectMultiScale": lambda _, picture, **more: plane(picture)})()
    frame = Frame(1, 0.0, yard(width=640, height=480))
    assert stage.step(frame, [one(0.3)]) == ()
    (found,) = stage.step(frame, [one(0.3)])
    assert found.label == "person"
    assert found.box == one(0.3).box
    assert found.confidence == pytest.approx(0.7)
    ((high, wide),) = plane.shown
    assert abs(high - 96 * 1.7) < 4
    assert 64 <= wide < 128
    far = Detection((0.5, 0.5, 0.01, 0.02), "motion", 0.9)
    assert stage.step(frame, [far]) == ()
    assert list(stage.step(frame, [far])) == []


def test_many_things_take_turns() -> None:
    stage, plane = PeopleStage(People(on=True, every=1)), Plane()
    stage._hog = type("Hog", (), {"detectMultiScale": lambda _, picture, **more: plane(picture)})()
    frame = Frame(1, 0.0, yard(width=640, height=480))
    moving = [one(0.05 * n) for n in range(10)]
    found = [{round(each.box[0], 2) for each in stage.step(frame, moving)} for _ in range(2)]
    assert found[0] | found[1] == {round(0.05 * n, 2) for n in range(10)}
