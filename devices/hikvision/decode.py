"""Hikvision access terminals: the JSON alert a relay puts on MQTT, and AcsEvent search answers.

Cameras and video recorders of the same maker send the same alert around other events; of those
only the loss of the picture is read here.
"""

from typing import Any

from core import strictjson
from core.errors import Undecodable
from core.event import Draft, Record
from core.events import camera, device
from core.moment import TimeQuality
from devices.adapter import Adapter, Message, Site
from devices.fields import Json, digest, integer, moment, native, text, truth
from devices.hikvision.alert import device_of, is_record, records
from devices.hikvision.codes import MEANINGS, UNKNOWN
from devices.hikvision.record import clear_values, codes_of, data_of, personal_of

_HEARTBEATS = frozenset({"videoloss", "heartbeat"})


def decode(message: Message, site: Site) -> list[Draft]:
    drafts: list[Draft] = []
    for index, (alert, record) in enumerate(records(strictjson.parse(message.payload))):
        if record:
            drafts.append(_access(message, site, alert, record, index))
        elif draft := _picture(message, site, alert):
            drafts.append(draft)
    return drafts


def alive(message: Message, _site: Site) -> list[str]:
    """Of alerts that are heartbeats, who they are from."""
    found = records(strictjson.parse(message.payload))
    return [device_of(alert, message.topic) for alert, record in found if alert and not record]


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


def _access(message: Message, site: Site, alert: Json, record: Json, index: int) -> Draft:
    major = integer(record, "majorEventType", "major")
    minor = integer(record, "subEventType", "minor")
    if major is None or minor is None:
        raise Undecodable("field", "majorEventType and subEventType have to be whole numbers")
    meaning = MEANINGS.get((major, minor), UNKNOWN)
    clear = clear_values(record)
    if meaning.person and not clear:
        meaning = UNKNOWN

    key = device_of(alert, message.topic)
    known = site.known(key)
    name = known.name or key
    door_no = integer(record, "doorNo")
    if meaning.cls is device.Tampered:
        subject = f"device/{name}"
    else:
        subject = known.subject or (f"door/{name}" if door_no is None else f"door/{name}-{door_no}")
    serial = integer(record, "serialNo")
    event_id, mark, counted = f"hik:{key}:1", "", None
    if serial is not None and serial > 0:
        event_id, counted = f"{event_id}:{serial}", _counted(record, serial)
    else:  # firmware that numbers nothing; a search answer holds several records
        mark = digest(message.payload, *([str(index)] if index else []))
    time, quality = _time(alert, record, site, key)
    told = truth(record, "currentEvent")
    current = truth(alert, "currentEvent") if told is None else told
    return Draft(
        id=event_id,
        device=key,
        subject=subject,
        time=time,
        timequality=quality,
        origin="backfill" if current is False else "live",
        data=data_of(meaning, record, codes_of(alert, record, major, minor), known),
        personal=personal_of(meaning.cls, clear),
        mark=mark,
        record=counted,
    )


def _counted(record: Json, serial: int) -> Record:
    """`frontSerialNo` is the record before, of any kind that is pushed; 0 where firmware knows
    none. A search answer has no such field, nor has old firmware."""
    front = integer(record, "frontSerialNo")
    return Record("serialNo", serial, -1 if front is None or not 0 <= front < serial else front)


def _picture(message: Message, site: Site, alert: Json) -> Draft | None:
    """An alert without an access record: a heartbeat, or a channel that lost its picture."""
    event = text(alert, "eventType").lower()
    if event not in _HEARTBEATS:
        raise Undecodable("shape", "an alert, but not about access")
    if event != "videoloss" or text(alert, "eventState").lower() != "active":
        return None
    key = device_of(alert, message.topic)
    known = site.known(key)
    name = known.name or key
    channel = integer(alert, "channelID", "dynChannelID")
    time, quality = _time(alert, {}, site, key)
    return Draft(
        id=f"hik:{key}:{digest(message.payload)}",
        device=key,
        subject=known.subject
        or (f"camera/{name}" if channel is None else f"camera/{name}-{channel}"),
        time=time,
        timequality=quality,
        data=camera.VideoLost(reason=event, native=native("hikvision", channelID=channel)),
    )


def _time(alert: Json, record: Json, site: Site, key: str) -> tuple[str, TimeQuality]:
    told = text(record, "dateTime", "time") or text(alert, "dateTime", "time", "eventTime")
    if not told:
        return "", "gateway"
    return moment(told, site.zone_of(key))


ADAPTER = Adapter(
    name="hikvision",
    filters=("hikvision/#", "hik/#", "isapi/#"),
    decode=decode,
    recognises=recognises,
    alive=alive,
)
