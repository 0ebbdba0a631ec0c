"""What a rule found out, on its way to becoming an event."""

from collections.abc import Mapping

import msgspec

from core.event import Data
from core.events.camera import Box
from edge.camera.seen import Frame


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`data` as an event has it, without pictures. `personal` stands in the clear beside it on the
    gateway's own wire only, under the names native devices use: intake seals it (I6)."""

    rule: str  # one word, also what pictures are rationed by
    zone: str
    at: float  # of the frame it was found in
    subject: str  # camera/… or bin/…
    data: Data
    boxes: tuple[Box, ...] = ()  # what it is about, to be drawn
    frame: Frame | None = None  # the evidence; None: a picture would show nothing of it
    personal: Mapping[str, str] = {}

    def body(self) -> dict[str, object]:
        """`data` of the native CloudEvent, before pictures."""
        told: dict[str, object] = msgspec.to_builtins(self.data)
        return told | dict(self.personal)
