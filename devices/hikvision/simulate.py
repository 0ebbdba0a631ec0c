"""A Hikvision door terminal: one AccessControllerEvent a message, serial numbers in a chain.

The codes are major 5 (event); cardReaderNo 1 is the outer reader (way in), 2 the inner one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

import msgspec
import orjson

from devices.adapter import Message

Way = Literal["in", "out"]
Shown = Literal["card", "face", "fingerprint", "pin", "qr"]
Refusal = Literal[
    "no-permission", "wrong-hours", "expired", "no-such-card", "anti-passback",
    "unknown-face", "liveness", "block-list", "fingerprint", "qr",
]  # fmt: skip

GRANTED: Mapping[Shown, int] = {
    "card": 0x01,
    "fingerprint": 0x26,
    "face": 0x4B,
    "qr": 0x9C,
    "pin": 0xB5,
}
REFUSED: Mapping[Refusal, int] = {
    "no-permission": 0x06,
    "wrong-hours": 0x07,
    "expired": 0x08,
    "no-such-card": 0x09,
    "anti-passback": 0x0A,
    "fingerprint": 0x27,
    "unknown-face": 0x4C,
    "liveness": 0x68,
    "block-list": 0x71,
    "qr": 0x9D,
}
EXIT_BUTTON = 0x17
DOOR_OPENED = 0x19
DOOR_CLOSED = 0x1A
DOOR_FORCED = 0x1B
DOOR_HELD_OPEN = 0x1C
TAILGATED = 0x85

_READER_KIND: Mapping[Shown, int] = {"card": 1, "face": 1, "pin": 1, "qr": 3, "fingerprint": 4}
_FACE_REFUSALS = frozenset({"unknown-face", "liveness"})
_SERIAL_ZERO = datetime(2020, 1, 1, tzinfo=UTC)


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the terminal takes someone for: what is stored on it, in the clear."""

    employee: str = ""
    name: str = ""
    card: str = ""
    qr: str = ""
    user_type: str = "normal"


NOBODY = Holder()


def first_serial(start: datetime) -> int:
    """Where the record counter stands at switch-on: later starts never meet earlier numbers
    as long as a terminal writes fewer than 100 records a second."""
    return int((start - _SERIAL_ZERO) / timedelta(milliseconds=10))


class Terminal:
    """One terminal. The first record after switch-on names 0 as its predecessor: the record
    memory was empty, so nothing before it can be missing."""

    def __init__(self, mac: str, name: str, address: str, serial: int, rng: Random) -> None:
        self.topic = f"hikvision/{mac.replace(':', '')}/acs"
        self._mac = mac
        self._name = name
        self._address = address
        self._serial = serial
        self._front = 0
        self._verify = 0
        self._rng = rng

    def granted(self, at: datetime, holder: Holder, shown: Shown, way: Way) -> Message:
        return self._verified(at, GRANTED[shown], holder, shown, way)

    def refused(
        self, at: datetime, holder: Holder, shown: Shown, way: Way, reason: Refusal
    ) -> Message:
        known = NOBODY if reason in _FACE_REFUSALS else holder
        return self._verified(at, REFUSED[reason], known, shown, way)

    def state(self, at: datetime, minor: int) -> Message:
        """What the door magnet, the exit button or the passage sensor says: no person in it."""
        return self._record(at, minor, {"doorNo": 1, "currentVerifyMode": "invalid"})

    def _verified(
        self, at: datetime, minor: int, holder: Holder, shown: Shown, way: Way
    ) -> Message:
        self._verify += 1
        fields: dict[str, Any] = {
            "cardReaderKind": _READER_KIND[shown],
            "cardReaderNo": 1 if way == "in" else 2,
            "doorNo": 1,
            "verifyNo": self._verify,
            "currentVerifyMode": "cardOrFaceOrPw",
            "mask": "unknown",
            "purePwdVerifyEnable": True,
        }
        if holder.name:
            fields["name"] = holder.name
        if holder.employee:
            fields["employeeNoString"] = holder.employee
        if holder.name or holder.employee:
            fields["userType"] = holder.user_type
        if shown == "card" and holder.card:
            fields["cardNo"] = holder.card
            fields["cardType"] = 1
        elif shown == "qr" and holder.qr:
            fields["QRCodeInfo"] = holder.qr
        elif shown == "face":
            fields["picturesNumber"] = 1
            fields["FaceRect"] = self._face()
        return self._record(at, minor, fields)

    def _record(self, at: datetime, minor: int, fields: Mapping[str, Any]) -> Message:
        self._serial += 1
        record = {
            "deviceName": self._name,
            "majorEventType": 5,
            "subEventType": minor,
            **fields,
            "serialNo": self._serial,
            "frontSerialNo": self._front,
            "attendanceStatus": "undefined",
            "label": "",
            "statusValue": 0,
            "currentEvent": True,
        }
        self._front = self._serial
        alert = {
            "ipAddress": self._address,
            "portNo": 443,
            "protocol": "HTTPS",
            "macAddress": self._mac,
            "channelID": 1,
            "dateTime": at.isoformat(timespec="seconds"),
            "activePostCount": 1,
            "eventType": "AccessControllerEvent",
            "eventState": "active",
            "eventDescription": "Access Controller Event",
            "AccessControllerEvent": record,
        }
        return Message(self.topic, orjson.dumps(alert))

    def _face(self) -> dict[str, float]:
        rng = self._rng
        height = round(rng.uniform(0.24, 0.36), 3)
        return {
            "height": height,
            "width": round(height * 0.56, 3),
            "x": round(rng.uniform(0.3, 0.5), 3),
            "y": round(rng.uniform(0.4, 0.6), 3),
        }


def skewed(payload: bytes, by: timedelta) -> bytes:
    """The same record from a terminal whose clock is off by `by`."""
    alert = orjson.loads(payload)
    moment = datetime.fromisoformat(alert["dateTime"]) + by
    alert["dateTime"] = moment.isoformat(timespec="seconds")
    return orjson.dumps(alert)
