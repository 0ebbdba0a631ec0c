"""Devices, by what both lanes tell of them."""

from typing import Literal

from projections.view import Row

State = Literal["online", "lost", "tampered", "flapping"]  # of a device


class Heard(Row, frozen=True, kw_only=True):
    """What one lane told of a device last, in that lane's order. Times are the gateway's."""

    gateway: str = ""
    kind: str = ""
    adapter: str = ""
    seen: str = ""
    live: str = ""  # of the last present fact ...
    last: str = ""  # ... with the device's own time
    state: State = "online"
    reason: str = ""
    clock: Literal["", "stopped"] = ""
    believed: str = ""  # of the last fact whose clock was right
    skewed: str = ""  # when the gateway found it wrong
    skew_ms: int = 0


class Missing(Row, frozen=True, kw_only=True):
    """Records a device counted and never delivered, both ends included."""

    method: str
    epoch: int
    first: int
    last: int


# What holds at an input is news, and no fault of the device.
INPUTS = frozenset(("digital-input", "point-of-sale", "maintenance-button", "indicator-light-off"))


class Condition(Row, frozen=True, kw_only=True):
    """What a device says is wrong with itself, or holds at one of its inputs."""

    condition: str
    part: str = ""
    since: str = ""
    value: float | None = None
    threshold: float | None = None
    id: str = ""  # of the event that told it last
    position: int = 0


class Device(Row, frozen=True, kw_only=True):
    """A device as its own events tell of it. `last` is its own time, `seen` the gateway's.

    Its facts come in two lanes that interleave as they like: what the newest says is the newer
    of both lanes' words by the gateway's clock, the urgent one's where they are equal.
    """

    device: str
    gateway: str
    kind: str = ""  # first part of its last subject
    adapter: str = ""
    state: State = "online"
    reason: str = ""
    clock: Literal["", "stopped", "skewed"] = ""  # another fault than silence
    flaps: int = 0
    expected_s: float = 0.0  # within what something should be heard; 0: nobody said
    first: str = ""
    last: str = ""
    seen: str = ""
    events: int = 0
    late: int = 0  # events that were no news when they came
    skew_ms: int = 0
    gaps: int = 0  # records the device counted and never delivered
    missing: tuple[Missing, ...] = ()  # which, the newest of them
    epoch: int = 0  # of its record counter, once that began anew
    resets: int = 0  # how often it did
    throttled: int = 0  # messages that had to wait for its share
    conflicts: int = 0  # records under an id that was taken, with other content
    conditions: tuple[Condition, ...] = ()  # that hold now, by name and part
    urgent: Heard = Heard()
    bulk: Heard = Heard()

    @property
    def ailing(self) -> bool:
        """Whether it says that something is wrong with itself."""
        return any(one.condition not in INPUTS for one in self.conditions)
