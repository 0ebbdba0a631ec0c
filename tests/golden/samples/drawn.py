"""What events of a gateway's own cameras say beside what those of others do: fields of later."""

from core.event import Event
from core.events.camera import (
    CrowdCounted,
    LineCrossed,
    LoiteringDetected,
    MotionEnded,
    MotionStarted,
    ObjectLeft,
    ObjectRecognized,
    ObjectRemoved,
    RegionEntered,
    RegionLeft,
    Unclassified,
)
from core.events.vehicle import Passed, VehicleDenied
from core.events.waste import (
    BinIdentified,
    Cleared,
    LidClosed,
    LidOpened,
    Overflowed,
    SmokeDetected,
)
from tests.golden.samples.envelope import event

_PICTURE = "blurred"

_TOLD: tuple[Event, ...] = (
    *(
        event(data, "camera/east", device="cam-1")
        for data in (
            LineCrossed(picture=_PICTURE),
            Unclassified(picture=_PICTURE),
            RegionEntered(picture=_PICTURE, purpose="fire-lane", limit_s=120.0),
            RegionLeft(picture=_PICTURE, purpose="fire-lane"),
            LoiteringDetected(picture=_PICTURE),
            CrowdCounted(picture=_PICTURE),
            ObjectLeft(picture=_PICTURE),
            ObjectRemoved(picture=_PICTURE),
            ObjectRecognized(kind="plate", picture=_PICTURE),
            MotionStarted(picture=_PICTURE),
            MotionEnded(picture=_PICTURE),
        )
    ),
    *(
        event(data, "bin/b-3", device="cam-1")
        for data in (
            Overflowed(source="camera", confidence=0.5, zone="rim-3", picture=_PICTURE),
            Cleared(source="camera", confidence=0.5, zone="rim-3", picture=_PICTURE),
            SmokeDetected(source="camera", confidence=0.5, zone="rim-3", picture=_PICTURE),
            LidOpened(source="camera", confidence=0.5, zone="rim-3", picture=_PICTURE),
            LidClosed(source="camera", confidence=0.5, zone="rim-3", picture=_PICTURE),
            BinIdentified(uid_hex="E9F35959", tech="qr", zone="rim-3", picture=_PICTURE),
        )
    ),
    *(
        event(data, "gate/south", device="cam-1")
        for data in (Passed(picture=_PICTURE), VehicleDenied(picture=_PICTURE))
    ),
)
LATER: dict[str, Event] = {f"{one.type}+picture": one for one in _TOLD}
