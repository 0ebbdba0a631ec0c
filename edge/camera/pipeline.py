"""One camera's stages, in the order a picture goes through them: is it a picture, what moves, what
is it, which was it before, what follows from that.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from core.event import Data
from edge.camera import config
from edge.camera.condition import ConditionStage
from edge.camera.motion import Grey, MotionSpan, MotionStage
from edge.camera.named import named
from edge.camera.said import Said
from edge.camera.seen import Detection, Frame, Image, Namer, Rules, Told, Track
from edge.camera.track import Tracker

_BLIND = frozenset({"black", "covered"})  # nothing that moves in there is anything


class Pipeline:
    """Everything that is remembered of one camera's picture; one thread."""

    def __init__(
        self, told: config.Camera, rules: Rules, namers: Sequence[Namer], began: float
    ) -> None:
        """`namers`: what gives things their names, the surest last. `began`: now."""
        self.rules = rules
        self.analysed = 0
        self._scale = told.scale
        self._condition = ConditionStage(told.condition, began) if told.condition else None
        self._motion = MotionStage(told.motion) if told.motion.on else None
        self._span = MotionSpan(told.motion.rest_s)
        self._namers = tuple(namers)
        self._tracker = Tracker(told.tracking)
        self._last = began

    def step(self, frame: Frame) -> Sequence[Told]:
        self._last = at = frame.at
        grey = grey_of(frame.image, self._scale)
        said: list[Told] = []
        if self._condition is not None:
            said += _at(self._condition.step(grey, at), at)
            if self._condition.fault in _BLIND:
                self.analysed += 1
                return said
        tracks = self._tracks(grey, frame)
        said += _at(self._span.step(tracks, at), at)
        said += self.rules.step(tracks, frame)
        self.analysed += 1
        return said

    def missing(self, now: float) -> Sequence[Told]:
        """While no picture comes."""
        if self._condition is None:
            return ()
        return _at(self._condition.missing(now), now)

    @property
    def fault(self) -> str:
        """What is told of the picture; empty: nothing."""
        return (self._condition.fault if self._condition else None) or ""

    def end(self) -> Sequence[Told]:
        return _at(self._span.end(), self._last)

    def _tracks(self, grey: Grey, frame: Frame) -> Sequence[Track]:
        found: Sequence[Detection] = self._motion.step(grey) if self._motion else ()
        for namer in self._namers:
            found = named(found, namer.step(frame, found))
        return self._tracker.step(found, frame.at)


def grey_of(image: Image, scale: float) -> Grey:
    """Grey first: one channel is scaled in a third of the time of three."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if scale < 1:
        height, width = grey.shape
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _at(changes: Sequence[Data], at: float) -> list[Told]:
    return [Said(one, at) for one in changes]
