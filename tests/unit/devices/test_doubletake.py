"""Double Take: whoever is recognised stands in the sealed part and nowhere else."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
import pytest

from core.events import camera
from devices import registry
from devices.adapter import Known
from devices.doubletake.simulate import Face, messages
from tests.unit.devices.wire import SHANGHAI, aside, draft, drafts, sample, site_with

PERSON, CAMERA = "double-take/matches/李小雨", "double-take/cameras/south_gate"


def test_a_match_is_recognised_and_sealed() -> None:
    made = draft(PERSON, sample("doubletake", "match.json"))
    assert made.id == "doubletake:south_gate:1:1772408469.104233-k3v9qa:match"
    assert (made.device, made.subject) == ("south_gate", "camera/south_gate")
    assert (made.time, made.timequality) == ("2026-03-02T11:01:36.030Z", "device-zone")
    assert made.data == camera.ObjectRecognized(
        kind="face",
        track_id="1772408469.104233-k3v9qa",
        label="person",
        zone="lobby",
        confidence=0.6607,
        native={
            "adapter": "doubletake", "outcome": "match", "detector": "compreface",
            "left": 744, "top": 286, "width": 319, "height": 397,
        },
    )  # fmt: skip
    assert made.personal is not None
    assert (made.personal.identifier, made.personal.into) == ("李小雨", "subject_ref")
    rest = msgspec.json.encode(msgspec.structs.replace(made, personal=None, mark="")).decode()
    assert "李小雨" not in rest


def test_its_times_are_utc_also_without_the_z() -> None:
    body = sample("doubletake", "match.json")
    made = draft(PERSON, body | {"timestamp": body["timestamp"].removesuffix("Z")})
    assert made.time == draft(PERSON, body).time


def test_told_by_person_and_by_camera_it_is_one() -> None:
    match, miss, unknown = drafts(CAMERA, sample("doubletake", "camera.json"))
    assert match == draft(PERSON, sample("doubletake", "match.json"))
    for face, outcome in ((miss, "miss"), (unknown, "unknown")):
        assert isinstance(face.data, camera.FaceCaptured)
        assert face.data.native["outcome"] == outcome
        assert face.personal is None
    assert "王大山" not in msgspec.json.encode(miss).decode()


def test_two_persons_are_told_apart_by_their_marks() -> None:
    body = sample("doubletake", "camera.json")
    body["matches"].append(body["matches"][0] | {"name": "王大山"})
    first, second, *_ = drafts(CAMERA, body)
    assert first.mark != second.mark
    alone = sample("doubletake", "match.json")
    alone["match"] |= {"name": "王大山"}
    assert draft(PERSON, alone) == second  # told by person and by camera, the second is one too
    body["unknowns"].append(body["unknowns"][0])
    assert len({(one.id, one.mark) for one in drafts(CAMERA, body)}) == 5


@pytest.mark.parametrize("change", [{"match": False}, {"name": "unknown"}, {"name": ""}])
def test_a_match_that_is_none(change: dict[str, Any]) -> None:
    body = sample("doubletake", "match.json")
    body["match"] |= change
    made = draft(PERSON, body)
    assert isinstance(made.data, camera.FaceCaptured)
    assert made.personal is None


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("double-take/cameras/south_gate/person", b"2"),
        ("double-take/cameras/south_gate/snapshot", b"\xff\xd8\xff"),
        ("double-take/errors", b'{"error":"timeout"}'),
        ("double-take/available", b"online"),
    ],
)
def test_the_rest_says_nothing(topic: str, payload: bytes) -> None:
    assert drafts(topic, payload) == ()


def test_refusals() -> None:
    body = sample("doubletake", "match.json")
    assert aside(PERSON, body | {"camera": ""})[:2] == ("doubletake", "field")
    assert aside(PERSON, {"camera": "x"})[:2] == ("doubletake", "shape")
    assert aside(PERSON, body | {"timestamp": "soon"})[:2] == ("doubletake", "time")
    assert "李小雨" not in str(aside(PERSON, body | {"camera": ""}))


def test_the_installers_word() -> None:
    site = site_with("south_gate", Known(subject="camera/gate"))
    assert draft(PERSON, sample("doubletake", "match.json"), site).subject == "camera/gate"


def test_the_simulated_one_is_understood() -> None:
    faces = [Face(name="王大山", confidence=88.0, match=True), Face(), Face(name="x", confidence=9)]
    told = messages(datetime(2026, 3, 2, tzinfo=UTC), "yard", "1.5-abc", faces, Random(7))
    outcomes = [registry.decode(one, SHANGHAI) for one in told]
    assert all(isinstance(one, registry.Decoded) for one in outcomes)
    assert [len(one.drafts) for one in outcomes if isinstance(one, registry.Decoded)] == [
        1,
        1,
        3,
        0,
    ]
