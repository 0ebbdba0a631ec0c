"""Physical state of doors and gates (ONVIF Door/State, Hikvision gate codes)."""

from typing import ClassVar, Literal

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


class PreAlarmed(_Door, frozen=True, kw_only=True):
    """ONVIF PreAlarmTime: held open soon. `due`: when it will be."""

    TYPE: ClassVar[str] = "door.prealarmed.v1"
    due: str = ""


# ONVIF tt:DoorMode, in kebab case.
DoorMode = Literal[
    "unknown", "locked", "unlocked", "accessed", "blocked", "locked-down", "locked-open",
    "double-locked",
]  # fmt: skip


class ModeChanged(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.mode.changed.v1"
    mode: DoorMode


class Faulted(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.faulted.v1"


class FaultCleared(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.fault.cleared.v1"


class DoorTampered(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.tampered.v1"


class TamperCleared(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.tamper.cleared.v1"


class FireReleased(_Door, frozen=True, kw_only=True):
    """The fire relay opens: from now on an open door is as it shall be."""

    TYPE: ClassVar[str] = "door.fire.released.v1"


class FireEnded(_Door, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "door.fire.ended.v1"


class PassageCounted(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """How many went through, by a counter that knows nobody (turnstile, camera line)."""

    TYPE: ClassVar[str] = "door.passage.counted.v1"
    direction: Direction = "unknown"
    count: int = 1


class Contradicted(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A device said in one message what cannot both be (closed and open). `said`: stored types;
    the door's state is unknown from here on until it says one thing."""

    TYPE: ClassVar[str] = "door.contradicted.v1"
    said: tuple[str, ...]


class StateReported(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """ONVIF Door/State as a snapshot; what stands empty was not told."""

    TYPE: ClassVar[str] = "door.state.reported.v1"
    physical: Literal["", "open", "closed", "unknown", "fault"] = ""
    lock: Literal["", "locked", "unlocked", "unknown", "fault"] = ""
    mode: Literal["", DoorMode] = ""
    alarm: Literal["", "normal", "forced", "heldopen"] = ""
    tamper: Literal["", "none", "detected"] = ""
    fault: Literal["", "none", "detected"] = ""


class _Gate(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    direction: Direction = "unknown"
    grants: int = 0  # tailgating told by counting: how many were granted ...
    counted: int = 0  # ... and how many went through


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
    PreAlarmed, ModeChanged, Faulted, FaultCleared, DoorTampered, TamperCleared,
    FireReleased, FireEnded, PassageCounted, Contradicted, StateReported,
    Tailgated, Reversed, Climbed, GateForced,
)  # fmt: skip
