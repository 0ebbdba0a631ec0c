"""What a camera's rule saw → the typed data. Coordinates count 0..8191 on both axes."""

from typing import Any, Literal

from core.event import Data, Personal
from core.events import camera, vehicle, waste
from core.events.camera import Box
from devices.dahua.codes import LITTER, OVERFLOWED, UNCOVERED, VERSION, Meaning
from devices.dahua.happening import Happening
from devices.fields import (
    Json,
    code,
    integer,
    native,
    number,
    reveals,
    section,
    slug,
    squeezed,
    text,
    truth,
)

_FULL = 8191.0
_LABELS = {"human": "person", "person": "person", "pedestrian": "person", "face": "face",
           "vehicle": "vehicle", "motorvehicle": "vehicle", "nonmotor": "bicycle",
           "non-motor": "bicycle", "unknown": ""}  # fmt: skip
# Squeezed; what has neither letter nor digit in it is no plate either, such as 无牌车 or ??.
_NO_PLATE = frozenset(
    {
        "UNKNOWN",
        "UNKNOW",
        "UNRECOGNISE",
        "NOPLATE",
        "NULL",
        "NONE",
        "UNLICENSED",
        "UNLICENSEDVEHICLE",
        "UNRECOGNIZED",
    }
)
_GONE = frozenset({"leave", "disappear", "exit", "leaving"})


def seen(happening: Happening, meaning: Meaning, cls: type[Data]) -> Data:
    """Data of a camera's class, filled as far as the wire goes."""
    record = happening.data
    codes = codes_of(happening)
    if issubclass(cls, camera.FaceCaptured):
        return cls(native=codes)
    if issubclass(cls, (camera.VideoLost, camera.VideoRestored, camera.VideoTampered)):
        kind = text(record, "Type").lower()
        reason = kind if kind.isascii() and kind.isalpha() and len(kind) < 24 else ""
        return cls(reason=reason or meaning.detail, native=codes)
    thing = object_of(record)
    about: dict[str, Any] = {
        "track_id": _track(thing),
        "label": _LABELS.get(text(thing, "ObjectType", "Type").lower(), "") or meaning.label,
        "box": box_of(thing),
        "rule": _named(text(record, "Name")),
        "zone": _zone(record),
        "confidence": _confidence(thing),
        "count": integer(record, "ManNum", "Number", "Count", "HumanNumber"),
        "native": codes,
    }
    if cls is camera.LineCrossed:
        return camera.LineCrossed(direction=code(record, "Direction")[:24], **about)
    ways = {text(record, "Direction").lower(), text(record, "Action").lower()}
    if cls is camera.RegionEntered and ways & _GONE:
        return camera.RegionLeft(**about)
    return cls(**about)


def littered(happening: Happening) -> tuple[str, Data] | None:
    """(kind of place, data); None: it is not about waste."""
    codes = codes_of(happening)
    told = happening.code.lower().replace("_", "")
    if told in LITTER:
        return "point", waste.DepositViolated(kind="dumped", native=codes)
    if told in OVERFLOWED:
        return "bin", waste.Overflowed(source="camera", native=codes)
    if told in UNCOVERED:
        return "bin", waste.LidOpened(source="camera", native=codes)
    return None


def passed(happening: Happening) -> tuple[vehicle.Passed, Personal | None]:
    record = happening.data
    car, thing = section(record, "TrafficCar"), object_of(record)
    plate = text(car, "PlateNumber") or text(thing, "Text") or text(record, "PlateNumber")
    body = section(record, "Vehicle")
    lane = integer(car, "Lane")
    lane = integer(record, "Lane") if lane is None else lane
    told = vehicle.Passed(
        plate_color=_named(text(car, "PlateColor"))[:24],
        plate_class=_named(text(car, "PlateType"))[:24],
        vehicle_type=_named(text(body, "Category", "ObjectType") or text(car, "VehicleSize"))[:24],
        lane="" if lane is None else str(lane),
        confidence=_confidence(thing),
        list=_listed(car),
        native=codes_of(happening)
        | native(
            "dahua", speed=integer(car, "Speed"), driving=_named(_first(car, "DrivingDirection"))
        ),
    )
    if not _is_plate(plate):
        return told, None
    return told, Personal(
        kind="plate",
        identifier=plate,
        fields={"plate": plate},
        purpose="vehicle",
        into="plate_ref",
    )


