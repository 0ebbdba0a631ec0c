"""An event as a GA/T 1400 object. Pure: the same event makes the same object, with the same id,
so that one sent again is the one the receiver has."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.clock import parse_rfc3339
from core.event import Recorded
from core.events import camera, vehicle
from devices.gat1400 import ids
from devices.gat1400.status import local
from infra.handoff.config import Target

_OWN = re.compile(r"gat1400:[A-Za-z]+:([0-9]{48})")
_SUBTYPES = {"Face": ids.FACE, "MotorVehicle": ids.MOTOR_VEHICLE, "Person": ids.PERSON}
_SORTS = {
    camera.LineCrossed.TYPE: "05",
    camera.RegionEntered.TYPE: "06",
    camera.LoiteringDetected.TYPE: "08",
    camera.CrowdCounted.TYPE: "11",
}
_FRAME = 10_000  # boxes are told in parts of it: the picture's own size is not in the log


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """`personal`: whether somebody's plate is in it in the clear."""

    name: str
    id: str
    body: Mapping[str, Any]
    of: Recorded
    personal: bool = False


def object_of(item: Recorded, target: Target, clear: Mapping[str, str]) -> Made | None:
    """None: not for this target. `clear`: what was opened of its sealed part."""
    told, event = target.config, item.event
    if event.type not in told.types or (told.compounds and item.compound not in told.compounds):
        return None
    data = event.data
    if isinstance(data, camera.FaceCaptured):
        return _made("Face", item, target, {}, "10")
    if isinstance(data, vehicle.Passed):
        plate = clear.get("plate", "")
        fields = {
            "HasPlate": "1" if data.plate_ref or plate else "0",
            "PlateNo": plate,
            "PlateColor": data.plate_color,
            "PlateClass": data.plate_class,
            "VehicleClass": data.vehicle_type,
            "LaneNo": data.lane,
        }
        return _made("MotorVehicle", item, target, fields, "01", personal=bool(plate))
    if event.type in _SORTS and getattr(data, "label", "") in ("", "person"):
        return _made("Person", item, target, {}, getattr(data, "ga_code", "") or _SORTS[event.type])
    return None


def _made(
    name: str,
    item: Recorded,
    target: Target,
    fields: Mapping[str, str],
    sort: str,
    *,
    personal: bool = False,
) -> Made:
    device = _device(item.device, target)
    stamp = local(_there(item, target))
    own = _OWN.fullmatch(item.event.id)
    if own and own[1][:20] == device:  # a camera of this standard named it already
        semantic, basic = own[1], own[1][:41]
    else:
        basic = ids.basic(device, stamp, item.position)
        semantic = ids.semantic(basic, _SUBTYPES[name], item.index)
    times = {
        "Face": ("LocationMarkTime", "FaceAppearTime"),
        "Person": ("LocationMarkTime", "PersonAppearTime"),
        "MotorVehicle": ("PassTime",),
    }[name]
    body: dict[str, Any] = {
        f"{name}ID": semantic,
        "InfoKind": 1,
        "SourceID": basic,
        "DeviceID": device,
        **_corners(item),
        **dict.fromkeys(times, stamp),
        **fields,
        "SubImageList": {"SubImageInfoObject": _images(item, basic, device, stamp, sort)},
    }
    return Made(name=name, id=semantic, body=body, of=item, personal=personal)


def _there(item: Recorded, target: Target) -> datetime:
    """The event's time by the target's clock; where a device's clock is beyond what has 14 digits
    there, the moment the log orders it by."""
    try:
        told = parse_rfc3339(item.event.time).astimezone(target.zone)
        if told.year >= 1000:
            return told
    except (OverflowError, ValueError):
        pass
    return parse_rfc3339(item.moment.at).astimezone(target.zone)


def _device(key: str, target: Target) -> str:
    told = target.config
    return told.devices.get(key) or (key if ids.is_device(key) else told.device)


def _corners(item: Recorded) -> dict[str, int]:
    x, y, width, height = getattr(item.event.data, "box", None) or (0.0, 0.0, 0.0, 0.0)
    return {
        "LeftTopX": round(x * _FRAME),
        "LeftTopY": round(y * _FRAME),
        "RightBtmX": round((x + width) * _FRAME),
        "RightBtmY": round((y + height) * _FRAME),
    }


def _images(item: Recorded, basic: str, device: str, stamp: str, sort: str) -> list[dict[str, Any]]:
    """Pictures by their hash: the bytes stay in the house, where each look is on record."""
    common = {
        "ImageID": basic,
        "EventSort": int(sort) if sort.isdecimal() else 0,
        "DeviceID": device,
        "ShotTime": stamp,
        "FileFormat": "Jpeg",
        "Data": "",
    }
    found = [
        {
            **common,
            "Type": {"face": "11", "plate": "02"}.get(one.kind, "14"),
            "StoragePath": f"sha256:{one.sha256}",
        }
        for one in item.event.data.media
    ]
    return found or [{**common, "Type": "14", "StoragePath": ""}]
