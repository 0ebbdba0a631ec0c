"""One access record → the decision, its native codes, and the person it is about."""

from typing import Any

import msgspec

from core.event import Data, Native, Personal
from core.events import access
from core.events.access import DenyReason, Direction, SubjectClass
from devices.adapter import Known
from devices.dahua.codes import (
    DURESS_ERROR,
    DURESS_METHOD,
    METHODS,
    PASSED,
    REFUSED,
    UNDECIDED,
    UNKNOWN_CREDENTIAL,
    USER_CLASSES,
    VERSION,
)
from devices.dahua.happening import Happening
from devices.fields import Json, code, integer, letters, native, shown, text

_NOBODY = frozenset({"", "0", "-1", "none", "null", "unknown", "ffffff"})  # the last: a face's
_OPENED = frozenset({"1", "open", "success", "succeed", "true"})
_REFUSED = frozenset({"0", "close", "closed", "fail", "failed", "failure", "false"})
_WAYS: dict[str, Direction] = {"entry": "in", "in": "in", "enter": "in", "1": "in",
                               "exit": "out", "out": "out", "leave": "out", "2": "out"}  # fmt: skip

_READERS = ("ReaderID", "ReadID", "readID")


class Person(msgspec.Struct, frozen=True):
    personal: Personal | None
    named: str  # what tells the records of one second apart: keyed before it is written


def door_of(happening: Happening) -> int | None:
    """Counted from 0, as the wire does. A list that names none is a station's with one door."""
    told = integer(happening.data, "Door", "DoorNo", "door")
    if told is None:
        return 0 if happening.history else happening.index
    return told


def data_of(happening: Happening, known: Known) -> Data:
    """A refusal outweighs a status that says open: firmware leaves neither of them clear."""
    record = happening.data
    codes = codes_of(happening)
    method, error = integer(record, "Method"), integer(record, "ErrorCode")
    credential = "unknown" if method is None else METHODS.get(method, "unknown")
    about: dict[str, Any] = {
        "direction": direction_of(record, known),
        "credential": credential,
        "subject_class": _class(record),
        "confidence": _similarity(record) if credential == "face" else None,
        "native": codes,
    }
    if method == DURESS_METHOD or error == DURESS_ERROR:
        return access.Duress(**about)
    status = _text(record, "Status").lower()
    opened = status in _OPENED
    if error in UNDECIDED:
        return access.Requested(**about)
    if error is not None and error not in PASSED:
        return access.Denied(reason=_reason(error, record), **about)
    if status in _REFUSED:
        return access.Denied(reason="other", **about)
    if opened or (not status and error in PASSED) or _text(record, "Name") == "OpenDoor":
        return access.Granted(**about)
    return access.Unclassified(**about)


def person_of(record: Json, cls: type[Data]) -> Person:
    """Sealed in any case; referenced where the type has a place for it."""
    told = {
        "employee": _text(record, "UserID", "UserId"),
        "card": _text(record, "CardNo"),
        "name": _text(record, "CardName", "UserName", "CitizenName"),
        "qr": shown(record, "QRCodeStr") or shown(record, "QRCode"),
        "idcard": _text(record, "CitizenIDNo", "IDCardNo"),
    }
    clear = {key: value for key, value in told.items() if value.lower() not in _NOBODY}
    into = "subject_ref" if "subject_ref" in cls.__struct_fields__ else ""
    if "employee" in clear:
        who = Personal(kind="employee", identifier=clear["employee"], fields=clear, into=into)
    elif "card" in clear:
        who = Personal(kind="card", identifier=clear["card"], fields=clear, into=into)
    elif "name" in clear:
        who = Personal(kind="name", identifier=clear["name"], fields=clear, into=into)
    elif clear:
        first = next(iter(clear.values()))
        who = Personal(kind="other", identifier=first, fields=clear, into=into)
    else:
        return Person(None, "")
    # Of these alone every form of the record knows.
    return Person(who, clear.get("employee") or clear.get("card") or "")


def direction_of(record: Json, known: Known) -> Direction:
    told = _WAYS.get(_text(record, "Type").lower())
    return known.readers.get(_text(record, *_READERS), "unknown") if told is None else told


def codes_of(happening: Happening) -> Native:
    record = happening.data
    reader, kind = code(record, *_READERS), _text(record, "Type")
    return native(
        "dahua",
        table=VERSION,
        code=happening.code,
        action=happening.action,
        index=happening.index,
        door=integer(record, "Door"),
        method=integer(record, "Method"),
        errorCode=integer(record, "ErrorCode"),
        status=_word(_text(record, "Status")),
        type=_word(kind),
        reader=reader if len(reader) <= 4 else "",
        userType=integer(record, "UserType"),
        cardType=integer(record, "CardType"),
        recNo=record_number(record),
        similarity=integer(record, "Similarity"),
        state=integer(record, "State"),
        senseMethod=letters(record, "SenseMethod"),
        alarmType=letters(record, "AlarmType"),
    )


def record_number(record: Json) -> int | None:
    """Of the device's own list of passages; not all firmware puts it into what it sends live."""
    number = integer(record, "RecNo", "PunchingRecNo")
    return number if number is not None and number > 0 else None


def _reason(error: int, record: Json) -> DenyReason:
    """ "Not authorised" is also what is said of a face or card nobody has."""
    if error == UNKNOWN_CREDENTIAL and _text(record, "UserID").lower() in _NOBODY:
        return "credential-not-found"
    return REFUSED.get(error, "other")


def _class(record: Json) -> SubjectClass:
    kind = integer(record, "UserType")
    if kind is None or _text(record, "UserID").lower() in _NOBODY:
        return "unknown"
    return USER_CLASSES.get(kind, "unknown")


def _similarity(record: Json) -> float | None:
    told = integer(record, "Similarity")
    return told / 100 if told is not None and 0 < told <= 100 else None


def _text(record: Json, *names: str) -> str:
    """As fields.text, with true and false as words."""
    for name in names:
        value = record.get(name)
        if value is None:
            continue
        found = ("true" if value else "false") if isinstance(value, bool) else text(record, name)
        if found:
            return found
    return ""


def _word(told: str) -> str:
    """A code word: no number of a card or a person can hide in it."""
    short = told.isalpha() or len(told) <= 2
    return told if told.isascii() and told.isalnum() and short and len(told) <= 12 else ""
