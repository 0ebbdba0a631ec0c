"""Dahua's streams and ZKTeco's dialog, whatever comes: nothing is raised, nothing grows."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from devices import registry
from devices.adapter import Known, Message
from devices.dahua.parts import Parts
from devices.dahua.simulate import JPEG
from devices.wire import Request
from devices.zkteco.dialog import turn
from tests.property.test_decode import check
from tests.unit.devices.lines import FakePlace
from tests.unit.devices.wire import DEVICES, SHANGHAI

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TEXTS = [
    path.read_bytes()
    for path in sorted(DEVICES.glob("dahua/samples/*.txt"))
    if path.name.startswith(("stream", "snap", "door", "video", "unknown"))
]
ROWS = [path.read_bytes() for path in sorted(DEVICES.glob("zkteco/samples/*.txt"))]

ends = st.sampled_from([b"\r\n", b"\n"])
pieces = st.one_of(
    st.sampled_from(TEXTS),
    st.binary(max_size=60),
    st.sampled_from([b"Heartbeat", b"Code=", b"Code=X;action=Start;index=0;data={", b'"', b"{",
                     b"}",
                     b"\\", b"--myboundary", b"--myboundary--", b"Content-Length: 99999999",
                     b"Content-Length:-1", b"Content-Type: image/jpeg", b"Events[", b""]),
)  # fmt: skip


def framed(bodies: list[bytes], end: bytes) -> bytes:
    made = b""
    for body in bodies:
        kind = b"image/jpeg" if body == JPEG else b"text/plain"
        head = (b"--myboundary", b"Content-Type: " + kind, b"Content-Length: %d" % len(body))
        made += end.join((*head, b"", body, b""))
    return made + b"--myboundary" + end


@settings(max_examples=300)
@given(
    bodies=st.lists(st.sampled_from([*TEXTS, JPEG, b"Heartbeat"]), max_size=6),
    end=ends,
    cuts=st.lists(st.floats(0, 1), max_size=12),
)
def test_a_stream_is_the_same_however_it_is_cut(
    bodies: list[bytes], end: bytes, cuts: list[float]
) -> None:
    whole = framed(bodies, end)
    places = sorted({0, len(whole), *(int(cut * len(whole)) for cut in cuts)})
    parts = Parts("myboundary")
    told = [part.body for start, stop in pairwise(places) for part in parts.feed(whole[start:stop])]
    assert told == [body if body == JPEG else body.strip() for body in bodies]


@settings(max_examples=300)
@given(told=st.lists(pieces, max_size=12), end=ends, boundary=st.sampled_from(["", "myboundary"]))
def test_any_stream_gives_parts_and_ends(told: list[bytes], end: bytes, boundary: str) -> None:
    parts = Parts(boundary, most=1_000)
    body = end.join(told)
    found = [*parts.feed(body), *parts.feed(end), *parts.close()]
    assert sum(len(part.body) for part in found) <= len(body)
    for part in found:
        check(registry.decode(Message("dahua/yard", part.body), SHANGHAI))
    assert parts.close() == []
    check(registry.decode(Message("dahua/yard", b"--myboundary" + end + body), SHANGHAI))


@settings(max_examples=300)
@given(told=st.lists(pieces, max_size=8), end=ends)
def test_a_stream_byte_by_byte_is_the_same_as_whole(told: list[bytes], end: bytes) -> None:
    body = b"--myboundary" + end + end.join(told) + end
    whole, slow = Parts("myboundary", most=1_000), Parts("myboundary", most=1_000)
    once = [part for part in whole.feed(body) if part.whole]
    again = [part for at in range(len(body)) for part in slow.feed(body[at : at + 1]) if part.whole]
    assert once == again


words = st.sampled_from(
    ["cdata", "registry", "push", "getrequest", "devicecmd", "querydata", "ping", "exchange",
     "rtdata", "file", "iclock/cdata", "", "x"]
)  # fmt: skip
queries = st.dictionaries(
    st.sampled_from(["SN", "sn", "table", "tablename", "options", "Stamp", "count", "type",
                     "DeviceType", "AuthType", "cmdid", "pushver"]),
    st.one_of(
        st.sampled_from(["T1", "T2", "rtlog", "ATTLOG", "tabledata", "transaction", "OPERLOG",
                         "biodata", "rtstate", "options", "all", "acc", "9999", "-1", "\x00"]),
        st.text(max_size=12),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=600)
@given(
    method=st.sampled_from(["GET", "POST", "PUT"]),
    word=words,
    query=queries,
    body=st.one_of(st.sampled_from(ROWS), st.binary(max_size=120)),
    at=st.floats(0, 1),
    put=st.binary(max_size=6),
    gaps=st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)), max_size=3),
)
def test_any_request_is_answered(
    method: str,
    word: str,
    query: dict[str, str],
    body: bytes,
    at: float,
    put: bytes,
    gaps: list[tuple[int, int]],
) -> None:
    place = FakePlace(NOW, {"T1": Known()})
    place.missing["T1"] = gaps
    middle = int(at * len(body))
    damaged = body[:middle] + put + body[middle:]
    for _ in range(2):
        made = turn(
            Request(method=method, path=f"/iclock/{word}", query=query, body=damaged), place
        )
        assert made.reply.status in (200, 400, 403, 404)
        for message in made.messages:
            check(registry.decode(message, SHANGHAI))
        assert all(len(key) <= 300 and len(value) <= 4_000 for key, value in made.notes.items())
        place.notes |= made.notes
