"""What is opened, and what may be shown of it."""

from pathlib import Path

import pytest

from edge.camera.address import Unusable, address_of

BASE = Path("/etc/menwei")


@pytest.mark.parametrize(
    ("source", "user", "password", "opened", "shown"),
    [
        ("rtsp://10.0.0.5/ch/102", "", "", "rtsp://10.0.0.5/ch/102", "rtsp://10.0.0.5/ch/102"),
        ("rtsp://10.0.0.5:8554/a", "view", "p@ss/1",
         "rtsp://view:p%40ss%2F1@10.0.0.5:8554/a", "rtsp://***@10.0.0.5:8554/a"),
        ("rtsp://u:secret@cam/x", "", "", "rtsp://u:secret@cam/x", "rtsp://***@cam/x"),
        ("http://[fe80::1]:81/video?pwd=secret", "", "",
         "http://[fe80::1]:81/video?pwd=secret", "http://[fe80::1]:81/video?***"),
        ("clip.avi", "", "", "/etc/menwei/clip.avi", "/etc/menwei/clip.avi"),
        ("/srv/clip.avi", "", "", "/srv/clip.avi", "/srv/clip.avi"),
        ("/dev/video2", "", "", 2, "/dev/video2"),
        (1, "", "", 1, "/dev/video1"),
        ("3", "", "", 3, "/dev/video3"),
    ],
)  # fmt: skip
def test_an_address(
    source: str | int, user: str, password: str, opened: str | int, shown: str
) -> None:
    found = address_of(source, BASE, user, password)
    assert (found.opened, found.shown) == (opened, shown)
    assert "secret" not in repr(found)
    assert "p%40ss" not in repr(found)


@pytest.mark.parametrize(
    "source",
    ["", "ftp://x/y", "rtsp://", "rtsp://host:port/", "rtsp://a b/", -1, 4000, "rtsp://[::1/x"],
)
def test_what_is_none(source: str | int) -> None:
    with pytest.raises(Unusable):
        address_of(source, BASE)


def test_two_users_are_one_too_many() -> None:
    with pytest.raises(Unusable, match="Keep one"):
        address_of("rtsp://u:geheim@cam/x", BASE, "view", "x")
