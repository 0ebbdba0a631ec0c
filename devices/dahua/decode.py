"""Dahua, Intelbras and Amcrest: door terminals and cameras, in whatever way they tell it.

The same passage comes by HTTP upload, in two event streams and in the list of passages, and is
the same event in all of them: its id is made of what all of them carry, the second, the door, how
it was asked for, and (keyed) who asked. The list's own number is in the list only, with most
firmware; where the live form has it too, it tells gaps.
"""

import re
from typing import Any

from core.errors import Undecodable
from core.event import Data, Draft, Personal, Record
from core.events import access, camera, device, door
from devices.adapter import Adapter, Known, Message, Site
from devices.dahua.access import (
    codes_of,
    data_of,
    direction_of,
    door_of,
    person_of,
    record_number,
)
from devices.dahua.clock import When, when
from devices.dahua.codes import CHATTER, MEANINGS, PLATES, Meaning
from devices.dahua.follow import SUPPORT, follow
from devices.dahua.happening import Happening, happenings
from devices.dahua.names import NUMBERED, device_of
from devices.dahua.scene import littered, object_of, passed, recognised, seen
from devices.fields import digest, integer, text

_RECORDS = frozenset({"AccessControl", "AccessControlCardRec"})
_STARTED = re.compile(
    rb"(?:--[^\r\n]{1,80}\s|Code=\w|Events\[\d|records\[\d|(?:totalCount|found)=\d)"
)
_TELLS = (b"Code=", b"Events[", b"records[", b'"Events"')


def decode(message: Message, site: Site) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    every = happenings(message.payload)
    for at, happening in enumerate(every):
        if happening.code in CHATTER:
            continue
        draft = _draft(message, site, happening, at, alone=len(every) == 1)
        if draft is not None:  # a list may hold one passage twice
            drafts.setdefault(f"{draft.id}\0{draft.mark}", draft)
    return list(drafts.values())


def alive(message: Message, _site: Site) -> list[str]:
    """Whoever sent a heartbeat, an empty list, or news of its housekeeping."""
    return [device_of(each.mac, message.topic) for each in happenings(message.payload)] or (
        [device_of("", message.topic)] if message.topic else []
    )


def recognises(parsed: Any) -> bool:
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
    if not isinstance(parsed, dict):
        return False
    picture = parsed.get("Picture")
    if isinstance(picture, dict) and ("Plate" in picture or "SnapInfo" in picture):
        return True
    events = parsed.get("Events", parsed.get("events"))
    first = events[0] if isinstance(events, list) and events else events or parsed
    if not isinstance(first, dict):
        return False
    if isinstance(first.get("EventBaseInfo"), dict):
        return True
    named = isinstance(first.get("Code", first.get("code")), str)
    return named and ("Action" in first or "action" in first)


def sniffs(payload: bytes) -> bool:
    head = payload[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:16].strip().lower() == b"heartbeat":
        return True
    return _STARTED.match(head) is not None and any(word in head for word in _TELLS)


def _draft(
    message: Message, site: Site, happening: Happening, at: int, *, alone: bool
) -> Draft | None:
    key = device_of(happening.mac, message.topic)
    known = site.known(key)
    try:
        told = when(happening.data, happening.time, site.zone_of(key), known)
    except Undecodable:
        if alone:
            raise
        told = When("", "gateway")  # it sets none of the others of its batch aside
    if happening.code in _RECORDS:
        return _access(message, happening, key, known, told, at)
    made = _other(happening, known)
    if made is None:
        return None
    place, data, personal = made
    number = _number(happening, told, data)
    mark = "" if personal is None else personal.identifier
    return Draft(
        id=f"dahua:{key}:1:{number}" if number else f"dahua:{key}:1",
        device=key,
        subject=_subject(place, key, known, happening),
        time=told.time,
        timequality=told.quality,
        data=data,
        personal=personal,
        mark=mark if number else _bytes(message, at),
        unnumbered=not told.time,
    )


def _access(
    message: Message, happening: Happening, key: str, known: Known, told: When, at: int
) -> Draft:
    record = happening.data
    data = data_of(happening, known)
    person = person_of(record, type(data))
    counted = record_number(record)
    door, method = _or(door_of(happening)), _or(integer(record, "Method"))
    number = f":{told.stamp}:{door}:{method}:{data.TYPE[7:-3]}" if told.stamp else ""
    linked = not happening.history or message.topic.split("/")[-1] == NUMBERED
    return Draft(
        id=f"dahua:{key}:1{number}",
        device=key,
        subject=_subject("door", key, known, happening),
        time=told.time,
        timequality=told.quality,
        origin="backfill" if happening.history else "live",
        data=data,
        personal=person.personal,
        mark=person.named if number else _bytes(message, at),
        record=Record("RecNo", counted) if counted is not None and linked else None,
        unnumbered=not told.time,
    )


