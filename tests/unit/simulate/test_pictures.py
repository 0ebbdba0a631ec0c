"""The doors' cameras: valid pictures, kept before the message that names them, nothing else
changed."""

import zlib
from datetime import timedelta
from itertools import islice
from typing import Any

import orjson
import pytest

from core.event import Media
from core.media.content import content_of
from edge.media.spool import NoRoom
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound
from infra.simulate.day import messages
from infra.simulate.pictures import Cameras
from infra.simulate.scene import scene
from tests.fix_core import START
from tests.fix_media import sha256

COMPOUND = Compound(1, "c01")
MANY = 40_000


class Kept:
    """What a gateway was handed, and when in the stream."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[bytes, str]] = {}

    def __call__(self, content: bytes, device: str) -> Media:
        name = sha256(content)
        self.found[name] = (content, device)
        return Media(sha256=name, bytes=len(content))


def day() -> list[Timed]:
    stream = messages(COMPOUND, START, rate=20.0, hour=7)
    return list(islice(stream, MANY))


@pytest.fixture(scope="module")
def sound() -> list[Timed]:
    return day()


def media_of(one: Timed) -> list[dict[str, Any]]:
    if not one.topic.startswith("site/"):
        return []
    data: dict[str, Any] = orjson.loads(one.payload)["data"]
    found: list[dict[str, Any]] = data.get("media", [])
    return found


def unpacked(png: bytes) -> bytes:
    """The rows; every chunk's checksum is looked at."""
    at, packed = 8, b""
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert int.from_bytes(png[at + 8 + size : at + 12 + size]) == zlib.crc32(kind + body)
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    return zlib.decompress(packed)


def test_a_scene_is_a_valid_small_png_that_shows_its_moment() -> None:
    first = scene("door-b1", START, opened=True)
    assert content_of(first) == "image/png"
    assert len(unpacked(first)) == 180 * 321
    assert len(first) < 4_000
    assert first == scene("door-b1", START, opened=True)
    others = [
        scene("door-b2", START, opened=True),
        scene("door-b1", START + timedelta(seconds=1), opened=True),
        scene("door-b1", START, opened=False),
    ]
    assert len({first, *others}) == 4


def test_every_picture_that_is_named_was_kept_before(sound: list[Timed]) -> None:
    kept = Kept()
    named = 0
    for one in Cameras(COMPOUND, START, kept).over(iter(sound)):
        for reference in media_of(one):
            content, device = kept.found[reference["sha256"]]
            assert reference["bytes"] == len(content)
            assert one.topic.endswith(f"/{device}")
            named += 1
    assert named == len(kept.found) > 10


def test_everything_else_is_as_it_was(sound: list[Timed]) -> None:
    seen = list(Cameras(COMPOUND, START, Kept()).over(iter(sound)))
    without = [
        one for one in seen if one.topic.rpartition("/")[0] != "site/camera" or not media_of(one)
    ]
    assert len(without) == len(sound)
    for before, after in zip(sound, without, strict=True):
        if media_of(after):
            told = orjson.loads(after.payload)
            del told["data"]["media"]
            assert told == orjson.loads(before.payload)
        else:
            assert after == before


def test_a_busy_gate_is_taken_every_twenty_seconds_at_most(sound: list[Timed]) -> None:
    last: dict[str, Any] = {}
    for one in Cameras(COMPOUND, START, Kept()).over(iter(sound)):
        if media_of(one) and not one.topic.startswith("site/camera/"):
            assert one.at - last.get(one.topic, START - timedelta(days=1)) >= timedelta(seconds=20)
            last[one.topic] = one.at
    assert len(last) > 1


def test_a_full_gateway_costs_the_picture_and_not_the_event(sound: list[Timed]) -> None:
    def full(_content: bytes, _device: str) -> Media:
        raise NoRoom("budget", "full")

    assert list(Cameras(COMPOUND, START, full).over(iter(sound))) == sound
