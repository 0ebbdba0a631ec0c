"""The library's side of GA/T 1400.4: registration by digest, and every post answered object by
object, behind its commit.

Who is registered is noted with the address it came from, so a restart asks nobody to register
anew. Dying between commit and note: the device registers again.
"""

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from core.errors import Undecodable
from devices import digest, lifting
from devices.adapter import Message
from devices.charset import utf8
from devices.fields import Json, section, text
from devices.gat1400 import objects, status
from devices.gat1400.reading import word
from devices.gat1400.status import INVALID_JSON, INVALID_OPERATION, OK, Status
from devices.wire import Dialog, Exchange, Place, Reply, Request

_ROOT = "/viid"
_REALM = "viid"
_SYSTEM = f"{_ROOT}/system/"
_MOST_SUBSCRIPTIONS = 64
_MOST_IDS = 1000
_DEEPEST = 32  # levels of one object
_NO_NOTES: Mapping[str, str] = {}
_LONG = re.compile(rb"[:\[,]\s*[0-9]{17}")


def turn(request: Request, place: Place) -> Exchange:
    path = request.path.rstrip("/").lower()
    if path == f"{_SYSTEM}time":
        return _time(request, place)
    body = _parsed(request.body)
    device = _device(request, body)
    if path == f"{_SYSTEM}register":
        return _register(request, place, device)
    if not device or not _may(request, place, device):
        return _unproven(request, place, device)
    if path == f"{_SYSTEM}unregister":
        return _told(request, place, device, {_key(device): ""})
    if path == f"{_SYSTEM}keepalive":
        return _told(request, place, device)
    if path.startswith(f"{_ROOT}/subscribes"):
        return _subscribes(request, place, device, body)
    if request.method == "GET":
        name = objects.name_of(request.path.rstrip("/").rpartition("/")[2]) or "Object"
        empty = orjson.dumps({f"{name}ListObject": {f"{name}Object": []}})
        return Exchange(reply=_reply(request, 200, empty))
    if request.method not in ("POST", "PUT"):  # what is recorded stays
        return _single(request, place, Status(device, INVALID_OPERATION), 405)
    return _posted(request, place, device, body)


def _posted(request: Request, place: Place, device: str, body: Any) -> Exchange:
    """Each object is a message of its own: one that cannot be read costs none of the others."""
    if body is None:
        return _aside(request, place, device, INVALID_JSON)
    try:
        found, posted = list(objects.walk(body)), list(objects.top(body))
    except Undecodable:
        return _aside(request, place, device, OK)
    messages = [
        _message(device, orjson.dumps({f"{name}ListObject": {f"{name}Object": [_slim(record)]}}))
        for name, record in found
    ]
    statuses = [Status(_id_of(name, record), OK) for name, record in posted]
    answer = status.listed(request.path, statuses or [Status("", OK)], place.now())
    return Exchange(messages=messages, reply=_reply(request, 200, answer))


def _id_of(name: str, record: Json) -> str:
    field = objects.id_field(name)
    return text(record, field) or text(section(record, f"{name}Info"), field)


def _aside(request: Request, place: Place, device: str, code: int) -> Exchange:
    """Set aside with its bytes by the intake: an error here would bring it again for ever."""
    answer = status.single(request.path, Status(device, code), place.now())
    body = request.body
    if lifting.is_picture(body) or request.path.rstrip("/").lower().endswith("/data"):
        # A picture by itself (/VIID/Images/<id>/Data): that it came is enough.
        seen = lifting.picture(body, keep=False).media
        body = orjson.dumps({"picture": f"sha256:{seen.sha256}", "bytes": seen.bytes})
    messages = [_message(device, body)] if request.body else []
    return Exchange(messages=messages, reply=_reply(request, 200, answer))


def _slim(value: Any, depth: int = 0) -> Any:
    """Without pictures in base64: bytes of them are never kept in a document. Nor is what is
    nested deeper than any object of the standard."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        return {
            key: "" if key == "Data" and not _hash(inner) else _slim(inner, depth + 1)
            for key, inner in value.items()
        }
    return [_slim(one, depth + 1) for one in value] if isinstance(value, list) else value


def _hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 71 and value.startswith("sha256:")


def _register(request: Request, place: Place, device: str) -> Exchange:
    shown = digest.fields(request.headers.get("authorization", ""))
    fresh = bool(shown) and place.fresh(shown.get("nonce", ""))
    if not device or not fresh or not _proven(request, place, device, shown):
        return _unproven(request, place, device, stale=bool(shown) and not fresh)
    return _told(request, place, device, {_key(device): request.peer or "-"})


def _told(
    request: Request, place: Place, device: str, notes: Mapping[str, str] = _NO_NOTES
) -> Exchange:
    """Registration, keep-alive and leave are handed over: they say that a device lives."""
    answer = status.single(request.path, Status(device, OK), place.now())
    kind = {"register": "Register", "unregister": "UnRegister"}.get(
        request.path.rstrip("/").rpartition("/")[2].lower(), "Keepalive"
    )
    body = orjson.dumps({f"{kind}Object": {"DeviceID": device}})
    return Exchange(
        messages=[_message(device, body)], reply=_reply(request, 200, answer), notes=notes
    )


def _may(request: Request, place: Place, device: str) -> bool:
    """Registered from this address, or proven with this very request."""
    if noted := place.note(_key(device)):
        return noted == (request.peer or "-")
    if request.client:
        return request.client == device
    shown = digest.fields(request.headers.get("authorization", ""))
    fresh = bool(shown) and place.fresh(shown.get("nonce", ""))
    return fresh and _proven(request, place, device, shown)


def _proven(request: Request, place: Place, device: str, shown: Mapping[str, str]) -> bool:
    """By the device's own password, or by the one of the user whom it names."""
    secret = place.secret(device)
    if secret is None:
        secret = place.secret(shown.get("username", ""))
    if secret is None or not digest.verifies(shown, request.method, secret):
        return False
    shown_path = urlsplit(shown["uri"][:2048]).path
    return shown_path.rstrip("/").lower() == request.path.rstrip("/").lower()


