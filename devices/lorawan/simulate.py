"""A Milesight EM400-MUD or a Dragino DDS75-LB on a bin's lid, as The Things Stack publishes its
uplinks.

The stack leaves out what is 0, false or empty, so the first uplink has no `f_cnt`.
"""

import struct
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

import orjson

from devices.adapter import Message

_ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOST_IN_AIR = timedelta(milliseconds=160)  # gateway → network server → application server


class LevelSensor:
    """One sensor in one LoRaWAN session: the frame counter runs from 0 within it.

    `joined` marks the join: another one gives another device address and session key.
    """

    def __init__(
        self,
        device: str,
        dev_eui: str,
        *,
        application: str,
        tenant: str,
        gateway: str,
        joined: str,
        rng: Random,
    ) -> None:
        self.topic = f"v3/{application}@{tenant}/devices/{device}/up"
        session = sha256(f"{dev_eui}/{joined}".encode()).digest()
        self._session = b64encode(session[:16]).decode()
        self._ids = {
            "device_id": device,
            "application_ids": {"application_id": application},
            "dev_eui": dev_eui,
            "dev_addr": session[16:20].hex().upper(),
        }
        self._gateway = gateway
        self._counter = 0
        self._rng = rng

    def uplink(
        self,
        at: datetime,
        *,
        distance_mm: int,
        temperature_cel: float,
        battery_pct: int,
        tilted: bool = False,
    ) -> Message:
        tenths = round(temperature_cel * 10)
        frame = struct.pack(
            "<BBBBBhBBHBBB",
            *(0x01, 0x75, battery_pct),
            *(0x03, 0x67, tenths),
            *(0x04, 0x82, distance_mm),
            *(0x05, 0x00, int(tilted)),
        )
        values = {
            "battery": battery_pct,
            "temperature": tenths / 10,
            "distance": distance_mm,
            "position": "tilt" if tilted else "normal",
        }
        return self._stacked(at, 85, frame, {"decoded_payload": values})

    def _stacked(self, at: datetime, port: int, frame: bytes, more: dict[str, Any]) -> Message:
        rng = self._rng
        uplink: dict[str, Any] = {"session_key_id": self._session, "f_port": port}
        if self._counter:
            uplink["f_cnt"] = self._counter
        self._counter += 1
        uplink |= {
            "frm_payload": b64encode(frame).decode(),
            **more,
            "rx_metadata": [
                {
                    "gateway_ids": {"gateway_id": self._gateway},
                    "rssi": rng.randint(-112, -74),
                    "snr": round(rng.uniform(-4, 10), 1),
                }
            ],
            "settings": {
                "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 9}},
                "frequency": str(470_300_000 + 200_000 * rng.randrange(8)),
            },
            "received_at": _nanoseconds(at - _LOST_IN_AIR, 0),
        }
        stacked = {
            "end_device_ids": self._ids,
            "correlation_ids": ["as:up:01" + "".join(rng.choices(_ULID, k=24))],
            "received_at": _nanoseconds(at, rng.randrange(1000)),
            "uplink_message": uplink,
        }
        return Message(self.topic, orjson.dumps(stacked))


class Sounder(LevelSensor):
    """A DDS75-LB: battery in volts, no alarms, and a log of what was not heard."""

    _VERSION = {"version_ids": {"brand_id": "dragino", "model_id": "dds75-lb"}}  # noqa: RUF012

    def sounding(
        self, at: datetime, *, distance_mm: int, battery_v: float, temperature_cel: float = 20.0
    ) -> Message:
        tenths = round(temperature_cel * 10)
        frame = struct.pack(">HHBhB", round(battery_v * 1000), distance_mm, 0, tenths, 1)
        return self._stacked(at, 2, frame, self._VERSION)

    def log(self, at: datetime, kept: Sequence[tuple[datetime, int]]) -> Message:
        """Answer to a poll: (when, distance in millimetres)."""
        frame = b"".join(
            struct.pack(">HHHBI", distance, 0, 0, 0x40, int(then.timestamp()))
            for then, distance in kept
        )
        return self._stacked(at, 3, frame, self._VERSION)


def _nanoseconds(at: datetime, below: int) -> str:
    """Go's RFC 3339 with nine digits, always in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}{below:03d}Z"
