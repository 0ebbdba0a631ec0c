"""What the stages of the camera worker hand on: a frame, what was found in it, and what is
followed through it. Boxes are fractions of the frame, so analysis at half size changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from core.event import Data
from core.events.camera import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]  # height × width × 3, blue-green-red as OpenCV has it
else:
    Image = Any


class Frame(msgspec.Struct, frozen=True):
    """One picture of a source. `at`: seconds since 1970, when it was taken, by the worker's clock
    (a live source) or counted from the file's own rate (a file); never runs backwards.
    `number` counts what the source gave since it was opened, also what was not analysed."""

    number: int
    at: float
    image: Image


class Detection(msgspec.Struct, frozen=True):
    """`label`: person, car, bicycle … as the detector names it; motion where nothing does."""

    box: Box
    label: str
    confidence: float  # 0..1


class Track(msgspec.Struct, frozen=True):
    """One thing followed from frame to frame. `box` is where it is now; `foot` the point where it
    stands, which is what lines and regions are asked about."""

    id: int  # counts up for as long as the worker lives
    label: str
    box: Box
    confidence: float
    began: float  # `at` of the frame in which it was first seen
    seen: float  # ... and last; older than the frame's `at`: it is only presumed

    @property
    def foot(self) -> tuple[float, float]:
        x, y, width, height = self.box
        return x + width / 2, y + height


class Told(Protocol):
    """What a stage has to say: `data` as an event has it, of when and of whom. Still without
    number, device and envelope, which `edge.camera.envelope` gives it."""

    @property
    def data(self) -> Data: ...
    @property
    def at(self) -> float: ...
    @property
    def subject(self) -> str:
        """camera/… or bin/…; empty: the camera itself."""
        ...

    def body(self) -> Mapping[str, object]:
        """`data` of the native CloudEvent, with what is personal in the clear beside it: intake
        seals it (I6)."""
        ...


class Rules(Protocol):
    """What follows from where things are. One for each camera, used by that camera's thread only.
    What it says holds its pictures already, by their hashes."""

    def step(self, tracks: Sequence[Track], frame: Frame) -> Sequence[Told]:
        """Every analysed frame, in their order; never raises."""
        ...


class Namer(Protocol):
    """A stage that knows names: people, or the classes of a model."""

    def step(self, frame: Frame, moving: Sequence[Detection]) -> Sequence[Detection]:
        """Every analysed frame; nothing, where it is not its turn to look."""
        ...


class Blur(Protocol):
    def __call__(self, image: Image) -> Image:
        """A copy in which nobody's face can be recognised."""
        ...
