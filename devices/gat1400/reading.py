"""One GA/T 1400 object: whose it is, when it was, what it shows, and the persons in it."""

import re
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

from core.errors import Undecodable
from core.event import Media, Native, Personal
from core.moment import TimeQuality
from devices.fields import (
    MOBILE_DIGITS,
    Json,
    code,
    digest,
    integer,
    moment,
    native,
    number,
    reveals,
    slug,
    text,
    unix,
)  # fmt: skip

_SEMANTIC, _BASIC = 48, 41  # digits of ids; the time stands at 22
_DIGITS = re.compile(r"[0-9]{41,48}")
_DATED = re.compile(
    r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d"
)
_UNIX = re.compile(r"(1\d{9})(\d{3})?")  # seconds or milliseconds, since 2001
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?")
_IDENTITY = re.compile(r"[0-9]{15}|[0-9]{17}[0-9Xx]")  # GB 11643, and what was before it
_PICTURE = re.compile(r"sha256:([0-9a-f]{64})")
_KINDS = {
    "01": "vehicle", "02": "plate", "09": "vehicle", "10": "person", "11": "face", "12": "thing",
    "14": "scene",
}  # fmt: skip
_TIMES = (
    "PassTime", "ShotTime", "FaceAppearTime", "PersonAppearTime", "AppearTime", "LocationMarkTime",
    "MarkTime", "TriggerTime", "EntryTime",
)  # fmt: skip
_NO_PLATE = frozenset(
    {"", "无牌", "无车牌", "车牌", "未识别", "未知", "无", "-", "0", "UNKNOWN", "NONE", "NULL",
     "NOPLATE"}
)  # fmt: skip
_PERSON = {"IDNumber": "idcard", "Name": "name", "PassportNumber": "passport", "Phone": "phone"}
_NAMES_NOBODY = frozenset({"", "0", "未知", "unknown", "null"})


def word(record: Json, *names: str) -> str:
    """A code as it may stand in `native`; nothing that could name somebody."""
    found = code(record, *names)
    if len(found) < MOBILE_DIGITS:
        return found  # nobody's
    return "" if reveals(found) or _IDENTITY.fullmatch(found) else found


def named(record: Json, *names: str) -> str:
    """A device's code as it may stand in a source and a subject."""
    return slug(word(record, *names))


def device_of(record: Json, id_field: str, registered: str) -> str:
    """The object's own device, else the one in its ids, else who is registered here."""
    for name in ("DeviceID", "TollgateID", "ApeID"):
        if told := named(record, name):
            return told
    for name in ("SourceID", id_field):
        told = text(record, name)
        if _DIGITS.fullmatch(told) and told[:20].strip("0"):
            return told[:20]
    return registered


def id_of(record: Json, id_field: str) -> str:
    """A semantic or basic id by the rule; empty where it breaks it and may mean anything."""
    told = text(record, id_field)
    kept = _DIGITS.fullmatch(told) and len(told) in (_SEMANTIC, _BASIC)
    return told if kept and _DATED.fullmatch(told[22:36]) else ""


def told_again(record: Json) -> str:
    """What tells records without a good id apart: all they say but their pictures."""
    return digest(repr(_bare(record)))


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((str(key), _bare(inner)) for key, inner in value.items() if key != "Data")
    return [_bare(one) for one in value] if isinstance(value, list) else value


def time_of(
    record: Json, id_field: str, zone: tzinfo, shots: Sequence[Json]
) -> tuple[str, TimeQuality]:
    """Of its own fields, its pictures', its id; the gateway's where none is a time. One bad time
    is no reason to lose what it is about."""
    for one in _times(record, id_field, shots):
        try:
            if stamp := _STAMP.fullmatch(one):
                year, month, day, hour, minute, second, _ = stamp.groups()
                one = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
            if counted := _UNIX.fullmatch(one):
                return unix(int(counted[1])).replace(".000", "", 1), "device-zone"
            if (one and not one.isdecimal()) or stamp:
                return moment(one, zone)
        except Undecodable:
            continue
    return "", "gateway"


