"""Tag readers of the workshop kind: Tasmota and ESPHome boards with a PN532, RC522, RDM6300 or a
Wiegand reader.

The same reader means two things. On a bin it names the bin; at a door it is somebody's card, and
then the UID is personal: it stands in no id, subject or code, only in the sealed part.
"""

import re
from typing import Any

from core.errors import Undecodable
from core.event import Data, Draft, Personal
from core.events import access, device, waste
from core.moment import TimeQuality
from devices.adapter import Adapter, Known, Message, Site
from devices.fields import digest, moment, native, slug
from devices.rfid.scan import READERS, Scan, is_scanned, scan_of
from devices.wire import Support

# Levels of a topic that say what is sent, not who sent it.
_NOT_A_DEVICE = frozenset(
    {"tele", "stat", "SENSOR", "esphome", "sensor", "text_sensor", "event", "state", "tag",
     "tag_scanned", "LWT", "STATE", "status", "availability"}
)  # fmt: skip
_STATUS = frozenset({"LWT", "status", "availability"})
_NOT_READERS = frozenset({"homeassistant", "zigbee2mqtt"})  # say `online` in the same form
_TAG_TOPICS = frozenset({"tag", "tag_scanned"})
_TAG_NAME = re.compile(r"tag|rfid|nfc|uid|card", re.IGNORECASE)
_BIN_NAME = re.compile(r"(?<![a-z])bin|waste|trash|garbage|垃圾|桶", re.IGNORECASE)
_DOOR_NAME = re.compile(r"door|gate(?!way)|access|entrance|(?<![a-z])lock|门", re.IGNORECASE)


_EVENTS = (
    waste.BinIdentified.TYPE, access.Requested.TYPE, device.Connected.TYPE, device.Lost.TYPE,
)  # fmt: skip
_IN_READER = frozenset({"UID", "uid", "Size", "raw", "bits", "value"})


def decode(message: Message, site: Site) -> list[Draft]:
    levels = message.topic.split("/")
    if levels[-1] in _STATUS and levels[0] not in _NOT_READERS:
        return _availability(message, site)
    scan = scan_of(message) if _about_tags(message.topic) else None
    if scan is None:
        return []
    key = scan.device or _device(message.topic) or scan.reader or "rfid"
    known = site.known(key)
    time, quality = _time(scan, site, key)
    codes = native("rfid", reader=scan.reader, cardType=scan.kind, bits=scan.bits)
    data: Data
    personal = None
    if _at_door(known, key):
        place, number, mark = "door", f"1:{time}" if time else "1", scan.uid
        data = access.Requested(credential="pin" if scan.typed else "card", native=codes)
        personal = (
            Personal(kind="other", identifier=scan.uid, fields={"pin": scan.uid})
            if scan.typed
            else Personal(kind="card", identifier=scan.uid, fields={"card": scan.uid})
        )
    elif scan.typed:
        raise Undecodable("shape", "digits of a keypad name no bin")
    else:
        place, mark = "bin", ""
        number = f"1:{time}:{scan.uid}" if time else digest(message.payload)
        data = waste.BinIdentified(uid_hex=scan.uid, tech=scan.tech, reader=key, native=codes)
    return [
        Draft(
            id=f"rfid:{key}:{number}",  # boards number nothing: the second and the tag do
            device=key,
            subject=known.subject or f"{place}/{known.name or key}",
            time=time,
            timequality=quality,
            data=data,
            personal=personal,
            mark=mark,
            unnumbered=not time,
        )
    ]


def alive(message: Message, _site: Site) -> list[str]:
    """Telemetry without a tag in it."""
    levels = message.topic.split("/")
    speaks = levels[0] in ("tele", "esphome") or levels[-1] in ("SENSOR", "STATE", "state")
    gone = levels[-1] in _STATUS or levels[0] in _NOT_READERS or levels[1:2] == ["discover"]
    found = _device(message.topic) if speaks and not gone else ""
    return [found] if found else []


def recognises(parsed: Any) -> bool:
    if not isinstance(parsed, dict):
        return False
    if "value_template" in parsed and "topic" in parsed and isinstance(parsed.get("device"), dict):
        return True  # Home Assistant's discovery of a tag reader
    if is_scanned(parsed):
        return True
    return any(
        isinstance(parsed.get(reader), dict) and bool(parsed[reader].keys() & _IN_READER)
        for reader in READERS
    )


def _availability(message: Message, site: Site) -> list[Draft]:
    """A last will, or the greeting that goes with it."""
    word = message.payload[:32].decode("ascii", "replace").strip(' "\r\n\t').lower()
    data: Data
    if word == "online":
        data = device.Connected(reason="online", native=native("rfid"))
    elif word == "offline":
        data = device.Lost(reason="will", native=native("rfid"))
    else:
        raise Undecodable("shape", "neither online nor offline")
    key = _device(message.topic)
    if not key:
        raise Undecodable("field", "device")
    return [
        Draft(
            id=f"rfid:{key}:1:{word}",
            device=key,
            subject=f"device/{site.known(key).name or key}",
            time="",
            timequality="gateway",
            data=data,
            unnumbered=True,
        )
    ]


def _about_tags(topic: str) -> bool:
    """Whether a topic of these boards can carry a tag; their state and switches do not."""
    levels = topic.split("/")
    last = levels[-1]
    if levels[0] == "homeassistant" and last in ("event", "events", *_TAG_TOPICS):
        return True  # its own events, as its MQTT event stream tells them
    if "tele" in levels[:-1] or levels[0] == "stat":
        return last in ("SENSOR", "RESULT")
    if levels[0] in _NOT_READERS:
        return False
    if last in _TAG_TOPICS:
        return True
    if last == "state":
        return len(levels) > 2 and _TAG_NAME.search(levels[-2]) is not None
    return levels[0] != "esphome"


def _device(topic: str) -> str:
    levels = topic.split("/")
    if "tele" in levels[1:-1]:  # a full topic of another order: the board stands before it
        levels = levels[levels.index("tele") - 1 :]
    for level in levels:
        if level not in _NOT_A_DEVICE and (made := slug(level)):
            return made
    return ""


def _at_door(known: Known, device: str) -> bool:
    """The installer's word; else the name's, where a bin beside a gate is a bin."""
    if known.role in ("door", "bin"):
        return known.role == "door"
    name = known.name or device
    return _DOOR_NAME.search(name) is not None and _BIN_NAME.search(name) is None


def _time(scan: Scan, site: Site, device: str) -> tuple[str, TimeQuality]:
    return moment(scan.time, site.zone_of(device)) if scan.time else ("", "gateway")


ADAPTER = Adapter(
    name="rfid",
    filters=(
        "tele/#", "stat/#", "+/tele/+", "+/+/tele/+", "+/tag", "+/tag_scanned", "esphome/#",
        "+/status", "+/sensor/+/state", "+/text_sensor/+/state", "+/event/+/state",
        "homeassistant/#",
    ),
    decode=decode,
    recognises=recognises,
    alive=alive,
    support=(
        Support(
            device="Tasmota: PN532, RC522, RDM6300, Wiegand",
            by="MQTT",
            events=_EVENTS,
            tested="sample",
        ),
        Support(device="ESPHome: PN532, RC522, RDM6300, Wiegand", by="MQTT", events=_EVENTS),
    ),
)  # fmt: skip
