"""Level sensors behind The Things Stack or ChirpStack: Milesight EM400, Dragino DDS75."""

from typing import Any, Literal

import msgspec

from core import strictjson
from core.errors import Undecodable
from core.event import Data, Draft, Record
from core.events import waste
from devices.adapter import Adapter, Message, Site
from devices.fields import (
    Json,
    digest,
    integer,
    moment,
    native,
    number,
    section,
    slug,
    text,
    truth,
    unix,
)
from devices.lorawan import dragino
from devices.lorawan.channels import Reading, decoded, read
from devices.lorawan.model import model_of
from devices.lorawan.uplink import (
    EUI,
    Uplink,
    address,
    chirpstack,
    chirpstack_v3,
    is_chirpstack,
    is_chirpstack_v3,
    is_event,
    is_factless,
    is_things_stack,
    is_vector,
    things_stack,
    vector,
)
from devices.wire import Support

_MOST = 1000  # uplinks of one list
_POSITIONS: dict[bool | None, Literal["normal", "tilt", "unknown"]] = {
    True: "tilt",
    False: "normal",
    None: "unknown",
}


def decode(message: Message, site: Site) -> list[Draft]:
    levels = message.topic.split("/")
    if _factless(levels):
        return []
    if sniffs(message.payload):
        return _stored(message, levels, site)
    parsed = strictjson.parse(message.payload)
    if isinstance(parsed, list) and parsed and recognises(parsed):
        made: dict[str, Draft] = {}
        for one in parsed:
            for draft in _told(one, msgspec.json.encode(one), levels, site):
                made.setdefault(draft.id, draft)
        return list(made.values())
    if isinstance(parsed, dict) and is_things_stack(parsed.get("result")):
        # The Things Stack's storage, asked for what is past.
        late = _told(parsed["result"], message.payload, levels, site)
        return [msgspec.structs.replace(draft, origin="backfill") for draft in late]
    return _told(parsed, message.payload, levels, site)


def sniffs(payload: bytes) -> bool:
    """The Things Stack's storage: a `result` in each line."""
    return payload[:16].lstrip()[:9] == b'{"result"' and b'\n{"result"' in payload


def _stored(message: Message, levels: list[str], site: Site) -> list[Draft]:
    """Undecodable as soon as one line is."""
    lines = [line for line in message.payload.split(b"\n") if line.strip()]
    if len(lines) > _MOST:
        raise Undecodable("oversized", f"more than {_MOST} uplinks")
    made: dict[str, Draft] = {}
    for line in lines:
        told = strictjson.parse(line)
        if not isinstance(told, dict) or not is_things_stack(told.get("result")):
            raise Undecodable("shape", "a line that is no uplink of The Things Stack's storage")
        for draft in _told(told["result"], line, levels, site):
            made.setdefault(draft.id, msgspec.structs.replace(draft, origin="backfill"))
    return list(made.values())


def _told(parsed: Any, payload: bytes, levels: list[str], site: Site) -> list[Draft]:
    if is_things_stack(parsed):
        uplink = things_stack(parsed)
    elif is_chirpstack(parsed):
        uplink = chirpstack(parsed)
    elif is_chirpstack_v3(parsed):
        uplink = chirpstack_v3(parsed)
    elif is_factless(parsed):
        return []
    elif is_event(parsed):
        return _status(parsed, levels, site)
    elif is_vector(parsed):
        uplink = vector(parsed)
    else:
        raise Undecodable("shape", "not an uplink of The Things Stack or ChirpStack")
    if not uplink.frame and not uplink.decoded:
        return []  # for the network alone: what is empty is left out
    device = uplink.device or (slug(levels[3]) if len(levels) > 3 else "") or uplink.eui
    if not device:
        raise Undecodable("field", "device_id")
    known = site.known(device)
    time, quality = moment(uplink.time, site.zone_of(device)) if uplink.time else ("", "gateway")
    counted: Record | None = None
    if uplink.session:
        if uplink.counted:  # a join begins another session, and with it another counter
            counted = Record(f"fCnt:{uplink.session}", uplink.counter)
        event_id = f"{uplink.server}:{uplink.eui or device}:1:{uplink.session}:{uplink.counter}"
        if uplink.counter == 0:  # the first frame, or a server that leaves counters out
            event_id = f"{event_id}:{uplink.time}"
    else:
        event_id = f"{uplink.server}:{uplink.eui or device}:{digest(payload)}"
    whole = Draft(
        id=event_id,
        device=device,
        subject=known.subject or f"bin/{known.name or device}",
        time=time,
        timequality=quality,
        data=waste.LevelMeasured(),
        record=counted,
        unnumbered=not time and not uplink.session,
    )
    if model_of(uplink, known) == "dds75":
        return _sounded(uplink, whole)
    reading = _reading(uplink)
    return [
        msgspec.structs.replace(whole, id=event_id + suffix, data=data)
        for suffix, data in _facts(uplink, reading)
    ]


def alive(message: Message, _site: Site) -> list[str]:
    """A device that joined, or whose frame said nothing."""
    levels = message.topic.split("/")
    if levels[-1] not in ("join", "up", "status", "ack", "rx", "normalized"):
        return []
    parsed = strictjson.parse(message.payload)
    if not isinstance(parsed, dict):
        return []
    told = text(section(parsed, "end_device_ids"), "device_id") or text(
        section(parsed, "deviceInfo") or parsed, "deviceName", "devEui"
    )
    found = slug(told) or (slug(levels[3]) if len(levels) > 3 else "")
    return [found] if found else []


