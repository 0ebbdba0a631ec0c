"""What ZKTeco's event codes and verification modes mean, as data.

One table for every maker of the Security PUSH protocol: 0..19 and 200..253 are normal, 20..99 are
refusals and errors, 100..199 alarms; from 4000 on the same thrice over. Firmware adds codes, so
an event names the VERSION that read it and keeps its code; a code that is not here goes by its
range, and only if it names a person.
"""

from collections.abc import Iterator

import msgspec

from core.event import Data
from core.events import access, device, door
from core.events.access import Credential, DenyReason

VERSION = 1


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    cls: type[Data]
    credential: Credential = "unknown"  # where the code says it; else the verification mode does
    reason: DenyReason = "other"
    detail: str = ""  # cause of a door's state, or what was tampered with


_GRANTED: dict[Credential, tuple[int, ...]] = {
    "unknown": (0, 1, 2, 3, 15, 208, 219, 222, 232),
    "pin": (4, 207, 215, 216),
    "fingerprint": (14, 16, 18),
    "card": (17, 19, 203),
    "remote": (8,),
    "button": (202,),
    "idcard": (218,),
    "qr": (4005,),
}
_DENIED: dict[tuple[Credential, DenyReason], tuple[int, ...]] = {
    ("unknown", "other"): (20, 40, 41, 42, 45, 47, 48, 61, 75, 5022),
    ("unknown", "not-permitted-at-this-time"): (21, 22),
    ("unknown", "unauthorized"): (23, 44, 56, 59, 67, 80),
    ("unknown", "anti-passback"): (24,),
    ("unknown", "interlock"): (25,),
    ("unknown", "credential-not-found"): (27,),
    ("unknown", "credential-expired"): (29,),
    ("unknown", "blocked"): (39, 43, 62),
    ("unknown", "door-mode"): (60, 63),
    ("unknown", "screening"): (68, 69, 6001, 6002, 6003),
    ("card", "blocked"): (38, 104),
    ("pin", "invalid-pin"): (30,),
    ("pin", "not-permitted-at-this-time"): (49,),
    ("pin", "credential-expired"): (53,),
    ("pin", "other"): (50, 52),
    ("fingerprint", "credential-not-found"): (34,),
    ("fingerprint", "credential-expired"): (33,),
    ("fingerprint", "not-permitted-at-this-time"): (35,),
    ("fingerprint", "other"): (31, 76),
    ("button", "not-permitted-at-this-time"): (36, 64),
    ("button", "door-mode"): (209,),
    ("qr", "credential-not-found"): (73, 5021),
    ("qr", "credential-expired"): (74,),
}
_WAITING = (26, 32, 51, 223)  # for more people, or for the platform
# Linkages, aux outputs, batteries, networks: known, and nobody is let in or turned away by them.
_PLAIN = frozenset({6, 7, 12, 13, 54, 55, 57, 65, 66, 70, 71, 72, 77, 78, 79})
_DOOR: dict[type[Data], dict[int, str]] = {
    door.Opened: {200: ""},
    door.Closed: {201: ""},
    door.Forced: {102: ""},
    door.HeldOpen: {28: "", 37: "passage-mode", 58: "passage-mode"},
    door.Unlocked: {5: "passage-mode", 11: "passage-mode-enabled", 205: "remote-always-open",
                    227: "dual-on"},
    door.Locked: {9: "remote", 10: "passage-mode-disabled", 204: "passage-mode-over",
                  211: "superuser", 228: "dual-off", 233: "remote-lock"},
    door.FireReleased: {210: "fire"},
    device.Tampered: {100: "host", 109: "card-reader", 118: "button-input-open",
                      119: "button-input-short", 120: "contact-input-open",
                      121: "contact-input-short"},
    device.Connected: {206: "started", 214: "server"},
}  # fmt: skip
_DURESS: dict[int, Credential] = {101: "pin", 103: "fingerprint"}


def _rows() -> Iterator[tuple[int, Meaning]]:
    for credential, events in _GRANTED.items():
        for event in events:
            yield event, Meaning(cls=access.Granted, credential=credential)
    for (credential, reason), events in _DENIED.items():
        for event in events:
            yield event, Meaning(cls=access.Denied, credential=credential, reason=reason)
    for cls, causes in _DOOR.items():
        for event, detail in causes.items():
            yield event, Meaning(cls=cls, detail=detail)
    for event in _WAITING:
        yield event, Meaning(cls=access.Requested)
    for event, credential in _DURESS.items():
        yield event, Meaning(cls=access.Duress, credential=credential)


def _table() -> dict[int, Meaning]:
    made: dict[int, Meaning] = {}
    for event, meaning in _rows():
        if event in made:
            raise ValueError(f"the event {event} stands twice in the table")
        made[event] = meaning
    return made


MEANINGS = _table()
UNKNOWN = Meaning(cls=access.Unclassified)


def meaning_of(event: int, *, person: bool) -> Meaning:
    """`person`: the record names somebody. Without, an unknown number is no decision."""
    found = MEANINGS.get(event)
    if found is not None:
        return found
    if event in _PLAIN:
        return UNKNOWN
    if person and (0 <= event < 20 or 4000 <= event < 5000):
        return Meaning(cls=access.Granted)
    if person and (20 <= event < 100 or 5000 <= event < 6000):
        return Meaning(cls=access.Denied)
    return UNKNOWN


# Modes that leave one credential only; of "fingerprint or password" nothing can be said.
_MODES: dict[int, Credential] = {
    1: "fingerprint", 2: "pin", 3: "pin", 4: "card", 8: "fingerprint", 9: "fingerprint",
    10: "card", 11: "card", 12: "card", 13: "fingerprint", 15: "face", 16: "face", 17: "face",
    18: "face", 19: "face", 20: "face",
}  # fmt: skip
# Bits of the newer form, a word of 16; bit 0 says "all of them" instead of "one of them".
_BITS: tuple[tuple[int, Credential], ...] = (
    (1, "face"), (4, "fingerprint"), (11, "card"), (12, "qr"), (9, "pin"), (10, "pin"),
)  # fmt: skip
_ATTENDANCE: dict[int, Credential] = {
    0: "pin", 1: "fingerprint", 2: "card", 3: "pin", 4: "card", 15: "face",
}  # fmt: skip


def credential_of(told: str) -> Credential:
    """Of `verifytype`: a decimal, or 16 characters of 0 and 1 with bit 0 last."""
    if len(told) == 16 and set(told) <= {"0", "1"}:
        word = int(told, 2)
        named = [credential for bit, credential in _BITS if word >> bit & 1]
        several = len(named) > 1 and not word & 1
        return "unknown" if several or not named else named[0]
    return _MODES.get(int(told), "unknown") if told.isdecimal() and len(told) < 5 else "unknown"


def attended_by(told: str) -> Credential:
    """Of the fourth column of ATTLOG, which counts otherwise."""
    number = int(told) if told.isdecimal() and len(told) < 5 else -1
    return _ATTENDANCE.get(number, "unknown")
