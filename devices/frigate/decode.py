"""Frigate's MQTT messages: tracked objects that appear, move between zones, are recognised, end.

Frigate sends an update whenever a thumbnail improves; only what changed between `before` and
`after` is a fact. Switches, snapshots and most statistics are understood and hold none.
"""

from typing import Any, Literal

from core import strictjson
from core.errors import Undecodable
from core.event import Data, Draft, Personal
from core.events import camera, device
from devices.adapter import Adapter, Message, Site
from devices.fields import Json, code, digest, fraction, section, slug, text, truth
from devices.frigate.review import is_review, review
from devices.frigate.status import filming, stated
from devices.frigate.tracked import Tracked, changes, paired
from devices.wire import Support

_PHASES: dict[str, Literal["new", "update", "end"]] = {
    "new": "new", "update": "update", "end": "end", "genai": "update",
}  # fmt: skip
_UPDATES = frozenset({"face", "lpr", "classification", "description"})
_FACTS = frozenset({"events", "reviews", "tracked_object_update"})
_FACTLESS = frozenset(
    {"stats", "triggers", "camera_activity", "model_state", "job_state",
     "embeddings_reindex_progress", "birdseye_layout", "audio_detections", "onConnect"}
)  # fmt: skip


def decode(message: Message, site: Site) -> list[Draft]:
    if _factless(message):
        levels = message.topic.split("/")
        word = message.payload[:64].decode("ascii", "replace").strip(' "\r\n\t').lower()
        return stated(levels, word, site)
    parsed = strictjson.parse(message.payload)
    if isinstance(parsed, dict):
        kind = text(parsed, "type")
        if (phase := _PHASES.get(kind)) and isinstance(parsed.get("after"), dict):
            if is_review(parsed["after"]):
                return review(site, parsed, phase)
            return _event(site, parsed, phase)
        if kind in _UPDATES:
            return _update(message, site, parsed, kind)
    raise Undecodable("shape", "neither a tracked object nor an update of one")


def alive(message: Message, _site: Site) -> list[str]:
    levels = message.topic.split("/")
    return filming(message) if levels[0] == "frigate" and levels[-1] == "stats" else []


def recognises(parsed: Any) -> bool:
    if not isinstance(parsed, dict):
        return False
    kind, after = parsed.get("type"), parsed.get("after")
    if isinstance(after, dict):
        return kind in _PHASES and "camera" in after and "id" in after
    return kind in ("face", "lpr", "classification", "description") and "id" in parsed


def _factless(message: Message) -> bool:
    """A topic of Frigate's own that says nothing about an object."""
    levels = message.topic.split("/")
    if levels[0] != "frigate" or levels[-1] in _FACTS:
        return False
    if len(levels) > 1 and levels[1] in _FACTLESS:
        return True
    return message.payload.lstrip()[:1] != b"{"  # online, ON, 3, a JPEG


def _event(site: Site, parsed: Json, phase: str) -> list[Draft]:
    after = section(parsed, "after")
    if truth(after, "false_positive") is True:
        return []
    seen = Tracked.read(after)
    known = site.known(seen.camera)
    subject = known.subject or f"camera/{known.name or seen.camera}"
    prefix = f"frigate:{seen.camera}:1:{seen.id}"
    return [
        Draft(
            id=f"{prefix}:{change.tail}",
            device=seen.camera,
            subject=subject,
            time=change.time,
            timequality="device-zone" if change.time else "gateway",
            data=change.data,
            personal=change.personal,
        )
        for change in changes(phase, section(parsed, "before"), seen)
    ]


def _update(message: Message, site: Site, parsed: Json, kind: str) -> list[Draft]:
    """A recognition as it is made, with a score of its own."""
    if kind == "description":
        return []  # free text of a language model: may hold anything, says nothing certain
    seen = Tracked.read(parsed)
    known = site.known(seen.camera)
    data: Data
    personal: Personal | None
    codes = seen.codes | ({"model": model} if (model := code(parsed, "model")) else {})
    score = fraction(parsed, "score")
    if score is None and kind in ("face", "lpr"):
        score = paired(parsed, "plate" if kind == "lpr" else "name")[1]
    if kind == "face":
        name = paired(parsed, "name")[0] or paired(parsed, "sub_label")[0]
        if not name or name.lower() == "unknown":
            return []
        data = camera.ObjectRecognized(
            kind="face", track_id=seen.id, label=seen.label, confidence=score, native=codes
        )
        personal = Personal(kind="name", identifier=name, fields={"name": name}, purpose="camera")
    elif kind == "lpr":
        plate = paired(parsed, "plate")[0] or paired(parsed, "recognized_license_plate")[0]
        name = paired(parsed, "name")[0]
        if not plate:
            return []
        data = camera.ObjectRecognized(
            kind="plate", track_id=seen.id, label=seen.label, confidence=score, native=codes
        )
        personal = Personal(
            kind="plate",
            identifier=plate,
            fields={"plate": plate} | ({"name": name} if name else {}),
            purpose="camera",
            into="plate_ref",
        )
    else:
        label = slug(code(parsed, "sub_label", "attribute"))
        if not label:
            return []
        data = camera.ObjectRecognized(
            kind="classification", track_id=seen.id, label=label, confidence=score, native=codes
        )
        personal = None
    stamp = seen.stamp or digest(message.payload)
    return [
        Draft(
            id=f"frigate:{seen.camera}:1:{seen.id}:{kind}:{stamp}",
            device=seen.camera,
            subject=known.subject or f"camera/{known.name or seen.camera}",
            time=seen.time,
            timequality="device-zone" if seen.time else "gateway",
            data=data,
            personal=personal,
        )
    ]


ADAPTER = Adapter(
    name="frigate",
    filters=("frigate/#",),
    decode=decode,
    recognises=recognises,
    alive=alive,
    support=(
        Support(
            device="Frigate 0.13 to 0.17",
            by="MQTT",
            events=tuple(
                one.TYPE
                for one in (
                    camera.MotionStarted, camera.MotionEnded, camera.RegionEntered,
                    camera.RegionLeft, camera.ObjectRecognized, camera.ReviewReported,
                    camera.CrowdCounted, camera.VideoLost, camera.VideoRestored,
                    device.Connected, device.Lost,
                )
            ),
            tested="sample",
        ),
    ),
)  # fmt: skip
