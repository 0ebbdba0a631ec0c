"""One ONVIF notification, out of the JSON that cameras publish (Core, event broker) or out of the
XML of a PullPoint: the same topic, source and data in either."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

import msgspec

from core.errors import Undecodable
from devices import markup
from devices.fields import Json, clean, section, text, unix

EJ = "onvif-ej"
_MARK = f"/{EJ}/"
_LONGEST = 512  # characters of a topic
Operation = Literal["", "Initialized", "Changed", "Deleted"]

# As firmware spells what the standard calls UtcTime, Source, Key and Data.
_TIMES = ("UtcTime", "utcTime", "UTCTime", "@UtcTime")
_SOURCES, _KEYS, _DATA = (
    ("Source", "source", "SourceItems"), ("Key", "key", "KeyItems"), ("Data", "data", "DataItems"),
)  # fmt: skip
_UNIX = re.compile(r"1[0-9]{9}([0-9]{3})?(?:\.[0-9]+)?")  # seconds of these years, or milliseconds

_MOST = 1000  # notifications of one answer; devices are asked for some hundred
_ITEMS = 64  # of one notification
_OPERATIONS: dict[str, Operation] = {
    "initialized": "Initialized",
    "changed": "Changed",
    "deleted": "Deleted",
}
_PREFIXED = re.compile(rb"(</?|\s)[A-Za-z_][\w.-]{0,31}:(?=[A-Za-z_][\w.-]*[\s/>=])")


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """`topic` is local: no prefixes of namespaces, no source values. Items that have more than a
    plain value (a plate with its box) are objects."""

    topic: str
    source: Mapping[str, Any]
    data: Mapping[str, Any]
    time: str = ""  # as told; UTC, also where the Z is missing
    operation: Operation = ""
    producer: str = ""  # who it is from, where the message says so


def published(topic: str, parsed: Any) -> Notification:
    """Undecodable("shape") for what is no object with UtcTime, Source or Data."""
    if not is_published(parsed) and not (_MARK in topic and _has_items(parsed)):
        raise Undecodable("shape", "no ONVIF notification: UtcTime, Source and Data are not there")
    inner = section(parsed, "message") if _is_axis(parsed) else parsed
    source, data = _told(inner, _SOURCES), _told(inner, _DATA)
    local = local_topic(topic.partition(_MARK)[2][:_LONGEST]) if _MARK in topic else ""
    local = local or local_topic(text(parsed, "Topic", "topic"))
    serial = text(parsed, "serial")
    return Notification(
        topic=local or _told_by(source, data),
        source=source | _told(inner, _KEYS),
        data=data,
        time=_time(parsed, *_TIMES) or (_time(parsed, "timestamp") if inner is not parsed else ""),
        operation=_operation(text(parsed, "PropertyOperation", "propertyOperation")),
        producer=f"axis://{serial}" if serial else "",
    )


def is_published(parsed: Any) -> bool:
    timed = isinstance(parsed, dict) and any(name in parsed for name in _TIMES)
    return (timed and _has_items(parsed)) or _is_axis(parsed)


def _has_items(parsed: Any) -> bool:
    return isinstance(parsed, dict) and any(
        isinstance(parsed.get(name), dict | list) for name in (*_SOURCES, *_DATA)
    )


def _is_axis(parsed: Any) -> bool:
    """Axis' own form of the same: `topic`, `timestamp` in milliseconds, and `message`."""
    return (
        isinstance(parsed, dict)
        and isinstance(parsed.get("topic"), str)
        and "timestamp" in parsed
        and {"source", "data"} <= section(parsed, "message").keys()
    )


def pulled(payload: bytes) -> list[Notification]:
    """Of a PullMessagesResponse, a Notify, a metadata stream or one NotificationMessage. None
    where the document is a description or another answer of the same service."""
    root, content = _parsed(payload)
    if root == "NotificationMessage":
        return [_pulled(content)]
    if root == "Message" and "@UtcTime" in content:
        return [_pulled({"Message": content})]
    return [_pulled(each) for each in _found(content)]


@lru_cache(maxsize=1024)  # a device's topics are few and come again and again
def local_topic(told: str) -> str:
    """`tns1:RuleEngine/nn:Counter/&1/Entry Counter` is `RuleEngine/Counter`: the sources' values
    begin at the first `&`."""
    levels = []
    for level in told.strip().strip("/").split("/"):
        if level[:1] == "&":
            break
        levels.append(level.strip().rpartition(":")[2])
    return "/".join(levels)[:256]


