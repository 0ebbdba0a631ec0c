"""Double Take after a snapshot: the person's topic for each match, and the camera's for all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
import orjson

from devices.adapter import Message


class Face(msgspec.Struct, frozen=True, kw_only=True):
    name: str = "unknown"
    confidence: float = 0.0  # percent
    match: bool = False


def messages(
    at: datetime, camera: str, event: str, faces: Sequence[Face], rng: Random
) -> list[Message]:
    """What it publishes of one event of Frigate's, in its order."""
    seen = [_face(face, rng) for face in faces]
    common: dict[str, Any] = {
        "id": event,
        "duration": round(rng.uniform(0.4, 4.0), 2),
        "timestamp": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "attempts": rng.randint(1, 8),
        "camera": camera,
        "zones": [],
    }
    matches = [one for one in seen if one["match"]]
    unknowns = [one for one in seen if one["name"] == "unknown"]
    misses = [one for one in seen if not one["match"] and one["name"] != "unknown"]
    made = [
        Message(f"double-take/matches/{one['name']}", orjson.dumps(common | {"match": one}))
        for one in matches
    ]
    made += [
        Message("double-take/unknown", orjson.dumps(common | {"unknown": one})) for one in unknowns
    ]
    whole = common | {"matches": matches, "misses": misses, "unknowns": unknowns}
    made.append(Message(f"double-take/cameras/{camera}", orjson.dumps(whole)))
    made.append(Message(f"double-take/cameras/{camera}/person", str(len(seen)).encode()))
    return made


def _face(face: Face, rng: Random) -> dict[str, Any]:
    return {
        "name": face.name,
        "confidence": face.confidence,
        "match": face.match,
        "box": {
            "top": rng.randint(0, 400), "left": rng.randint(0, 900), "width": 95, "height": 120,
        },
        "type": "latest",
        "duration": round(rng.uniform(0.1, 0.6), 2),
        "detector": "compreface",
        "filename": f"{rng.getrandbits(64):016x}.jpg",
    }  # fmt: skip
