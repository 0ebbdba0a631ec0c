"""Hikvision access terminals, cameras and recorders: alerts in JSON and XML, however they came, and
AcsEvent search answers.
"""

from typing import Any

from core.event import Draft
from devices import markup
from devices.adapter import Adapter, Message, Site
from devices.hikvision import access, anpr, smart
from devices.hikvision.alert import device_of, is_record, opened, records
from devices.hikvision.place import place_of


def decode(message: Message, site: Site) -> list[Draft]:
    drafts: list[Draft] = []
    for index, found in enumerate(records(opened(message.payload))):
        if not found.record and smart.is_heartbeat(found.alert):
            continue
        place = place_of(found.alert, found.record, site, message.topic)
        if found.record:
            drafts += access.drafts(place, found.alert, found.record, index)
        elif anpr.reads(found.body):
            drafts += anpr.drafts(place, found.body)
        else:
            drafts += smart.drafts(place, found.body | found.alert, message.payload)
    return drafts


def alive(message: Message, _site: Site) -> list[str]:
    """Of alerts that are no facts, such as heartbeats, who they are from."""
    found = records(opened(message.payload))
    return [device_of(one.alert, message.topic) for one in found if one.alert and not one.record]


def recognises(parsed: Any) -> bool:
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
    return markup.looks(payload) and b"<EventNotificationAlert" in payload[:1024]


ADAPTER = Adapter(
    name="hikvision",
    filters=("hikvision/#", "hik/#", "isapi/#"),
    decode=decode,
    recognises=recognises,
    alive=alive,
    sniffs=sniffs,
)
