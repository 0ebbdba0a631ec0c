"""A small detector as an ONNX file, made here: it really finds bright squares.

One convolution averages each cell of the picture, a threshold says how sure the cell is bright,
and each cell answers with a box around the whole bright cell block: its position is that of the
cell, its size is told beforehand. In the layouts that detectors' files usually have.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

SIDE = 320  # of the picture it wants
CELL = 32  # pixels of a cell: a square that fills one is found


def square_finder(file: Path, layout: str) -> Path:
    """Two classes; bright is the first."""
    cells = SIDE // CELL
    count = cells * cells
    y, x = np.mgrid[0:cells, 0:cells].astype(np.float32) * CELL + CELL / 2
    centres = np.stack([x.ravel(), y.ravel()], axis=1)
    sizes = np.full((count, 2), CELL, np.float32)
    corners = np.hstack([centres - CELL / 2, centres + CELL / 2])
    boxes = corners if layout == "boxes" else np.hstack([centres, sizes])
    constants: dict[str, NDArray[Any]] = {
        "mean": np.full((1, 3, CELL, CELL), 1 / (3 * CELL * CELL), np.float32),
        "bias": np.array([-180.0], np.float32),
        "steep": np.array([0.1], np.float32),
        "flat": np.array([count, 1], np.int64),
        "boxes": boxes.astype(np.float32),
        "one": np.ones((count, 1), np.float32),
        "none": np.zeros((count, 1), np.float32),
    }
    nodes = [
        helper.make_node(
            "Conv", ["picture", "mean", "bias"], ["bright"],
            kernel_shape=[CELL, CELL], strides=[CELL, CELL],
        ),
        helper.make_node("Mul", ["bright", "steep"], ["scaled"]),
        helper.make_node("Sigmoid", ["scaled"], ["sure4"]),
        helper.make_node("Reshape", ["sure4", "flat"], ["sure"]),
        *_answer(layout),
    ]  # fmt: skip
    wide = 7 if layout.startswith("yolo") and layout != "yolov8" else 6
    shape = [wide, count] if layout == "yolov8" else [count, wide]
    graph = helper.make_graph(
        nodes,
        "squares",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, file)
    return file


def _answer(layout: str) -> list[NodeProto]:
    parts = {
        "yolov8": ["boxes", "sure", "none"],
        "boxes": ["boxes", "sure", "none"],
    }.get(layout, ["boxes", "sure", "one", "none"])
    joined = helper.make_node("Concat", parts, ["rows"], axis=1)
    if layout == "yolov8":
        return [joined, helper.make_node("Transpose", ["rows"], ["answer"], perm=[1, 0])]
    return [joined, helper.make_node("Identity", ["rows"], ["answer"])]
