"""What a Hikvision access controller's pair (major, minor) means, as data.

The pair, never the minor alone: (5, 0x400) is a remote opening, (2, 0x400) a power-up. Firmware
tables differ, so an event names the VERSION that read it and keeps its codes; a pair that is
not here becomes `access.unclassified`. Majors: 1 alarm, 2 exception, 3 operation, 5 event. The
exceptions (2) are the device's own health and have no access fact in them: none is listed.
"""

from collections.abc import Iterator

import msgspec

from core.event import Data
from core.events import access, device, door
from core.events.access import Credential, DenyReason

VERSION = 1


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    cls: type[Data]
    credential: Credential = "unknown"
    reason: DenyReason = "other"
    detail: str = ""  # cause of a door's state, or what was tampered with
    person: bool = False  # only when the record names a person: the code means two things


_GRANTED: dict[Credential, tuple[int, ...]] = {
    "card": (0x01, 0x02),
    "fingerprint": (0x26, 0x28, 0x2B, 0x2E, 0x45, 0x48),
    "face": (0x36, 0x39, 0x3C, 0x3F, 0x42, 0x4B, 0x4D),
    "pin": (0x22, 0xB3, 0xB5),
    "idcard": (0x69,),
    "qr": (0x9C,),
    "ble": (0x9F,),
    "remote": (0x9E, 0x400),  # a householder's consent, an operator's command
    "button": (0x17,),
    "unknown": (0x10, 0x99),  # several people or several credentials together
}
_DENIED: dict[tuple[Credential, DenyReason], tuple[int, ...]] = {
    ("card", "invalid-pin"): (0x03,),
    ("card", "blocked"): (0x05,),
    ("card", "unauthorized"): (0x06, 0x0C, 0x5E),
    ("card", "not-permitted-at-this-time"): (0x07, 0x0D),
    ("card", "credential-expired"): (0x08,),
    ("card", "credential-not-found"): (0x09,),
    ("card", "credential-not-enabled"): (0xA4, 0xA8, 0xA9, 0xAA),
    ("card", "other"): (0x04, 0x23, 0x24, 0x77, 0xA2, 0xA3),
    ("fingerprint", "credential-not-found"): (0x27, 0x31),
    ("fingerprint", "other"): (0x29, 0x2A, 0x2C, 0x2D, 0x2F, 0x30, 0x46, 0x47, 0x49, 0x4A),
    ("face", "credential-not-found"): (0x4C, 0x50),
    ("face", "liveness-failed"): (0x68,),
    ("face", "other"): (
        0x37, 0x38, 0x3A, 0x3B, 0x3D, 0x3E, 0x40, 0x41, 0x43, 0x44, 0x4E, 0x4F,
    ),
    ("pin", "invalid-pin"): (0x0E, 0x66, 0x96, 0x97, 0xB4),
    ("pin", "blocked"): (0x94,),
    ("pin", "credential-expired"): (0xC3,),
    ("pin", "other"): (0x67,),
    ("idcard", "credential-not-enabled"): (0xAB,),
    ("idcard", "other"): (0x70, 0xA1),
    ("qr", "other"): (0x9D,),
    ("ble", "other"): (0xA0,),
    ("remote", "unauthorized"): (0x0F,),
    ("button", "not-permitted-at-this-time"): (0x82,),
    ("unknown", "anti-passback"): (0x0A, 0x78),
    ("unknown", "interlock"): (0x0B,),
    ("unknown", "blocked"): (0x71,),
    ("unknown", "credential-not-found"): (0x98,),
    ("unknown", "not-permitted-at-this-time"): (0x75, 0x76, 0x84),
    ("unknown", "other"): (0x9A, 0x9B),
}  # fmt: skip
_DOOR: dict[type[Data], dict[int, str]] = {
    door.Opened: {0x19: ""},
    door.Closed: {0x1A: ""},
    door.Forced: {0x1B: "", 0x5C: "lock"},
    door.HeldOpen: {0x1C: "", 0x5D: "lock"},
    door.Unlocked: {0x15: "", 0x11: "first-card", 0x13: "always-open", 0x34: "fire"},
    door.Locked: {0x16: "", 0x12: "first-card", 0x14: "always-open-ended", 0x1F: "always-closed",
                  0x35: "fire-cleared"},
    door.Tailgated: {0x85: ""},
    door.Reversed: {0x86: ""},
    door.GateForced: {0x87: ""},
    door.Climbed: {0x88: ""},
    device.Tampered: {0x53: "lock-input-short", 0x54: "lock-input-open",
                      0x56: "contact-input-short", 0x57: "contact-input-open",
                      0x59: "button-input-short", 0x5A: "button-input-open"},
}  # fmt: skip
_ALARMS: dict[int, Meaning] = {
    0x404: Meaning(cls=device.Tampered, detail="host"),
    0x406: Meaning(cls=device.Tampered, detail="card-reader"),
    0x40A: Meaning(cls=access.Duress),
    0x40C: Meaning(cls=access.Denied, credential="card", reason="blocked"),
    0x40F: Meaning(cls=device.Tampered, detail="security-module"),
    0x41E: Meaning(cls=device.Tampered, detail="elevator-controller"),
    0x422: Meaning(cls=device.Tampered, detail="lane-controller"),
}
# An operator's command is not a decision about a person: the lock's state, and who caused it.
_OPERATIONS: dict[int, Meaning] = {
    0x400: Meaning(cls=door.Unlocked, detail="remote"),
    0x401: Meaning(cls=door.Locked, detail="remote"),
    0x402: Meaning(cls=door.Unlocked, detail="remote-always-open"),
    0x403: Meaning(cls=door.Locked, detail="remote-always-closed"),
    0x41C: Meaning(cls=door.Locked, detail="keyfob"),
    0x41D: Meaning(cls=door.Unlocked, detail="keyfob"),
    0x41E: Meaning(cls=door.Unlocked, detail="keyfob-always-open"),
}
_OTHER_EVENTS: dict[int, Meaning] = {
    0x21: Meaning(cls=access.Requested, credential="card"),  # waits for a remote opening
    0x32: Meaning(cls=access.Requested, credential="card"),  # the platform decides
    # Employee number and PIN in newer tables, a lift's key relay in older ones.
    0x65: Meaning(cls=access.Granted, credential="pin", person=True),
    0x89: Meaning(cls=access.NotTaken),
}


def _rows() -> Iterator[tuple[tuple[int, int], Meaning]]:
    for credential, minors in _GRANTED.items():
        for minor in minors:
            yield (5, minor), Meaning(cls=access.Granted, credential=credential)
    for (credential, reason), minors in _DENIED.items():
        for minor in minors:
            yield (5, minor), Meaning(cls=access.Denied, credential=credential, reason=reason)
    for cls, causes in _DOOR.items():
        for minor, cause in causes.items():
            yield (5, minor), Meaning(cls=cls, detail=cause)
    for major, table in ((1, _ALARMS), (3, _OPERATIONS), (5, _OTHER_EVENTS)):
        for minor, meaning in table.items():
            yield (major, minor), meaning


def _table() -> dict[tuple[int, int], Meaning]:
    made: dict[tuple[int, int], Meaning] = {}
    for pair, meaning in _rows():
        if pair in made:
            raise ValueError(f"the pair {pair} stands twice in the table")
        made[pair] = meaning
    return made


MEANINGS = _table()
UNKNOWN = Meaning(cls=access.Unclassified)
