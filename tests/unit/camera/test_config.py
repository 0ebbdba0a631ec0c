"""camera.toml: mistakes name file, key and remedy; nothing of the picture library is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ConfigError
from edge.camera.config import read

GOOD = """
data = "gw"
[gateway]
host = "127.0.0.1"
username = "cameras"
password_file = "mqtt.password"
[cameras.east-gate]
source = "rtsp://10.0.0.5/Streaming/Channels/102"
username = "viewer"
password_file = "east.password"
fps = 5
[cameras.east-gate.people]
on = true
[cameras.yard]
source = "yard.avi"
repeat = true
[cameras.yard.detector]
model = "model.onnx"
names = "names.txt"
"""


def written(folder: Path, text: str = GOOD) -> Path:
    (folder / "mqtt.password").write_text("m\n")
    (folder / "east.password").write_text("geheim\n")
    (folder / "model.onnx").write_bytes(b"")
    (folder / "names.txt").write_text("person\n car\n\n", encoding="utf-8")
    (folder / "long.txt").write_text("x" * 65)
    file = folder / "camera.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_everything_it_names_is_resolved(tmp_path: Path) -> None:
    settings = read(written(tmp_path))
    east, yard = settings.places
    assert (east.name, yard.name) == ("east-gate", "yard")
    assert east.address.opened == "rtsp://viewer:geheim@10.0.0.5/Streaming/Channels/102"
    assert "geheim" not in repr(east)
    assert east.folder == tmp_path / "gw" / "camera" / "east-gate"
    assert east.zones == east.folder / "zones.json"
    assert (east.told.fps, east.told.scale) == (5, 0.5)
    assert yard.address.opened == str(tmp_path / "yard.avi")
    assert yard.names == ("person", "car")
    assert settings.gateway.password == "m"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fps = 5", "fps = 0", "cameras.east-gate.fps"),
        ("fps = 5", "fsp = 5", "cameras.east-gate.fsp` is not known"),
        ("cameras.yard", 'cameras."y d"', "no name of a camera"),
        ("rtsp://", "gopher://", "cameras.east-gate.source"),
        ('"model.onnx"', '"none.onnx"', "cameras.yard.detector.model"),
        ('"names.txt"', '"long.txt"', "cameras.yard.detector.names"),
        ('"east.password"', '"gone.password"', "east-gate.password_file"),
        ("127.0.0.1", "a b", "gateway.host"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(written(tmp_path, GOOD.replace(old, new)))
    assert said in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Add a table"):
        read(written(tmp_path, 'data = "d"\n[cameras]\n'))


def test_it_is_checked_without_a_picture_library(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['menwei', 'camera', '--check', '--config', sys.argv[1]]\n"
        "from infra.cli import main\n"
        "try: main()\n"
        "except SystemExit as ended: code = ended.code\n"
        "print(code, sorted({'cv2', 'numpy', 'onnxruntime'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, written(tmp_path)],
        capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[3], check=True,
    )  # fmt: skip
    assert ended.stdout == "0 []\n"
