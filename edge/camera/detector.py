"""A detector out of a model file that the user points at (ONNX), on one core.

The picture is brought to the model's size with its sides in proportion and grey beside it. What a
file may look like is checked when it is loaded, by showing it an empty picture: a model that
does not fit is told at start, not at the first person.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from onnxruntime.capi import (  # type: ignore[import-untyped]
    onnxruntime_pybind11_state as errors,
)

from core.errors import ConfigError
from edge.camera import config
from edge.camera.layouts import Floats, Unreadable, read, suppressed
from edge.camera.seen import Detection, Frame, Image

_GREY = 114  # beside a picture of other proportions: what these models were trained with
_BROKEN = (
    errors.Fail, errors.InvalidArgument, errors.InvalidGraph, errors.InvalidProtobuf,
    errors.NoSuchFile, errors.NotImplemented, errors.RuntimeException, errors.EPFail,
)  # fmt: skip
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
_LONGEST = 64  # of a class's name


class DetectorStage:
    """Of one camera; one thread."""

    def __init__(self, told: config.Detector, model: Path, names: Sequence[str] = ()) -> None:
        """ConfigError: the file is no model, or none that is told of rightly."""
        self._told, self._model, self._names = told, model, tuple(names)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = ort.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except _BROKEN as error:
            raise self._unusable(
                f"is no model that can be loaded ({_first_line(error)})"
            ) from error
        self._input = self._checked_input()
        self._type = _TYPES[self._input.type]
        self.width, self.height = self._size()
        self._count = 0
        try:
            self._look(np.full((self.height, self.width, 3), _GREY, np.uint8))
        except _BROKEN as error:
            raise self._unusable(f"fails on an empty picture ({_first_line(error)})") from error
        except Unreadable as error:
            raise self._unusable(
                f'does not answer as `layout = "{told.layout}"`: {error}'
            ) from error

    def step(self, frame: Frame, moving: Sequence[Detection]) -> Sequence[Detection]:
        """Also what stands still is looked for, so it does not matter what moves."""
        del moving
        self._count += 1
        if (self._count - 1) % self._told.every:
            return ()
        return self.look(frame.image)

    def look(self, image: Image) -> Sequence[Detection]:
        """What is in this picture, the surest first."""
        try:
            return self._look(image)
        except (*_BROKEN, Unreadable):
            return ()

    def _look(self, image: Image) -> list[Detection]:
        shown, scale, left, top = letterbox(image, self.width, self.height)
        if self._told.order == "rgb":
            shown = shown[:, :, ::-1]
        tensor = np.ascontiguousarray(shown.transpose(2, 0, 1)[None], np.float32)
        if self._told.scale != 1:
            tensor *= np.float32(self._told.scale)
        given = {self._input.name: tensor.astype(self._type, copy=False)}
        answer: Floats = np.asarray(self._session.run(None, given)[0], np.float32)
        told = self._told
        found = read(answer, told.layout, self.width, self.height, decoded=told.decoded)
        found = suppressed(found, told.sure, told.overlap)
        height, width = image.shape[:2]
        boxes = (found.boxes - np.array([left, top, left, top], np.float32)) / scale
        boxes /= np.array([width, height, width, height], np.float32)
        boxes = np.clip(boxes, 0, 1)
        made = []
        for (x, y, right, bottom), sure, number in zip(
            boxes.tolist(), found.sure.tolist(), found.classes.tolist(), strict=True
        ):
            name = self._name(number)
            if right > x and bottom > y and (not told.keep or name in told.keep):
                made.append(Detection((x, y, right - x, bottom - y), name, min(1.0, sure)))
        return made

    def _name(self, number: int) -> str:
        if 0 <= number < len(self._names):
            return self._names[number][:_LONGEST]
        return f"class-{number}"

    def _checked_input(self) -> Any:
        inputs = self._session.get_inputs()
        shapes = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
        if len(inputs) != 1 or inputs[0].type not in _TYPES or len(inputs[0].shape) != 4:
            raise self._unusable(f"wants {shapes}; one picture as [1, 3, height, width] is given")
        if inputs[0].shape[1] not in (3, None) and isinstance(inputs[0].shape[1], int):
            raise self._unusable(f"wants {shapes}; three colours come first, then rows, columns")
        return inputs[0]

    def _size(self) -> tuple[int, int]:
        """What the file fixes, else what was told."""
        height, width = self._input.shape[2:]
        return (
            width if isinstance(width, int) else self._told.width,
            height if isinstance(height, int) else self._told.height,
        )

    def _unusable(self, why: str) -> ConfigError:
        return ConfigError(f"{self._model} {why}. Correct `detector.model` or its `layout`.")


def letterbox(image: Image, width: int, height: int) -> tuple[Image, float, int, int]:
    """The picture in one of that size; by how much it was scaled, and where its corner lies."""
    high, wide = image.shape[:2]
    scale = min(width / wide, height / high)
    size = (max(1, min(width, round(wide * scale))), max(1, min(height, round(high * scale))))
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    shown = np.full((height, width, 3), _GREY, np.uint8)
    shown[top : top + size[1], left : left + size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_LINEAR
    )
    return shown, scale, left, top


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
