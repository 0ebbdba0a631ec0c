"""What a named value of a smart bin means."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from core.errors import Undecodable
from core.event import Data, Native, Personal
from core.events import device, waste
from core.events.waste import Category
from devices.adapter import Known
from devices.fields import (
    Json,
    code,
    digest,
    fraction,
    integer,
    native,
    number,
    reveals,
    slug,
    text,
    truth,
)
from devices.onenet.thing import TELEMETRY, Said

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WRITTEN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(kg|g|千克|公斤|克)")
_MOST_G = 100_000_000
_DOORS = 64
_CATEGORIES: dict[str, Category] = {
    "recyclable": "recyclable", "hazardous": "hazardous", "food": "food", "residual": "residual",
    "可回收物": "recyclable", "有害垃圾": "hazardous", "厨余垃圾": "food", "其他垃圾": "residual",
    "湿垃圾": "food", "干垃圾": "residual",
}  # fmt: skip
_PERSON = (
    "userId", "user_id", "residentId", "cardNo", "card_no", "phone", "mobile", "userPhone",
    "userName", "openId",
)  # fmt: skip


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    kind: Literal["bin", "point", "device"]
    tail: str  # of the id
    data: Data
    door: str = ""
    chain: str = ""  # of the correlationid
    personal: Personal | None = None


def facts_of(told: Said, known: Known) -> list[Fact]:
    """Telemetry says nothing; an event of another model is kept by its name."""
    if told.name == "doorStates":
        return list(_doors(told))
    value: Json = told.value if isinstance(told.value, dict) else {"state": told.value}
    door = _door(value)
    if told.name == "deliveryComplete":
        return [_delivered(told, value, door, known)]
    if told.name == "spillAlarm":
        full = number(value, "fullness", "state", "alarm")
        none = full == 0 or (full is None and truth(value, "state", "alarm", "full") is False)
        cls = waste.Cleared if none else waste.Overflowed
        return [_alarm(told, door, cls(native=_codes(door, fullness=full)))]
    if told.name == "smokeAlarm":
        if truth(value, "smoke", "state", "alarm") is False:
            return []
        codes = _codes(door, temperature=number(value, "temperature"))
        return [_alarm(told, door, waste.SmokeDetected(native=codes))]
    if not told.event or told.name in TELEMETRY:
        return []
    name = "" if reveals(told.name) else slug(_CAPITAL.sub("-", told.name)).lower()
    name = name or "unknown"
    data = device.ConditionChanged(condition=name, part=door, native=_codes(door))
    return [Fact(kind="device", tail=f"{name}:{_stamp(told)}", data=data)]


def collected(told: Said, beside: Sequence[Said]) -> list[Fact]:
    """Both weights of one order in one message are one lift, told where the full one stands."""
    value: Json = told.value if isinstance(told.value, dict) else {}
    order, full, door = _order(value), _grams(value), _door(value)
    chain = f"clean:{order}" if order else f"clean:{_stamp(told)}"
    chain = f"{chain}:{door}" if door else chain  # one round lifts the bins of several doors
    other = next((one for one in beside if _pairs(told, one)), None)
    codes = _codes(door, cleanOrderId=order)
    if told.name == "cleanTare":
        if other is not None:
            return []
        tared = waste.BinTared(
            collection=f"onenet:{told.device}:1:{chain}:gross", tare_g=full, native=codes,
        )  # fmt: skip
        return [Fact(kind="bin", tail=f"{chain}:tare", data=tared, door=door, chain=chain)]
    tare = _grams(other.value) if other is not None else None
    if tare is not None and tare > full:
        raise Undecodable("field", "cleanTare is heavier than cleanGross")
    data = waste.BinCollected(
        gross_g=full,
        tare_g=tare,
        net_g=None if tare is None else full - tare,
        native=codes,
    )
    return [Fact(kind="bin", tail=f"{chain}:gross", data=data, door=door, chain=chain)]


def category_of(known: Known, *names: str) -> tuple[Category, bool]:
    """The installer's word for a door or a type of bin, and whether there was one. Without it the
    rest is meant: 其他垃圾 is what is no other kind."""
    for name in (*names, "category"):
        if found := _CATEGORIES.get(known.options.get(name, "").strip().lower()):
            return found, True
    return "residual", False


def resident(record: Json) -> Personal | None:
    clear = {name: found for name in _PERSON if (found := text(record, name))}
    if not clear:
        return None
    return Personal(
        kind="resident",
        identifier=next(iter(clear.values())),
        fields=clear,
        purpose="waste",
        into="resident_ref",
    )


def grams(told: float, unit: Literal["kg", "g"], field: str) -> int:
    found = told * 1000 if unit == "kg" else told
    if not -0.5 <= found <= _MOST_G:
        raise Undecodable("field", f"{field}: a weight that can not be")
    return round(found)


def _delivered(told: Said, value: Json, door: str, known: Known) -> Fact:
    category, certain = category_of(known, door, f"door{door}")
    codes = _codes(door) | ({} if certain else {"assumed": "category"})
    data = waste.DepositRecorded(  # the bin behind the door: see decode
        category=category,
        bin=told.device,
        net_g=_grams(value),
        native=codes,
    )
    tail = f"delivery:{door or '-'}:{_stamp(told)}"
    return Fact(kind="point", tail=tail, data=data, door=door, personal=resident(value))


def _doors(told: Said) -> Iterator[Fact]:
    """A property is told again and again: what each door's scale and eye say now, in grams."""
    listed = told.value if isinstance(told.value, list) else [told.value]
    for at, one in enumerate(listed[:_DOORS]):
        if not isinstance(one, dict):
            continue
        door = _door(one) or str(at + 1)
        weight, full = number(one, "weight"), number(one, "fullness")
        data = waste.LevelMeasured(
            weight_g=None if weight is None or weight < 0 else grams(weight, "g", "weight"),
            fullness=None if full is None else fraction({"f": full / 100}, "f"),
            native=_codes(door),
        )
        tail = f"{door}:{_stamp(told)}"
        yield Fact(kind="bin", tail=f"level:{tail}", data=data, door=door)
        if truth(one, "smoke") is True:
            smoke = waste.SmokeDetected(native=_codes(door))
            yield Fact(kind="bin", tail=f"smoke:{tail}", data=smoke, door=door)


