"""One access record → the typed data, its native codes, and the person it is about."""

from typing import Any

from core.event import Data, Native, Personal
from core.events import access, device, door
from core.events.access import Credential, Direction, SubjectClass
from devices.adapter import Known
from devices.fields import Json, fraction, integer, letters, native, shown, text
from devices.hikvision.codes import VERSION, Meaning

_CLASSES: dict[str, SubjectClass] = {"normal": "resident", "visitor": "visitor"}
# Where the code leaves the credential open, a mode that allows one credential only tells it.
_MODES: dict[str, Credential] = {
    "card": "card", "cardandpw": "card", "face": "face", "faceandpw": "face", "faceandcard": "face",
    "fp": "fingerprint", "fpandpw": "fingerprint", "fpandcard": "fingerprint", "pw": "pin",
    "employeenoandpw": "pin", "employeenoandfp": "fingerprint", "employeenoandface": "face",
    "qrcode": "qr", "bluetooth": "ble",
}  # fmt: skip
_QR = "QRCodeInfo"  # where the terminal leaves it to the platform what a code is worth
_NOBODY = frozenset({"", "0", "invalid", "none", "null"})
_OF_THE_DEVICE = (device.Tampered, device.Connected, device.Lost)
_DOORS = (door.Opened, door.Closed, door.Forced, door.HeldOpen, door.Locked, door.Unlocked)
_GATES = (door.Tailgated, door.Reversed, door.Climbed, door.GateForced)


def data_of(meaning: Meaning, record: Json, codes: Native, known: Known) -> Data:
    """The wire does not say which way a reader looks; the installer may."""
    direction: Direction = known.readers.get(str(codes.get("cardReaderNo", "")), "unknown")
    cls = meaning.cls
    if issubclass(cls, _OF_THE_DEVICE):
        return cls(reason=meaning.detail, native=codes)
    if issubclass(cls, device.ConditionChanged):
        return cls(condition=meaning.detail, active=meaning.active, native=codes)
    if issubclass(cls, _DOORS):
        return cls(cause=meaning.detail, native=codes)
    if issubclass(cls, _GATES):
        return cls(direction=direction, native=codes)
    credential = meaning.credential
    if credential == "unknown" and cls is not access.Unclassified:
        mode = text(record, "currentVerifyMode", "verifyMode").lower()
        credential = _MODES.get(mode, "unknown")
    if cls is access.Requested and shown(record, _QR) and not text(record, "cardNo"):
        credential = "qr"
    decision: dict[str, Any] = {
        "direction": direction,
        "credential": credential,
        "subject_class": _CLASSES.get(text(record, "userType").lower(), "unknown"),
        "confidence": _similarity(record) if credential == "face" else None,
        "native": codes,
    }
    if cls is access.Denied:
        decision["reason"] = meaning.reason
    return cls(**decision)


def codes_of(alert: Json, record: Json, pair: tuple[int, int], name: str) -> Native:
    return native(
        "hikvision",
        table=VERSION,
        major=pair[0],
        minor=pair[1],
        event=name,
        serialNo=integer(record, "serialNo"),
        frontSerialNo=integer(record, "frontSerialNo"),
        doorNo=integer(record, "doorNo"),
        cardReaderNo=integer(record, "cardReaderNo"),
        cardReaderKind=integer(record, "cardReaderKind"),
        cardType=integer(record, "cardType"),
        verifyNo=integer(record, "verifyNo"),
        verifyMode=letters(record, "currentVerifyMode", "verifyMode"),
        userType=letters(record, "userType"),
        attendanceStatus=letters(record, "attendanceStatus"),
        mask=letters(record, "mask"),
        helmet=letters(record, "helmet"),
        channelID=integer(alert, "channelID"),
    )


def clear_values(record: Json) -> dict[str, str]:
    """What the record says about a person; placeholders of firmware that knows none are not."""
    told = {
        "employee": text(record, "employeeNoString", "employeeNo"),
        "card": text(record, "cardNo"),
        "name": text(record, "name"),
        "qr": shown(record, _QR),
    }
    return {key: value for key, value in told.items() if value.lower() not in _NOBODY}


def personal_of(cls: type[Data], clear: dict[str, str]) -> Personal | None:
    """Sealed in any case; referenced where the type has a place for it."""
    into = "subject_ref" if "subject_ref" in cls.__struct_fields__ else ""
    if "employee" in clear:
        return Personal(kind="employee", identifier=clear["employee"], fields=clear, into=into)
    if "card" in clear:
        return Personal(kind="card", identifier=clear["card"], fields=clear, into=into)
    if "name" in clear:
        return Personal(kind="name", identifier=clear["name"], fields=clear, into=into)
    if "qr" in clear:
        return Personal(kind="other", identifier=clear["qr"], fields=clear, into=into)
    return None


def _similarity(record: Json) -> float | None:
    """Some firmware counts to 1, some to 100; exactly 1 is taken for certainty."""
    percent = integer(record, "similarity")
    if percent is not None and 1 < percent <= 100:
        return percent / 100
    return fraction(record, "similarity")
