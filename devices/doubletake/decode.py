"""Double Take: faces of a camera's snapshots, held against those it was taught.

A match names a person, in the payload and in the topic; the topic is therefore never looked at
for more than what kind of message it is. The same match comes twice, by person and by camera, and
is one event. A face nobody is known by, or nobody surely, was seen all the same; the name it
almost had is no fact.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Any, Literal

from core import strictjson
from core.errors import Undecodable
from core.event import Draft, Native, Personal
from core.events import camera
from devices.adapter import Adapter, Message, Site
from devices.fields import (
    Json,
    clean,
    code,
    digest,
    integer,
    moment,
    native,
    number,
    section,
    slug,
    text,
    truth,
)
from devices.wire import Support

_MOST = 64  # faces of one message
_NOBODY = frozenset({"", "unknown", "none", "null"})
_LISTS = ("matches", "misses", "unknowns")
_FACES = frozenset({"matches", "cameras", "unknown"})
Outcome = Literal["match", "miss", "unknown"]


def decode(message: Message, site: Site) -> list[Draft]:
    levels = message.topic.split("/")
    if levels[0] == "double-take" and (len(levels) == 1 or levels[1] not in _FACES):
        return []  # errors, its own availability
    if message.payload.lstrip()[:1] != b"{" and len(levels) > 3:
        return []  # double-take/cameras/<camera>/person: a count; …/snapshot: a picture
    parsed = strictjson.parse(message.payload)
    if not recognises(parsed):
        raise Undecodable("shape", "neither a match nor what a camera's snapshots came to")
    named = slug(text(parsed, "camera"))
    if not named and levels[1:2] == ["cameras"]:
        named = slug(levels[2]) if len(levels) > 2 else ""
    if not named:
        raise Undecodable("field", "camera")
    return list(_drafts(parsed, named, site))


def recognises(parsed: Any) -> bool:
    """Frigate's and others' messages have a camera, too; the faces are Double Take's."""
    if not isinstance(parsed, dict) or "camera" not in parsed:
        return False
    one = parsed.get("match", parsed.get("unknown"))
    if isinstance(one, dict):
        return "confidence" in one or "detector" in one
    return any(isinstance(parsed.get(name), list) for name in _LISTS) and "attempts" in parsed


def _faces(parsed: Json) -> Iterator[tuple[Outcome, Json]]:
    if "match" in parsed or "unknown" in parsed:
        one = section(parsed, "match", "unknown")
        yield _outcome(one, "match" if "match" in parsed else "unknown"), one
        return
    outcomes: tuple[Outcome, ...] = ("match", "miss", "unknown")
    for name, outcome in zip(_LISTS, outcomes, strict=True):
        listed = parsed.get(name)
        for one in listed[:_MOST] if isinstance(listed, list) else ():
            if isinstance(one, dict):
                yield _outcome(one, outcome), one


def _outcome(face: Json, told: Outcome) -> Outcome:
    if told == "match" and truth(face, "match") is False:
        return "miss"
    return "unknown" if told == "match" and text(face, "name").lower() in _NOBODY else told


def _drafts(parsed: Json, named: str, site: Site) -> Iterator[Draft]:
    known = site.known(named)
    at = text(parsed, "timestamp")
    time, quality = moment(at, UTC) if at else ("", "gateway")
    seen = code(parsed, "id") or digest(at, named)
    zone = _zone(parsed)
    used: dict[tuple[str, str], int] = {}
    for outcome, face in _faces(parsed):
        codes = _codes(face, outcome)
        confidence = _percent(face)
        personal, mark = None, ""
        data: camera.ObjectRecognized | camera.FaceCaptured
        if outcome == "match":
            name = clean(text(face, "name"))
            data = camera.ObjectRecognized(
                kind="face", track_id=seen, label="person", zone=zone, confidence=confidence,
                native=codes,
            )  # fmt: skip
            personal = Personal(
                kind="name", identifier=name, fields={"name": name}, purpose="camera"
            )
            mark = name
        else:
            data = camera.FaceCaptured(native=codes)
        tail = f"{seen}:{outcome}"
        # Persons are told apart by their marks, here as where each has a message of their own.
        times = used[tail, mark] = used.get((tail, mark), 0) + 1
        yield Draft(
            id=f"doubletake:{named}:1:{tail}" + (f":{times}" if times > 1 else ""),
            device=named,
            subject=known.subject or f"camera/{known.name or named}",
            time=time,
            timequality=quality,
            data=data,
            personal=personal,
            mark=mark,
            unnumbered=not time and not code(parsed, "id"),
        )


def _codes(face: Json, outcome: Outcome) -> Native:
    """The box stays in pixels: the size of the picture is not in the message. File names are left
    out: people are taught by folders of their names."""
    box = section(face, "box")
    return native(
        "doubletake",
        outcome=outcome,
        detector=code(face, "detector"),
        left=integer(box, "left"),
        top=integer(box, "top"),
        width=integer(box, "width"),
        height=integer(box, "height"),
    )


def _percent(face: Json) -> float | None:
    told = number(face, "confidence")
    return round(told / 100, 4) if told is not None and 0 <= told <= 100 else None


def _zone(parsed: Json) -> str:
    zones = parsed.get("zones")
    first = zones[0] if isinstance(zones, list) and zones else ""
    return slug(first) if isinstance(first, str) else ""


ADAPTER = Adapter(
    name="doubletake",
    filters=("double-take/#",),
    decode=decode,
    recognises=recognises,
    support=(
        Support(
            device="Double Take 1.x",
            by="MQTT",
            events=(camera.ObjectRecognized.TYPE, camera.FaceCaptured.TYPE),
        ),
    ),
)
