from typing import TypedDict

from core.events.camera import (
    Box,
    CrowdCounted,
    FaceCaptured,
    LineCrossed,
    LoiteringDetected,
    MotionEnded,
    MotionStarted,
    ObjectLeft,
    ObjectRecognized,
    ObjectRemoved,
    RegionEntered,
    RegionLeft,
    RegionOccupied,
    RegionVacated,
    ReviewReported,
    Unclassified,
    VideoLost,
    VideoRestored,
    VideoTampered,
)
from core.events.camera import _Seen as Seen
from tests.golden.samples.envelope import CLIP, NATIVE, PICTURE, event


class _Sight(TypedDict):
    track_id: str
    label: str
    box: Box
    zone: str
    rule: str
    ga_code: str
    confidence: float
    count: int


SIGHT = _Sight(
    track_id="1700000000.1-abc",
    label="person",
    box=(0.1, 0.25, 0.3, 0.5),
    zone="east-lane",
    rule="line-2",
    ga_code="05",
    confidence=0.87,
    count=3,
)


def seen(*sights: Seen) -> tuple[Seen, ...]:
    return sights


SAMPLES = (
    *(
        event(sight, "camera/east", device="cam-1")
        for sight in seen(
            LineCrossed(**SIGHT, native=NATIVE, media=(PICTURE, CLIP), direction="left"),
            RegionEntered(**SIGHT),
            RegionLeft(**SIGHT),
            LoiteringDetected(**SIGHT),
            CrowdCounted(**SIGHT),
            ObjectLeft(**SIGHT, media=(CLIP,)),
            ObjectRemoved(**SIGHT),
            ObjectRecognized(
                **SIGHT,
                kind="plate",
                subject_ref="s:cce648e633e8857d11788f64a31cd41e",
                plate_ref="s:474498e156c6d24151f344d4b75bba7c",
            ),
            MotionStarted(**SIGHT),
            MotionEnded(**SIGHT, duration_s=12.5),
        )
    ),
    event(
        Unclassified(
            **SIGHT, native={"adapter": "onvif", "topic": "RuleEngine/Radiometry/TemperatureAlarm"}
        ),
        "camera/east",
        device="cam-1",
    ),
    event(
        ReviewReported(
            review="1772408469.1-abc",
            phase="end",
            severity="alert",
            tracks=("1772408469.104233-k3v9qa",),
            labels=("person",),
            zones=("lobby",),
            sounds=("bark",),
            duration_s=13.2,
            subject_ref="s:cce648e633e8857d11788f64a31cd41e",
        ),
        "camera/east",
        device="cam-1",
    ),
    event(FaceCaptured(media=(PICTURE,), quality=0.91), "camera/east", device="cam-1"),
    event(VideoLost(native=NATIVE, reason="no-signal"), "camera/east", device="cam-1"),
    event(VideoRestored(reason="signal"), "camera/east", device="cam-1"),
    event(VideoTampered(reason="covered"), "camera/east", device="cam-1"),
    event(
        RegionOccupied(
            zone="lane",
            label="car",
            purpose="fire-lane",
            since="2026-11-21T07:58:00.000Z",
            limit_s=120.0,
        ),
        "camera/east",
        device="cam-1",
        quality="gateway",
    ),
    event(
        RegionVacated(zone="lane", label="car", purpose="fire-lane"),
        "camera/east",
        device="cam-1",
        quality="gateway",
    ),
)
