"""What Dahua's numbers and code words mean, as data.

Methods are those of the HTTP interface, one below the SDK's enumeration of the same names. Error
codes are the maker's table of why an opening failed. Firmware differs, so an event names the
VERSION that read it and keeps its codes; what is not here is kept as `access.unclassified`.
"""

from collections.abc import Mapping

import msgspec

from core.event import Data
from core.events import access, camera, device, door
from core.events.access import Credential, DenyReason, SubjectClass

VERSION = 1

METHODS: Mapping[int, Credential] = {
    0: "pin", 1: "card", 2: "card", 3: "card", 4: "remote", 5: "button", 6: "fingerprint",
    9: "fingerprint", 10: "card", 14: "qr", 15: "face", 17: "idcard", 18: "idcard", 19: "ble",
    20: "pin", 21: "pin", 22: "face", 23: "fingerprint", 24: "face", 25: "face",
}  # fmt: skip
DURESS_METHOD = 13  # the password that is given under threat

REFUSED: Mapping[int, DenyReason] = {
    0x10: "unauthorized",  # of somebody it knows; else it knows nobody: see access.py
    0x11: "blocked",  # reported lost, or cancelled
    0x12: "unauthorized",
    0x13: "door-mode",
    0x14: "credential-expired",
    0x15: "anti-passback",
    0x17: "door-mode",  # the door is set to stay closed
    0x18: "interlock",
    0x19: "other",  # a patrol's card opens nothing
    0x1A: "door-mode",  # intrusion alarm
    0x20: "not-permitted-at-this-time",
    0x21: "not-permitted-at-this-time",
    0x30: "first-person-required",
    0x40: "invalid-pin",
    0x41: "invalid-pin",
    0x42: "other",
    0x43: "other",
    0x44: "invalid-pin",
    0x45: "invalid-pin",
    0x50: "other",
    0x60: "unauthorized",
    0x61: "other",
    0x62: "other",
    0x63: "anti-passback",
    0x65: "screening",
    0x66: "screening",
    0x67: "screening",
    0x68: "screening",
    0x69: "screening",
    0x6A: "screening",
    0xA8: "screening",
}
UNKNOWN_CREDENTIAL = 0x10
DURESS_ERROR = 0x16
UNDECIDED = frozenset({0x51, 0x64, 0x70, 0x71})  # more people, or the platform, are asked first
PASSED = frozenset({0, 0x6B})

USER_CLASSES: Mapping[int, SubjectClass] = {0: "resident", 2: "visitor", 3: "staff", 4: "resident"}

# Of a code word: what its beginning is, and what its end.
Ended = type[Data] | None


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    begun: type[Data]
    ended: Ended = None  # None: the end of an alarm is no fact
    place: str = "door"  # door, camera, gate or device
    detail: str = ""  # cause or reason
    label: str = ""


def _seen(begun: type[Data], ended: Ended = None, label: str = "") -> Meaning:
    return Meaning(begun=begun, ended=ended, place="camera", label=label)


MEANINGS: Mapping[str, Meaning] = {
    "DoorNotClosed": Meaning(begun=door.HeldOpen, ended=door.Closed),
    "BreakIn": Meaning(begun=door.Forced),
    "DoorBreakIn": Meaning(begun=door.Forced),
    "Duress": Meaning(begun=access.Duress),
    "RepeatEnter": Meaning(begun=access.Denied, detail="anti-passback"),
    "Button": Meaning(begun=access.Granted, detail="button"),
    "ButtonExit": Meaning(begun=access.Granted, detail="button"),
    "DoorButton": Meaning(begun=access.Granted, detail="button"),
    "ChassisIntruded": Meaning(begun=device.Tampered, place="device", detail="chassis"),
    "Tamper": Meaning(begun=device.Tampered, place="device", detail="chassis"),
    "PreventRemove": Meaning(begun=device.Tampered, place="device", detail="wall"),
    "Reboot": Meaning(begun=device.Connected, place="device", detail="reboot"),
    "VideoMotion": _seen(camera.MotionStarted, camera.MotionEnded),
    "SmartMotionHuman": _seen(camera.MotionStarted, camera.MotionEnded, "person"),
    "SmartMotionVehicle": _seen(camera.MotionStarted, camera.MotionEnded, "vehicle"),
    "MoveDetection": _seen(camera.MotionStarted, camera.MotionEnded),
    "CrossLineDetection": _seen(camera.LineCrossed),
    "CrossFenceDetection": _seen(camera.LineCrossed),
    "CrossRegionDetection": _seen(camera.RegionEntered),
    "ParkingDetection": _seen(camera.RegionEntered, camera.RegionLeft, "vehicle"),
    "LeftDetection": _seen(camera.ObjectLeft),
    "TakenAwayDetection": _seen(camera.ObjectRemoved),
    "WanderDetection": _seen(camera.LoiteringDetected),
    "StayDetection": _seen(camera.LoiteringDetected),
    "RioterDetection": _seen(camera.CrowdCounted),
    "CrowdDetection": _seen(camera.CrowdCounted),
    "ManNumDetection": _seen(camera.CrowdCounted),
    "FaceDetection": _seen(camera.FaceCaptured),
    "VideoLoss": _seen(camera.VideoLost, camera.VideoRestored),
    "VideoBlind": Meaning(begun=camera.VideoTampered, place="camera", detail="blind"),
    "SceneChange": Meaning(begun=camera.VideoTampered, place="camera", detail="scene-change"),
    "VideoAbnormalDetection": Meaning(
        begun=camera.VideoTampered, place="camera", detail="abnormal"
    ),
    "VideoUnFocus": Meaning(begun=camera.VideoTampered, place="camera", detail="unfocused"),
}
# Cameras that name waste scenes, in the words and numbers of the maker's platform or of others
# that pass its alerts on; in lower case without underscores.
LITTER = frozenset(
    {"wastedumped", "garbageexposure", "883", "890", "baolulaji", "dabaolaji", "wastedump"}
)
OVERFLOWED = frozenset({"dustbinoverflow", "trashfull", "garbageoverflow", "manyi"})
UNCOVERED = frozenset({"weijiagai"})
PLATES = frozenset(
    {"TrafficJunction", "TrafficGate", "TrafficTollGate", "TrafficSnapEvent", "TrafficParking",
     "TollgateInfo"}
)  # fmt: skip
# Of the camera's own housekeeping: understood, and nothing happened to anybody. Not of it:
# BackKeyLight (somebody rang, a door was unlocked), ProfileAlarmTransmit (a home's own sensors and
# its panic button) and LoginFailure.
CHATTER = frozenset(
    {"NTPAdjustTime", "SystemState", "NewFile", "InterVideoAccess", "IntelliFrame",
     "VideoMotionInfo", "RtspSessionDisconnect", "LeFunctionStatusSync", "KeepLightOn",
     "BackLightOn", "BackLightOff", "SIPRegisterResult", "RequestCallState",
     "PassiveHungup", "UpdateFile", "HeartBeat",
     "Heartbeat", "DGSErrorReport", "ConfigChange"}
)  # fmt: skip
