"""A device that speaks our own form: CloudEvents JSON on `site/{domain}/{device}`.

It sends what it knows about people in the clear (`plate`, `residentId`), as such a device
does on the gateway's own wire; sealing is the gateway's work.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from core.clock import parse_rfc3339, rfc3339
from devices.adapter import Message


def boot_mark(start: datetime) -> str:
    """When a device was switched on, as the middle part of its ids: 20261121T070000000Z."""
    moment = start.astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"


class NativeDevice:
    """Counts its events from 1 at every switch-on; `boot` keeps the ids of two runs apart."""

    def __init__(self, device: str, domain: str, boot: str) -> None:
        self.device = device
        self.topic = f"site/{domain}/{device}"
        self._source = f"/devices/{device}"
        self._boot = boot
        self._counter = 0

    def event(self, at: datetime, type: str, subject: str, data: Mapping[str, Any]) -> Message:
        self._counter += 1
        record = f"{self.device}-{self._boot}-{self._counter:06d}"
        return self.stated(record, at, type, subject, data)

    def stated(
        self, id: str, at: datetime, type: str, subject: str, data: Mapping[str, Any]
    ) -> Message:
        """An event whose id does not depend on the run: said again, it is a duplicate."""
        envelope = {
            "specversion": "1.0",
            "id": id,
            "source": self._source,
            "type": type,
            "subject": subject,
            "time": rfc3339(at),
            "datacontenttype": "application/json",
            "data": data,
        }
        return Message(self.topic, orjson.dumps(envelope))


def skewed(payload: bytes, by: timedelta) -> bytes:
    """The same message from a device whose clock is off by `by`."""
    envelope = orjson.loads(payload)
    envelope["time"] = rfc3339(parse_rfc3339(envelope["time"]) + by)
    return orjson.dumps(envelope)
