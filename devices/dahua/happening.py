"""What a Dahua device says happened, out of every form in which it says it.

HTTP upload (JSON), the text of eventManager, the flat keys of snapManager and of recordFinder, and
multipart around any of these.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from core import strictjson
from core.errors import Undecodable
from core.strictjson import MAX_BYTES
from devices.charset import utf8
from devices.dahua.parts import Braces, Parts
from devices.fields import Json, code, integer, section, text

_MOST = 2_000  # events or records of one message
_MOST_LINES = 100_000
_MOST_ITEMS = 512  # of a list inside an event
_DEEPEST = 8
_HEAD = re.compile(rb"Code=([^;\r\n]*)((?:;(?!\s*data=)[^;\r\n]*)*)(;\s*data=\s*)?")
_KEY = re.compile(r"(Events|records)\[(\d{1,5})\]\.(.{1,160})", re.IGNORECASE)
_STEP = re.compile(r"([^.\[\]]+)((?:\[\d{1,5}\])*)")
_ANSWERS = ("totalcount", "found", "count")
_NAMED = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 _.:+/-]{0,63}")  # `_DoorFace_` is one, too


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    action: str = ""  # Start, Stop, Pulse
    index: int | None = None  # door or channel, from 0
    data: Json = {}
    mac: str = ""
    time: str = ""  # of the message around it
    history: bool = False


def happenings(payload: bytes) -> list[Happening]:
    """Empty for heartbeats and searches that found nothing. Undecodable as strictjson.parse, and
    "shape" where there is no event in it."""
    if len(payload) > MAX_BYTES:
        raise Undecodable("oversized", f"{len(payload)} bytes, cap {MAX_BYTES}")
    body = payload.removeprefix(b"\xef\xbb\xbf").strip(b"\0 \t\r\n")
    if not body:
        raise Undecodable("empty")
    found = _multipart(body) if body[:2] == b"--" else _one(body)
    if len(found) > _MOST:
        raise Undecodable("oversized", f"more than {_MOST} events")
    return found


def _multipart(body: bytes) -> list[Happening]:
    parts = Parts(most=MAX_BYTES)
    found: list[Happening] = []
    told = False
    for part in (*parts.feed(body), *parts.close()):
        if part.type.startswith(("image/", "video/", "application/octet")):
            continue
        told = True
        found += _one(part.body)
    if not told:
        raise Undecodable("shape", "multipart without a text part")
    return found


def _one(body: bytes) -> list[Happening]:
    if body[:1] in (b"{", b"["):
        return _json(strictjson.parse(utf8(body)))
    if body[:5] == b"Code=":
        return list(_coded(utf8(body)))
    if body.lower() == b"heartbeat":
        return []
    return list(_flat(utf8(body).decode()))


def _json(parsed: Any) -> list[Happening]:
    around: Json = parsed if isinstance(parsed, dict) else {}
    params = section(around, "params")  # of the device's RPC
    if "eventList" in params or "records" in params:
        around = params
    if isinstance(around.get("records"), list) and "Code" not in around:
        return [_recorded(row) for row in around["records"][: _MOST + 1]]
    if isinstance(around.get("Picture"), dict):
        return [_snapped(around["Picture"])]
    if text(around, "Active").lower() == "keepalive":
        return []
    events: Any = parsed
    if isinstance(parsed, dict):
        names = [name for name in ("Events", "events", "eventList") if name in around]
        events = around[names[0]] if names else [parsed]
    if isinstance(events, dict):
        events = [events]
    if not isinstance(events, list) or not all(isinstance(each, dict) for each in events):
        raise Undecodable("shape", "Events is not a list of objects")
    if len(events) > _MOST:
        raise Undecodable("oversized", f"more than {_MOST} events")
    time, mac = text(around, "Time"), text(around, "PhysicalAddress")
    found = [_event(event, time, mac) for event in events]
    if found and not any(one.code for one in found):
        raise Undecodable("shape", "an event without Code")
    return found  # of several, one without Code is kept as one of no known kind


def _event(event: Json, time: str, mac: str) -> Happening:
    base = section(event, "EventBaseInfo")
    index = integer(event, "Index", "index")
    return Happening(
        code=_code_of(event),
        action=code(event, "Action", "action") or code(base, "Action"),
        index=integer(base, "Index") if index is None else index,
        data=_data_of(event) or event,
        mac=text(event, "PhysicalAddress", "physicaladdress") or mac,
        time=text(event, "Time") or time,
    )


def _snapped(picture: Json) -> Happening:
    """Of the cameras' own upload of plates (TollgateInfo), as their event streams would say it."""
    plate, snap = section(picture, "Plate"), section(picture, "SnapInfo")
    car = {
        "PlateNumber": text(plate, "PlateNumber"),
        "PlateColor": text(plate, "PlateColor"),
        "PlateType": text(plate, "PlateType"),
        "Lane": integer(snap, "LanNo", "LaneNo", "Lane"),
        "DrivingDirection": text(snap, "Direction"),
        "AllowUser": snap.get("AllowUser"),
        "BlockUser": snap.get("BlockUser"),
    }
    data = {
        "TrafficCar": car,
        "Vehicle": {"Category": text(section(picture, "Vehicle"), "VehicleType")},
        "CreateTime": text(snap, "AccurateTime", "SnapTime"),
    }
    return Happening(
        code="TollgateInfo",
        action="Pulse",
        index=integer(plate, "Channel"),
        data=data,
        mac=text(snap, "DeviceID"),
    )


