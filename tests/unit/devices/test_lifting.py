"""Pictures inside JSON."""

import base64
import hashlib
import json

import pytest

from devices.lifting import lift

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 16
PNG = b"\x89PNG\r\n\x1a\n" + bytes(4096)
ENCODED = base64.b64encode(JPEG).decode()
MARK = "sha256:" + hashlib.sha256(JPEG).hexdigest()


@pytest.mark.parametrize(
    "encoded",
    [
        ENCODED,
        ENCODED.rstrip("="),
        "data:image/jpeg;base64," + ENCODED,
        base64.urlsafe_b64encode(JPEG).decode(),
        base64.encodebytes(JPEG).decode(),
        ENCODED.replace("/", "\\/"),
    ],
    ids=["plain", "unpadded", "data URL", "URL-safe", "lines", "escaped"],
)
def test_spellings(encoded: str) -> None:
    value = f'"{encoded}"' if "\\/" in encoded else json.dumps(encoded)
    body = b'{"a" : 1,  "ImageEncode":\t' + value.encode() + b', "b": [true]}'
    found = lift(body, keep=True)
    assert found.body == b'{"a" : 1,  "ImageEncode":\t"' + MARK.encode() + b'", "b": [true]}'
    (one,) = found.pictures
    assert (one.content, one.media.bytes, one.media.kind) == (JPEG, len(JPEG), "scene")


def test_in_lists_and_twice() -> None:
    body = json.dumps({"Images": [ENCODED, base64.b64encode(PNG).decode(), ENCODED]}).encode()
    found = lift(body)
    assert json.loads(found.body)["Images"][0] == json.loads(found.body)["Images"][2] == MARK
    assert [one.media.bytes for one in found.pictures] == [len(JPEG), len(PNG)]
    assert not any(one.content for one in found.pictures)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"Type": "11", "Data": ENCODED}, "face"),
        ({"Data": ENCODED, "Type": "02"}, "plate"),
        ({"Type": 14, "Data": ENCODED}, "scene"),
        ({"Type": "99", "Data": ENCODED}, "scene"),
        ({"FaceImage": ENCODED}, "face"),
        ({"licensePlatePicture": ENCODED}, "plate"),
    ],
)
def test_its_kind(told: dict[str, object], kind: str) -> None:
    body = json.dumps({"SubImageInfoObject": [{"Type": "77"}, told]}).encode()
    assert [one.media.kind for one in lift(body).pictures] == [kind]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}" * 2000,
        JPEG,
        json.dumps({"Data": base64.b64encode(b"x" * 5000).decode()}).encode(),
        json.dumps({"Data": base64.b64encode(JPEG[:900]).decode()}).encode(),
        json.dumps({"Data": ENCODED + "!"}).encode(),
        ('{"Data": "' + ENCODED).encode(),
        b'{"a": "' + b"\\/" * 500_000,
        b'"' * 200_000,
        b'{"a":"' * 50_000,
        ENCODED.encode() * 50,
    ],
    ids=["empty", "short", "raw", "no picture", "small", "no base64", "unfinished", "escapes",
         "quotes", "keys", "bare"],
)  # fmt: skip
def test_what_stays_whole(body: bytes) -> None:
    assert lift(body).body == body
    assert lift(body).pictures == ()


def test_megabytes_become_a_message() -> None:
    encoded = base64.b64encode(JPEG * 500).decode()
    body = json.dumps({"a": 1, "ImageEncode": encoded, "b": {"Data": encoded}}).encode()
    assert len(body) > 5_000_000
    assert len(lift(body).body) < 1000
