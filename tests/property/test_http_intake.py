"""Whatever comes over a connection, in whatever pieces: it ends, nothing of ours breaks, and no
message is taken that was not answered for."""

import asyncio
import gzip
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from devices import lifting
from devices.wire import Place
from edge.counters import Counters
from edge.delivery import Answer, Delivery
from edge.durable_link import DurableLink
from edge.http import parts
from edge.http.config import Http, Resolved, resolve
from edge.http.connection import Connection
from edge.http.context import Context
from edge.http.declined import Declined
from edge.http.digest import parse
from edge.http.multipart import Multipart, Part, looks_like
from edge.http.target import read
from tests.fix_http import JPEG

with tempfile.TemporaryDirectory() as _folder:
    OPEN: Resolved = resolve(
        Path(_folder) / "edge.toml",
        "http",
        Http(allow=("0.0.0.0/0",), max_body=20_000, stream_idle_s=5.0),
        media=False,
    )

FORM = (
    b'--B\r\nContent-Disposition: form-data; name="event_log"\r\nContent-Type: application/json\r\n'
    b'\r\n{"eventType": "x"}\r\n--B\r\nContent-Disposition: form-data; name="p"; filename="a.jpg"'
    b"\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(JPEG) + JPEG
    + b"\r\n--B--\r\n"
)  # fmt: skip


def request(
    body: bytes, type: str = "application/json", *named: str, path: str = "/hikvision/x"
) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: gw", f"Content-Type: {type}", *named]
    if not any("ransfer" in one for one in named):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(body: bytes, size: int = 100) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"


SOUND = [
    request(b'{"a": 1}'),
    request(b"[{}, {}]", "application/cloudevents-batch+json", path="/site/access/door-1"),
    request(b"{}", "application/json", "ce-specversion: 1.0", "ce-id: 1", path="/site/x/y"),
    request(FORM, "multipart/form-data; boundary=B"),
    request(gzip.compress(FORM), "multipart/form-data; boundary=B", "Content-Encoding: gzip"),
    request(chunked(FORM), "multipart/mixed; boundary=B", "Transfer-Encoding: chunked"),
    request(b"x", "text/plain", "Expect: 100-continue", 'Authorization: Digest username="a"'),
    b"GET /healthz HTTP/1.1\r\nHost: gw\r\n\r\n",
]


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1)})
        self.said = bytearray()

    def write(self, data: Any) -> None:
        self.said += data

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass


class Flow(asyncio.Protocol):
    async def _drain_helper(self) -> None:
        pass

    async def _get_close_waiter(self, _writer: object) -> None:
        pass


class Nothing:
    def keep(self, notes: Mapping[str, str]) -> None:
        pass


class Heard:
    def __init__(self) -> None:
        self.said, self.taken, self.counters = b"", 0, Counters()
        self.refused: Mapping[str, int] = {}


async def _talk(pieces: Sequence[bytes]) -> Heard:
    heard, loop = Heard(), asyncio.get_running_loop()

    def deliver(deliveries: Sequence[Delivery]) -> None:
        heard.taken += len(deliveries)
        for one in deliveries:
            one.link.settle([(one.packet, Answer.STORED)])

    context = Context(
        OPEN, DurableLink(deliver), lambda *_: None, cast(Place, None), Nothing(), None,
        heard.counters,
    )  # fmt: skip
    reader, transport = asyncio.StreamReader(), Transport()
    writer = asyncio.StreamWriter(transport, Flow(), reader, loop)
    connection = Connection(context, reader, writer, "192.0.2.1")
    running = loop.create_task(connection.run())
    for one in pieces:
        reader.feed_data(one)
        await asyncio.sleep(0)
    reader.feed_eof()
    async with asyncio.timeout(30):
        await running
    context.close()
    assert context.counters.unfinished_bytes == 0
    assert not context.fatal.done()
    heard.said, heard.refused = bytes(transport.said), context.counters.refused
    return heard


def talk(pieces: Sequence[bytes]) -> Heard:
    heard = asyncio.run(_talk(pieces))
    assert "fault" not in heard.refused
    assert not heard.said or heard.said.startswith(b"HTTP/1.1 ")
    return heard


def cut(data: bytes, at: Sequence[int]) -> list[bytes]:
    ends = sorted({one % (len(data) + 1) for one in at})
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True) if a < b]


cuts = st.lists(st.integers(0, 10_000), max_size=6)