def _recorded(row: Any) -> Happening:
    """Of a list of passages."""
    if not isinstance(row, dict):
        raise Undecodable("shape", "records is not a list of objects")
    return Happening(code="AccessControl", action="Pulse", data=row, history=True)


def _code_of(event: Json) -> str:
    told = text(event, "Code", "code") or text(section(event, "EventBaseInfo"), "Code")
    return told if _NAMED.fullmatch(told) else ""


def _data_of(event: Json) -> Json:
    """An object; with some relays in a list, or as the text it was."""
    for name in ("Data", "data"):
        found = event.get(name)
        if isinstance(found, str) and found.lstrip()[:1] == "{":
            try:
                found = strictjson.parse(found.encode())
            except Undecodable:
                continue
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, dict):
            return found
    return {}


def _coded(body: bytes) -> Iterator[Happening]:
    """One or more of `Code=..;action=..;index=..;data={..}`."""
    at = 0
    while (head := _HEAD.search(body, at)) is not None:
        at = head.end()
        named = dict(_pairs(head.group(2).decode()))
        data: Json = {}
        if head.group(3) and body[at : at + 1] == b"{":
            end = Braces().end(body, at)
            if end < 0:
                raise Undecodable("malformed", "data is not a whole JSON object")
            data = strictjson.parse(body[at:end])
            at = end
        # Of data that is empty, null or no object the event stays: that it happened is told.
        told = _code_of({"Code": head.group(1).decode()})
        if not told:
            raise Undecodable("shape", "an event without Code")
        yield Happening(
            code=told, action=code(named, "action"), index=integer(named, "index"), data=data
        )


def _pairs(told: str) -> Iterator[tuple[str, str]]:
    for pair in told.split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            yield name.strip().lower(), value.strip()


def _flat(body: str) -> Iterator[Happening]:
    """Events[i].Key=value of snapManager, records[i].Key=value of recordFinder."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    answered = False
    lines = body.splitlines()
    if len(lines) > _MOST_LINES:
        raise Undecodable("oversized", f"more than {_MOST_LINES} lines")
    for line in lines:
        key, equals, value = line.strip().partition("=")
        if not equals:
            continue
        named = _KEY.fullmatch(key.strip())
        if named is None:
            answered = answered or key.strip().lower() in _ANSWERS
            continue
        row = rows.setdefault((named.group(1).lower(), int(named.group(2))), {})
        _put(row, named.group(3), value.strip())
        if len(rows) > _MOST:
            raise Undecodable("oversized", f"more than {_MOST} records")
    if not rows and not answered:
        raise Undecodable("shape", "neither an event nor an answer with records")
    for (kind, _), row in sorted(rows.items(), key=lambda item: item[0]):
        if kind == "events":
            event = _listed(row)
            if not _code_of(event):
                raise Undecodable("shape", "an event without Code")
            yield _event(event, "", "")
        else:
            yield _recorded(_listed(row))


def _put(row: dict[str, Any], path: str, value: str) -> None:
    """`ImageInfo[0].Offset` into nested dictionaries; the keys of lists are whole numbers. What
    contradicts a key before it is left out."""
    steps: list[str | int] = []
    for name, places in _STEP.findall(path):
        steps.append(name)
        steps += [int(place) for place in places[1:-1].split("][") if place]
    if not steps or len(steps) > _DEEPEST:
        return
    at: Any = row
    for step in steps[:-1]:
        at = at.setdefault(step, {})
        if not isinstance(at, dict):
            return
    at.setdefault(steps[-1], value)


def _listed(value: Any) -> Any:
    """Dictionaries with whole numbers for keys as the lists they stand for."""
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(key, int) for key in value):
        return [_listed(value[key]) for key in sorted(value)[:_MOST_ITEMS]]
    return {str(key): _listed(each) for key, each in value.items()}