def _listed(car: Json) -> Literal["white", "black", "unknown"]:
    """By the camera's word on this car; that it has lists switched on says nothing of it."""
    kind = text(car, "CarType").lower()
    if kind == "suspiciouscar" or truth(car, "BlockUser"):
        return "black"
    return "white" if kind == "trustcar" or truth(car, "AllowUser") else "unknown"


def _is_plate(told: str) -> bool:
    flat = squeezed(told)
    spelt = any(char.isdecimal() or (char.isascii() and char.isalpha()) for char in flat)
    return spelt and flat.strip("0") != "" and flat not in _NO_PLATE


def recognised(happening: Happening) -> tuple[camera.ObjectRecognized, Personal] | None:
    """A face somebody is known by; None: it is only a face."""
    candidates = happening.data.get("Candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    if not isinstance(first, dict):
        return None
    name = text(section(first, "Person"), "Name", "ID", "UID")
    if not name:
        return None
    percent = number(first, "Similarity")
    data = camera.ObjectRecognized(
        kind="face",
        track_id=_track(object_of(happening.data)),
        label="person",
        confidence=percent / 100 if percent is not None and 0 <= percent <= 100 else None,
        native=codes_of(happening),
    )
    return data, Personal(kind="name", identifier=name, fields={"name": name}, purpose="camera")


def object_of(record: Json) -> Json:
    """`Object`, or the first of several, of which some firmware spells the list small."""
    if one := section(record, "Object", "Face", "Human"):
        return one
    for name in ("Objects", "object", "Faces"):
        several = record.get(name)
        if isinstance(several, list) and several and isinstance(several[0], dict):
            return several[0]
    return {}


def box_of(thing: Json) -> Box | None:
    told = thing.get("BoundingBox", thing.get("Rect"))
    if not isinstance(told, list) or len(told) != 4:
        return None
    edges = [number({"edge": edge}, "edge") for edge in told]
    x1, y1, x2, y2 = (min(max(edge or 0.0, 0.0), _FULL) / _FULL for edge in edges)
    if None in edges or x2 < x1 or y2 < y1:
        return None
    return round(x1, 4), round(y1, 4), round(x2 - x1, 4), round(y2 - y1, 4)


def codes_of(happening: Happening) -> dict[str, Any]:
    record = happening.data
    return native(
        "dahua",
        table=VERSION,
        code=happening.code,
        action=happening.action,
        index=happening.index,
        eventSeq=integer(record, "EventSeq"),
        ruleId=integer(record, "RuleId", "RuleID"),
        groupId=integer(record, "GroupID"),
        objectId=integer(object_of(record), "ObjectID"),
        status=_named(text(record, "Status"))[:16],
    )


def _confidence(thing: Json) -> float | None:
    """Counted to 255."""
    told = number(thing, "Confidence")
    return round(told / 255, 3) if told is not None and 0 < told <= 255 else None


def _track(thing: Json) -> str:
    number = integer(thing, "ObjectID", "HumanID", "VehicleID")
    return "" if number is None else str(number)


def _zone(record: Json) -> str:
    return _named(_first(record, "RegionName", "AreaName"))


def _first(record: Json, *names: str) -> str:
    for name in names:
        told = record.get(name)
        found = told[0] if isinstance(told, list) and told else told
        if isinstance(found, str) and found:
            return found
    return ""


def _named(told: str) -> str:
    """A name somebody typed, unless it gives a person away."""
    made = slug(told)
    return "" if reveals(made) else made
