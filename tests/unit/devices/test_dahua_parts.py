"""The multipart answer: cut at every byte it gives the same parts."""

import pytest

from devices.dahua.parts import Part, Parts, boundary_of
from devices.dahua.simulate import JPEG

NESTED = (
    b"Code=CrossLineDetection;action=Start;index=0;data={\n"
    b' "Name": "{\\"a\\" }",\n "O": {"B": [1]}\n}'
)
FLAT = b"Events[0].EventBaseInfo.Code=AccessControl\r\nEvents[0].UTC=1772408469"
LONE = b"Code=VideoLoss;action=Start;index=3"


def part(body: bytes, kind: str, end: bytes, length: int | None) -> bytes:
    head = [b"--myboundary", b"Content-Type: " + kind.encode()]
    if length is not None:
        head.append(b"Content-Length:%d" % length)
    return end.join([*head, b"", body, b""])


def stream(end: bytes, *, lengths: int | None) -> bytes:
    """`lengths`: how far they are off; None: there are none but those of pictures."""
    told = [
        (b"Heartbeat", "text/plain"),
        (NESTED, "text/plain"),
        (FLAT, "text/plain"),
        (JPEG, "image/jpeg"),
        (LONE, "text/plain"),
        (b"Heartbeat", "text/plain"),
    ]
    made = b""
    for body, kind in told:
        picture = kind == "image/jpeg"
        length = len(body) + (0 if picture else lengths or 0)
        made += part(body, kind, end, length if picture or lengths is not None else None)
    return made + b"--myboundary--" + end


EXPECTED = [
    Part("text/plain", b"Heartbeat"),
    Part("text/plain", NESTED),
    Part("text/plain", FLAT),
    Part("image/jpeg", JPEG),
    Part("text/plain", LONE),
    Part("text/plain", b"Heartbeat"),
]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("lengths", [0, 2, -3, None])
def test_cut_at_every_byte(end: bytes, lengths: int | None) -> None:
    whole = stream(end, lengths=lengths)
    expected = [each if end == b"\r\n" else Part(each.type, each.body) for each in EXPECTED]
    for cut in range(len(whole) + 1):
        parts = Parts("myboundary")
        assert [*parts.feed(whole[:cut]), *parts.feed(whole[cut:])] == expected, cut
    parts = Parts()
    assert [made for at in range(len(whole)) for made in parts.feed(whole[at : at + 1])] == expected


def test_an_event_does_not_wait_for_what_comes_after_it() -> None:
    parts = Parts("myboundary")
    assert parts.feed(b"--myboundary\r\nContent-Type: text/plain\r\n\r\n" + NESTED) == [EXPECTED[1]]


def test_events_without_any_boundary() -> None:
    parts = Parts()
    told = NESTED + b"\r\n" + LONE + b"\r\n" + NESTED
    assert [each.body for each in (*parts.feed(told), *parts.close())] == [NESTED, LONE, NESTED]


def test_an_event_that_never_closes_ends_at_the_boundary() -> None:
    broken = b'Code=X;action=Pulse;index=0;data={"a": '
    parts = Parts("myboundary")
    body = part(broken, "text/plain", b"\r\n", None) + part(NESTED, "text/plain", b"\r\n", None)
    assert [each.body for each in parts.feed(body)] == [broken.strip(), NESTED]


def test_what_is_too_long_is_cut_and_the_stream_goes_on() -> None:
    parts = Parts("myboundary", most=2_000)
    long = part(b"x" * 1_100_000, "text/plain", b"\r\n", None)
    first, second = parts.feed(long + part(NESTED, "text/plain", b"\r\n", None))
    assert (first.whole, len(first.body), second.body) == (True, 1_100_000, NESTED)
    parts = Parts("myboundary", most=2_000)
    told = [
        made for at in range(0, len(long), 50_000) for made in parts.feed(long[at : at + 50_000])
    ]
    assert [each.whole for each in told] == [False]
    assert parts.feed(part(NESTED, "text/plain", b"\r\n", None)) == [EXPECTED[1]]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("multipart/x-mixed-replace; boundary=myboundary", "myboundary"),
        ('multipart/mixed; boundary="--my-boundary"', "my-boundary"),
        ("text/plain", ""),
    ],
)
def test_names_of_boundaries(told: str, name: str) -> None:
    assert boundary_of(told) == name
