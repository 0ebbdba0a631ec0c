"""Physical state of doors and gates (ONVIF Door/State, Hikvision gate codes)."""

from typing import ClassVar

from core.event import Data
from core.events.access import Direction


class _Door(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    cause: str = ""  # grant, button, fire, remote, key, forced, timer ... as the device names it
    duration_s: float | None = None  # how long the state before this one lasted


class Opened(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.opened.v1"


class Closed(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.closed.v1"


class Forced(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.forced.v1"


class HeldOpen(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.heldopen.v1"


class Locked(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.locked.v1"


class Unlocked(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.unlocked.v1"


class _Gate(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    direction: Direction = "unknown"


class Tailgated(_Gate, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "gate.tailgated.v1"


class Reversed(_Gate, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "gate.reversed.v1"


class Climbed(_Gate, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "gate.climbed.v1"


class GateForced(_Gate, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "gate.forced.v1"


TYPES = (
    Opened, Closed, Forced, HeldOpen, Locked, Unlocked,
    Tailgated, Reversed, Climbed, GateForced,
)  # fmt: skip
