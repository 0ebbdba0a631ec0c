"""The envelope round a sample's data. Frozen like the samples: it is in every golden file."""

import msgspec

from core.event import Data, Event, Media, Native, Origin
from core.moment import TimeQuality

NATIVE: Native = {"major": 5, "code": "0x4b", "gain": 1.5, "ok": True, "rawsha256": "e3" * 32}
PICTURE = Media(sha256="5f" * 32, kind="face", ref="media/2026/11/21/5f5f.jpg", bytes=48213)
CLIP = Media(sha256="a0" * 32)


def event(
    data: Data,
    subject: str,
    *,
    device: str = "door-1",
    record: int = 1001,
    time: str = "2026-11-21T16:00:00.000+08:00",
    quality: TimeQuality = "device-zone",
    origin: Origin = "live",
    correlation: str = "",
    causation: str = "",
    trace: str = "",
) -> Event:
    made = Event(
        id=f"{device}:{record}",
        source=f"/c/jinxiu/gw/gw-1/dev/{device}",
        type=data.TYPE,
        subject=subject,
        time=time,
        recordedtime="2026-11-21T08:00:00.250Z",
        data=data,
    )
    told = {
        "timequality": quality,
        "origin": origin,
        "correlationid": correlation,
        "causationid": causation,
        "traceparent": trace,
    }
    # msgspec leaves out a default by identity, not by value: only what differs is set.
    other = {name: value for name, value in told.items() if value != getattr(made, name)}
    return msgspec.structs.replace(made, **other)