@given(st.sampled_from(SOUND), cuts)
def test_the_cutting_does_not_matter(sound: bytes, at: list[int]) -> None:
    whole, pieces = talk([sound]), talk(cut(sound, at))
    assert pieces.taken == whole.taken
    assert pieces.said.count(b"HTTP/1.1 200 OK") == whole.said.count(b"HTTP/1.1 200 OK") <= 1
    assert b" 500 " not in whole.said


@given(st.lists(st.sampled_from(SOUND), min_size=1, max_size=4), st.data())
def test_changed_requests(sound: list[bytes], data: st.DataObject) -> None:
    made = bytearray(b"".join(sound))
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, len(made) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "put", "again"])):
            case "flip":
                made[place] = data.draw(st.integers(0, 255))
            case "cut":
                del made[place : place + data.draw(st.integers(1, 200))]
            case "put":
                word = st.sampled_from([b"\r\n", b"\n", b"--B", b"--B--", b"\0", b":", b"%", b'"'])
                made[place:place] = data.draw(word)
            case "again":
                made += made[place : place + 300]
        if not made:
            made += b"x"
    talk(cut(bytes(made), data.draw(cuts)))


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_random_bytes(pieces: list[bytes]) -> None:
    assert talk(pieces).taken == 0


HEADERS = st.dictionaries(
    st.sampled_from(
        ["content-type", "content-encoding", "expect", "authorization", "ce-id", "ce-specversion",
         "transfer-encoding", "connection", "user-identify"]
    ),
    st.one_of(
        st.sampled_from(
            ["multipart/mixed; boundary=B", "multipart/form-data", "gzip", "chunked", "100-continue",
             "Basic YTpi", "Digest x", "application/cloudevents+json", "close", "image/png"]
        ),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
    ),
    max_size=5,
)  # fmt: skip


@given(HEADERS, st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
       st.one_of(st.binary(max_size=300), st.sampled_from([FORM, gzip.compress(FORM)])))  # fmt: skip
def test_any_headers_path_and_body(headers: dict[str, str], path: str, body: bytes) -> None:
    lines = [f"POST /{path} HTTP/1.1", "Host: gw", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    talk(["\r\n".join([*lines, "", ""]).encode("latin-1") + body])


@settings(max_examples=300)
@given(st.lists(st.sampled_from(
    [b"--B", b"--B--", b"\r\n", b"\n", b"Content-Length: 3", b": ", b"{}", b"abc", b"-", b" ",
     b"Content-Type: image/jpeg", JPEG[:40], b"<a></a>", b"\r"]), max_size=25), cuts)  # fmt: skip
def test_multipart_is_total_and_the_same_in_any_pieces(words: list[bytes], at: list[int]) -> None:
    data = b"".join(words)
    whole = Multipart(b"B", 1000)
    found = [*whole.feed(data), *whole.end()]
    pieces = Multipart(b"B", 1000)
    again: list[Part] = []
    for one in cut(data, at):
        again += pieces.feed(one)
    again += pieces.end()
    assert again == found
    assert sum(len(one.body) for one in found) <= len(data)


@given(st.binary(max_size=400), st.binary(max_size=20))
def test_reading_is_total(body: bytes, word: bytes) -> None:
    for topic in ("site/x/y", "hikvision/x", ""):
        for type in ("multipart/mixed; boundary=" + word.decode("latin-1"), "", "image/png"):
            headers = {"content-type": type, "ce-specversion": word.decode("latin-1")}
            for one in (headers, {"content-type": type}):
                assert all(found.payload is not None
                           for found in parts.read(one, body, topic, keep=True))  # fmt: skip
    looks_like(body)
    parse(body.decode("latin-1"))
    try:
        target = read(body, 100)
    except Declined as declined:
        assert 400 <= declined.status < 500
    else:
        assert "\0" not in target.path
        assert ".." not in target.path.split("/")


@given(st.lists(st.sampled_from(
    [b'"', b":", b",", b"{", b"}", b"[", b"\\", b"\\/", b'"Type"', b"A" * 2100, b"/9j/" + b"A" * 2100,
     b'"Data":"/9j/' + b"QUJD" * 600 + b'"', b"=", b"\n"]), max_size=12))  # fmt: skip
def test_lifting_is_total(words: list[bytes]) -> None:
    body = b"".join(words)
    found = lifting.lift(body, keep=True)
    assert len(found.body) <= len(body)
    for one in found.pictures:
        assert lifting.mark(one.media) in found.body
        assert one.media.bytes == len(one.content)
