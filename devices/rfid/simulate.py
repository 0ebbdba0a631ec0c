"""A Tasmota board with a reader: the tag and a local time without a zone, its will, and what
Home Assistant is told of it."""

from datetime import datetime, timedelta

import orjson

from devices.adapter import Message


class Reader:
    """It numbers nothing: two reads of one tag within a second are the same bytes."""

    def __init__(self, device: str) -> None:
        self._device = device
        self.topic = f"tele/{device}/SENSOR"

    def read(self, at: datetime, uid: str) -> Message:
        """`at` must be in the reader's own zone: its offset is dropped, as Tasmota does."""
        sensor = {
            "Time": at.replace(tzinfo=None).isoformat(timespec="seconds"),
            "PN532": {"UID": uid, "DATA": ""},
        }
        return Message(self.topic, orjson.dumps(sensor))

    def swipe(self, at: datetime, number: int, bits: int = 26) -> Message:
        """The same board with a Wiegand reader: the number without its parity."""
        sensor = {
            "Time": at.replace(tzinfo=None).isoformat(timespec="seconds"),
            "Wiegand": {"UID": number, "Size": bits},
        }
        return Message(self.topic, orjson.dumps(sensor))

    def here(self, *, online: bool) -> Message:
        """Its greeting, or what the broker says when it went."""
        return Message(f"tele/{self._device}/LWT", b"Online" if online else b"Offline")

    def discovery(self) -> Message:
        about = {
            "topic": self.topic,
            "value_template": "{{ value_json.PN532.UID }}",
            "device": {"identifiers": [self._device]},
        }
        return Message(f"homeassistant/tag/{self._device}/config", orjson.dumps(about))


def skewed(payload: bytes, by: timedelta) -> bytes:
    """The same read by a device whose clock is off by `by`."""
    sensor = orjson.loads(payload)
    moment = datetime.fromisoformat(sensor["Time"]) + by
    sensor["Time"] = moment.isoformat(timespec="seconds")
    return orjson.dumps(sensor)
