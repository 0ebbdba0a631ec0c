"""Multipart as devices send it."""

import pytest

from edge.http.multipart import Multipart, Part, boundary_of, entire, looks_like, parameter

JSON, XML = b'{"eventType": "x"}', b"<?xml version='1.0'?>\n<a:Alert><b/></a:Alert>"
WHOLE = (
    b'--B\r\nContent-Disposition: form-data; name="event_log"\r\nContent-Type: application/json'
    b"\r\n\r\n" + JSON + b"\r\n--B\r\n\r\n\r\nlast line\r\n\r\n--B--\r\nafter"
)


def parts(data: bytes, boundary: bytes = b"B", most: int = 1000) -> list[Part]:
    multipart = Multipart(boundary, most)
    return [*multipart.feed(data), *multipart.end()]


def bodies(data: bytes, boundary: bytes = b"B", most: int = 1000) -> list[bytes]:
    return [one.body for one in parts(data, boundary, most)]


def test_parts_and_their_headers() -> None:
    first, second = parts(WHOLE)
    assert (first.name, first.type, first.body) == ("event_log", "application/json", JSON)
    assert (dict(second.headers), second.body) == ({}, b"\r\nlast line\r\n")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_in_pieces(size: int) -> None:
    multipart = Multipart(b"B", 1000)
    found = [
        one for at in range(0, len(WHOLE), size) for one in multipart.feed(WHOLE[at : at + size])
    ]
    assert found == parts(WHOLE)
    assert multipart.done


@pytest.mark.parametrize(
    "data",
    [
        WHOLE.replace(b"\r\n", b"\n"),
        WHOLE.replace(b"\r\n--B--\r\nafter", b""),
        WHOLE.replace(b"--B--\r\nafter", b""),
        b"a preamble\r\n" + WHOLE,
        WHOLE.replace(b"--B", b"----B"),
        WHOLE.replace(b"--B\r\n", b"--B  \r\n"),
    ],
    ids=["LF", "no last boundary", "nothing behind", "preamble", "more dashes", "spaces"],
)
def test_what_others_refuse(data: bytes) -> None:
    found = bodies(data)
    assert found[0] == JSON
    assert found[1].strip() == b"last line"


def test_parts_without_headers() -> None:
    assert bodies(b"--B\r\n" + JSON + b"\r\n--B\r\n" + XML + b"\r\n--B--") == [JSON, XML]


def test_the_declared_boundary_has_the_dashes_already() -> None:
    assert bodies(WHOLE, b"--B")[0] == JSON
    assert bodies(WHOLE.replace(b"--B", b"------WebKitB"), b"----WebKitB")[0] == JSON


def test_another_word_that_begins_alike_is_no_boundary() -> None:
    data = b"--B\r\n\r\nx\r\n--Bx\r\ny\r\n--B--"
    assert bodies(data) == [b"x\r\n--Bx\r\ny"]


def test_length_of_a_part_is_believed_where_a_boundary_follows() -> None:
    inside = b"a\r\n--B\r\nb"
    head = b"--B\r\nContent-Length: %d\r\n\r\n"
    assert bodies(head % len(inside) + inside + b"\r\n--B--") == [inside]
    assert bodies(head % 2 + b"abcdef\r\n--B--") == [b"abcdef"]
    assert bodies(head % 9999 + b"abcdef\r\n--B--") == [b"abcdef"]
    assert bodies(b"--B\r\nContent-Length: -1\r\n\r\nabc\r\n--B--") == [b"abc"]


class TestAStream:
    """The next boundary comes with the next event."""

    @pytest.mark.parametrize("length", [b"", b"Content-Length: %d\r\n" % len(JSON)])
    @pytest.mark.parametrize("end", [b"\r\n", b"\n", b""])
    def test_a_document_is_whole_after_a_moment(self, length: bytes, end: bytes) -> None:
        multipart = Multipart(b"B", 1000)
        assert multipart.feed(b"--B\r\n" + length + b"\r\n" + JSON + end) == []
        assert [one.body for one in multipart.quiet()] == [JSON]
        assert multipart.quiet() == []
        assert not multipart.waiting
        assert [one.body for one in multipart.feed(b"\r\n--B\r\n\r\nx\r\n--B--")] == [b"x"]

    def test_half_a_document_is_none(self) -> None:
        multipart = Multipart(b"B", 1000)
        multipart.feed(b"--B\r\n\r\n" + JSON[:-1])
        assert multipart.quiet() == []
        multipart.feed(b"}")
        assert [one.body for one in multipart.quiet()] == [JSON]

    def test_a_picture_is_whole_by_its_length(self) -> None:
        multipart = Multipart(b"B", 1000)
        multipart.feed(b"--B\r\nContent-Length: 4\r\n\r\n\xff\xd8\xff")
        assert multipart.quiet() == []
        multipart.feed(b"\xd9")
        assert [one.body for one in multipart.quiet()] == [b"\xff\xd8\xff\xd9"]

    def test_what_is_too_long_is_cut_and_passed_over(self) -> None:
        multipart = Multipart(b"B", 100)
        found = multipart.feed(b"--B\r\n\r\n" + b"x" * 80)
        for _ in range(1000):
            found += multipart.feed(b"y" * 80)
            assert multipart.held < 10_000
        found += multipart.feed(b"\r\n--B\r\n\r\nz\r\n--B--")
        assert [(len(one.body), one.whole) for one in found] == [(100, False), (1, True)]

    @pytest.mark.parametrize("piece", [b"x" * 100, b"\n--B" + b" " * 96, b"\n" * 100, b"-" * 100])
    def test_nothing_is_kept_of_what_is_no_part(self, piece: bytes) -> None:
        multipart = Multipart(b"B", 100)
        for _ in range(1000):
            multipart.feed(piece)
            assert multipart.held < 20_000


def test_headers_that_never_end_are_a_body() -> None:
    data = b"--B\r\n" + b"a: b\r\n" * 5000 + b"--B--"
    (one,) = parts(data, most=100_000)
    assert len(one.headers) == 1
    assert len(one.body) > 10_000


@pytest.mark.parametrize(
    ("body", "boundary"),
    [
        (WHOLE, b"B"),
        (b"\r\n" + WHOLE, b"B"),
        (b"--x y\r\nContent-Type: a\r\n\r\n", b"x y"),
        (b"--x\r\n\r\nabc\r\n--x--", b"x"),
        (b"-- \r\n", b""),
        (b"--x\r\n{}", b""),
        (b"", b""),
        (JSON, b""),
        (b"--" + b"x" * 2000, b""),
    ],
)
def test_looks_like(body: bytes, boundary: bytes) -> None:
    assert looks_like(body) == boundary


def test_boundaries_are_declared_with_and_without_quotes() -> None:
    assert boundary_of("multipart/mixed; boundary=MIME_boundary") == b"MIME_boundary"
    assert boundary_of('multipart/form-data; charset=x; BOUNDARY="a b"') == b"a b"
    assert boundary_of("multipart/mixed") == b""
    assert parameter('form-data; name="a\\"b"; filename=x.jpg', "filename") == "x.jpg"


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (JSON, True), (b" [1]\r\n", True), (XML, True), (b"<a></a>", True), (b"<a><b></b>", False),
        (b"{", False), (b"abc", False), (b"", False), (b"<", False), (b"<a/>", False),
    ],
)  # fmt: skip
def test_entire(body: bytes, whole: bool) -> None:
    assert entire(body) is whole
