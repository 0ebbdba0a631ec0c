"""OpenCV's captures, opened so that none can wait for ever and none tells a password."""

import os
from typing import Protocol, cast

import cv2

from edge.camera.address import Address
from edge.camera.seen import Image

# Read by the library when the first capture opens, for the whole process. RTSP over TCP: over UDP
# what is lost on the way looks like movement. Its messages may hold addresses with passwords.
_OPTIONS = {
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}
_SHORTEST_S = 0.001


class Capture(Protocol):
    def grab(self) -> bool:
        """On to the next picture; False when there is none any more."""
        ...

    def retrieve(self) -> Image | None:
        """The picture grabbed, decoded; None when it is damaged."""
        ...

    def rate(self) -> float:
        """Pictures a second, as the source says; 0 where it does not."""
        ...

    def length(self) -> int:
        """Pictures in a file; 0 where nobody knows."""
        ...

    def release(self) -> None: ...


class _OpenCv:
    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture

    def grab(self) -> bool:
        return self._capture.grab()

    def retrieve(self) -> Image | None:
        good, image = self._capture.retrieve()
        if not good or image.ndim != 3 or image.shape[2] != 3:
            return None
        return cast("Image", image)

    def rate(self) -> float:
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        return rate if 0.1 <= rate <= 1000 else 0.0

    def length(self) -> int:
        return max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    def release(self) -> None:
        self._capture.release()


def quiet() -> None:
    """Once, before the first capture: one thread for every call, and no messages of its own."""
    for name, value in _OPTIONS.items():
        os.environ.setdefault(name, value)
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def opened(address: Address, open_s: float, read_s: float) -> Capture | None:
    """None: it is not there, does not take us, or is no picture. Takes `open_s` at most, as a
    `grab` of it takes `read_s`; where the library breaks that, `Reader` gives the thread up."""
    capture = cv2.VideoCapture()
    if address.kind == "usb":
        good = capture.open(int(address.opened), cv2.CAP_V4L2)
    else:
        good = capture.open(
            str(address.opened),
            cv2.CAP_FFMPEG,
            [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(max(open_s, _SHORTEST_S) * 1000),
                cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(max(read_s, _SHORTEST_S) * 1000),
                cv2.CAP_PROP_N_THREADS, 1,
            ],
        )  # fmt: skip
    if not good:
        capture.release()
        return None
    return _OpenCv(capture)