def _bytes(message: Message, at: int) -> str:
    """Names what has no time by what it says; keyed before it is written, as persons are in it."""
    return digest(message.payload, *([str(at)] if at else []))


def _other(happening: Happening, known: Known) -> tuple[str, Data, Personal | None] | None:
    """(kind of place, data, person); None: understood, and nothing in it."""
    told, ended = happening.code, happening.action.lower() == "stop"
    if told == "DoorStatus" or told in ("DoorOpen", "DoorClose"):
        return "door", _door_state(happening), None
    if told in PLATES:
        if ended:
            return None
        car, plate = passed(happening)
        return "gate", car, plate
    if told in ("FaceRecognition", "FaceComparision"):
        known_face = None if ended else recognised(happening)
        if known_face is not None:
            return "camera", *known_face
        face = MEANINGS["FaceDetection"]
        return None if ended else ("camera", seen(happening, face, camera.FaceCaptured), None)
    waste = littered(happening)
    if waste is not None:
        return None if ended else (*waste, None)
    meaning = MEANINGS.get(told)
    if meaning is None:
        cls: type[Data] = access.Unclassified
        person = person_of(happening.data, cls)
        return "door", access.Unclassified(native=codes_of(happening)), person.personal
    found = meaning.ended if ended else meaning.begun
    if found is None:
        return None
    if meaning.place == "camera":
        return "camera", seen(happening, meaning, found), None
    return meaning.place, _stated(happening, meaning, found, known), _person(happening, found)


def _person(happening: Happening, cls: type[Data]) -> Personal | None:
    return person_of(happening.data, cls).personal


def _stated(happening: Happening, meaning: Meaning, cls: type[Data], known: Known) -> Data:
    codes = codes_of(happening)
    if issubclass(cls, (device.Tampered, device.Connected)):
        return cls(reason=meaning.detail, native=codes)
    way = direction_of(happening.data, known)
    if issubclass(cls, access.Granted):
        return cls(credential="button", direction=way, native=codes)
    if issubclass(cls, access.Denied):
        return cls(reason="anti-passback", direction=way, native=codes)
    if issubclass(cls, access.Duress):
        return cls(direction=way, native=codes)
    if cls is door.Closed:
        return door.Closed(cause="heldopen-ended", native=codes)
    return cls(native=codes)


def _door_state(happening: Happening) -> Data:
    codes = codes_of(happening)
    said = text(happening.data, "Status").lower() or happening.action.lower()
    if happening.code == "DoorOpen" or (happening.code == "DoorStatus" and said in _OPEN):
        return door.Opened(native=codes)
    if happening.code == "DoorClose" or said in _CLOSED:
        return door.Closed(native=codes)
    if said == "break":
        return door.Forced(native=codes)
    return access.Unclassified(native=codes)


_OPEN = frozenset({"open", "opened", "1", "start", "normallyopen"})
_CLOSED = frozenset({"close", "closed", "0", "stop", "normallyclose"})


def _number(happening: Happening, told: When, data: Data) -> str:
    """What names it where the device counts nothing; empty without a time."""
    if not told.stamp:
        return ""
    record = happening.data
    seq = integer(record, "EventSeq", "Sequence", "EventID")
    seq = integer(object_of(record), "ObjectID") if seq is None else seq
    seq = integer(record, "State") if seq is None else seq  # of a call, some in one second
    parts = (told.stamp, happening.code, _or(happening.index), happening.action.lower(), _or(seq))
    kind = data.TYPE.rsplit(".", 2)[1]
    return ":".join((*parts, kind))


def _or(number: int | None) -> str:
    return "-" if number is None else str(number)


def _subject(place: str, key: str, known: Known, happening: Happening) -> str:
    """Doors and channels are numbered from 1 here, as on the device's own pages."""
    name = known.name or key
    if place == "device":
        return f"device/{name}"
    if known.subject:
        return known.subject
    if place in ("bin", "point"):
        return f"{place}/{name}"
    if place == "door" and known.role in ("camera", "gate"):
        place = known.role
    number = door_of(happening) if place == "door" else happening.index
    return f"{place}/{name}" if number is None or number < 0 else f"{place}/{name}-{number + 1}"


ADAPTER = Adapter(
    name="dahua",
    filters=("dahua/#", "intelbras/#", "amcrest/#", "NotificationInfo/#"),
    decode=decode,
    recognises=recognises,
    alive=alive,
    sniffs=sniffs,
    follow=follow,
    support=SUPPORT,
)