def _unproven(request: Request, place: Place, device: str, *, stale: bool = False) -> Exchange:
    asked = digest.challenge(_REALM, place.nonce(), _REALM, qop=True, stale=stale)
    told = Status(device, INVALID_OPERATION, "not registered")
    answer = status.single(request.path, told, place.now())
    reply = _reply(request, 401, answer, {"www-authenticate": asked})
    return Exchange(reply=reply)


def _time(request: Request, place: Place) -> Exchange:
    now = place.now()
    body = {"VIIDServerID": "", "TimeMode": "1", "LocalTime": status.local(now)}
    body["TimeZone"] = now.tzname() or ""
    return Exchange(reply=_reply(request, 200, orjson.dumps({"SystemTimeObject": body})))


def _subscribes(request: Request, place: Place, device: str, body: Any) -> Exchange:
    """Kept and shown, and nothing is sent for them: what leaves the house is the hub's to hand
    over."""
    key = f"gat1400/subscribes/{device}"
    try:
        held: dict[str, Any] = orjson.loads(place.note(key) or "{}")
    except orjson.JSONDecodeError:
        held = {}
    if request.method == "GET":
        answer = {"SubscribeListObject": {"SubscribeObject": list(held.values())}}
        return Exchange(reply=_reply(request, 200, orjson.dumps(answer)))
    if request.method == "DELETE":
        told = request.query.get("IDList", "") or request.path.rstrip("/").rpartition("/")[2]
        ids = [one for one in told.split(",") if one][:_MOST_IDS]
        held = {name: one for name, one in held.items() if name not in ids}
    else:
        try:
            found = [one for name, one in objects.walk(body) if name == "Subscribe"]
        except Undecodable:
            return _aside(request, place, device, INVALID_JSON if body is None else OK)
        ids = []
        named = request.path.rstrip("/").split("/")[3:4]  # /VIID/Subscribes/<id>
        for one in found[:_MOST_SUBSCRIPTIONS]:
            told = word(one, "SubscribeID") or (word({"id": named[0]}, "id") if named else "")
            ids.append(told or f"{device}-{len(held)}")
            held[ids[-1]] = {
                name: said
                for name in ("SubscribeID", "SubscribeDetail", "BeginTime", "EndTime")
                if (said := word(one, name))
            }
        while len(held) > _MOST_SUBSCRIPTIONS:
            held.pop(next(iter(held)))
    statuses = [Status(one, OK) for one in ids] or [Status("", OK)]
    answer_ = status.listed(request.path, statuses, place.now())
    return Exchange(reply=_reply(request, 200, answer_), notes={key: orjson.dumps(held).decode()})


def _single(request: Request, place: Place, told: Status, code: int) -> Exchange:
    return Exchange(reply=_reply(request, code, status.single(request.path, told, place.now())))


def _reply(
    request: Request, code: int, body: bytes, headers: Mapping[str, str] = _NO_NOTES
) -> Reply:
    """In the type it spoke itself: some take no other."""
    spoken = request.headers.get("content-type", "").lower()
    plain = "application/json" in spoken and "viid" not in spoken
    kind = "application/json" if plain else "application/VIID+JSON"
    return Reply(status=code, body=body, type=f"{kind};charset=UTF-8", headers=headers)


def _device(request: Request, body: Any) -> str:
    """The header's word; of a registration without it, the document's."""
    if told := word({"id": request.headers.get("user-identify", "").strip()}, "id"):
        return told
    if isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, dict) and objects.name_of(str(key)) in objects.SPEAKERS:
                return word(value, "DeviceID")
    return ""


def _parsed(raw: bytes) -> Any:
    """None for what is no JSON."""
    try:
        told = utf8(raw.removeprefix(b"\xef\xbb\xbf").strip(b"\x00\r\n\t "))
        if not told:
            return None
        if not _LONG.search(told):
            with contextlib.suppress(orjson.JSONDecodeError):
                return orjson.loads(told)
        # Ids that came as numbers: no double keeps their digits. Small pictures and names with
        # line ends in them as they are.
        return json.loads(told, parse_int=_whole, strict=False)
    except (ValueError, RecursionError, Undecodable):
        return None


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < 17 else digits


def _key(device: str) -> str:
    return f"gat1400/registered/{device}"


def _message(device: str, payload: bytes) -> Message:
    return Message(f"gat1400/{device}", payload, adapter="gat1400")


DIALOG = Dialog(paths=("/VIID",), turn=turn, own_digest=True, most=16_000_000)