def recognises(parsed: Any) -> bool:
    if isinstance(parsed, list):
        return 0 < len(parsed) <= _MOST and all(map(_recognised, parsed))
    return _recognised(parsed) or (
        isinstance(parsed, dict) and is_things_stack(parsed.get("result"))
    )


def _recognised(parsed: Any) -> bool:
    forms = (is_things_stack, is_chirpstack, is_chirpstack_v3, is_event, is_vector, is_factless)
    return any(form(parsed) for form in forms)


def _factless(levels: list[str]) -> bool:
    """Joins, acknowledgements and downlinks of the same servers."""
    if levels[0] == "v3" and len(levels) > 4:
        return levels[4] != "up"
    return levels[0] == "application" and levels[-1] not in ("up", "status", "rx")


def _status(parsed: Json, levels: list[str], site: Site) -> list[Draft]:
    """ChirpStack asked the device for its battery: 0..100, or that it cannot tell."""
    info = section(parsed, "deviceInfo") or parsed  # the third version has no such part
    eui = address(text(info, *EUI), 8)
    device = slug(text(info, "deviceName")) or (slug(levels[3]) if len(levels) > 3 else "") or eui
    if not device:
        raise Undecodable("field", "deviceName")
    battery = number(parsed, "batteryLevel")
    unknown = truth(parsed, "batteryLevelUnavailable", "externalPowerSource") is True
    if battery is None or unknown or not 0 <= battery <= 100:
        return []
    known = site.known(device)
    told = text(parsed, "time", "publishedAt")
    time, quality = moment(told, site.zone_of(device)) if told else ("", "gateway")
    counted = slug(text(parsed, "deduplicationId"))
    number_of = counted or digest(told, device, str(battery))
    codes = native("lorawan", margin=integer(parsed, "margin"))
    return [
        Draft(
            id=f"cs:{eui or device}:1:status:{number_of}",
            device=device,
            subject=known.subject or f"bin/{known.name or device}",
            time=time,
            timequality=quality,
            data=waste.LevelMeasured(battery_pct=battery, native=codes),
            unnumbered=not counted and not time,
        )
    ]


def _sounded(uplink: Uplink, whole: Draft) -> list[Draft]:
    """Records kept while there was no network are known by their second, whichever frame brings
    them; they are history."""
    if uplink.frame:
        found = dragino.read(uplink.port, uplink.frame)
    elif uplink.decoded:
        found = [dragino.decoded(uplink.decoded)]
    else:
        raise Undecodable("shape", "an uplink without a payload")
    drafts: dict[str, Draft] = {}
    for index, one in enumerate(each for each in found if each.measured()):
        live = one.at == 0
        data = waste.LevelMeasured(
            distance_mm=one.distance_mm,
            temperature_cel=one.temperature_cel,
            battery_v=one.battery_v,
            native=(uplink.codes if live else {}) | one.codes,
        )
        if live:
            made = msgspec.structs.replace(whole, data=data)
        elif one.at is None:
            made = msgspec.structs.replace(
                whole, id=f"{whole.id}:log:{index}", time="", timequality="gateway",
                origin="backfill", data=data,
            )  # fmt: skip
        else:
            made = msgspec.structs.replace(
                whole,
                id=f"{uplink.server}:{uplink.eui or whole.device}:1:log:{one.at}",
                time=unix(one.at),
                timequality="device-zone",
                origin="backfill",
                data=data,
                record=None,
            )
        drafts.setdefault(made.id, made)
    if not drafts and uplink.port != dragino.DATALOG:
        raise Undecodable("shape", "nothing a level sensor measures in it")
    return list(drafts.values())


def _reading(uplink: Uplink) -> Reading:
    """The device's own bytes, where they came along; a formatter may have been edited."""
    if uplink.frame:
        return read(uplink.frame)
    if not uplink.decoded:
        raise Undecodable("shape", "an uplink without a payload")
    reading = decoded(uplink.decoded)
    if not reading.measured():
        raise Undecodable("shape", "nothing a level sensor measures in it")
    return reading


def _facts(uplink: Uplink, reading: Reading) -> list[tuple[str, Data]]:
    facts: list[tuple[str, Data]] = []
    codes = uplink.codes | native("lorawan", blind=reading.blind)
    if reading.measured():
        measured = waste.LevelMeasured(
            distance_mm=reading.distance_mm,
            temperature_cel=reading.temperature_cel,
            battery_pct=reading.battery_pct,
            position=_POSITIONS[reading.tilted],
            native=codes,
        )
        facts.append(("", measured))
    if reading.distance_alarm:
        facts.append((":overflow", waste.Overflowed(source="sensor", native=codes)))
    if reading.temperature_alarm:
        facts.append((":smoke", waste.SmokeDetected(source="sensor", native=codes)))
    return facts


_LEVEL = (waste.LevelMeasured.TYPE,)
_LEVEL_ALARMS = (*_LEVEL, waste.Overflowed.TYPE, waste.SmokeDetected.TYPE)
ADAPTER = Adapter(
    name="lorawan",
    filters=("v3/+/devices/+/#", "application/+/device/+/event/+", "application/+/device/+/rx"),
    decode=decode,
    recognises=recognises,
    alive=alive,
    sniffs=sniffs,
    support=(
        Support(
            device="Milesight EM400-MUD, -UDL, -TLD by The Things Stack or ChirpStack v3, v4",
            by="MQTT",
            events=_LEVEL_ALARMS,
            tested="sample",
        ),
        Support(
            device="Dragino DDS75-LB, DDS75-3-LB by The Things Stack or ChirpStack v3, v4",
            by="MQTT",
            events=_LEVEL,
            backfill="the sensor's datalog (port 3), when the server polls it",
        ),
    ),
)
