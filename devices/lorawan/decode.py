"""Milesight EM400 level sensors behind The Things Stack or ChirpStack v4."""

from typing import Any, Literal

from core import strictjson
from core.errors import Undecodable
from core.event import Data, Draft, Record
from core.events import waste
from devices.adapter import Adapter, Message, Site
from devices.fields import digest, moment, native, slug
from devices.lorawan.channels import Reading, decoded, read
from devices.lorawan.uplink import Uplink, chirpstack, is_chirpstack, is_things_stack, things_stack
from devices.wire import Support

_POSITIONS: dict[bool | None, Literal["normal", "tilt", "unknown"]] = {
    True: "tilt",
    False: "normal",
    None: "unknown",
}


def decode(message: Message, site: Site) -> list[Draft]:
    levels = message.topic.split("/")
    if _factless(levels):
        return []
    parsed = strictjson.parse(message.payload)
    if is_things_stack(parsed):
        uplink = things_stack(parsed)
    elif is_chirpstack(parsed):
        uplink = chirpstack(parsed)
    else:
        raise Undecodable("shape", "not an uplink of The Things Stack or ChirpStack")
    device = uplink.device or (slug(levels[3]) if len(levels) > 3 else "") or uplink.eui
    if not device:
        raise Undecodable("field", "device_id")

    reading = _reading(uplink)
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
        event_id = f"{uplink.server}:{uplink.eui or device}:{digest(message.payload)}"
    return [
        Draft(
            id=event_id + suffix,
            device=device,
            subject=known.subject or f"bin/{known.name or device}",
            time=time,
            timequality=quality,
            data=data,
            record=counted,
        )
        for suffix, data in _facts(uplink, reading)
    ]


def recognises(parsed: Any) -> bool:
    return is_things_stack(parsed) or is_chirpstack(parsed)


def _factless(levels: list[str]) -> bool:
    """Joins, acknowledgements and downlinks of the same servers."""
    if levels[0] == "v3" and len(levels) > 4:
        return levels[4] != "up"
    return levels[0] == "application" and levels[-1] != "up"


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


ADAPTER = Adapter(
    name="lorawan",
    filters=("v3/+/devices/+/#", "application/+/device/+/event/+"),
    decode=decode,
    recognises=recognises,
    support=tuple(
        Support(
            device=device,
            by="MQTT",
            events=(
                "waste.bin.level.measured.v1",
                "waste.bin.overflowed.v1",
                "waste.bin.smoke.detected.v1",
            ),
            tested="sample",
        )
        for device in ("Milesight EM400-MUD", "Milesight EM400-UDL", "Milesight EM400-TLD")
    ),
)
