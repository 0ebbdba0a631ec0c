"""What a board says it has read: Tasmota's JSON, ESPHome's JSON, or a bare UID."""

from typing import Any

import msgspec

from core import strictjson
from core.errors import Undecodable
from core.events.waste import TagTech
from devices.adapter import Message
from devices.fields import Json, code, section, slug, text, uid_hex
from devices.rfid import wiegand

READERS: dict[str, TagTech] = {
    "PN532": "hf", "RC522": "hf", "RDM6300": "unknown", "Wiegand": "unknown", "wiegand": "unknown",
}  # fmt: skip
_TAG_KEYS = ("UID", "uid", "tag", "tag_id", "tagId", "tag_uid", "x", "value", "id")
_GONE = frozenset({"", "unknown", "unavailable", "none", "null", "0"})  # the tag was taken away


class Scan(msgspec.Struct, frozen=True):
    uid: str  # upper-case hex
    reader: str = ""
    tech: TagTech = "unknown"
    kind: str = ""
    time: str = ""  # as told; empty when the board has no clock
    bits: int | None = None  # of a Wiegand card, with its parity
    device: str = ""  # where the message names the reader
    typed: bool = False  # `uid` is digits of its keypad


def scan_of(message: Message) -> Scan | None:
    """None when there is no reader in it, or no tag on the reader."""
    body = message.payload.strip()
    if body[:1] not in (b"{", b"["):
        return _bare(message.topic, body)
    parsed = strictjson.parse(body)
    if not isinstance(parsed, dict):
        raise Undecodable("shape", "not an object")
    if is_scanned(parsed):
        return _scanned(parsed)
    if message.topic.startswith("homeassistant/") and "event_type" in parsed:
        return None  # something else happened there
    time = text(parsed, "Time", "time", "timestamp")
    for reader, tech in READERS.items():
        if found := section(parsed, reader):
            if reader.lower() == "wiegand":
                return _wiegand(found, time)
            uid = _uid(found, "UID")
            return Scan(uid, reader.lower(), tech, code(found, "Type"), time) if uid else None
    if message.topic.endswith(("/SENSOR", "/RESULT")):
        return None  # this board measures something else, or says what it was told to
    if "value_template" in parsed or ("event_type" in parsed and len(parsed) == 1):
        return None  # where a tag will be told; a button, or that something was told elsewhere
    if "raw" in parsed or (isinstance(parsed.get("bits"), str | int) and "UID" not in parsed):
        return _wiegand(parsed, time)
    if not any(key in parsed for key in _TAG_KEYS):
        raise Undecodable("shape", "no reader and no tag in it")
    uid = _uid(parsed, *_TAG_KEYS)
    tech = _tech(message.topic, text(parsed, *_TAG_KEYS))
    return Scan(uid, tech=tech, time=time) if uid else None


def is_scanned(parsed: Any) -> bool:
    """Home Assistant's event of a tag, as ESPHome's `homeassistant.tag_scanned` brings it about."""
    return (
        isinstance(parsed, dict)
        and str(parsed.get("event_type")).endswith("tag_scanned")
        and isinstance(parsed.get("data"), dict)
    )


def _scanned(parsed: Json) -> Scan | None:
    told = section(parsed, "data")
    if not (uid := _uid(told, *_TAG_KEYS)):
        return None
    tech = _tech("", text(told, *_TAG_KEYS))
    reader = slug(code(told, "device_id"))
    return Scan(uid, tech=tech, time=text(parsed, "time_fired"), device=reader)


def _wiegand(found: Json, time: str) -> Scan | None:
    if digits := wiegand.keyed(found):
        return Scan(digits, "wiegand", time=time, typed=True)
    uid, bits = wiegand.read(found)
    return Scan(uid, "wiegand", "unknown", "", time, bits) if uid else None


def _bare(topic: str, body: bytes) -> Scan | None:
    """`74-10-37-94`, or the decimal of a reader that knows its tags as numbers."""
    try:
        told = body.decode("ascii").strip('" \t\r\n')
    except UnicodeDecodeError as error:
        raise Undecodable("charset", "a tag is plain ASCII") from error
    if told.lower() in _GONE:
        return None
    counted = len(told) <= 20 and told.isdecimal()
    uid = uid_hex(int(told) if counted else told)
    if not uid:
        raise Undecodable("shape", "neither JSON nor a tag's UID")
    return Scan(uid, tech=_tech(topic, told))


def _uid(record: Json, *keys: str) -> str:
    """Hex of a string, of a whole number the decimal; empty when the tag is gone."""
    told = next((record[key] for key in keys if key in record), None)
    if told is None or (isinstance(told, str) and told.strip().lower() in _GONE):
        return ""
    usable = isinstance(told, str | int) and not isinstance(told, bool)
    uid = uid_hex(told) if usable else ""
    if not uid:
        raise Undecodable("field", "UID")
    return uid


def _tech(topic: str, told: str) -> TagTech:
    """Only 13.56 MHz readers write dashes between the bytes, or are named so in the topic."""
    near_field = "-" in told or any(name in topic.lower() for name in ("pn532", "rc522", "nfc"))
    return "hf" if near_field else "unknown"
