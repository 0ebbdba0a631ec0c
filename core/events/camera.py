"""What a camera or its analytics saw (ONVIF RuleEngine topics) and whether it still sees."""

from typing import ClassVar, Literal

from core.event import Data

Box = tuple[float, float, float, float]  # x, y, width, height, each 0..1 of the frame


class _Seen(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    track_id: str = ""
    label: str = ""  # person, car, bicycle ... the analytics' own class
    box: Box | None = None
    zone: str = ""
    rule: str = ""
    ga_code: str = ""  # GA/T 2000.254 event sort
    confidence: float | None = None
    count: int | None = None
    picture: str = ""  # what became of the evidence: see edge.camera.snapshot; empty: not told


class LineCrossed(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.line.crossed.v1"
    BULK: ClassVar[bool] = True
    direction: str = ""


class RegionEntered(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.region.entered.v1"
    BULK: ClassVar[bool] = True
    purpose: str = ""  # as the region was drawn: fire-lane, passage, entrance ...
    limit_s: float | None = None  # after so long it is occupied, unless the site says otherwise


class RegionLeft(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.region.left.v1"
    BULK: ClassVar[bool] = True
    purpose: str = ""


class LoiteringDetected(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.loitering.detected.v1"
    BULK: ClassVar[bool] = True


class CrowdCounted(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.crowd.counted.v1"
    BULK: ClassVar[bool] = True


class ObjectLeft(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.object.left.v1"
    BULK: ClassVar[bool] = True


class ObjectRemoved(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.object.removed.v1"
    BULK: ClassVar[bool] = True


class ObjectRecognized(_Seen, frozen=True, kw_only=True):
    """Analytics put a name, plate or class to a track; the name itself is sealed."""

    TYPE: ClassVar[str] = "camera.object.recognized.v1"
    BULK: ClassVar[bool] = True
    kind: Literal["face", "plate", "classification"]
    subject_ref: str = ""
    plate_ref: str = ""


class MotionStarted(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.motion.started.v1"
    BULK: ClassVar[bool] = True


class MotionEnded(_Seen, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.motion.ended.v1"
    BULK: ClassVar[bool] = True
    duration_s: float | None = None


class Unclassified(_Seen, frozen=True, kw_only=True):
    """Of a camera or its analytics, in no table of ours; kept with its native codes."""

    TYPE: ClassVar[str] = "camera.unclassified.v1"
    BULK: ClassVar[bool] = True


class ReviewReported(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What an analytics lays together for somebody to look at: tracks of one camera that belong
    to one another. Said when it begins, when it becomes more, and when it ends."""

    TYPE: ClassVar[str] = "camera.review.reported.v1"
    BULK: ClassVar[bool] = True
    review: str
    phase: Literal["new", "update", "end"]
    severity: Literal["alert", "detection", "other"] = "other"
    tracks: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()
    duration_s: float | None = None
    subject_ref: str = ""  # of the one person it names, if it names one


class _Region(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    zone: str
    label: str = ""
    purpose: Literal["", "fire-lane", "passage"] = ""  # as the site's description has it


class RegionOccupied(_Region, frozen=True, kw_only=True):
    """The gateway's own conclusion: something has stood in a zone for longer than it may."""

    TYPE: ClassVar[str] = "camera.region.occupied.v1"
    since: str = ""
    limit_s: float = 0.0


class RegionVacated(_Region, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.region.vacated.v1"


class FaceCaptured(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "camera.face.captured.v1"
    BULK: ClassVar[bool] = True
    quality: float | None = None


class _Video(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    reason: str = ""


class VideoLost(_Video, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.video.lost.v1"


class VideoRestored(_Video, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.video.restored.v1"


class VideoTampered(_Video, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "camera.video.tampered.v1"


class HealthReported(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Of the worker that looks at the pictures. Counters are since its start, rates of the time
    since the last report. `cpu`: share of one processor."""

    TYPE: ClassVar[str] = "camera.health.reported.v1"
    BULK: ClassVar[bool] = True
    read: int = 0  # pictures the source gave
    analysed: int = 0
    dropped: int = 0  # decoded, and never looked at: analysis was slower than the source
    damaged: int = 0  # could not be decoded
    reconnects: int = 0
    hung: int = 0  # times the source had to be left to itself
    fps: float = 0.0  # analysed
    cpu: float = 0.0
    unsent: int = 0  # events that the gateway has not acknowledged yet, of all its cameras
    lost_events: int = 0  # ... and that had to make room, of all its cameras
    fault: str = ""  # what is told of its picture
    online: bool = False  # the source gives pictures


TYPES = (
    LineCrossed, RegionEntered, RegionLeft, LoiteringDetected, CrowdCounted, ObjectLeft,
    ObjectRemoved, ObjectRecognized, MotionStarted, MotionEnded, FaceCaptured,
    VideoLost, VideoRestored, VideoTampered, RegionOccupied, RegionVacated,
    Unclassified, ReviewReported,
    HealthReported,
)  # fmt: skip
