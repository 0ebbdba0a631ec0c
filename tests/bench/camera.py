"""What a core does with cameras: motion and tracking, people, a model, whole cameras from their
coded stream to events and pictures. And whether it counts as people do, where a person counted.

Without `--clip` the pictures are made up. Where an `ffmpeg` with libx264 is on the path the stream
is H.264, else MPEG-4 part 2, as the row says. Everything is per second of processor time, decoding
threads included, so that what else runs on the machine does not count.
"""

import csv
import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np

from core.clock import SystemClock
from core.errors import EnvironmentFault
from edge.camera import source
from edge.camera.address import address_of
from edge.camera.config import Camera, Detector, Motion, People, Place, Tracking
from edge.camera.detector import DetectorStage
from edge.camera.envelope import Envelopes, Numbers
from edge.camera.kit import equip
from edge.camera.motion import MotionStage
from edge.camera.people import PeopleStage
from edge.camera.pipeline import Pipeline, grey_of
from edge.camera.rules.line import LineRule
from edge.camera.seen import Frame, Image
from edge.camera.track import Tracker
from edge.camera.zones import Line, Region, Zones, written
from tests.bench.context import Context
from tests.bench.table import Result, spread
from tests.fix_camera import walking
from tests.fix_model import square_finder

_MOTION, _CAMERAS, _RATE = 200.0, 12.0, 10.0
_MADE_UP = 300  # frames
_STREAM = 300  # frames of the stream
_MBIT = {10: 1, 25: 2}  # by frame rate: what makers recommend of this size
_COUNTED = "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"
_HAND = Path(__file__).with_name("vtest-crossings.csv")
_X, _TOP = 540 / 768, 100 / 576  # of the clip: the line goes from here down
_LINE = Line(name="path", start=(_X, _TOP), end=(_X, 1.0), in_side="left")
_YARD = Region(name="yard", polygon=((0.1, 0.3), (0.9, 0.3), (0.9, 0.9), (0.1, 0.9)))
_OFF = 0.10
_NEAR = 12  # frames: feet and bodies do not cross at once


def measure(context: Context, clip: str) -> list[Result]:
    source.quiet()
    folder = context.part("camera")
    images = _pictures(clip)
    name = "the clip" if clip else "pictures made up"
    command = (
        f'{context.command("camera")[:-1]} --clip FILE"' if clip else (context.command("camera"))
    )
    found = [_motion(context, images, name), _people(context, images), _model(images, folder)]
    if clip and hashlib.sha256(Path(clip).read_bytes()).hexdigest() == _COUNTED:
        found.append(_counted(images))
    found += _whole(context, images, folder)
    return [msgspec.structs.replace(one, command=command) for one in found]


