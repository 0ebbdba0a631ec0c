"""Frigate following one object in one camera: `new`, some `update`s, `end`, one id."""

import string
from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any, Literal

import orjson

from devices.adapter import Message

TOPIC = "frigate/events"
REVIEWS = "frigate/reviews"
_LETTERS = string.ascii_lowercase + string.digits
_SIZE = {"person": (70, 190), "car": (260, 170), "bicycle": (130, 150), "dog": (90, 70)}
Phase = Literal["new", "update", "end"]


class Track:
    """The life of one tracked object; `before` of each message is `after` of the one before."""

    def __init__(
        self, camera: str, label: str, rng: Random, *, frame: tuple[int, int] = (1280, 720)
    ) -> None:
        self._camera = camera
        self._label = label
        self._rng = rng
        self._frame = frame
        width, height = _SIZE.get(label, (60, 60))
        self._size = (round(width * rng.uniform(0.8, 1.2)), round(height * rng.uniform(0.8, 1.2)))
        self._x = rng.uniform(0, 0.35) * frame[0]
        self._y = rng.uniform(0.1, 0.9) * (frame[1] - self._size[1])
        self._id = ""
        self._start = 0.0
        self._entered: list[str] = []
        self._best = 0.0
        self._moves = 0
        self._last: dict[str, Any] = {}

    def new(self, at: datetime, zones: Sequence[str] = ()) -> Message:
        self._start = at.timestamp()
        self._id = f"{self._start:.6f}-" + "".join(self._rng.choices(_LETTERS, k=6))
        return self._message("new", at, zones)

    def update(self, at: datetime, zones: Sequence[str], plate: str = "") -> Message:
        self._moves += 1
        return self._message("update", at, zones, plate)

    def end(self, at: datetime) -> Message:
        return self._message("end", at, ())

    def _message(
        self, phase: Phase, at: datetime, zones: Sequence[str], plate: str = ""
    ) -> Message:
        self._entered += [zone for zone in zones if zone not in self._entered]
        after = self._state(at, zones, ended=phase == "end")
        if plate:
            after["recognized_license_plate"] = plate
            after["recognized_license_plate_score"] = round(self._rng.uniform(0.86, 0.99), 6)
        before = self._last or after
        self._last = after
        body = {"type": phase, "before": before, "after": after}
        return Message(TOPIC, orjson.dumps(body))

    def _state(self, at: datetime, zones: Sequence[str], *, ended: bool) -> dict[str, Any]:
        rng = self._rng
        moment = round(at.timestamp(), 6)
        width, height = self._size
        self._x = min(self._x + rng.uniform(0.02, 0.12) * self._frame[0], self._frame[0] - width)
        left, top = int(self._x), int(self._y)
        score = round(rng.uniform(0.68, 0.96), 6)
        self._best = max(self._best, score)
        return {
            "id": self._id,
            "camera": self._camera,
            "frame_time": moment,
            "snapshot": None,
            "label": self._label,
            "sub_label": None,
            "top_score": self._best,
            "false_positive": False,
            "start_time": round(self._start, 6),
            "end_time": moment if ended else None,
            "score": score,
            "box": [left, top, left + width, top + height],
            "area": width * height,
            "ratio": round(width / height, 6),
            "region": [0, 0, *self._frame],
            "current_zones": list(zones),
            "entered_zones": list(self._entered),
            "thumbnail": None,
            "has_snapshot": False,
            "has_clip": False,
            "active": not ended,
            "stationary": False,
            "motionless_count": 0,
            "position_changes": self._moves,
            "attributes": {},
            "current_attributes": [],
        }


class Review:
    """Tracks of one camera laid together: new, updates as it becomes more, end."""

    def __init__(self, camera: str, at: datetime, rng: Random) -> None:
        self._after: dict[str, Any] = {
            "id": f"{at.timestamp():.6f}-" + "".join(rng.choices(_LETTERS, k=6)),
            "camera": camera,
            "start_time": round(at.timestamp(), 6),
            "end_time": None,
            "severity": "detection",
            "thumb_path": f"/media/frigate/clips/review/thumb-{camera}.webp",
            "data": {"detections": [], "objects": [], "sub_labels": [], "zones": [], "audio": []},
        }
        self._before = self._after

    def new(self, track: str, label: str) -> Message:
        return self._message("new", {"detections": [track], "objects": [label]})

    def more(self, *, severity: str = "", zone: str = "", name: str = "") -> Message:
        told = {"zones": [zone] if zone else [], "sub_labels": [name] if name else []}
        if severity:
            self._after = self._after | {"severity": severity}
        return self._message("update", told)

    def end(self, at: datetime) -> Message:
        self._after = self._after | {"end_time": round(at.timestamp(), 6)}
        return self._message("end", {})

    def _message(self, phase: Phase, more: dict[str, list[str]]) -> Message:
        data = {
            key: [*told, *(one for one in more.get(key, ()) if one not in told)]
            for key, told in self._after["data"].items()
        }
        self._after = self._after | {"data": data}
        before = self._after if phase == "new" else self._before
        self._before = self._after
        return Message(
            REVIEWS, orjson.dumps({"type": phase, "before": before, "after": self._after})
        )
