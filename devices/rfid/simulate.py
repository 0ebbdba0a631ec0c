"""A Tasmota reader with a PN532: the tag's UID and a local time without a zone."""

from datetime import datetime, timedelta

import orjson

from devices.adapter import Message


class Reader:
    """It numbers nothing: two reads of one tag within a second are the same bytes."""

    def __init__(self, device: str) -> None:
        self.topic = f"tele/{device}/SENSOR"

    def read(self, at: datetime, uid: str) -> Message:
        """`at` must be in the reader's own zone: its offset is dropped, as Tasmota does."""
        sensor = {
            "Time": at.replace(tzinfo=None).isoformat(timespec="seconds"),
            "PN532": {"UID": uid, "DATA": ""},
        }
        return Message(self.topic, orjson.dumps(sensor))


def skewed(payload: bytes, by: timedelta) -> bytes:
    """The same read by a device whose clock is off by `by`."""
    sensor = orjson.loads(payload)
    moment = datetime.fromisoformat(sensor["Time"]) + by
    sensor["Time"] = moment.isoformat(timespec="seconds")
    return orjson.dumps(sensor)
