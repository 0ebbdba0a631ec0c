"""The picture that goes with a finding: what was seen, with the line or region and the box drawn
in, and nobody to be recognised.

An event never waits for its picture and never fails for it: what became of it stands in the
event's `picture`:

    blurred     kept, every face and head found was made unrecognisable
    unblurred   kept as it was, because the configuration says so
    rationed    one of this rule was kept a moment ago
    no-room     what the hub has not taken yet fills the budget
    disk-full   the disk is full
    unmade      it could not be made unrecognisable or encoded, so it is not kept
"""

from collections.abc import Sequence
from typing import Literal

import cv2
import msgspec
import numpy as np

from core.errors import DiskFull
from core.event import Media
from edge.camera.blur import Blur
from edge.camera.finding import Finding
from edge.camera.geometry import Point
from edge.camera.seen import Frame, Image, Track
from edge.camera.zones import Zones
from edge.media.spool import NoRoom, Spool

Became = Literal["", "blurred", "unblurred", "rationed", "no-room", "disk-full", "unmade"]
_WIDEST = 1280
_QUALITY = 80
_RULES = 1024  # whose last picture is remembered
_ZONE, _BOX = (64, 200, 255), (80, 80, 255)  # blue, green, red


class Evidence(msgspec.Struct, frozen=True):
    became: Became
    media: tuple[Media, ...] = ()


class Snapshot:
    """Owns when each rule last had a picture. `device` is the camera's name as the uplink knows
    it; `every_s` of one rule in one zone."""

    def __init__(
        self,
        spool: Spool,
        device: str,
        blur: Blur,
        *,
        unblurred: bool = False,
        every_s: float = 10.0,
    ) -> None:
        self._spool, self._device, self._blur = spool, device, blur
        self._unblurred, self._every = unblurred, every_s
        self._last: dict[tuple[str, str], float] = {}

    def of(self, finding: Finding, tracks: Sequence[Track], zones: Zones) -> Evidence:
        """`tracks`: everybody in that frame; durable when this returns."""
        frame = finding.frame
        if frame is None:
            return Evidence("")
        key = (finding.rule, finding.zone)
        if frame.at - self._last.get(key, float("-inf")) < self._every:
            return Evidence("rationed")
        try:
            jpeg = self._jpeg(frame, finding, tracks, zones)
        except cv2.error:
            return Evidence("unmade")
        kind = "plate" if finding.rule == "plate" else "scene"
        try:
            media = self._spool.keep(jpeg, self._device, kind)
        except NoRoom:
            return Evidence("no-room")
        except DiskFull:
            return Evidence("disk-full")
        if len(self._last) >= _RULES:
            self._last.clear()
        self._last[key] = frame.at
        return Evidence("unblurred" if self._unblurred else "blurred", (media,))

    def _jpeg(self, frame: Frame, finding: Finding, tracks: Sequence[Track], zones: Zones) -> bytes:
        image = frame.image if self._unblurred else self._blur(frame.image, tracks)
        return encoded(drawn(image, finding, zones))


def stated(finding: Finding, evidence: Evidence) -> Finding:
    """The finding as its event is sent: with its pictures, and what became of them."""
    if not evidence.became:
        return finding
    data = msgspec.structs.replace(finding.data, media=evidence.media, picture=evidence.became)
    return msgspec.structs.replace(finding, data=data)


def drawn(image: Image, finding: Finding, zones: Zones) -> Image:
    """Another picture, no wider than is sent, with what the finding is about drawn in."""
    scale = min(_WIDEST / image.shape[1], 1.0)
    made: Image = np.asarray(
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
    high, wide = made.shape[:2]
    thick = max(round(wide / 400), 1)

    def at(point: Point) -> tuple[int, int]:
        return round(point[0] * (wide - 1)), round(point[1] * (high - 1))

    for line in zones.lines:
        if line.name == finding.zone:
            cv2.line(made, at(line.start), at(line.end), _ZONE, thick, cv2.LINE_AA)
    for region in zones.regions:
        if region.name == finding.zone:
            corners = np.array([at(point) for point in region.polygon], np.int32)
            cv2.polylines(made, [corners], True, _ZONE, thick, cv2.LINE_AA)  # noqa: FBT003
    for x, y, broad, tall in finding.boxes:
        cv2.rectangle(made, at((x, y)), at((x + broad, y + tall)), _BOX, thick)
    return made


def encoded(image: Image) -> bytes:
    """JPEG; cv2.error when it is none that can be encoded."""
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise cv2.error("the picture could not be encoded")
    return jpeg.tobytes()
