"""A tracked object at one moment, and what a message says has changed about it."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from core.errors import Undecodable
from core.event import Data, Native, Personal
from core.events import camera
from devices.fields import (
    Json,
    clean,
    code,
    fraction,
    native,
    number,
    slug,
    text,
    truth,
    unix,
)

_MAX_ZONES = 64
_FARTHEST = 100_000  # pixels


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    camera: str
    label: str
    zones: tuple[str, ...]
    name: str  # sub_label: a person, a known vehicle, a delivery company
    name_score: float | None
    plate: str
    plate_score: float | None
    score: float | None
    stamp: str  # frame time as written into ids; empty when there is none
    time: str
    started: float | None
    ended: float | None
    codes: Native

    @classmethod
    def read(cls, record: Json) -> "Tracked":
        """Undecodable("field") without camera and id; everything else may be missing."""
        named, track = slug(text(record, "camera")), code(record, "id")
        if not named or not track:
            raise Undecodable("field", "id" if named else "camera")
        at = number(record, "frame_time", "timestamp", "start_time")
        who, who_score = paired(record, "sub_label")
        plate, plate_score = paired(record, "recognized_license_plate")
        return cls(
            id=track,
            camera=named,
            label=slug(code(record, "label")),
            zones=_zones(record),
            name=who,
            name_score=who_score,
            plate=plate,
            plate_score=plate_score or fraction(record, "recognized_license_plate_score"),
            score=fraction(record, "score", "top_score"),
            stamp="" if at is None else f"{at:.6f}",
            time="" if at is None else unix(at),
            started=number(record, "start_time"),
            ended=number(record, "end_time"),
            codes=_codes(record),
        )


class Change(msgspec.Struct, frozen=True, kw_only=True):
    tail: str  # end of the event's id: the same for a message sent again, and for no other
    time: str
    data: Data
    personal: Personal | None = None


def changes(phase: str, before: Json, seen: Tracked) -> Iterator[Change]:
    """The facts of one message, in the order they happen."""
    common: dict[str, Any] = {
        "track_id": seen.id,
        "label": seen.label,
        "confidence": seen.score,
        "native": seen.codes,
    }
    at = f":{seen.stamp}" if seen.stamp else ""
    if phase == "new":
        yield Change(tail="new", time=seen.time, data=camera.MotionStarted(**common))
        before = {}  # what is there at first sight has been entered
    was_in = _zones(before)
    for zone in seen.zones:
        if zone not in was_in:
            entered = camera.RegionEntered(zone=zone, **common)
            yield Change(tail=f"enter:{zone}{at}", time=seen.time, data=entered)
    for zone in was_in:
        if zone not in seen.zones:
            left = camera.RegionLeft(zone=zone, **common)
            yield Change(tail=f"leave:{zone}{at}", time=seen.time, data=left)
    if seen.name and seen.name != paired(before, "sub_label")[0]:
        yield Change(
            tail=f"name{at}",
            time=seen.time,
            data=_recognised("face" if seen.label == "person" else "classification", seen, common),
            personal=Personal(
                kind="name", identifier=seen.name, fields={"name": seen.name}, purpose="camera"
            ),
        )
    if seen.plate and seen.plate != paired(before, "recognized_license_plate")[0]:
        yield Change(
            tail=f"plate{at}",
            time=seen.time,
            data=_recognised("plate", seen, common),
            personal=Personal(
                kind="plate",
                identifier=seen.plate,
                fields={"plate": seen.plate},
                purpose="camera",
                into="plate_ref",
            ),
        )
    if phase == "end":
        lasted = None
        if seen.started is not None and seen.ended is not None and seen.ended >= seen.started:
            lasted = round(seen.ended - seen.started, 3)
        ended = camera.MotionEnded(duration_s=lasted, **common)
        time = seen.time if seen.ended is None else unix(seen.ended)
        yield Change(tail="end", time=time, data=ended)


def _recognised(
    kind: Literal["face", "plate", "classification"], seen: Tracked, common: dict[str, Any]
) -> camera.ObjectRecognized:
    score = seen.plate_score if kind == "plate" else seen.name_score
    return camera.ObjectRecognized(kind=kind, **(common | {"confidence": score}))


def _zones(record: Json) -> tuple[str, ...]:
    told = record.get("current_zones")
    if not isinstance(told, list):
        return ()
    named = (slug(zone) for zone in told[:_MAX_ZONES] if isinstance(zone, str))
    return tuple(dict.fromkeys(zone for zone in named if zone))


def paired(record: Json, key: str) -> tuple[str, float | None]:
    """`"name"` or `["name", score]`; newer versions send the second form."""
    told = record.get(key)
    if isinstance(told, list):
        name = told[0] if told and isinstance(told[0], str) else ""
        return clean(name), fraction({"score": told[1]}, "score") if len(told) > 1 else None
    return text(record, key), None


def _codes(record: Json) -> Native:
    """The box stays in pixels: the size of the frame is not in the message."""
    box = record.get("box")
    edges = box if isinstance(box, list) and len(box) == 4 else [None] * 4
    x1, y1, x2, y2 = map(_edge, edges)
    return native(
        "frigate",
        x1=x1,
        y1=y1,
        x2=x2,
        y2=y2,
        stationary=truth(record, "stationary"),
        speed=number(record, "current_estimated_speed"),
    )


def _edge(told: Any) -> float | None:
    if type(told) is int and -_FARTHEST < told < _FARTHEST:
        return told
    return number({"edge": told}, "edge")
