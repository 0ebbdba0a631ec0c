"""A model file is loaded, shown a picture, and its answer read, whatever the usual layout."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core.errors import ConfigError
from edge.camera.config import Detector
from edge.camera.detector import DetectorStage, letterbox
from edge.camera.layouts import Found, Unreadable, read, suppressed
from edge.camera.seen import Frame, Image
from tests.fix_model import square_finder


def picture(width: int, height: int, x: int, y: int, side: int) -> Image:
    """Dark, with one bright square; its corner and side in pixels."""
    image = np.full((height, width, 3), 30, np.uint8)
    cv2.rectangle(image, (x, y), (x + side - 1, y + side - 1), (250, 250, 250), -1)
    return image


def stage(folder: Path, layout: str = "yolov8", **told: object) -> DetectorStage:
    model = square_finder(folder / f"{layout}.onnx", layout)
    detector = Detector(model=str(model), layout=layout, every=1, **told)  # type: ignore[arg-type]
    return DetectorStage(detector, model, ("square", "other"))


@pytest.mark.parametrize("layout", ["yolov8", "yolov5", "yolox", "boxes"])
def test_a_square_is_found_where_it_is(tmp_path: Path, layout: str) -> None:
    finder = stage(tmp_path, layout, decoded=layout == "yolox")
    for x, y in ((64, 96), (320, 160), (448, 32)):
        (found,) = finder.look(picture(640, 320, x, y, 64))
        assert found.label == "square"
        assert found.confidence > 0.8
        assert np.allclose(
            np.array(found.box) * [640, 320, 640, 320], [x, y, 64, 64], atol=6
        )  # cells of 8 pixels at half size


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert list(stage(tmp_path).look(np.full((240, 320, 3), 30, np.uint8))) == []


def test_only_what_is_wanted(tmp_path: Path) -> None:
    assert list(stage(tmp_path, keep=("person",)).look(picture(640, 320, 64, 96, 64))) == []


def test_it_looks_every_so_many_frames(tmp_path: Path) -> None:
    model = square_finder(tmp_path / "m.onnx", "yolov8")
    finder = DetectorStage(Detector(model=str(model), layout="yolov8", every=3), model)
    frame = Frame(1, 0.0, picture(640, 320, 64, 96, 64))
    assert [len(finder.step(frame, ())) for _ in range(7)] == [1, 0, 0, 1, 0, 0, 1]
    assert finder.step(frame, ()) == ()


def test_the_file_says_what_size_it_wants(tmp_path: Path) -> None:
    assert (stage(tmp_path).width, stage(tmp_path).height) == (320, 320)


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    for content in (b"", b"no model", bytes(range(256)) * 20):
        file = tmp_path / "m.onnx"
        file.write_bytes(content)
        with pytest.raises(ConfigError, match="is no model"):
            DetectorStage(Detector(model="m.onnx"), file)


def test_a_model_of_another_layout_is_told(tmp_path: Path) -> None:
    model = square_finder(tmp_path / "m.onnx", "boxes")
    with pytest.raises(ConfigError, match="does not answer as"):
        DetectorStage(Detector(model="m.onnx", layout="yolox", decoded=False), model)


def test_a_model_that_is_not_of_pictures_is_told(tmp_path: Path) -> None:
    given = helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, 7])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 7])
    graph = helper.make_graph([helper.make_node("Relu", ["words"], ["out"])], "g", [given], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(ConfigError, match="one picture"):
        DetectorStage(Detector(model="m.onnx"), tmp_path / "m.onnx")


def test_sides_stay_in_proportion() -> None:
    shown, scale, left, top = letterbox(np.zeros((100, 200, 3), np.uint8), 320, 320)
    assert shown.shape == (320, 320, 3)
    assert (scale, left, top) == (1.6, 0, 80)
    assert shown[10, 10].tolist() == [114] * 3
    assert shown[160, 160].tolist() == [0] * 3


def test_a_grid_is_worked_out() -> None:
    """YOLOX at 32x32: 16 cells of 8, 4 of 16, 1 of 32."""
    rows = np.zeros((21, 7), np.float32)
    rows[5] = [0.5, 0.5, np.log(2), np.log(3), 0.9, 0.2, 1.0]  # cell (1, 1) of the finest
    found = suppressed(read(rows[None], "yolox", 32, 32, decoded=False), 0.5, 0.5)
    assert found.boxes.round(3).tolist() == [[4, 0, 20, 24]]
    assert found.classes.tolist() == [1]


def test_one_thing_is_one_thing() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [40, 0, 50, 10]], np.float32)
    found = Found(boxes, np.array([0.8, 0.9, 0.7, 0.6], np.float32), np.array([0, 0, 1, 0]))
    kept = suppressed(found, 0.5, 0.5)
    assert kept.boxes[:, 0].tolist() == [1, 1, 40]
    assert kept.classes.tolist() == [0, 1, 0]
    assert len(suppressed(found, 0.85, 0.5).sure) == 1


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (1, 3, 4), (21, 4)])
def test_an_answer_of_another_form_is_unreadable(shape: tuple[int, ...]) -> None:
    with pytest.raises(Unreadable):
        read(np.zeros(shape, np.float32), "yolov5", 32, 32, decoded=False)


def test_an_answer_that_is_no_number_is_left_out() -> None:
    rows = np.full((3, 6), np.nan, np.float32)
    rows[1] = [0, 0, 4, 4, 0.9, 0]
    assert len(read(rows, "boxes", 32, 32, decoded=False).sure) == 1
