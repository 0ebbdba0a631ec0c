"""Reading the code on a bin: which one stands, or is being emptied, before the camera.

A code is a bin's when it says so, in one of two forms; everything else that is held before a
camera, a visitor's pass first of all, is somebody's own business and is not looked at further.

    bin:<what>           or menwei:bin:<what>, or an address that ends in /bin/<what>
    <hexadecimal uid>    8 to 32 digits, at least one of them a letter

<what> is the tag's uid in hexadecimal, or the number painted on the bin: up to 16 characters of
ASCII, whose bytes then are the uid (`B-042` is 422D303432), under which it is entered in the
register with tech qr.
"""

import re
from collections.abc import Sequence

import cv2
import numpy as np
import zxingcpp

from core.events.camera import Box
from core.events.waste import BinIdentified
from devices.fields import reveals, uid_hex
from edge.camera.finding import Finding
from edge.camera.seen import Frame, Image
from edge.camera.zones import Region

EVERY_S = 1.0
_AGAIN_S = 300.0  # not seen for so long: it came again
_REMEMBERED = 256
_MOST = 8  # codes of one look
_LARGEST = 1600  # pixels of a side, of what is enlarged
_MARKED = re.compile(r"(?:(?:menwei:)?bin:|https?://[^\s?#]{1,200}/bin/)([\x21-\x7e]{1,64})", re.I)
_BARE = re.compile(r"(?=.*[A-F])[0-9A-F]{8,32}", re.I)
_HEX = re.compile(r"[0-9A-F]{8,32}", re.I)
_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,16}")


def uid_of(text: str) -> str:
    """The uid a code's text means; empty when it is no bin's."""
    told = text.strip()
    marked = _MARKED.fullmatch(told)
    if marked is None:
        return uid_hex(told) if _BARE.fullmatch(told) else ""
    what = marked[1]
    if reveals(what):
        return ""
    if _HEX.fullmatch(what):
        return uid_hex(what)
    if not _NUMBER.fullmatch(what):
        return ""
    code = what.encode("ascii").hex().upper()
    return uid_hex(code) if len(code) > 4 else f"00{code}".zfill(6)


class BinCodes:
    """Of one camera. Owns which codes were seen when."""

    def __init__(self, regions: Sequence[Region], camera: str) -> None:
        self._camera = camera
        self._regions = tuple(one for one in regions if one.qr)
        self._looked = float("-inf")
        self._seen: dict[tuple[str, str], float] = {}

    def adopt(self, regions: Sequence[Region]) -> None:
        self._regions = tuple(one for one in regions if one.qr)

    def step(self, frame: Frame) -> Sequence[Finding]:
        if not self._regions or frame.at - self._looked < EVERY_S:
            return ()
        self._looked = frame.at
        found = []
        for region in self._regions:
            for uid, box in codes(frame.image, region):
                if self._fresh(region.name, uid, frame.at):
                    found.append(self._finding(region, uid, box, frame))
        return found

    def _fresh(self, zone: str, uid: str, at: float) -> bool:
        key = (zone, uid)
        before = self._seen.pop(key, float("-inf"))
        if len(self._seen) >= _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = at
        return at - before >= _AGAIN_S

    def _finding(self, region: Region, uid: str, box: Box, frame: Frame) -> Finding:
        data = BinIdentified(uid_hex=uid, tech="qr", reader=self._camera, zone=region.name)
        return Finding(
            rule="qr",
            zone=region.name,
            at=frame.at,
            subject=f"bin/{region.bin}" if region.bin else f"camera/{self._camera}",
            data=data,
            boxes=(box,),
            frame=frame,
        )


def codes(image: Image, region: Region) -> Sequence[tuple[str, Box]]:
    """Bins' codes in what surrounds the region: as it is, and enlarged for what is far away."""
    high, wide = image.shape[:2]
    xs, ys = [x for x, _ in region.polygon], [y for _, y in region.polygon]
    left, right = int(min(xs) * wide), max(int(np.ceil(max(xs) * wide)), 1)
    top, bottom = int(min(ys) * high), max(int(np.ceil(max(ys) * high)), 1)
    piece = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    found: dict[str, Box] = {}
    for scale in (1.0, 2.0, 4.0):
        if scale > 1 and max(piece.shape) * scale > _LARGEST:
            break
        grey = cv2.resize(piece, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        for one in zxingcpp.read_barcodes(
            np.ascontiguousarray(grey), formats=zxingcpp.barcode_formats_from_str("QRCode")
        ):
            uid = uid_of(one.text) if one.valid else ""
            if uid and len(found) < _MOST:
                corners = one.position
                all_four = (
                    corners.top_left, corners.top_right, corners.bottom_left, corners.bottom_right,
                )  # fmt: skip
                x, y = (min(each.x for each in all_four), min(each.y for each in all_four))
                across = max(each.x for each in all_four) - x
                down = max(each.y for each in all_four) - y
                found.setdefault(
                    uid,
                    (
                        (left + x / scale) / wide,
                        (top + y / scale) / high,
                        across / scale / wide,
                        down / scale / high,
                    ),
                )
        if found:
            break
    return list(found.items())
