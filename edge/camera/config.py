"""camera.toml: which cameras, what is looked for in them, and where the gateway is. Whole and
checked before anything is opened. Needs no picture library, so it can be checked anywhere."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from core.broker import Broker, Credentials, resolve
from core.config import SLUG, load, secret
from core.errors import ConfigError
from edge.camera.address import Address, Unusable, address_of

FOLDER = "camera"  # in the gateway's data folder: one folder a camera, for zones and live pictures

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
_Frames = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
_Side = Annotated[int, msgspec.Meta(ge=16, le=8192)]
_NAME = re.compile(SLUG)


class Motion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`history`: frames in which what stopped moving becomes background. `contrast`: squared
    deviations from what is usual. `least`: the smallest thing, of the frame's area. A picture of
    more than `pixels` is brought down to them first."""

    on: bool = True
    history: Annotated[int, msgspec.Meta(ge=10, le=100_000)] = 600
    contrast: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 20.0
    least: _Share = 0.0007
    most: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 64  # things in a frame, the largest
    pixels: Annotated[int, msgspec.Meta(ge=10_000)] = 112_000
    rest_s: _Seconds = 5.0  # nothing moved for so long: motion ended


class Tracking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    confirm: _Frames = 4  # times seen before it is told
    lost_s: _Seconds = 1.2  # unseen for so long: it is gone
    reach: Annotated[float, msgspec.Meta(gt=0, le=10)] = 1.0  # of its size, from where expected


class People(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who moves is called a person when it looks like one (HOG). `every`: frames between looks."""

    on: bool = False
    every: _Frames = 5
    sure: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.3  # how far from the plane between


class Detector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model file in ONNX form, and how its answer is to be read. `names`: a file with one class
    a line; without, classes are called by their number. `keep`: only these; empty: all."""

    model: str
    layout: Literal["yolox", "yolov5", "yolov8", "boxes"] = "yolox"
    names: str = ""
    keep: tuple[str, ...] = ()
    width: _Side = 416  # of what the model is shown, where the file leaves it open
    height: _Side = 416
    every: _Frames = 5
    sure: _Share = 0.4
    overlap: _Share = 0.5  # of two of one class: the surer one stays
    decoded: bool = False  # yolox: the file works out the grid itself
    scale: Annotated[float, msgspec.Meta(gt=0)] = 1.0  # pixels 0..255 are multiplied by it
    order: Literal["bgr", "rgb"] = "bgr"


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long something must be so until it is told, in seconds; 0 turns it off."""

    lost_s: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    frozen_s: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    tampered_s: Annotated[float, msgspec.Meta(ge=0)] = 5.0  # black, covered, moved, blurred
    clear_s: Annotated[float, msgspec.Meta(ge=0)] = 3.0
    relearn_s: Annotated[float, msgspec.Meta(gt=0)] = 900.0  # moved for good: a new usual view


class Pictures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That go with what was found, and live ones. `faces`: how they are hidden. `veil`: all that
    does not move is coarse, and the upper part of what does. The others leave the picture as it
    is and look for faces, which takes a core a second or more a picture; `centerface` sees small
    and turned ones as well, and needs the `faces` extra or a model file of its kind. `unblurred`:
    only where the law and the duty of that camera allow it."""

    on: bool = True
    every_s: _Seconds = 10.0  # of one rule in one zone
    faces: Literal["veil", "cascades", "centerface"] = "veil"
    faces_model: str = ""
    unblurred: bool = False


class Camera(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source`: rtsp://, http://, a file, /dev/video0 or the number of a USB camera. `repeat`
    and `pace` are of files: begin again at the end; as fast as they were taken."""

    source: str | int
    username: str = ""
    password_file: str = ""
    fps: Annotated[float, msgspec.Meta(gt=0, le=120)] = 10.0
    scale: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5
    open_s: _Seconds = 10.0
    read_s: _Seconds = 10.0
    repeat: bool = False
    pace: bool = True
    motion: Motion = Motion()
    tracking: Tracking = Tracking()
    people: People = People()
    detector: Detector | None = None
    condition: Condition | None = Condition()
    pictures: Pictures = Pictures()
    plates: bool = False  # read in regions that ask for it; needs the `plates` extra
    zones: str = ""  # default: zones.json in the camera's folder


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: Annotated[str, msgspec.Meta(pattern=r"^[^\0]+\Z")]  # the gateway's data folder
    cameras: Mapping[str, Camera]
    gateway: Broker = Broker()
    health_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 60.0
    waiting: Annotated[int, msgspec.Meta(ge=10, le=100_000)] = 2000  # events, while nobody listens
    media_mb: Annotated[int, msgspec.Meta(ge=1)] = 512  # as `media.budget_mb` of edge.toml


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One camera with everything resolved. `folder`: where its zones, live picture and record
    number lie."""

    name: str
    told: Camera
    address: Address
    folder: Path
    zones: Path
    model: Path | None = None
    names: tuple[str, ...] = ()
    faces_model: Path | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    config: Config
    data: Path
    places: tuple[Place, ...]
    gateway: Credentials


def read(path: Path) -> Settings:
    """ConfigError names the file, the key and what to do."""
    config = load(path, Config)
    base = path.absolute().parent
    if not config.cameras:
        raise ConfigError(f"{path}: key `cameras` is empty. Add a table [cameras.NAME].")
    data = base / config.data
    return Settings(
        config=config,
        data=data,
        places=tuple(
            _place(path, data, name, camera) for name, camera in sorted(config.cameras.items())
        ),
        gateway=resolve(path, "gateway", config.gateway),
    )


def _place(path: Path, data: Path, name: str, camera: Camera) -> Place:
    key = f"cameras.{name}"
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{path}: key `{key}`: {name!r} is no name of a camera. "
            "Use letters, digits, `_` and `-`, at most 64."
        )
    base = path.absolute().parent
    password = ""
    if camera.password_file:
        password = secret(base / camera.password_file, f"{key}.password_file")
    try:
        address = address_of(camera.source, base, camera.username, password)
    except Unusable as error:
        raise ConfigError(f"{path}: key `{key}.source`: {error}") from error
    detector = camera.detector
    folder = data / FOLDER / name
    faces = camera.pictures.faces_model
    return Place(
        name=name,
        told=camera,
        address=address,
        folder=folder,
        zones=base / camera.zones if camera.zones else folder / "zones.json",
        model=_file(path, f"{key}.detector.model", base / detector.model) if detector else None,
        names=_names(path, f"{key}.detector.names", base, detector.names) if detector else (),
        faces_model=_file(path, f"{key}.pictures.faces_model", base / faces) if faces else None,
    )


def _file(path: Path, key: str, file: Path) -> Path:
    if not file.is_file():
        raise ConfigError(f"{path}: key `{key}`: there is no file {file}. Correct the path.")
    return file


def _names(path: Path, key: str, base: Path, names: str) -> tuple[str, ...]:
    if not names:
        return ()
    file = _file(path, key, base / names)
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: key `{key}`: {file} cannot be read as UTF-8 text.") from error
    found = tuple(line for line in lines if line)
    if not found or any(len(name) > 64 for name in found):
        raise ConfigError(
            f"{path}: key `{key}`: {file} is no list of classes. One name a line, at most 64 long."
        )
    return found
