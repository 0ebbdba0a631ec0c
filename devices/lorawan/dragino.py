"""Dragino's ultrasonic DDS75-LB (one probe) and DDS75-3-LB (three), by the maker's decoder.

Battery in millivolts, distances in millimetres, big-endian. 0 is: no probe there; 20 is: too near
to be measured. Of three probes over one bin the first that measured stands for it, and all three
in `native`.
"""

import struct
from collections.abc import Sequence
from typing import Literal

import msgspec

from core.errors import Undecodable
from core.event import Native
from devices.fields import Json, integer, native, number

MEASURED, DATALOG, STATUS = 2, 3, 5  # fPort
_NOTHING = frozenset({0, 20, 0xFFFF})
_RECORD = 11
_SENSORS = {0x27: "DDS75-LB", 0xF2: "DDS75-3-LB"}
_CLOCK_SET = 1_420_070_400  # 2015: before that a sensor's clock was never set


class Sounding(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: Unix seconds of a record kept while there was no network; 0: now; None: a record
    whose clock was not set."""

    distance_mm: int | None = None
    temperature_cel: float | None = None
    battery_v: float | None = None
    at: int | None = 0
    codes: Native

    def measured(self) -> bool:
        return (self.distance_mm, self.temperature_cel, self.battery_v) != (None, None, None)


def read(port: int, frame: bytes) -> list[Sounding]:
    """Undecodable("shape") for a port or length of another model or mode."""
    if port == MEASURED and len(frame) == 8:
        battery, distance, interrupt, tenths, probe = struct.unpack(">HHBhB", frame)
        return [_sounding(battery, tenths, (distance,), interrupt=interrupt, probe=probe)]
    if port == MEASURED and len(frame) == 11:
        battery, tenths, *distances, flags = struct.unpack(">HhHHHB", frame)
        return [_sounding(battery, tenths, distances, interrupt=flags & 0x0F, probe=flags >> 4 & 1)]
    if port == DATALOG and len(frame) % _RECORD == 0:
        return [_record(frame[at : at + _RECORD]) for at in range(0, len(frame), _RECORD)]
    if port == STATUS and len(frame) == 7 and frame[0] in _SENSORS:
        firmware = f"{frame[1] & 15}.{frame[2] >> 4}.{frame[2] & 15}"
        codes = native("lorawan", model=_SENSORS[frame[0]], firmware=firmware)
        return [Sounding(battery_v=_volts(struct.unpack_from(">H", frame, 5)[0]), codes=codes)]
    raise Undecodable("shape", f"no DDS75 sends {len(frame)} bytes on port {port}")


def decoded(record: Json) -> Sounding:
    """The same from what the maker's formatter made of it; its battery is in volts."""
    told = [integer(record, name) or 0 for name in ("distance1", "distance2", "distance3")]
    distances = told if any(told) else [integer(record, "Distance", "distance") or 0]
    battery = number(record, "battery", "Bat", "BatV", "BAT")
    celsius = number(record, "temperature_pro", "TempC_DS18B20", "TempC_DS18B20_", "temp_DS18B20")
    return Sounding(
        distance_mm=_first(distances),
        temperature_cel=_celsius(celsius),
        battery_v=battery if battery is not None and 0 < battery < 10 else None,
        codes=native(
            "lorawan",
            interrupt=integer(record, "i_flag", "Interrupt_flag"),
            probe=integer(record, "s_flag", "Sensor_flag"),
        )
        | _each(distances),
    )


def is_decoded(record: Json) -> bool:
    return "distance1" in record or (
        "Distance" in record and ("Bat" in record or "TempC_DS18B20" in record)
    )


def _sounding(
    battery: int, tenths: int, distances: Sequence[int], *, interrupt: int, probe: int
) -> Sounding:
    return Sounding(
        distance_mm=_first(distances),
        temperature_cel=_celsius(tenths / 10),
        battery_v=_volts(battery),
        codes=native("lorawan", interrupt=interrupt, probe=probe) | _each(distances),
    )


def _record(frame: bytes) -> Sounding:
    *distances, _flags, at = struct.unpack(">HHHBI", frame)
    return Sounding(
        distance_mm=_first(distances),
        at=at if at >= _CLOCK_SET else None,
        codes=native("lorawan", fPort=DATALOG) | _each(distances),
    )


def _first(distances: Sequence[int]) -> int | None:
    return next((one for one in distances if one not in _NOTHING and 0 < one < 100_000), None)


def _each(distances: Sequence[int]) -> Native:
    names: tuple[Literal["distance1", "distance2", "distance3"], ...] = (
        "distance1", "distance2", "distance3",
    )  # fmt: skip
    return dict(zip(names, distances, strict=False)) if len(distances) > 1 else {}


def _volts(millivolts: int) -> float | None:
    volts = (millivolts & 0x3FFF) / 1000
    return volts if 1 <= volts <= 5 else None


def _celsius(told: float | None) -> float | None:
    """A DS18B20's range; without one the sensor says something else."""
    return told if told is not None and -55 <= told <= 125 else None