def _motion(context: Context, images: Sequence[Image], name: str) -> Result:
    """Grey and half size from decoded pictures, what moves, who is who."""
    rates = []
    for _ in range(context.repeats):
        stage, tracker = MotionStage(Motion()), Tracker(Tracking())

        def one(number: int, image: Image, s: MotionStage = stage, t: Tracker = tracker) -> None:
            t.step(s.step(grey_of(image, 0.5)), number / _RATE)

        rates.append(_rate(images, one))
    height, width = images[0].shape[:2]
    return Result(
        f"motion and tracking of {name} ({width}×{height}) at half size",
        spread(rates, " frames/s", 0), f"≥ {_MOTION:g}", sorted(rates)[len(rates) // 2] >= _MOTION,
    )  # fmt: skip


def _people(context: Context, images: Sequence[Image]) -> Result:
    """How many looks at all that moves a core takes, and how many of them find somebody."""
    stage = PeopleStage(People(on=True, every=1))
    motion = MotionStage(Motion())
    seen = [(image, motion.step(grey_of(image, 0.5))) for image in images]
    moving = [(image, things) for image, things in seen if things]
    moving = moving[:: max(1, len(moving) // 60)]
    things_seen = sum(min(6, len(things)) for _, things in moving)
    began = time.process_time()
    found = sum(
        len(stage.step(Frame(n, n / _RATE, image), things))
        for n, (image, things) in enumerate(moving)
    )
    passed = time.process_time() - began
    return Result(
        "people among what moves: things looked at",
        f"{things_seen / passed:,.0f}/s; {found} people in {things_seen} things",
    )


def _model(images: Sequence[Image], folder: Path) -> Result:
    model = square_finder(folder / "squares.onnx", "yolov8")
    stage = DetectorStage(Detector(model=str(model), layout="yolov8", every=1), model)
    rate = _rate(images[:200], lambda _number, image: stage.look(image))
    return Result(
        "the model stage with a model of one layer (320×320): its own cost", f"{rate:,.0f} frames/s"
    )


def _counted(images: Sequence[Image]) -> Result:
    """Who crosses x = 540, by the tracks' feet; against tests/bench/vtest-crossings.csv."""
    with _HAND.open(encoding="utf-8", newline="") as file:
        hand = [(int(row["frame"]), row["direction"]) for row in csv.DictReader(file)]
    crossed = crossings(images)
    told = ", ".join(
        f"{way} {sum(one == way for _, one in crossed)} of {sum(one == way for _, one in hand)}"
        for way in ("left", "right")
    )
    told += f"; {_agreed(crossed, hand)} of them the same person at the same time"
    return Result(
        "people who cross a line in 795 frames, counted by hand",
        f"{len(crossed)} of {len(hand)} ({told})",
        f"± {_OFF:.0%}",
        abs(len(crossed) - len(hand)) <= _OFF * len(hand),
    )


def _agreed(ours: Sequence[tuple[int, str]], hand: Sequence[tuple[int, str]]) -> int:
    left = list(ours)
    for frame, way in hand:
        near = [one for one in left if one[1] == way and abs(one[0] - frame) <= _NEAR]
        if near:
            left.remove(min(near, key=lambda one: abs(one[0] - frame)))
    return len(ours) - len(left)


def crossings(images: Iterable[Image]) -> list[tuple[int, str]]:
    """Frame and way, as the line rule of the worker tells them."""
    stage, tracker, rule = MotionStage(Motion()), Tracker(Tracking()), LineRule(_LINE)
    found = []
    for number, image in enumerate(images):
        at = number / _RATE
        tracks = tracker.step(stage.step(grey_of(image, 0.5)), at)
        found += [
            (number, "left" if one.direction == "out" else "right") for one in rule.step(tracks, at)
        ]
    return found


def _whole(context: Context, images: Sequence[Image], folder: Path) -> list[Result]:
    """Cameras of 1280×720 a core takes at ten analysed pictures a second."""
    found = []
    for fps, limit in ((10, _CAMERAS), (25, 0.0)):
        file, coding = _stream(images, folder, fps)
        told = [_camera(file, folder) for _ in range(context.repeats)]
        cameras = [1 / (cost * _RATE) for cost, _, _ in told]
        _, decode, events = sorted(told)[len(told) // 2]
        middle = sorted(cameras)[len(cameras) // 2]
        found.append(
            Result(
                f"cameras of 1280×720 {coding} at {fps} fps, 10 analysed, on a core: decoded, "
                "condition, grey at half size, motion, tracks, a line, a region, blurred snapshots",
                f"{spread(cameras, '', 1)}; {100 / middle:.1f} % of a core each, "
                f"{decode:.0%} of it decoding; {events} events with their pictures",
                f"≥ {limit:g}" if limit else "",
                middle >= limit,
            )
        )
    return found


def _camera(file: Path, folder: Path) -> tuple[float, float, int]:
    """Processor seconds of an analysed picture, the share that decodes, events told."""
    place = Place(
        name="bench",
        told=Camera(source=str(file)),
        address=address_of(str(file), folder),
        folder=folder,
        zones=folder / "zones.json",
    )
    place.zones.write_bytes(written(Zones(lines=(_LINE,), regions=(_YARD,))))
    clock = SystemClock()
    equipment = equip(place, folder, 512 << 20, clock)
    pipeline = Pipeline(place.told, equipment.rules, equipment.namers, 0.0)
    numbers = Numbers(folder / "sequence")
    envelopes = Envelopes("bench", numbers)
    capture = source.opened(place.address, 10, 10)
    assert capture is not None
    apart = capture.rate() / _RATE
    began = time.process_time()
    decoding = 0.0
    events = grabbed = analysed = 0
    while True:
        before = time.process_time()
        if not capture.grab():
            break
        grabbed += 1
        due = grabbed >= analysed * apart
        image = capture.retrieve() if due else None
        decoding += time.process_time() - before
        if image is None:
            continue
        analysed += 1
        for each in pipeline.step(Frame(grabbed, grabbed / capture.rate(), image)):
            envelopes.seal(each)
            events += 1
    passed = time.process_time() - began
    capture.release()
    numbers.close()
    assert analysed > 50
    return passed / analysed, decoding / passed, events


def _stream(images: Sequence[Image], folder: Path, fps: int) -> tuple[Path, str]:
    """The pictures as a camera of 1280×720 would send them."""
    file = folder / f"stream-{fps}.mp4"
    writer = cv2.VideoWriter(
        str(file), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), fps, (1280, 720)
    )
    if not writer.isOpened():
        raise EnvironmentFault(f"{file}: this build of OpenCV cannot write a stream.")
    for number in range(_STREAM):
        writer.write(cv2.resize(images[number % len(images)], (1280, 720)))
    writer.release()
    encoder = shutil.which("ffmpeg")
    if encoder is None:
        return file, "MPEG-4"
    coded = file.with_suffix(".h264.mp4")
    ran = subprocess.run(
        [encoder, "-v", "error", "-y", "-i", str(file), "-c:v", "libx264", "-preset", "fast",
         "-b:v", f"{_MBIT[fps]}M", "-g", str(2 * fps), "-bf", "0", str(coded)],
        check=False, capture_output=True,
    )  # fmt: skip
    return (coded, f"H.264 ({_MBIT[fps]} Mbit/s)") if ran.returncode == 0 else (file, "MPEG-4")


def _rate(images: Sequence[Image], step: Callable[[int, Image], object]) -> float:
    """Frames for each second of processor time."""
    began = time.process_time()
    for number, image in enumerate(images):
        step(number, image)
    return len(images) / (time.process_time() - began)


def _pictures(clip: str) -> Sequence[Image]:
    """All of them, decoded: 1 MB each."""
    if not clip:
        walks = [(-40.0 * n, 120.0 + 25 * n, 4.0, 0.0) for n in range(5)]
        return [np.asarray(cv2.resize(one, (768, 576)), np.uint8)
                for one in walking(walks, _MADE_UP)]  # fmt: skip
    capture = source.opened(address_of(clip, Path.cwd()), 10, 10)
    if capture is None:
        raise EnvironmentFault(f"--clip {clip}: cannot be opened. Name a video file.")
    found = []
    while capture.grab():
        if (image := capture.retrieve()) is not None:
            found.append(image.copy())
    capture.release()
    return found
