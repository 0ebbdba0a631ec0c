"""Only what is surely a picture or a clip is shown as one."""

import pytest

from core.media.content import SHOWN, SUFFIX, UNKNOWN, content_of


@pytest.mark.parametrize(
    ("head", "content"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypisom\0\0\2\0", "video/mp4"),
        (b"\0\0\0\1\x67\x42\0\x1e", "video/h264"),
        (b"\0\0\1\x09\x10", "video/h264"),
        (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
        (b"RIFF\x10\0\0\0WAVEfmt ", UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", UNKNOWN),
        (b"<!doctype html><script>x()</script>", UNKNOWN),
        (b"GIF89a", UNKNOWN),
        (b"%PDF-1.7", UNKNOWN),
        (b"\0\0\0\1\xe7", UNKNOWN),
        (b"\0\0\0\x18ftypheic", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_it_is_what_its_first_bytes_say(head: bytes, content: str) -> None:
    assert content_of(head) == content


def test_nothing_is_shown_that_could_run() -> None:
    assert {one.partition("/")[0] for one in SHOWN} == {"image", "video"}
    assert "image/svg+xml" not in SHOWN | SUFFIX.keys()
    assert UNKNOWN not in SHOWN
    assert SUFFIX.keys() >= SHOWN
