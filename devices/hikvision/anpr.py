"""A number plate that was read → a vehicle that passed or was denied.

The misspelt names (`palteTypeByGAT`, `vehicelRect`) are the devices' own; newer firmware spells
some of them right, and the newest sends no VehicleGATInfo at all.
"""

import re
from typing import Literal

from core.event import Data, Draft, Personal
from core.events import vehicle
from core.events.access import Direction
from devices.adapter import Known
from devices.fields import (
    Json,
    code,
    digest,
    integer,
    native,
    number,
    reveals,
    section,
    squeezed,
    text,
)
from devices.hikvision.place import Place
from devices.markup import several

List = Literal["white", "black", "temporary", "visitor", "unknown"]
_LISTS: dict[str, List] = {
    "white": "white", "whitelist": "white", "allowlist": "white", "allow": "white",
    "black": "black", "blacklist": "black", "blocklist": "black", "block": "black",
    "temporary": "temporary", "temporarylist": "temporary", "visitor": "visitor",
}  # fmt: skip
# Squeezed; what has neither letter nor digit in it is no plate either, such as 无车牌 or ??.
_NO_PLATE = frozenset(
    {"UNKNOWN", "NOPLATE", "NULL", "NONE", "UNLICENSED", "UNLICENSEDVEHICLE", "UNRECOGNIZED"}
)
_UUID = re.compile(r"[0-9A-Fa-f][0-9A-Fa-f-]{14,62}[0-9A-Fa-f]")
_OPPOSITE: dict[Direction, Direction] = {"in": "out", "out": "in"}
_HISTORY = {0: "opened", 1: "not-opened"}  # barrierGateCtrlType, of records made while offline


def reads(body: Json) -> bool:
    return any(isinstance(one, dict) for one in several(dict(body), "ANPR"))


def drafts(place: Place, body: Json) -> list[Draft]:
    plates = [one for one in several(dict(body), "ANPR") if isinstance(one, dict)]
    return [_draft(place, body, one, index) for index, one in enumerate(plates)]


def _draft(place: Place, body: Json, anpr: Json, index: int) -> Draft:
    plate = _plate(text(anpr, "licensePlate", "plateNo"))
    original = _plate(text(anpr, "originalLicensePlate"))
    lane = integer(anpr, "line", "laneNo", "lane")
    historic = integer(anpr, "alarmDataType") == 1
    listed = _listed(anpr)
    gat = section(body, "VehicleGATInfo") or section(anpr, "VehicleGATInfo")
    codes = native(
        "hikvision",
        eventType="ANPR",
        channelID=place.channel,
        line=lane,
        direction=_word(anpr, "direction"),
        listType=_word(anpr, "listType"),
        plateType=_word(anpr, "plateType"),
        plateTypeByGAT=_short(gat, "plateTypeByGAT", "palteTypeByGAT"),
        plateColorByGAT=_short(gat, "plateColorByGAT"),
        vehicleType=_word(anpr, "vehicleType"),
        vehicleTypeByGAT=_short(gat, "vehicleTypeByGAT"),
        colorByGAT=_short(gat, "colorByGAT"),
        color=_word(section(anpr, "vehicleInfo"), "color"),
        detectDir=integer(anpr, "detectDir"),
        detectType=integer(anpr, "detectType"),
        carDirectionType=integer(body, "carDirectionType"),
        barrierGateCtrlType=integer(anpr, "barrierGateCtrlType"),
        alarmDataType=integer(anpr, "alarmDataType"),
        illegalCode=integer(section(anpr, "illegalInfo"), "illegalCode"),
    )
    told = {
        "direction": _direction(text(anpr, "direction"), lane, place.known),
        "plate_color": _known(_word(anpr, "plateColor")),
        "plate_class": _ga_class(gat) or _known(_word(anpr, "plateType")),
        "vehicle_type": _ga_vehicle(gat) or _known(_word(anpr, "vehicleType")),
        "confidence": _confidence(anpr),
        "lane": "" if lane is None else str(lane),
        "list": listed,
        "barrier": _HISTORY.get(integer(anpr, "barrierGateCtrlType") or 0, "") if historic else "",
        "native": codes,
    }
    data: Data
    if listed == "black":
        data = vehicle.VehicleDenied(reason="blocked", **told)  # type: ignore[arg-type]
    else:
        data = vehicle.Passed(**told)  # type: ignore[arg-type]
    event_id, mark = _id(place, body, anpr, lane, plate, index)
    return Draft(
        id=event_id,
        device=place.key,
        subject=place.subject("gate", place.channel if (place.channel or 1) > 1 else None),
        time=place.time,
        timequality=place.quality,
        origin="backfill" if historic else place.origin,
        data=data,
        personal=_personal(plate, original),
        mark=mark,
        unnumbered=not place.time and bool(mark),
    )