def _pulled(message: Any) -> Notification:
    record = message if isinstance(message, dict) else {}
    outer = section(record, "Message")
    inner = section(outer, "Message") or outer
    told = record.get("Topic")
    topic = text(told, "#") if isinstance(told, dict) else clean(str(told or ""))
    source, data = _items(inner.get("Source")), _items(inner.get("Data"))
    return Notification(
        topic=local_topic(topic) or _told_by(source, data),
        source=source | _items(inner.get("Key")),
        data=data,
        time=text(inner, "@UtcTime"),
        operation=_operation(text(inner, "@PropertyOperation")),
        producer=text(section(record, "ProducerReference"), "Address"),
    )


def _parsed(payload: bytes) -> tuple[str, dict[str, Any]]:
    try:
        return markup.parse(payload)
    except Undecodable as error:
        if "unbound prefix" not in error.detail:
            raise
        # A part cut out of its envelope has lost the declarations of its prefixes.
        return markup.parse(_PREFIXED.sub(rb"\1", payload))


def _told(record: Json, names: tuple[str, ...]) -> dict[str, Any]:
    """Items as an object of names and values, as the list of them, or as XML would have them."""
    told = next((record[name] for name in names if isinstance(record.get(name), dict | list)), None)
    if isinstance(told, dict):
        if "SimpleItem" not in told and "ElementItem" not in told:
            return {_bare(name): _opened(value) for name, value in told.items()}
        holders = markup.several(told, "SimpleItem") + markup.several(told, "ElementItem")
    else:
        holders = told or []
    found: dict[str, Any] = {}
    for item in holders[:_ITEMS]:
        if isinstance(item, dict) and (name := text(item, "Name", "name", "@Name")):
            value = next((item[key] for key in ("Value", "value", "@Value") if key in item), None)
            rest = {key: one for key, one in item.items() if key not in ("Name", "name", "@Name")}
            found[_bare(name)] = _opened(rest if value is None else value)
    return found


def _opened(value: Any) -> Any:
    """Without prefixes in the names below, and of XML in a text what it says."""
    if isinstance(value, dict):
        return {_bare(name): _opened(one) for name, one in value.items()}
    if isinstance(value, str) and value.lstrip()[:1] == "<":
        try:
            return _parsed(value.encode("utf-8", "replace"))[1]
        except Undecodable:
            return value
    return value


def _bare(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _time(record: Json, *names: str) -> str:
    """As told, or RFC 3339 of a Unix time in seconds or milliseconds."""
    told = text(record, *names)
    match = _UNIX.fullmatch(told)
    if match is None:
        return told
    return unix(float(told) / 1000 if match[1] else float(told))


def _found(content: Any) -> Iterator[Any]:
    """Every NotificationMessage, at whatever depth; without recursion."""
    left: list[Any] = [content]
    counted = 0
    while left:
        at = left.pop()
        if isinstance(at, list):
            left.extend(reversed(at))
        elif isinstance(at, dict):
            for each in markup.several(at, "NotificationMessage"):
                counted += 1
                if counted > _MOST:
                    raise Undecodable("oversized", f"more than {_MOST} notifications")
                yield each
            below = [value for name, value in at.items() if name != "NotificationMessage"]
            left.extend(each for each in reversed(below) if isinstance(each, dict | list))


def _items(told: Any) -> dict[str, Any]:
    """SimpleItem's Name and Value; of an ElementItem what stands in it."""
    found: dict[str, Any] = {}
    for holder in told if isinstance(told, list) else [told]:
        if not isinstance(holder, dict):
            continue
        for item in markup.several(holder, "SimpleItem")[:_ITEMS]:
            if isinstance(item, dict) and (name := text(item, "@Name")):
                found[name] = text(item, "@Value", "#")
        for item in markup.several(holder, "ElementItem")[:_ITEMS]:
            if isinstance(item, dict) and (name := text(item, "@Name")):
                inner = {key: value for key, value in item.items() if key[:1] not in "@#"}
                only = next(iter(inner.values())) if len(inner) == 1 else inner
                found[name] = only if isinstance(only, dict) else inner
    return found


def _operation(told: str) -> Operation:
    return _OPERATIONS.get(told.lower(), "")


def _told_by(source: Json, data: Json) -> str:
    """A file without its topic: only what the items of one standard topic alone can be."""
    if "LicensePlateInfo" in data:
        return "RuleEngine/Recognition/LicensePlate"
    if "IsMotion" in data:
        return "RuleEngine/CellMotionDetector/Motion"
    if "IsInside" in data:
        return "RuleEngine/FieldDetector/ObjectsInside"
    if set(data) == {"ObjectId"} and "Rule" in source:
        return "RuleEngine/LineDetector/Crossed"
    if "SensorID" in source and {"Value", "Threshold"} <= set(data):
        value, held = text(data, "Value"), text(data, "Threshold")
        try:
            return f"Device/Sensor/Temperature/{'High' if float(value) >= float(held) else 'Low'}"
        except ValueError:
            return ""
    return ""
