"""What a body comes to."""

import base64
import gzip
import hashlib
import json
import zlib
from typing import Any, ClassVar

import pytest

from devices.adapter import Message
from devices.registry import Decoded, decode
from edge.http.declined import Declined
from edge.http.inflate import Inflated
from edge.http.parts import Found, read
from tests.fix_http import JPEG
from tests.unit.devices.wire import SHANGHAI

ALERT = b'{"eventType": "AccessControllerEvent"}'
SHA256 = hashlib.sha256(JPEG).hexdigest()


def form(*parts: tuple[str, bytes], line: bytes = b"\r\n") -> bytes:
    made = [
        b"--B" + line + b"Content-Disposition: form-data; " + head.encode() + line * 2 + body + line
        for head, body in parts
    ]
    return b"".join(made) + b"--B--" + line


def found(body: bytes, topic: str = "hikvision/x", **headers: str) -> list[Found]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read(named, body, topic, keep=False)


MULTIPART = "multipart/form-data; boundary=B"


def test_a_plain_body_is_one_message() -> None:
    assert [one.payload for one in found(ALERT)] == [ALERT]
    assert [one.payload for one in found(b"")] == [b""]


@pytest.mark.parametrize("declared", [MULTIPART, "application/json", "", "multipart/form-data"])
@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
def test_messages_and_their_pictures(declared: str, line: bytes) -> None:
    body = form(
        ('name="event_log"', ALERT),
        ('name="Picture"; filename="licensePlatePicture.jpg"', JPEG),
        ('name="detectionPicture.jpg"', JPEG + b"2"),
        ('name="xml_file"; filename="anpr.xml"', b"<a/>"),
        ('name="FaceImage"', JPEG + b"3"),
        line=line,
    )
    first, second = found(body, content_type=declared)
    assert (first.payload, second.payload) == (ALERT, b"<a/>")
    assert [(one.kind, one.bytes) for one in first.media] == [
        ("plate", len(JPEG)), ("scene", len(JPEG) + 1),
    ]  # fmt: skip
    assert first.media[0].sha256 == SHA256
    assert [one.kind for one in second.media] == ["face"]
    assert all(not one.content and not one.media.ref for one in first.pictures)


def test_a_picture_before_any_message_belongs_to_the_next() -> None:
    (one,) = found(form(('name="p"', JPEG), ('name="e"', ALERT)), content_type=MULTIPART)
    assert (one.payload, len(one.media)) == (ALERT, 1)


def test_a_picture_alone_is_told_by_its_hash() -> None:
    for body, declared in ((form(('name="p"', JPEG)), MULTIPART), (JPEG, "image/jpeg")):
        (one,) = found(body, content_type=declared)
        assert json.loads(one.payload)["pictures"][0]["sha256"] == SHA256
        assert len(one.media) == 1


def test_plain_fields_of_a_form_are_no_messages_beside_a_document() -> None:
    body = form(('name="sn"', b"123"), ('name="event_log"', ALERT))
    assert [one.payload for one in found(body, content_type=MULTIPART)] == [ALERT]
    assert [one.payload for one in found(form(('name="sn"', b"123")), content_type=MULTIPART)] == [
        b"123"
    ]


def test_a_document_with_a_mark_is_no_plain_field() -> None:
    body = form(('name="event_log"', b"\xef\xbb\xbf" + ALERT), ('name="more"', ALERT))
    made = found(body, content_type=MULTIPART)
    assert [one.payload[-len(ALERT) :] for one in made] == [ALERT, ALERT]


def test_multipart_in_which_there_is_no_part() -> None:
    body = b"nothing of that sort"
    assert [one.payload for one in found(body, content_type=MULTIPART)] == [body]


@pytest.mark.parametrize("part", [b"--B\n", b"--B\n\nx\n"])
def test_a_body_of_countless_parts_is_one_message(part: bytes) -> None:
    body = part * 20_000
    assert [one.payload for one in found(body, content_type=MULTIPART)] == [body]
    some = found(b"--B\n\n{}\n" * 4_000, content_type=MULTIPART)
    assert len(some) == 4_000


def test_pictures_inside_json_are_lifted() -> None:
    body = json.dumps({"ImageEncode": base64.b64encode(JPEG).decode()}).encode()
    (one,) = found(body)
    assert json.loads(one.payload) == {"ImageEncode": f"sha256:{SHA256}"}
    assert [media.sha256 for media in one.media] == [SHA256]


