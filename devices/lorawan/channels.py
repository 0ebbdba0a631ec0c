"""Milesight's channel bytes, as EM400 distance sensors send them: channel, type, value, ..."""

import struct

import msgspec

from core.errors import Undecodable
from devices.fields import Json, number, text, truth

_NO_ECHO = 0xFFFF
# Channel 0xff tells about the device after a join, and on 0xfe too what it was set to by a
# downlink: type → bytes to skip.
_ABOUT = {
    0x01: 1, 0x09: 2, 0x0A: 2, 0x0B: 1, 0x0F: 1, 0x16: 8, 0xFE: 1, 0xFF: 2,
    0x02: 2, 0x03: 2, 0x06: 9, 0x10: 1, 0x13: 1, 0x1C: 2, 0x28: 1, 0x3E: 1, 0x4A: 1, 0x56: 1,
    0x70: 2, 0x71: 1, 0x77: 2,
}  # fmt: skip
_RAISED = frozenset({"alarm", "threshold_alarm", "threshold alarm", "abnormal", "true", "1"})


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one uplink measured; None is: not in this uplink."""

    distance_mm: int | None = None
    temperature_cel: float | None = None
    battery_pct: int | None = None
    tilted: bool | None = None
    distance_alarm: bool = False
    temperature_alarm: bool = False
    blind: bool | None = None  # nearer than the sensor can measure

    def measured(self) -> bool:
        return any(
            value is not None
            for value in (self.distance_mm, self.temperature_cel, self.battery_pct, self.tilted)
        )


def read(frame: bytes) -> Reading:
    """Undecodable("shape") for a channel of another model: its length is unknown, so nothing
    after it can be trusted, and nothing before it either."""
    found: dict[str, int | float | bool | None] = {}
    at = 0
    try:
        while at < len(frame):
            channel, kind = frame[at], frame[at + 1]
            at += 2
            match (channel, kind):
                case (0x01, 0x75):
                    found["battery_pct"] = frame[at] if frame[at] <= 100 else None
                    at += 1
                case (0x03, 0x67) | (0x83, 0x67):
                    found["temperature_cel"] = struct.unpack_from("<h", frame, at)[0] / 10
                    at += 2
                    if channel == 0x83:
                        found["temperature_alarm"] = frame[at] != 0
                        at += 1
                case (0x04, 0x82) | (0x84, 0x82) | (0xB4, 0x82):
                    told = struct.unpack_from("<H", frame, at)[0]
                    found["distance_mm"] = None if told == _NO_ECHO else told
                    at += 2
                    if channel != 0x04:
                        found["distance_alarm" if channel == 0x84 else "blind"] = frame[at] != 0
                        at += 1
                case (0x05, 0x00):
                    found["tilted"] = frame[at] != 0
                    at += 1
                case (0x06, 0xC7):  # radar signal strength
                    at += 2
                case (0xFE | 0xFF, about) if about in _ABOUT:
                    at += _ABOUT[about]
                case _:
                    raise Undecodable("shape", f"channel {channel:02x} {kind:02x} is not known")
    except (IndexError, struct.error) as error:
        raise Undecodable("shape", "the frame ends inside a channel") from error
    if at > len(frame):
        raise Undecodable("shape", "the frame ends inside a channel")
    return msgspec.convert(found, Reading)


def decoded(record: Json) -> Reading:
    """The same from what a payload formatter of the network server made of it."""
    distance = number(record, "distance", "distance_mm", "Distance")
    battery = number(record, "battery", "battery_pct", "Battery")
    position = text(record, "position", "tilt").lower()
    return Reading(
        distance_mm=round(distance) if distance is not None and 0 <= distance < _NO_ECHO else None,
        temperature_cel=_celsius(record),
        battery_pct=round(battery) if battery is not None and 0 <= battery <= 100 else None,
        tilted=position.startswith("tilt") if position else None,
        distance_alarm=_raised(record, "distance_alarm", "distance_threshold"),
        temperature_alarm=_raised(record, "temperature_alarm", "temperature_abnormal"),
        blind=truth(record, "distance_blind"),
    )


def _celsius(record: Json) -> float | None:
    told = number(record, "temperature", "temperature_cel")
    return told if told is not None and -273.15 <= told <= 2000 else None


def _raised(record: Json, *names: str) -> bool:
    return any(
        truth(record, name) is True or text(record, name).lower() in _RAISED for name in names
    )
