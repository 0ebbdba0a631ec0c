"""What the stages themselves have to say, beside what rules find."""

from collections.abc import Mapping

import msgspec

from core.event import Data


class Said(msgspec.Struct, frozen=True):
    """As `edge.camera.seen.Told`."""

    data: Data
    at: float
    subject: str = ""

    def body(self) -> Mapping[str, object]:
        told: dict[str, object] = msgspec.to_builtins(self.data)
        return told
