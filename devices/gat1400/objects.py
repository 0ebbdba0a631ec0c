"""Finding the objects of a GA/T 1400 document, whichever way its list is spelt.

`FaceListObject/FaceObject[]` is the standard's; `FaceObjectList`, `FaceList/Face`, one object in
place of a list and a list in place of the wrapper are met in the field. Subscriptions' and
dispositions' notifications hold lists of their own.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from core.errors import Undecodable
from devices.fields import Json, text

MOST = 2_000  # objects of one document
_DEEPEST = 8
_NESTED = (dict, list)
_EMPTY_OR_NESTED = (type(None), dict, list)
_LONGEST = 96  # characters of a key that can be one
_SURE = re.compile(r"(Object|ObjectList|(Door|Car|Person)InfoList)$")

# Objects that are facts: name on the wire → its id field.
FACTS = {
    "Face": "FaceID", "Person": "PersonID", "MotorVehicle": "MotorVehicleID",
    "NonMotorVehicle": "NonMotorVehicleID", "Thing": "ThingID", "Image": "ImageID",
}  # fmt: skip
# What devices and platforms say of themselves, of registers and subscriptions: understood, and
# nothing that happened.
REGISTERS = {
    "APE": "ApeID", "APEStatus": "ApeID", "APS": "ApsID", "APSStatus": "ApsID",
    "Tollgate": "TollgateID", "Lane": "LaneId", "Subscribe": "SubscribeID",
    "Disposition": "DispositionID", "DoorDevice": "DeviceID", "DoorInfo": "DoorID",
    "CarInfo": "CarInfoID", "PersonInfo": "PersonID", "HouseInfo": "HouseID",
    "BuildingInfo": "BuildingID", "UnitInfo": "UnitID", "CommunityInfo": "CommunityID",
    "AnalysisRule": "RuleID", "VideoLabel": "VideoLabelID", "ResponseStatus": "Id",
    "SystemTime": "VIIDServerID", "VideoSlice": "VideoID",
}  # fmt: skip
NOTICES = {
    "SubscribeNotification": "NotificationID", "DispositionNotification": "NotificationID",
}  # fmt: skip
SPEAKERS = {"Register": "DeviceID", "Keepalive": "DeviceID", "UnRegister": "DeviceID"}
# Hold lists of what is seen in them, beside an `…Info` of their own.
HOLDERS = frozenset({"Image", "VideoSlice"})
_IDS = {**FACTS, **REGISTERS, **NOTICES, **SPEAKERS}
_BY_NAME = {name.lower(): name for name in _IDS}
_ENDING = re.compile(r"(ListObject|ObjectList|InfoList|List|Object)$")


def name_of(key: str) -> str:
    """`Face` of FaceListObject, FaceObjectList, FaceObject, FaceList, Face; empty for others."""
    return _named(key) if len(key) <= _LONGEST else ""


@lru_cache(maxsize=1024)  # the same few words in every document
def _named(key: str) -> str:
    key = key.rpartition("/")[2]
    if key.startswith("Sub") and "Image" in key:
        return ""
    for candidate in (key, _ENDING.sub("", key), _ENDING.sub("", _ENDING.sub("", key))):
        for name in (candidate, f"{candidate}Info", candidate.removesuffix("s")):
            if found := _BY_NAME.get(name.lower()):
                return found
    return ""


def id_field(name: str) -> str:
    return _IDS[name]


def walk(parsed: Any) -> Iterator[tuple[str, Json]]:
    """(name, object), in the order of the document; those inside notices, and a notice itself only
    where there is none in it; those seen in a picture or slice of video behind it. Undecodable
    ("shape") where something else stands in a list."""
    counted = 0
    for name, one in top(parsed):
        inside = [each for _, each in _inside(one)] if name in NOTICES else []
        for each in inside or [(name, one)]:
            for made in _held(*each):
                counted += 1
                if counted > MOST:
                    raise Undecodable("oversized", f"more than {MOST} objects")
                yield made


def top(parsed: Any) -> Iterator[tuple[str, Json]]:
    """As `walk`, of what was posted itself: that is what an answer names."""
    if not isinstance(parsed, dict):
        raise Undecodable("shape", "not an object at the top")
    if bare := _bare(parsed):
        yield bare, parsed
        return
    found = False
    for key, value in parsed.items():
        name = name_of(key)
        if not name and isinstance(value, dict) and key.startswith("/VIID/"):
            # several documents in one file, under their addresses
            yield from top({k: v for k, v in value.items() if not k.startswith("/VIID/")})
            found = True
        if not name:
            continue
        found = True
        for one in _opened(name, value, 0):
            yield name, one
    if not found:
        raise Undecodable("shape", "no object of GA/T 1400 in it")


def _bare(parsed: Json) -> str:
    """The name of an object that stands at the top without anything around it."""
    if any(isinstance(value, dict) and name_of(key) for key, value in parsed.items()):
        return ""
    return next((name for name, field in FACTS.items() if text(parsed, field)), "")


def _inside(around: Json) -> list[tuple[str, tuple[str, Json]]]:
    """(key, (name, object)) of the lists that stand in an object."""
    made: list[tuple[str, tuple[str, Json]]] = []
    for key, value in around.items():
        name = name_of(key) if type(value) in _NESTED else ""
        if name in FACTS or name in REGISTERS:
            made += [(key, (name, one)) for one in _opened(name, value, 0)]
    return made


def _held(name: str, one: Json) -> list[tuple[str, Json]]:
    """An object, without what it holds; and that."""
    held = _inside(one) if name in HOLDERS else []
    keys = {key for key, _ in held}
    bare = {key: value for key, value in one.items() if key not in keys} if keys else one
    return [(name, bare), *(each for _, each in held)]


def _opened(name: str, value: Any, depth: int) -> Iterator[Json]:
    """The objects of a list, in whatever is wrapped around them."""
    if value is None or depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _opened(name, one, depth + 1)
        return
    if not isinstance(value, dict):
        raise Undecodable("shape", "something else than objects in a list of objects")
    wrapped = [
        key
        for key, inner in value.items()
        if type(inner) in _EMPTY_OR_NESTED and name_of(key) == name
    ]
    if not wrapped:
        if value:
            yield value
        return
    for key in wrapped:
        yield from _opened(name, value[key], depth + 1)


def recognises(parsed: Any) -> bool:
    """By a key that only this standard has."""
    if not isinstance(parsed, dict):
        return False
    return bool(_bare(parsed) and "InfoKind" in parsed) or any(
        type(value) in _NESTED
        and (key.startswith("/VIID/") or (name_of(key) and _SURE.search(key)))
        for key, value in parsed.items()
        if isinstance(key, str)
    )
