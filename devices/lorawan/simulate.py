"""A Milesight EM400-MUD on a bin's lid, as The Things Stack publishes its uplinks.

The stack leaves out what is 0, false or empty, so the first uplink has no `f_cnt`.
"""

import struct
from base64 import b64encode
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
        rng = self._rng
        tenths = round(temperature_cel * 10)
        frame = struct.pack(
            "<BBBBBhBBHBBB",
            *(0x01, 0x75, battery_pct),
            *(0x03, 0x67, tenths),
            *(0x04, 0x82, distance_mm),
            *(0x05, 0x00, int(tilted)),
        )
        uplink: dict[str, Any] = {"session_key_id": self._session, "f_port": 85}
        if self._counter:
            uplink["f_cnt"] = self._counter
        self._counter += 1
        uplink |= {
            "frm_payload": b64encode(frame).decode(),
            "decoded_payload": {
                "battery": battery_pct,
                "temperature": tenths / 10,
                "distance": distance_mm,
                "position": "tilt" if tilted else "normal",
            },
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


def _nanoseconds(at: datetime, below: int) -> str:
    """Go's RFC 3339 with nine digits, always in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}{below:03d}Z"
