"""A live picture only while somebody asks, and nobody's face in it; zones without a restart."""

import os
from pathlib import Path

import cv2
import numpy as np

from edge.camera.kit import NoRules, Watched
from edge.camera.live import Live
from edge.camera.seen import Frame, Image
from tests.fix_camera import yard

NOW = 1_780_000_000.0


def asked(folder: Path, at: float) -> None:
    (folder / "wanted").touch()
    os.utime(folder / "wanted", (at, at))


def frame(at: float = NOW) -> Frame:
    return Frame(1, at, yard(width=1280, height=720))


def white(image: Image) -> Image:
    return np.full_like(image, 255)


def test_nobody_asks(tmp_path: Path) -> None:
    live = Live(tmp_path, white)
    assert not live.step(frame(), NOW)
    assert list(tmp_path.iterdir()) == []


def test_once_a_second_while_somebody_asks(tmp_path: Path) -> None:
    live = Live(tmp_path, white)
    asked(tmp_path, NOW)
    written = [live.step(frame(), NOW + step / 10) for step in range(25)]
    assert written == [step in (0, 10, 20) for step in range(25)]
    image = cv2.imread(str(tmp_path / "live.jpg"))
    assert image is not None
    assert image.shape == (540, 960, 3)
    assert image.min() > 250  # it went through what hides faces
    assert {one.name for one in tmp_path.iterdir()} == {"wanted", "live.jpg"}


def test_when_nobody_asks_any_more_it_goes(tmp_path: Path) -> None:
    live = Live(tmp_path, white)
    asked(tmp_path, NOW)
    assert live.step(frame(), NOW + 29)
    assert not live.step(frame(), NOW + 31)
    assert not (tmp_path / "live.jpg").exists()


def test_a_folder_that_is_gone_is_no_matter(tmp_path: Path) -> None:
    assert not Live(tmp_path / "none", white).step(frame(), NOW)


def test_zones_are_read_again_when_they_change(tmp_path: Path) -> None:
    made: list[bytes | None] = []

    file = tmp_path / "zones.json"
    rules = Watched(file, NoRules(), made.append)
    for at in (0.0, 0.5, 1.0):
        rules.step((), frame(at))
    assert made == []
    file.write_bytes(b"one")
    rules.step((), frame(1.5))
    assert made == []
    for at in (2.0, 3.0, 4.0):
        rules.step((), frame(at))
    assert made == [b"one"]
    file.write_bytes(b"three")
    rules.step((), frame(5.0))
    file.unlink()
    rules.step((), frame(6.0))
    rules.step((), frame(7.0))
    assert made == [b"one", b"three", None]
