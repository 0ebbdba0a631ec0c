"""The alert stream's parts, however carelessly it is written and however it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.hikvision.isapi import JPEG, Sent, part
from devices.hikvision.parts import Parts

JSON = b'{"eventType": "VMD",\r\n "said": "}{\\"}--MIME_boundary"}'
XML = (
    b"<EventNotificationAlert>\r\n<x>--MIME_boundary</x>\r\n<y>\xe7\xb2\xa4</y>"
    b"</EventNotificationAlert>"
)
PICTURE = JPEG + b"\n--MIME_bound\r\n\r\n--MIME_boundaryx\n" + bytes(range(256)) + b"\xff\xd9"
BODIES = [(b'application/json; charset="UTF-8"', JSON), (b"image/jpeg", PICTURE),
          (b"application/xml", XML), (b"application/json", b'{"last": 1}')]  # fmt: skip


def stream(
    newline: bytes = b"\r\n",
    boundary: bytes = b"--MIME_boundary",
    *,
    lengths: bool = True,
    wrong: int = 0,
    ended: bool = True,
) -> bytes:
    made = b""
    for kind, body in BODIES:
        made += boundary + newline + b"Content-Type: " + kind + newline
        if lengths:
            made += b"Content-Length: %d" % max(0, len(body) + wrong) + newline
        made += newline + body + newline
    return made + (boundary + b"--" + newline if ended else b"")


def bodies(*pieces: bytes) -> list[bytes]:
    parser = Parts()
    return [one.body for piece in pieces for one in parser.feed(piece)]


WHOLE = [body for _, body in BODIES]
STREAMS = {
    "as it should be": stream(),
    "line feeds": stream(b"\n"),
    "another boundary": stream(boundary=b"--boundary--of--mine"),
    "no lengths": stream(lengths=False),
    "no lengths, line feeds": stream(b"\n", lengths=False),
    "something before": b"HTTP words\r\n\r\nand more\n" + stream(),
    "preamble of empty lines": b"\r\n\r\n" + stream(),
    "without an end": stream(ended=False),
}


@pytest.mark.parametrize("name", STREAMS)
def test_the_same_parts_wherever_it_is_cut(name: str) -> None:
    made = STREAMS[name]
    assert bodies(made) == WHOLE
    for at in range(len(made)):
        assert bodies(made[:at], made[at:]) == WHOLE
    assert bodies(*(made[at : at + 1] for at in range(len(made)))) == WHOLE


@pytest.mark.parametrize("wrong", [-30, -1, 3, 1000])
def test_a_length_that_counts_wrong_costs_no_text(wrong: int) -> None:
    made = stream(wrong=wrong)
    found = bodies(made)
    for body in (JSON, XML, b'{"last": 1}'):
        assert body in [one.strip() for one in found]
    for at in range(len(made)):
        assert bodies(made[:at], made[at:]) == found


def test_a_text_is_told_before_the_next_boundary_comes() -> None:
    for lengths in (True, False):
        made = stream(lengths=lengths)
        upto = made.index(JSON) + len(JSON)
        assert bodies(made[:upto]) == [JSON]
        assert bodies(made[: upto - 1]) == []


def test_headers_and_kinds() -> None:
    sent = Sent(JSON, {"licensePlatePicture.jpg": PICTURE})
    text, picture = Parts().feed(part(sent))
    assert (text.type, text.is_picture) == ("application/json", False)
    assert (picture.type, picture.is_picture) == ("image/jpeg", True)
    assert "licensePlatePicture" in picture.headers["content-disposition"]


def test_memory_is_bounded() -> None:
    parser = Parts(most=1_000)
    head = b"--b\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\n\r\n"
    found = parser.feed(head + b"x" * 100_000)
    assert [len(one.body) for one in found] == [1_000]
    for _ in range(50):
        assert parser.feed(b"y" * 100_000) == []
        assert len(parser._held) < 70_000
    assert [one.body for one in parser.feed(b"\r\n--b\r\n\r\n{}\r\n")] == [b"{}"]
    headless = Parts()
    headless.feed(b"--b\r\n" + b"a" * 500_000)
    assert len(headless._held) < 600_000


@settings(max_examples=300)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_any_bytes(data: bytes, cuts: list[int]) -> None:
    """Neither raises nor hangs, and every part stands in what came."""
    at = 0
    parser = Parts()
    for cut in [*sorted(cuts), len(data)]:
        for found in parser.feed(data[at : max(at, cut)]):
            assert found.body in data
        at = max(at, cut)


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(STREAMS)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), st.binary(max_size=6)), max_size=4),
    st.lists(st.floats(0, 1), max_size=8),
)
def test_damage_is_cut_alike(
    name: str, damage: list[tuple[float, int, bytes]], cuts: list[float]
) -> None:
    made = STREAMS[name]
    for where, gone, put in damage:
        at = int(where * len(made))
        made = made[:at] + put + made[at + gone :]
    places = [0, *sorted(int(cut * len(made)) for cut in cuts), len(made)]
    pieces = [made[a:b] for a, b in pairwise(places)]
    assert bodies(*pieces) == bodies(made)


def test_a_head_without_an_end_is_bounded() -> None:
    parts = Parts(most=4_096)
    found = [part for _ in range(64) for part in parts.feed(b"--b\r\n" + b"a: b\r\n" * 1_000)]
    assert found
    assert all(len(part.body) <= 4_096 for part in found)
