"""What OpenCV opens, and what it does not."""

from pathlib import Path

import numpy as np
import pytest

from edge.camera.address import address_of
from edge.camera.source import Capture, opened, quiet
from tests.fix_camera import clip, walking
from tests.fix_ports import free_port


def of(source: str, base: Path) -> Capture | None:
    quiet()
    return opened(address_of(source, base), 2, 2)


def test_a_clip_is_read_picture_by_picture(tmp_path: Path) -> None:
    images = [*walking([(20, 200, 6, 0)], 10, empty=5)]
    clip(tmp_path / "a.avi", images)
    capture = of("a.avi", tmp_path)
    assert capture is not None
    assert (capture.rate(), capture.length()) == (10.0, 15)
    found = []
    while capture.grab():
        image = capture.retrieve()
        assert image is not None
        found.append(image)
    capture.release()
    assert len(found) == 15
    apart = [
        np.abs(a.astype(int) - b.astype(int)).mean() for a, b in zip(found, images, strict=True)
    ]
    assert max(apart) < 12


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "text.avi").write_text("no picture at all\n" * 100)
    for source in ("none.avi", "text.avi", ".", f"http://127.0.0.1:{free_port()}/video",
                   f"rtsp://u:geheim@127.0.0.1:{free_port()}/x", "/dev/video97"):  # fmt: skip
        assert of(source, tmp_path) is None, source


def test_a_refused_address_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither on standard output nor on standard error: there a password would be."""
    assert of(f"rtsp://u:geheim@127.0.0.1:{free_port()}/x", tmp_path) is None
    said = capfd.readouterr()
    assert "geheim" not in said.out + said.err
