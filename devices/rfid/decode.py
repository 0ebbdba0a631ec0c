"""Tag readers of the workshop kind: Tasmota and ESPHome boards with a PN532, RC522 or RDM6300.

The same reader means two things. On a bin it names the bin; at a door it is somebody's card, and
then the UID is personal: it stands in no id, subject or code, only in the sealed part.
"""

import re
from typing import Any

from core.event import Data, Draft, Personal
from core.events import access, waste
from core.moment import TimeQuality
from devices.adapter import Adapter, Known, Message, Site
from devices.fields import digest, moment, native, slug
from devices.rfid.scan import READERS, Scan, scan_of
from devices.wire import Support

# Levels of a topic that say what is sent, not who sent it.
_NOT_A_DEVICE = frozenset(
    {"tele", "stat", "SENSOR", "esphome", "sensor", "text_sensor", "event", "state", "tag",
     "tag_scanned"}
)  # fmt: skip
_TAG_TOPICS = frozenset({"tag", "tag_scanned"})
_TAG_NAME = re.compile(r"tag|rfid|nfc|uid|card", re.IGNORECASE)
_BIN_NAME = re.compile(r"(?<![a-z])bin|waste|trash|garbage|垃圾|桶", re.IGNORECASE)
_DOOR_NAME = re.compile(r"door|gate(?!way)|access|entrance|(?<![a-z])lock|门", re.IGNORECASE)


def decode(message: Message, site: Site) -> list[Draft]:
    scan = scan_of(message) if _about_tags(message.topic) else None
    if scan is None:
        return []
    device = _device(message.topic, scan)
    known = site.known(device)
    time, quality = _time(scan, site, device)
    codes = native("rfid", reader=scan.reader, cardType=scan.kind)
    data: Data
    personal = None
    if _at_door(known, device):
        place, number, mark = "door", f"1:{time}" if time else "1", scan.uid
        data = access.Requested(credential="card", native=codes)
        personal = Personal(kind="card", identifier=scan.uid, fields={"card": scan.uid})
    else:
        place, mark = "bin", ""
        number = f"1:{time}:{scan.uid}" if time else digest(message.payload)
        data = waste.BinIdentified(uid_hex=scan.uid, tech=scan.tech, reader=device, native=codes)
    return [
        Draft(
            id=f"rfid:{device}:{number}",  # boards number nothing: the second and the tag do
            device=device,
            subject=known.subject or f"{place}/{known.name or device}",
            time=time,
            timequality=quality,
            data=data,
            personal=personal,
            mark=mark,
            unnumbered=not time,
        )
    ]


def recognises(parsed: Any) -> bool:
    return isinstance(parsed, dict) and any(
        isinstance(parsed.get(reader), dict) and "UID" in parsed[reader] for reader in READERS
    )


def _about_tags(topic: str) -> bool:
    """Whether a topic of these boards can carry a tag; their state and switches do not."""
    levels = topic.split("/")
    last = levels[-1]
    if levels[0] == "stat":
        return False
    if levels[0] == "tele":
        return last == "SENSOR"
    if levels[0] != "esphome" or last in _TAG_TOPICS:
        return True
    return last == "state" and len(levels) > 2 and _TAG_NAME.search(levels[-2]) is not None


def _device(topic: str, scan: Scan) -> str:
    for level in topic.split("/"):
        if level not in _NOT_A_DEVICE and (made := slug(level)):
            return made
    return scan.reader or "rfid"


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
    filters=("tele/#", "stat/#", "+/tele/SENSOR", "+/tag", "+/tag_scanned", "esphome/#"),
    decode=decode,
    recognises=recognises,
    support=tuple(
        Support(
            device=device,
            by="MQTT",
            events=("waste.bin.identified.v1", "access.requested.v1"),
            tested="sample",
        )
        for device in ("Tasmota (PN532, RC522, RDM6300)", "ESPHome tag reader")
    ),
)
