"""What of ONVIF is read."""

from core.events import access, camera, device, door
from devices.wire import Support

_CAMERA = tuple(
    one.TYPE
    for one in (
        camera.LineCrossed, camera.RegionEntered, camera.RegionLeft, camera.LoiteringDetected,
        camera.CrowdCounted, camera.ObjectLeft, camera.ObjectRemoved, camera.ObjectRecognized,
        camera.MotionStarted, camera.MotionEnded, camera.FaceCaptured, camera.VideoLost,
        camera.VideoRestored, camera.VideoTampered, camera.Unclassified,
        device.Tampered, device.ConditionChanged,
    )
)  # fmt: skip
_DOOR = tuple(
    one.TYPE
    for one in (
        access.Granted, access.Denied, access.Taken, access.NotTaken, access.Duress,
        access.Requested, access.Unclassified, door.Opened, door.Closed, door.Locked,
        door.Unlocked, door.Forced, door.HeldOpen, door.ModeChanged, door.Faulted,
        door.FaultCleared, door.DoorTampered, door.TamperCleared, door.StateReported,
    )
)  # fmt: skip
SUPPORT = (
    Support(device="ONVIF camera, event broker", by="MQTT", events=_CAMERA, tested="sample"),
    Support(device="ONVIF camera or recorder, PullPoint", by="HTTP pull", events=_CAMERA),
    Support(device="ONVIF door controller (Profile A, C, D)", by="MQTT", events=_DOOR),
    Support(device="ONVIF door controller, PullPoint", by="HTTP pull", events=_DOOR),
)
