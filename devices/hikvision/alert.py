"""Finding the alert and its access record in what devices, relays and back-fill answers send."""

import re
from collections.abc import Iterator
from typing import Any

from core import strictjson
from core.errors import Undecodable
from devices.fields import Json, slug, text

_MAC = re.compile(r"[0-9a-f]{12}")
_RECORD = "AccessControllerEvent"
_WRAPPERS = (_RECORD, "event_log", "EventNotificationAlert", "AcsEvent", "data")
_DEEPEST = 6
_MOST_RECORDS = 1000  # of one search answer; devices send at most some hundred
# Levels of a relay's topic that say what is sent, not who sent it.
_NOT_A_DEVICE = frozenset(
    {"event", "events", "alert", "alerts", "alertstream", "alarm", "acs", "push", "any", "json",
     "accesscontrollerevent", "event_log"}
)  # fmt: skip


def is_record(value: Json) -> bool:
    return ("majorEventType" in value or "major" in value) and (
        "subEventType" in value or "minor" in value
    )


def records(parsed: Any) -> Iterator[tuple[Json, Json]]:
    """(alert, access record) pairs; the alert holds the plain values of every level around it.

    An alert that is about something else comes with an empty record. Undecodable("shape") when
    there is no alert either.
    """
    alert: dict[str, Any] = {}
    level = parsed
    for _ in range(_DEEPEST):
        if not isinstance(level, dict):
            break
        alert |= {key: value for key, value in level.items() if not isinstance(value, dict | list)}
        if is_record(level):
            yield alert, level
            return
        found = level.get("InfoList")
        if isinstance(found, list):
            if len(found) > _MOST_RECORDS:
                raise Undecodable("oversized", f"more than {_MOST_RECORDS} records")
            for record in found:
                if not isinstance(record, dict) or not record:
                    raise Undecodable("shape", "InfoList holds something else than records")
                yield alert | {"currentEvent": False}, record
            return
        if "responseStatusStrg" in level:
            return  # a search that found nothing
        wrapper = next((name for name in _WRAPPERS if _opens(level.get(name))), "")
        if not wrapper:
            break
        level = _opened(level[wrapper])
        if wrapper == _RECORD and isinstance(level, dict) and not _wraps(level):
            yield alert, level  # a record without its codes: the caller names what is missing
            return
    if text(alert, "eventType"):
        yield alert, {}
        return
    raise Undecodable("shape", f"no {_RECORD} in it")


def device_of(alert: Json, topic: str) -> str:
    """MAC without separators, else a serial number, else the address, else the topic's name."""
    if mac := _mac(text(alert, "macAddress")):
        return mac
    for name in ("shortSerialNumber", "deviceID", "deviceSerial", "ipAddress"):
        told = slug(text(alert, name))
        if told and told.lower() != "default":
            return told
    for level in reversed(topic.split("/")[1:]):
        if level and not level.isdecimal() and level.lower() not in _NOT_A_DEVICE:
            return _mac(level) or slug(level) or "hikvision"
    return "hikvision"


def _mac(told: str) -> str:
    plain = told.replace(":", "").replace("-", "").lower()
    return plain if _MAC.fullmatch(plain) and plain.strip("0") else ""


def _wraps(level: Json) -> bool:
    return is_record(level) or any(_opens(level.get(name)) for name in _WRAPPERS)


def _opens(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, str) and value.lstrip()[:1] == "{")


def _opened(value: Any) -> Any:
    """Relays send the event_log part as the text it was."""
    return strictjson.parse(value.encode()) if isinstance(value, str) else value
