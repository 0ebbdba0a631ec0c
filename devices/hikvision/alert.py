"""Finding the alert and its access record in what devices, relays and back-fill answers send."""

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from core import strictjson
from core.errors import Undecodable
from devices import charset, markup
from devices.fields import Json, reveals, slug, text
from devices.hikvision.parts import Parts

_MAC = re.compile(r"[0-9a-f]{12}")
_RECORD = "AccessControllerEvent"
_WRAPPERS = (
    _RECORD, "event_log", "EventNotificationAlert", "EventNotificationAlertList", "AcsEvent",
    "data",
)  # fmt: skip
_DEEPEST = 6
_NESTED = (dict, list)
_BEHIND = b"\0 \t\r\n"  # some firmware sends the end of its string along
_MOST_RECORDS = 1000  # of one message; devices send at most some hundred
# Levels of a relay's topic that say what is sent, not who sent it.
_NOT_A_DEVICE = frozenset(
    {"event", "events", "alert", "alerts", "alertstream", "alarm", "acs", "push", "any", "json",
     "xml", "anpr", "accesscontrollerevent", "event_log"}
)  # fmt: skip


class Found(msgspec.Struct, frozen=True):
    """`alert`: plain values of every level around the record, the outermost first; `record`: the
    access record, empty of an alert about something else; `body`: the innermost level whole."""

    alert: Json
    record: Json
    body: Json = {}


def opened(payload: bytes) -> Any:
    """JSON or XML, in whatever charset, as one kind of dictionary."""
    marked = payload[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if markup.looks(payload[2:].replace(b"\0", b"")[:64] if marked else payload):
        root, content = markup.parse(payload if marked else payload.rstrip(_BEHIND))
        return {root: _plain(content)}
    if not marked:
        payload = payload.rstrip(_BEHIND)
    return strictjson.parse(payload if marked else charset.utf8(payload))  # JSON is never UTF-16


def found(payload: bytes) -> Iterator[Found]:
    """The alerts of a message, which may be the whole multipart body that a device posts."""
    if payload[:64].lstrip()[:2] != b"--":
        yield from records(opened(payload))
        return
    if len(payload) > strictjson.MAX_BYTES:
        raise Undecodable("oversized", f"{len(payload)} bytes, cap {strictjson.MAX_BYTES}")
    told = [part.body for part in Parts().feed(payload + b"\r\n") if not part.is_picture]
    if not told:
        raise Undecodable("shape", "multipart without a text part")
    if len(told) > _MOST_RECORDS:
        raise Undecodable("oversized", f"more than {_MOST_RECORDS} parts")
    for body in told:
        yield from records(opened(body))


def is_record(value: Json) -> bool:
    return ("majorEventType" in value or "major" in value) and (
        "subEventType" in value or "minor" in value
    )


def records(parsed: Any) -> Iterator[Found]:
    """Undecodable("shape") when there is no alert."""
    for index, found in enumerate(_found(parsed, {}, _DEEPEST)):
        if index >= _MOST_RECORDS:
            raise Undecodable("oversized", f"more than {_MOST_RECORDS} records")
        yield found


def part_of(alert: Json) -> Json:
    """The part that is named as the alert's own type; an empty one where there is none."""
    parts = [(name, value) for name, value in alert.items() if type(value) is dict]
    kind = text(alert, "eventType").lower() if parts else ""
    return next((value for name, value in parts if kind and name.lower() == kind), {})


def listed(answer: Json) -> list[Any] | None:
    """The records of a search answer, whatever they are; None: it has no list."""
    found = answer.get("InfoList")
    if isinstance(found, dict) and not is_record(found):  # XML: they stand one level lower
        found = next(iter(found.values()), [])
    return [found] if isinstance(found, dict) else found if isinstance(found, list) else None


def _found(level: Any, around: Json, deeper: int) -> Iterator[Found]:
    alert: dict[str, Any] = {**around}
    for left in range(deeper, 0, -1):
        if isinstance(level, list) and level:
            for one in level:
                yield from _found(one, alert, left - 1)
            return
        if not isinstance(level, dict):
            break
        alert |= {key: value for key, value in level.items() if type(value) not in _NESTED}
        if is_record(level):
            yield Found(alert, level)
            return
        answered = listed(level)
        if answered is not None:
            for record in answered:
                if not isinstance(record, dict) or not record:
                    raise Undecodable("shape", "InfoList holds something else than records")
                yield Found(alert | {"currentEvent": False}, record)
            return
        if "responseStatusStrg" in level:
            return  # a search that found nothing
        wrapper = next((name for name in _WRAPPERS if name in level and _opens(level[name])), "")
        if not wrapper:
            own = part_of(level)
            if is_record(own):  # such as IDCardInfoEvent
                yield Found(alert, own)
                return
            break
        level = _opened(level[wrapper])
        if wrapper == _RECORD and isinstance(level, dict) and not _wraps(level):
            yield Found(alert, level)  # without its codes: the caller names what is missing
            return
    if text(alert, "eventType") and isinstance(level, dict):
        yield Found(alert, {}, level)
        return
    raise Undecodable("shape", f"no {_RECORD} in it")


def device_of(alert: Json, topic: str) -> str:
    """MAC without separators, else a serial number, else the address, else the topic's name."""
    if told := told_device(alert):
        return told
    for level in reversed(topic.split("/")[1:]):
        if level and not level.isdecimal() and level.lower() not in _NOT_A_DEVICE:
            return mac_of(level) or slug(level) or "hikvision"
    return "hikvision"


def told_device(alert: Json) -> str:
    """By the alert's own words; empty where it has none."""
    if mac := mac_of(text(alert, "macAddress")):
        return mac
    for name in ("shortSerialNumber", "deviceID", "deviceSerial", "ipAddress"):
        told = slug(text(alert, name))
        if told and told.lower() != "default" and not reveals(told):
            return told
    return ""


def mac_of(told: str) -> str:
    plain = told.replace(":", "").replace("-", "").lower()
    return plain if _MAC.fullmatch(plain) and plain.strip("0") else ""


def _wraps(level: Json) -> bool:
    return is_record(level) or any(_opens(level.get(name)) for name in _WRAPPERS)


def _opens(value: Any) -> bool:
    if isinstance(value, str):
        return value.lstrip()[:1] in ("{", "<")
    return isinstance(value[0] if isinstance(value, list) and value else value, dict)


def _opened(value: Any) -> Any:
    """Relays send the event_log part as the text it was."""
    return opened(value.encode()) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """Without attributes: they say nothing but versions and sizes. Depth is bounded by markup."""
    if isinstance(value, Mapping):
        kept = {name: _plain(one) for name, one in value.items() if name[:1] != "@"}
        return kept["#"] if kept.keys() == {"#"} else kept
    return [_plain(one) for one in value] if isinstance(value, list) else value
