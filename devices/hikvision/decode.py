"""Hikvision access terminals, cameras and recorders: alerts in JSON and XML, however they came, and
AcsEvent search answers.
"""

import codecs
import re
from typing import Any

from core.event import Draft
from devices import markup
from devices.adapter import Adapter, Message, Site
from devices.hikvision import access, anpr, smart
from devices.hikvision.alert import device_of, found, is_record, part_of
from devices.hikvision.follow import follow
from devices.hikvision.place import place_of
from devices.wire import Support

_ALERT = re.compile(rb"<(?:[\w.-]{1,64}:)?(?:EventNotificationAlert|AcsEvent)\b")
_PART = re.compile(
    rb'<(?:[\w.-]{1,64}:)?EventNotificationAlert|"AccessControllerEvent"|"eventState"'
)


def decode(message: Message, site: Site) -> list[Draft]:
    drafts: list[Draft] = []
    for index, one in enumerate(found(message.payload)):
        if not one.record and smart.is_heartbeat(one.alert):
            continue
        place = place_of(one.alert, one.record or part_of(one.body), site, message.topic)
        if one.record:
            drafts += access.drafts(place, one.alert, one.record, index)
        elif anpr.reads(one.body):
            drafts += anpr.drafts(place, one.body)
        else:
            drafts += smart.drafts(place, {**one.body, **one.alert}, message.payload)
    return drafts


def alive(message: Message, _site: Site) -> list[str]:
    """Of alerts that are no facts, such as heartbeats, who they are from."""
    return [
        device_of(one.alert, message.topic)
        for one in found(message.payload)
        if one.alert and not one.record
    ]


def recognises(parsed: Any) -> bool:
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
    if not isinstance(parsed, dict):
        return False
    if any(name in parsed for name in ("AccessControllerEvent", "event_log", "AcsEvent")):
        return True
    if "EventNotificationAlert" in parsed or ("majorEventType" in parsed and is_record(parsed)):
        return True
    inner = parsed.get("data")
    if isinstance(inner, dict) and "AccessControllerEvent" in inner:
        return True
    return "eventType" in parsed and "eventState" in parsed


def sniffs(payload: bytes) -> bool:
    head = payload[:2048]
    if head.lstrip()[:2] == b"--":
        return _PART.search(head) is not None
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        head = head[2:].replace(b"\0", b"")
    return markup.looks(head) and _ALERT.search(head, 0, 1024) is not None


_ACCESS = (
    "access.granted.v1", "access.denied.v1", "access.requested.v1", "access.nottaken.v1",
    "access.duress.v1", "access.unclassified.v1", "access.temperature.measured.v1",
    "door.opened.v1", "door.closed.v1", "door.forced.v1", "door.heldopen.v1", "door.locked.v1",
    "door.unlocked.v1", "gate.tailgated.v1", "gate.reversed.v1", "gate.climbed.v1",
    "gate.forced.v1", "device.tampered.v1", "device.connected.v1", "device.lost.v1",
    "device.condition.changed.v1",
)  # fmt: skip
_SEEN = (
    "camera.line.crossed.v1", "camera.region.entered.v1", "camera.region.left.v1",
    "camera.loitering.detected.v1", "camera.crowd.counted.v1", "camera.object.left.v1",
    "camera.object.removed.v1", "camera.motion.started.v1", "camera.motion.ended.v1",
    "camera.face.captured.v1", "camera.video.lost.v1", "camera.video.restored.v1",
    "camera.video.tampered.v1", "camera.unclassified.v1", "device.condition.changed.v1",
)  # fmt: skip
_VEHICLES = ("vehicle.passed.v1", "vehicle.denied.v1")
_TERMINAL, _CAMERA = (
    "access terminals and door controllers (ISAPI)",
    "cameras and recorders (ISAPI)",
)
_PLATES = "number-plate cameras (ISAPI, ANPR)"
_GAPS = "AcsEvent search by serialNo, where the gateway reaches the device"
_SEARCH = "AcsEvent search by time and by serialNo"

ADAPTER = Adapter(
    name="hikvision",
    filters=("hikvision/#", "hik/#", "isapi/#"),
    decode=decode,
    recognises=recognises,
    alive=alive,
    sniffs=sniffs,
    follow=follow,
    support=(
        Support(device=_TERMINAL, by="HTTP push", events=_ACCESS, backfill=_GAPS, tested="sample"),
        Support(device=_TERMINAL, by="HTTP pull", events=_ACCESS, backfill=_SEARCH),
        Support(device=_TERMINAL, by="MQTT", events=_ACCESS, backfill=_GAPS, tested="sample"),
        Support(device=_PLATES, by="HTTP push", events=_VEHICLES, tested="sample"),
        Support(device=_PLATES, by="HTTP pull", events=_VEHICLES),
        Support(device=_CAMERA, by="HTTP push", events=_SEEN),
        Support(device=_CAMERA, by="HTTP pull", events=_SEEN),
    ),
)
