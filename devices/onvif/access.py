"""ONVIF access control and doors: decisions, passages and states, in the words they came from.

A decision is about an access point, a state about a door. Whose credential it was is sealed; a
token names a person as surely as a card's number does.
"""

from typing import Any

from core.event import Data, Native, Personal
from core.events import access, door
from core.events.access import Credential, DenyReason, Direction
from devices.adapter import Known
from devices.fields import code, slug, text, truth
from devices.onvif.notification import Notification
from devices.onvif.topics import Fact, holds

HEADS = frozenset({"AccessControl", "AccessPoint", "Door", "Credential"})
_PERSON = (
    ("card", ("CardNumber", "Card")),
    ("identifier", ("IdentifierValue", "Identifier", "Value")),
    ("credential", ("CredentialToken",)),
    ("name", ("CredentialHolderName", "HolderName", "CredentialHolder")),
)
OF_PERSONS = frozenset(name for _, names in _PERSON for name in names)
_DECISIONS: dict[str, type[Data]] = {
    "AccessGranted": access.Granted,
    "AccessTaken": access.Taken,
    "AccessNotTaken": access.NotTaken,
    "Denied": access.Denied,
    "Duress": access.Duress,
    "Request": access.Requested,
}
_REASONS: dict[str, DenyReason] = {
    "credentialnotfound": "credential-not-found",
    "credentialnotenabled": "credential-not-enabled",
    "credentialnotactive": "credential-not-active",
    "credentialexpired": "credential-expired",
    "invalidpin": "invalid-pin",
    "notpermittedatthistime": "not-permitted-at-this-time",
    "unauthorized": "unauthorized",
    "antipassback": "anti-passback",
    "antipassbackviolation": "anti-passback",
    "interlock": "interlock",
    "blocked": "blocked",
    "credentialblocked": "blocked",
}
_CREDENTIALS: dict[str, Credential] = {
    "card": "card", "pin": "pin", "fingerprint": "fingerprint", "face": "face", "qr": "qr",
    "qrcode": "qr", "barcode": "qr", "licenseplate": "plate", "licence": "plate", "plate": "plate",
    "bluetooth": "ble", "ble": "ble", "mobile": "ble", "requesttoexit": "button", "rex": "button",
}  # fmt: skip
_MODES: dict[str, door.DoorMode] = {
    "unknown": "unknown", "locked": "locked", "unlocked": "unlocked", "accessed": "accessed",
    "blocked": "blocked", "lockeddown": "locked-down", "lockedopen": "locked-open",
    "doublelocked": "double-locked",
}  # fmt: skip
# (topic, state) → what it is; a state beside these is reported as it stands.
_STATES: dict[tuple[str, str], tuple[type[Data], str]] = {
    ("DoorPhysicalState", "open"): (door.Opened, ""),
    ("DoorPhysicalState", "closed"): (door.Closed, ""),
    ("DoorPhysicalState", "fault"): (door.Faulted, "door-monitor"),
    ("LockPhysicalState", "locked"): (door.Locked, ""),
    ("LockPhysicalState", "unlocked"): (door.Unlocked, ""),
    ("LockPhysicalState", "fault"): (door.Faulted, "lock-monitor"),
    ("DoubleLockPhysicalState", "locked"): (door.Locked, "double-lock"),
    ("DoubleLockPhysicalState", "fault"): (door.Faulted, "double-lock-monitor"),
    ("DoorAlarm", "doorforcedopen"): (door.Forced, ""),
    ("DoorAlarm", "dooropentoolong"): (door.HeldOpen, ""),
    ("DoorTamper", "tamperdetected"): (door.DoorTampered, ""),
    ("DoorTamper", "notintamper"): (door.TamperCleared, ""),
    ("DoorFault", "faultdetected"): (door.Faulted, ""),
    ("DoorFault", "notinfault"): (door.FaultCleared, ""),
}


def place_of(told: Notification) -> str:
    return code(
        told.source, "DoorToken", "Door", "AccessPointToken", "AccessPoint", "Token", "Source"
    )


def facts(told: Notification, codes: Native, known: Known) -> list[Fact]:
    levels = told.topic.split("/")
    if levels[0] == "AccessControl" and len(levels) > 1:
        return [_decision(told, codes, levels, known)]
    if levels[:2] == ["Door", "State"] and len(levels) > 2:
        return [Fact(kind="door", data=_state(told, codes, levels[2]))]
    state = holds(told)
    more = codes if state is None else codes | {"state": state}
    return [Fact(kind="door", data=access.Unclassified(native=more), personal=_person(told))]


def _decision(told: Notification, codes: Native, levels: list[str], known: Known) -> Fact:
    cls = _DECISIONS.get(levels[1])
    if levels[1:3] == ["Request", "Timeout"]:
        cls = None  # nobody decided: neither granted nor refused
    if cls is None or levels[-1] == "Timeout":
        cls = access.Unclassified
    fields: dict[str, Any] = {
        "direction": _direction(told, known),
        "credential": _credential(told, levels),
        "native": codes,
    }
    if cls is access.Denied:
        fields["reason"] = _reason(told, levels)
    if cls is not access.Requested and truth(told.data, "External") is True:
        fields["native"] = codes | {"external": True}
    return Fact(kind="door", data=cls(**fields), personal=_person(told))


def _direction(told: Notification, known: Known) -> Direction:
    return known.readers.get(text(told.source, "AccessPointToken"), "unknown")


def _credential(told: Notification, levels: list[str]) -> Credential:
    kind = text(told.data, "IdentifierType", "RecognitionType", "CredentialType")
    word = _flat(kind.rpartition(":")[2])
    if found := _CREDENTIALS.get(word):
        return found
    if levels[-1] == "Card" or text(told.data, "CardNumber", "Card"):
        return "card"
    return "unknown"


def _reason(told: Notification, levels: list[str]) -> DenyReason:
    if levels[2:3] == ["CredentialNotFound"]:
        return "credential-not-found"
    return _REASONS.get(_flat(text(told.data, "Reason").rpartition(":")[2]), "other")


def _state(told: Notification, codes: Native, which: str) -> Data:
    word = text(told.data, "State", "state", "Value")
    flat = _flat(word)
    if which == "DoorMode" and flat in _MODES:
        return door.ModeChanged(mode=_MODES[flat], native=codes)
    if found := _STATES.get((which, flat)):
        made, cause = found
        cause = cause or slug(code(told.data, "Reason"))[:32].lower()
        return made(cause=cause, native=codes)  # type: ignore[call-arg]
    said: dict[str, Any] = {}
    if which == "DoorAlarm" and flat == "normal":
        said["alarm"] = "normal"
    if flat == "unknown":
        said |= {"DoorPhysicalState": {"physical": "unknown"},
                 "LockPhysicalState": {"lock": "unknown"}}.get(which, {})  # fmt: skip
    kept = word.isalpha() and len(word) <= 32
    return door.StateReported(**said, native=codes | ({"state": word} if kept else {}))


def _person(told: Notification) -> Personal | None:
    clear = {
        key: found
        for key, names in _PERSON
        if (found := text(told.data, *names) or text(told.source, *names))
    }
    if not clear:
        return None
    into = "subject_ref"
    if "card" in clear:
        return Personal(kind="card", identifier=clear["card"], fields=clear, into=into)
    for key in ("credential", "identifier"):
        if key in clear:
            return Personal(kind="other", identifier=clear[key], fields=clear, into=into)
    return Personal(kind="name", identifier=clear["name"], fields=clear, into=into)


def _flat(word: str) -> str:
    return word.replace("_", "").replace("-", "").replace(" ", "").lower()