class TestCloudEvents:
    EVENT: ClassVar[dict[str, Any]] = {
        "specversion": "1.0", "id": "door-07-1", "source": "/devices/door-07",
        "type": "door.opened.v1", "time": "2026-11-21T08:00:00Z", "data": {"cause": "grant"},
    }  # fmt: skip
    TOPIC = "site/access/door-07"

    def drafts(self, one: Found) -> Any:
        outcome = decode(Message(self.TOPIC, one.payload), SHANGHAI)
        assert isinstance(outcome, Decoded), outcome
        return outcome.drafts

    def test_structured(self) -> None:
        body = json.dumps(self.EVENT).encode()
        (one,) = found(body, self.TOPIC, content_type="application/cloudevents+json; charset=utf-8")
        assert one.payload == body

    @pytest.mark.parametrize("type", ["application/cloudevents-batch+json", "application/json"])
    def test_batch(self, type: str) -> None:
        events = [{**self.EVENT, "id": f"door-07-{n}"} for n in range(3)]
        made = found(json.dumps(events).encode(), self.TOPIC, content_type=type)
        assert [self.drafts(one)[0].id for one in made] == ["door-07-0", "door-07-1", "door-07-2"]

    def test_a_batch_of_none_and_what_is_none(self) -> None:
        batch = "application/cloudevents-batch+json"
        assert found(b"[]", self.TOPIC, content_type=batch) == []
        for body in (b"[", b"{}", b"[1,]", b"[" * 5000, b"\xff", b"[" + b"0," * 6000 + b"0]"):
            assert [one.payload for one in found(body, self.TOPIC, content_type=batch)] == [body]

    @pytest.mark.parametrize("type", ["application/json", "application/json; charset=utf-8", ""])
    def test_binary(self, type: str) -> None:
        headers = {f"ce_{name}": value for name, value in self.EVENT.items() if name != "data"}
        headers["ce_subject"] = '"door/%E5%8D%97"'
        (one,) = found(b'{"cause": "grant"}', self.TOPIC, content_type=type, **headers)
        (draft,) = self.drafts(one)
        assert (draft.id, draft.data.TYPE, draft.data.cause) == (
            "door-07-1", "door.opened.v1", "grant",
        )  # fmt: skip
        assert json.loads(one.payload)["subject"] == "door/南"

    @pytest.mark.parametrize("body", [b'{}, "type": "x"', b"{", b"1 2"])
    def test_binary_data_cannot_add_attributes(self, body: bytes) -> None:
        (one,) = found(body, self.TOPIC, content_type="application/json", ce_specversion="1.0")
        assert one.payload == body

    def test_binary_data_of_other_kinds(self) -> None:
        (one,) = found(b"\xff\x00", self.TOPIC, content_type="x/y", ce_specversion="1.0")
        assert json.loads(one.payload)["data_base64"] == "/wA="
        (one,) = found(b"abc", self.TOPIC, content_type="text/plain", ce_specversion="1.0")
        assert json.loads(one.payload)["data"] == "abc"
        (one,) = found(b"", self.TOPIC, ce_specversion="1.0", ce_data="x")
        assert "data" not in json.loads(one.payload)


class TestInflate:
    @pytest.mark.parametrize("coding", ["gzip", "X-GZIP", "deflate", "identity, gzip"])
    @pytest.mark.parametrize("size", [1, 1000])
    def test_in_pieces(self, coding: str, size: int) -> None:
        packed = zlib.compress(ALERT * 5000) if coding == "deflate" else gzip.compress(ALERT * 5000)
        inflated = Inflated(coding)
        made = b"".join(
            inflated.feed(packed[at : at + size], 1_000_000) for at in range(0, len(packed), size)
        )
        assert made == ALERT * 5000

    def test_without_the_bytes_around_it_and_twice(self) -> None:
        raw = zlib.compressobj(wbits=-15)
        assert Inflated("deflate").feed(raw.compress(ALERT) + raw.flush(), 1000) == ALERT
        assert Inflated("gzip").feed(gzip.compress(b"a") + gzip.compress(b"b"), 1000) == b"ab"

    def test_a_bomb(self) -> None:
        with pytest.raises(Declined) as declined:
            Inflated("gzip").feed(gzip.compress(bytes(50_000_000)), 1_000_000)
        assert declined.value.status == 413

    def test_what_it_is_not(self) -> None:
        with pytest.raises(ValueError, match="Content-Encoding"):
            Inflated("gzip").feed(b"\x1f\x8b" + b"x" * 100, 1000)
        for coding in ("br", "gzip, gzip"):
            with pytest.raises(Declined):
                Inflated(coding)


def test_a_form_within_a_form() -> None:
    inner = form(('name="e"', ALERT), ('name="p"; filename="a.jpg"', JPEG)).replace(b"--B", b"--C")
    outer = form(('name="files"\r\nContent-Type: multipart/mixed; boundary=C', inner))
    (only,) = found(outer, content_type=MULTIPART)
    assert only.payload == ALERT
    assert [one.sha256 for one in only.media] == [SHA256]


def test_parts_in_a_transfer_encoding() -> None:
    def part(coding: str, name: str, body: bytes) -> tuple[str, bytes]:
        return f"{name}\r\nContent-Transfer-Encoding: {coding}", body

    picture = 'name="p"; filename="a.jpg"'
    both = form(
        part("base64", 'name="e"', base64.encodebytes(ALERT)),
        part("BASE64", picture, base64.encodebytes(JPEG)),
    )
    (only,) = found(both, content_type=MULTIPART)
    assert (only.payload, [one.sha256 for one in only.media]) == (ALERT, [SHA256])
    quoted = form(part("quoted-printable", 'name="e"', b'{"a": "1=3D1"}'))
    assert found(quoted, content_type=MULTIPART)[0].payload == b'{"a": "1=1"}'
    for coding in ("8bit", "binary", "base64"):  # the last one is not what it says
        assert found(form(part(coding, 'name="e"', ALERT)), content_type=MULTIPART) == [
            Found(ALERT)
        ]


def test_a_name_in_another_charset() -> None:
    odd = form(('name="e"', ALERT), ("name=\"p\"; filename*=UTF-8''%E5%9B%BE.jpg", b"\x01\x02"))
    assert len(found(odd, content_type=MULTIPART)[0].media) == 1


def test_a_mark_before_a_batch_or_before_data() -> None:
    mark, kind = b"\xef\xbb\xbf", "application/cloudevents-batch+json"
    assert len(found(mark + b"[{},{}]", content_type=kind)) == 2
    binary = {"ce_specversion": "1.0", "ce_id": "1", "content_type": "application/json"}
    assert json.loads(found(mark + b'{"a": 1}', **binary)[0].payload)["data"] == {"a": 1}