def _times(record: Json, id_field: str, shots: Sequence[Json]) -> Iterator[str]:
    for name in _TIMES:
        for place in (record, *shots):
            if name in place:
                yield text(place, name)
    for name in (id_field, "SourceID"):
        yield id_of(record, name)[22:36]


def pictures(record: Json) -> list[Json]:
    """Its SubImageInfo entries, at most a hundred, in whatever is wrapped around them."""
    found: list[Json] = []
    stack: list[Any] = [
        record.get(name)
        for name in ("SubImageInfoObject", "SubImageInfo", "SubImageList")
        if record.get(name)
    ]
    while stack and len(found) < 100:
        one = stack.pop()
        if isinstance(one, list):
            stack += reversed(one[:100])
        elif isinstance(one, dict):
            inner = [one[key] for key in one if key.startswith("SubImageInfo") and one[key]]
            if inner and not text(one, "ImageID", "Type"):
                stack += inner[:100]
            else:
                found.append(one)
    return found


def media_of(record: Json, kept: tuple[Media, ...], shots: Sequence[Json]) -> tuple[Media, ...]:
    """Pictures by their hash, as the way in left them; bytes in the document are never looked
    at."""
    known = {one.sha256: one for one in kept}
    made: dict[str, Media] = {}
    for one in (record, *shots):
        data = one.get("Data")
        if isinstance(data, str) and (found := _PICTURE.fullmatch(data.strip().lower())):
            kind = _KINDS.get(text(one, "Type").zfill(2), "scene")
            held = known.get(found[1])
            made[found[1]] = Media(
                sha256=found[1],
                kind=kind,
                ref=held.ref if held else "",
                bytes=held.bytes if held else 0,
            )
    return tuple(made.values())


def event_sort(record: Json, shots: Sequence[Json]) -> str:
    """GA/T 2000.254, two digits; of the object or the first picture that has one."""
    for place in (record, *shots):
        found = integer(place, "EventSort")
        if found is not None and 0 < found < 100:
            return f"{found:02}"
    return ""


def box_of(record: Json, shots: Sequence[Json]) -> tuple[float, float, float, float] | None:
    """0..1 of the scene, where the scene's size is told and holds it."""
    names = ("LeftTopX", "LeftTopY", "RightBtmX", "RightBtmY")
    x1, y1, x2, y2 = (number(record, name) for name in names)
    if x1 is None or y1 is None or x2 is None or y2 is None:
        return None
    for one in shots:
        width, height = number(one, "Width"), number(one, "Height")
        if text(one, "Type").zfill(2) != "14" or not width or not height:
            continue
        if 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height:
            return x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height
    return None


def codes(name: str, record: Json, sort: str) -> Native:
    return native(
        "gat1400",
        object=name,
        infoKind=integer(record, "InfoKind"),
        eventSort=sort,
        sourceID=id_of(record, "SourceID"),
        tollgateID=word(record, "TollgateID"),
        inOut=word(record, "InOut"),
        gender=word(record, "GenderCode"),
        vehicleClass=word(record, "VehicleClass"),
        hasPlate=word(record, "HasPlate"),
    )


def plate_of(record: Json) -> str:
    plate = text(record, "PlateNo")
    return "" if plate.upper().replace(" ", "") in _NO_PLATE or "*" in plate else plate


def person_of(record: Json) -> Personal | None:
    """Whom a library took somebody for: sealed."""
    told = ((into, text(record, name)) for name, into in _PERSON.items() if name in record)
    found = {into: value for into, value in told if value.lower() not in _NAMES_NOBODY}
    if not found:
        return None
    identifier = found.get("idcard") or found.get("passport") or next(iter(found.values()))
    return Personal(
        kind="name" if set(found) == {"name"} else "other",
        identifier=identifier,
        fields=found,
        purpose="camera",
        into="",
    )