def _listed(anpr: Json) -> List:
    """A list of the installer's own has a name that tells nothing."""
    named = (
        text(anpr, name).lower() for name in ("listType", "vehicleListType", "vehicleListName")
    )
    return next((_LISTS[name] for name in named if name in _LISTS), "unknown")


def _id(
    place: Place, body: Json, anpr: Json, lane: int | None, plate: str, index: int
) -> tuple[str, str]:
    """The device's own UUID, the same when it sends again; else the moment, keyed by the plate."""
    told = text(body, "UUID", "uuid") or text(anpr, "UUID", "uuid")
    if _UUID.fullmatch(told):
        tail = f":{index}" if index else ""
        return f"hik:{place.key}:anpr:{told.lower()}{tail}", ""
    moment = digest(place.time, str(place.channel), str(lane), str(index), text(anpr, "direction"))
    return f"hik:{place.key}:anpr:{moment}", plate or "no-plate"


def _personal(plate: str, original: str) -> Personal | None:
    if not plate:
        return None
    fields = {"plate": plate}
    if original and original != plate:
        fields["originalPlate"] = original
    return Personal(
        kind="plate", identifier=plate, fields=fields, purpose="vehicle", into="plate_ref"
    )


def _plate(told: str) -> str:
    flat = squeezed(told)
    spelt = any(char.isdecimal() or (char.isascii() and char.isalpha()) for char in flat)
    return told if spelt and flat.strip("0") and flat not in _NO_PLATE else ""


def _direction(told: str, lane: int | None, known: Known) -> Direction:
    """`forward` is towards the camera: in, unless the installer says that who comes towards it in
    this lane goes out."""
    forward = known.readers.get("" if lane is None else str(lane)) or known.readers.get("*", "in")
    if told.lower() == "forward":
        return forward
    return _OPPOSITE[forward] if told.lower() in ("reverse", "backward") else "unknown"


def _confidence(anpr: Json) -> float | None:
    """0..100 on the wire; some firmware sends a fraction."""
    told = number(anpr, "confidenceLevel", "confidence")
    if told is None or not 0 <= told <= 100:
        return None
    return told if 0 < told < 1 else round(told / 100, 4)


def _ga_class(gat: Json) -> str:
    """GA 24.7 counts plates' classes by two digits."""
    told = integer(gat, "plateTypeByGAT", "palteTypeByGAT")
    return f"{told:02d}" if told is not None and 0 <= told <= 99 else ""


def _ga_vehicle(gat: Json) -> str:
    """GA 24.4: a letter and two digits, such as K33."""
    told = _short(gat, "vehicleTypeByGAT")
    return told if told != "-1" else ""


def _short(record: Json, *names: str) -> str:
    """A code of a table: too short to be anybody."""
    told = text(record, *names)
    return told if len(told) <= 3 and told.isascii() else ""


def _word(record: Json, name: str) -> str:
    """A maker's word, such as 92TypeCivil or newEnergyGreen."""
    told = code(record, name)
    if told.isalpha() and len(told) <= 32:
        return told  # nearly always
    plain = told.isalnum() and not told.isdecimal() and len(told) <= 32
    return told if plain and sum(map(str.isdecimal, told)) <= 3 and not reveals(told) else ""


def _known(word: str) -> str:
    return "" if word.lower() in ("unknown", "other", "null") else word