def _alarm(told: Said, door: str, data: Data) -> Fact:
    name = told.name.removesuffix("Alarm")
    return Fact(kind="bin", tail=f"{name}:{door or '-'}:{_stamp(told)}", data=data, door=door)


def _pairs(one: Said, other: Said) -> bool:
    if other.name not in ("cleanGross", "cleanTare") or other.name == one.name:
        return False
    values = [each.value if isinstance(each.value, dict) else {} for each in (one, other)]
    if _order(values[0]) != _order(values[1]) or one.device != other.device:
        return False
    doors = {_door(each) for each in values}
    return len(doors) == 1 or "" in doors


def _order(value: Any) -> str:
    found = code(value, "cleanOrderId", "orderId") if isinstance(value, dict) else ""
    return "" if reveals(found) else slug(found)


def _grams(value: Any) -> int:
    told = value.get("weight") if isinstance(value, dict) else None
    if isinstance(told, str) and (written := _WRITTEN.fullmatch(told.strip().lower())):
        return grams(float(written[1]), "g" if written[2] in ("g", "克") else "kg", "weight")
    found = number({"weight": told}, "weight")
    if found is None:
        raise Undecodable("field", "weight")
    return grams(found, "kg", "weight")


def _door(value: Json) -> str:
    found = integer(value, "doorIndex", "door", "doorNo")
    return str(found) if found is not None and 0 <= found < 1000 else ""


def _codes(door: str, **more: Any) -> Native:
    return native("onenet", door=door, **more)


def _stamp(told: Said) -> str:
    return told.stamp or digest(msgspec.json.encode(told.value))
