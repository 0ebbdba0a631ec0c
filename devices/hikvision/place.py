"""What every fact of an alert shares: whose it is, where, when, and whether it is news."""

from typing import Literal

import msgspec

from core.event import Origin
from core.moment import TimeQuality
from devices.adapter import Known, Site
from devices.fields import Json, integer, truth
from devices.hikvision.alert import device_of
from devices.hikvision.clock import when


class Place(msgspec.Struct, frozen=True):
    key: str  # the device's identity on the wire
    known: Known
    channel: int | None
    time: str
    quality: TimeQuality
    origin: Origin

    @property
    def name(self) -> str:
        return self.known.name or self.key

    def subject(self, kind: Literal["door", "camera", "gate", "device"], part: int | None) -> str:
        """A device's own state is never told of the door it is at."""
        if kind != "device" and self.known.subject:
            return self.known.subject
        return f"{kind}/{self.name}" if part is None else f"{kind}/{self.name}-{part}"


def place_of(alert: Json, record: Json, site: Site, topic: str) -> Place:
    key = device_of(alert, topic)
    time, quality = when(record, alert, site.zone_of(key))
    channel = integer(alert, "channelID", "dynChannelID")
    return Place(key, site.known(key), channel, time, quality, _origin(alert, record))


def _origin(alert: Json, record: Json) -> Origin:
    """`currentEvent` is about the record, `isDataRetransmission` about the message."""
    told = truth(record, "currentEvent")
    current = truth(alert, "currentEvent") if told is None else told
    if current is None:
        current = truth(alert, "isDataRetransmission") is not True
    return "live" if current else "backfill"
