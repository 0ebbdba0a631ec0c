"""What cameras and recorders alert about besides plates: rules that fired, pictures, themselves.

A repeated post of the same state is the same event: its id is made of what happened where and
when, and neither of `activePostCount` nor of the bytes. A device that tells a new time with each
post tells a new event, for nothing on the wire says that it is the old one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from core.errors import Undecodable
from core.event import Data, Draft, Native
from core.events import camera, device
from devices.fields import Json, code, digest, integer, native, number, reveals, section, text
from devices.hikvision.alert import part_of
from devices.hikvision.place import Place
from devices.markup import several

HEARTBEATS = frozenset({"videoloss", "heartbeat"})

# Event type in lower case → what it is, its label and its event sort of GA/T 2000.254.
_RULES: Mapping[str, tuple[type[Data], str, str]] = {
    "linedetection": (camera.LineCrossed, "", "05"),
    "linecrossing": (camera.LineCrossed, "", "05"),
    "fielddetection": (camera.RegionEntered, "", "06"),
    "regionentrance": (camera.RegionEntered, "", ""),
    "regionexiting": (camera.RegionLeft, "", ""),
    "loitering": (camera.LoiteringDetected, "", "08"),
    "parking": (camera.LoiteringDetected, "vehicle", ""),
    "group": (camera.CrowdCounted, "person", "11"),
    "crowd": (camera.CrowdCounted, "person", "11"),
    "framespeoplecounting": (camera.CrowdCounted, "person", ""),
    "regionpersonnumbercounting": (camera.CrowdCounted, "person", ""),
    "unattendedbaggage": (camera.ObjectLeft, "", ""),
    "attendedbaggage": (camera.ObjectRemoved, "", ""),
    "objectremoval": (camera.ObjectRemoved, "", ""),
    "facedetection": (camera.FaceCaptured, "", ""),
    "facesnap": (camera.FaceCaptured, "", ""),
    "facecapture": (camera.FaceCaptured, "", ""),
}
_MOTION = frozenset({"vmd", "motiondetection", "pir"})
_PICTURE = {
    "shelteralarm": "covered", "tamperdetection": "covered", "hidedetection": "covered",
    "scenechangedetection": "scene-changed", "defocus": "defocused",
    "defocusdetection": "defocused", "badvideo": "abnormal",
}  # fmt: skip
# Of the device itself: it holds while `active`.
_CONDITIONS = {
    "io": "digital-input", "alarmlocal": "digital-input", "alarminput": "digital-input",
    "diskfull": "storage-full", "hdfull": "storage-full", "diskerror": "storage-failure",
    "hderror": "storage-failure", "diskunformat": "storage-failure", "nicbroken": "network-failure",
    "ipconflict": "address-conflict", "illaccess": "illegal-access",
    "illegallogin": "illegal-access", "videomismatch": "video-mismatch",
    "recordexception": "recording-failure", "recordingfailure": "recording-failure",
    "raidexception": "storage-failure", "poepowerexception": "power-failure",
    "lowpower": "battery-low", "batterylow": "battery-low", "audioexception": "audio-abnormal",
    "hightemperature": "temperature-high", "fanexception": "fan-failure",
}  # fmt: skip
_LABELS = {"human": "person", "people": "person", "pedestrian": "person"}
# Whose facts stand in a part of their own.
_TOLD_ELSEWHERE = {"accesscontrollerevent": "AccessControllerEvent", "anpr": "ANPR"}
_MOST_REGIONS = 64
_NUMBER = re.compile(r"[0-9A-Fa-f][0-9A-Fa-f-]{14,62}")  # of the device's own making


class _Spot(msgspec.Struct, frozen=True):
    """Where a rule fired, and on what."""

    region: str = ""
    label: str = ""
    box: camera.Box | None = None
    line: str = ""  # corners of the region, 0..1000 of the frame
    sensitivity: int | None = None


def is_heartbeat(body: Json) -> bool:
    kind = text(body, "eventType").lower()
    if kind == "videoloss":
        return text(body, "eventState").lower() != "active"
    return kind in HEARTBEATS


def drafts(place: Place, body: Json, payload: bytes) -> list[Draft]:
    """Empty of the end of a rule's alert, which is no fact of its own. Undecodable("shape") of
    an alert whose own part is missing."""
    told = text(body, "eventType")
    kind, active = told.lower(), _active(body)
    if kind in _TOLD_ELSEWHERE:
        raise Undecodable("shape", f"an alert without its {_TOLD_ELSEWHERE[kind]} part")
    whole = _CONDITIONS.get(kind, "")
    made: list[Draft] = []
    for index, spot in enumerate(_spots(body)):
        data = _data(kind, active, spot, body, _codes(place, body, spot))
        if data is None:
            continue
        subject = place.subject("device", None) if whole else place.subject("camera", place.channel)
        tail = _tail(place, body, spot, index, payload)
        made.append(
            Draft(
                id=f"hik:{place.key}:{_word(body, 'eventType').lower() or 'event'}:{tail}",
                device=place.key,
                subject=subject,
                time=place.time,
                timequality=place.quality,
                origin=place.origin,
                data=data,
                unnumbered=not place.time,
            )
        )
    return made


def _data(kind: str, active: bool | None, spot: _Spot, body: Json, codes: Native) -> Data | None:
    if kind == "videoloss":
        return camera.VideoLost(reason=kind, native=codes)
    if kind in _PICTURE:
        if active is False:
            return camera.VideoRestored(reason=_PICTURE[kind], native=codes)
        return camera.VideoTampered(reason=_PICTURE[kind], native=codes)
    if kind in _CONDITIONS:
        port = integer(body, "inputIOPortID", "dynInputIOPortID", "inputPort", "diskNo", "hddNo")
        part = "" if port is None else str(port)
        return device.ConditionChanged(
            condition=_CONDITIONS[kind], active=active, part=part, native=codes
        )
    seen: dict[str, Any] = {
        "label": spot.label,
        "box": spot.box,
        "zone": spot.region,
        "rule": codes.get("eventType", ""),
        "native": codes,
    }
    if kind in _MOTION:
        return (camera.MotionEnded if active is False else camera.MotionStarted)(**seen)
    row = _RULES.get(kind)
    if row is None:
        return camera.Unclassified(**seen)
    if active is False:
        return None
    cls, label, ga = row
    if cls is camera.FaceCaptured:
        return camera.FaceCaptured(native=codes)
    seen |= {"label": spot.label or label, "ga_code": ga}
    if cls is camera.LineCrossed:
        seen["direction"] = _word(body, "crossDirection", "directionSensitivity", "direction")
    if cls is camera.CrowdCounted:
        seen["count"] = integer(body, "count", "peopleNum", "peopleNumber", "groupNum", "total")
    made: Callable[..., Data] = cls
    return made(**seen)


def _codes(place: Place, body: Json, spot: _Spot) -> Native:
    return native(
        "hikvision",
        eventType=_word(body, "eventType"),
        eventState=_word(body, "eventState"),
        channelID=place.channel,
        activePostCount=integer(body, "activePostCount"),
        sensitivityLevel=spot.sensitivity,
        region=spot.line,
        inputIOPortID=integer(body, "inputIOPortID", "dynInputIOPortID"),
        cmdType=_word(part_of(body), "cmdType"),  # of a call
        relationEvent=_lasting(body),
    )


def _lasting(body: Json) -> str:
    """Of `duration`: what is going on still. It was told when it began."""
    listed = section(body, "DurationList").get("Duration", body.get("DurationList"))
    first = listed[0] if isinstance(listed, list) and listed else listed
    if isinstance(first, dict):
        first = section(first, "Duration") or first
    return _word(first, "relationEvent") if isinstance(first, dict) else ""


def _tail(place: Place, body: Json, spot: _Spot, index: int, payload: bytes) -> str:
    """Equal for every post of one occurrence, by whatever way and in whatever form it came."""
    if not place.time:
        return digest(payload, str(index))
    box = "" if spot.box is None else ",".join(f"{value:.4f}" for value in spot.box)
    state = text(body, "eventState").lower()
    own = told if _NUMBER.fullmatch(told := text(body, "UUID", "uuid", "eventId")) else ""
    port = text(body, "inputIOPortID", "dynInputIOPortID")
    which = [place.time, str(place.channel), state, spot.region, box, own, port, str(index)]
    part = part_of(body)  # one that counts, such as a call's, whose steps may share a second
    steps = [text(part, "serialNo"), text(part, "cmdType"), _lasting(body)]
    return digest(*which, *(steps if any(steps) else []))


def _active(body: Json) -> bool | None:
    """None where it is not told, as of events that have no end."""
    state = text(body, "eventState").lower()
    return {"active": True, "inactive": False}.get(state)


def _spots(body: Json) -> Sequence[_Spot]:
    """One for each region that fired; one without a place where none is told."""
    entries = _entries(body.get("DetectionRegionList"))
    return [_spot(one, body) for one in entries[:_MOST_REGIONS]] or [_spot({}, body)]


def _entries(listed: Any) -> list[Json]:
    """XML has a list of entries in the element, JSON entries in a list, or both."""
    found: list[Json] = []
    for one in listed if isinstance(listed, list) else [listed]:
        if isinstance(one, dict):
            inner = several(one, "DetectionRegionEntry")
            found += [each for each in inner or [one] if isinstance(each, dict) and each]
    return found


def _spot(entry: Json, body: Json) -> _Spot:
    target = section(entry, "TargetRect", "targetRect") or section(body, "TargetRect", "targetRect")
    told = _word(entry, "detectionTarget") or _word(body, "detectionTarget", "targetType")
    region = integer(entry, "regionID", "ruleID", "id")
    return _Spot(
        region="" if region is None else str(region),
        label=_LABELS.get(told.lower(), told.lower()) if told.lower() != "others" else "",
        box=_box(target),
        line=_corners(entry),
        sensitivity=integer(entry, "sensitivityLevel"),
    )


def _box(rect: Json) -> camera.Box | None:
    """0..1 of the frame; older firmware counts to 1000."""
    told = [number(rect, *names) for names in (("X", "x"), ("Y", "y"), ("width",), ("height",))]
    x, y, width, height = told
    if x is None or y is None or width is None or height is None or min(x, y, width, height) < 0:
        return None
    scale = 1.0 if max(x, y, width, height) <= 1 else 1000.0
    x, y, width, height = (round(one / scale, 6) for one in (x, y, width, height))
    if x > 1 or y > 1 or not width or not height:
        return None
    return x, y, min(width, round(1 - x, 6)), min(height, round(1 - y, 6))


def _corners(entry: Json) -> str:
    listed = entry.get("RegionCoordinatesList")
    found = []
    for one in listed if isinstance(listed, list) else [listed]:
        if isinstance(one, dict):
            found += [e for e in several(one, "RegionCoordinates") or [one] if isinstance(e, dict)]
    corners = [(integer(each, "positionX"), integer(each, "positionY")) for each in found[:12]]
    return " ".join(f"{x},{y}" for x, y in corners if x is not None and y is not None)[:128]


def _word(record: Json, *names: str) -> str:
    """A maker's word, such as linedetection: nobody's name, number or plate can hide in it."""
    told = code(record, *names)
    if told.isalpha() and len(told) <= 48:
        return told  # nearly always
    plain = told.replace("-", "").replace("_", "")
    letters = plain.isalnum() and sum(map(str.isdecimal, plain)) <= 3
    return told if letters and len(told) <= 48 and not reveals(told) else ""
