"""GA/T 1400 as other hands write it: answers, challenges, and bodies that are JSON all but."""

import json
from typing import Any

import orjson
import pytest

from devices import digest
from devices.gat1400 import status
from devices.wire import Request
from tests.unit.devices.test_gat1400 import AT, ID, Library, known_camera, library, one


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (
            '{"ResponseStatusObject": {"StatusCode": "0", "StatusString": "成功"}}'.encode("gbk"),
            [0],
        ),
        (b'\xef\xbb\xbf{"ResponseStatusObject": {"StatusCode": 0}}\x00', [0]),
        (b'{"StatusCode": 99999999999999999999999}', [status.OTHER]),
        (b'{"StatusCode": "9999999999999999"}', [status.OTHER]),
        (b'{"StatusCode": 1e999}', []),
        (
            b'{"StatusCode": 0, "ResponseStatusListObject": {"ResponseStatusObject": '
            b'[{"Id": "a", "StatusCode": 1}, {"Id": "b", "StatusCode": "0"}]}}',
            [1, 0],
        ),
        (b'{"StatusCode": 0, "ResponseStatusListObject": null}', [0]),
    ],
)
def test_answers_of_other_hands(body: bytes, codes: list[int]) -> None:
    assert [told.code for told in status.read(body)] == codes


@pytest.mark.parametrize(
    "offered",
    [
        'Basic realm="x", Digest realm="viid", nonce="n", qop="auth"',
        'Digest realm="viid", nonce="n", qop="auth", Basic realm="x"',
        'Digest realm="viid", nonce="m", algorithm=SHA-256, Digest realm="viid",nonce="n"',
        'digest nonce="n",algorithm="MD5",realm="viid",qop="auth,auth-int"',
    ],
)
def test_a_challenge_among_others(offered: str) -> None:
    known = known_camera()
    assert known.speaker.challenged({"www-authenticate": offered})
    shown = digest.fields(known.speaker.register().headers["authorization"])
    assert (shown["realm"], shown["nonce"]) == ("viid", "n")
    assert digest.verifies(shown, "POST", "p4ss")


@pytest.mark.parametrize("offered", ["", "Digest", "Basic realm=x", 'Digest realm="x"', "Bearer,,"])
def test_no_challenge(offered: str) -> None:
    assert not known_camera().speaker.challenged({"www-authenticate": offered})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body + b"\0",
        lambda body: b"\xef\xbb\xbf\r\n" + body,
        lambda body: body.replace(b'"QUJD"', b'"QUJD\r\nQUJD"'),
        lambda body: body.replace(b'"QUJD"', b'"QU\tJD"'),
    ],
)
def test_bodies_that_are_json_all_but(spoil: Any) -> None:
    known = known_camera()
    made = library(known)
    body = json.dumps({"FaceListObject": {"FaceObject": [known.face(AT, "QUJD")]}}).encode()
    said = status.read(made.carry(known.speaker.asks("POST", "/VIID/Faces", spoil(body))).body)
    assert [told.code for told in said] == [status.OK]
    assert one(made.taken[-1].payload).time == "2026-03-02T07:41:09+08:00"


def test_the_address_in_the_credentials_in_another_case() -> None:
    made = Library(admin="p4ss")
    asked = digest.fields(made.carry(known_camera().speaker.register()).headers["www-authenticate"])
    shown = digest.authorization(asked, "POST", "/viid/system/REGISTER", "admin", "p4ss", "c")
    headers = {"user-identify": ID, "authorization": shown}
    assert made.carry(
        Request(method="POST", path="/VIID/System/Register", headers=headers)
    ).status == 200  # fmt: skip


def test_a_subscription_is_changed_by_its_address() -> None:
    known = known_camera()
    made = library(known)
    for method, path, about in (
        ("POST", "/VIID/Subscribes", {"SubscribeID": "s1", "SubscribeDetail": "12"}),
        ("PUT", "/VIID/Subscribes/s1", {"SubscribeDetail": "13"}),
    ):
        body = orjson.dumps({"SubscribeListObject": {"SubscribeObject": [about]}})
        said = status.read(made.carry(known.speaker.asks(method, path, body)).body)
        assert [told.id for told in said] == ["s1"]
    shown = orjson.loads(made.carry(known.speaker.asks("GET", "/VIID/Subscribes")).body)
    assert len(shown["SubscribeListObject"]["SubscribeObject"]) == 1
