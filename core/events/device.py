"""Devices and the gateways that speak for them: presence, clocks, gaps, health, refusals."""

from typing import ClassVar

from core.event import Data


class Connected(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.connected.v1"
    model: str = ""
    reason: str = ""


class Lost(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.lost.v1"
    reason: str = ""  # the device's word; of the gateway: silent, will, disconnected
    silent_s: float = 0.0  # how long nothing was heard ...
    expected_s: float = 0.0  # ... and within what something was expected


class Flapping(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Lost and connected `count` times within `window_s`: until it settles neither is told."""

    TYPE: ClassVar[str] = "device.flapping.v1"
    count: int
    window_s: float


class Settled(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.settled.v1"
    online: bool
    flaps: int = 0  # while it was not told


class ClockStopped(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """It speaks, and its own time does not move: another fault than silence."""

    TYPE: ClassVar[str] = "device.clock.stopped.v1"
    told: str
    since: str


class ClockRuns(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.clock.runs.v1"


class Tampered(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.tampered.v1"
    reason: str = ""


class ConditionChanged(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A device about itself. `condition`: in kebab case, such as temperature-high, storage-failure,
    power-failure, digital-input. `active`: whether it holds now; None where that was not told."""

    TYPE: ClassVar[str] = "device.condition.changed.v1"
    condition: str
    active: bool | None = None
    value: float | None = None  # what was measured ...
    threshold: float | None = None  # ... and what it was held against, in the device's own unit
    part: str = ""  # sensor, disk, input: as the device names it


class ClockSkewed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Positive: the device is ahead of the gateway."""

    TYPE: ClassVar[str] = "device.clockskewed.v1"
    skew_ms: int


class GapDetected(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Records the device counted but never delivered, both ends included.

    `method`: which of the device's counters told; `epoch`: how often that counter began anew.
    """

    TYPE: ClassVar[str] = "device.gap.detected.v1"
    from_record: int
    to_record: int
    method: str = ""
    epoch: int = 1


class GapFilled(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.gap.filled.v1"
    from_record: int
    to_record: int
    method: str = ""
    epoch: int = 1


class EpochRaised(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The device's record counter ran backwards: a reset or another unit under the same name."""

    TYPE: ClassVar[str] = "device.epoch.raised.v1"
    method: str
    epoch: int  # the one that begins
    last_record: int  # of the epoch that ended
    record: int  # first of the new one


class Throttled(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A device sent more than its share and was slowed down; nothing of it is lost. `count`
    messages waited since the last such event, the longest `waited_s`."""

    TYPE: ClassVar[str] = "device.throttled.v1"
    count: int
    waited_s: float
    rate: int  # messages a second it is granted


class SessionOpened(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`boot` counts the agent's starts; an old will may not end a newer session."""

    TYPE: ClassVar[str] = "gateway.session.opened.v1"
    boot: int
    reason: str = ""
    buffered: int = 0  # batches not yet receipted


class SessionClosed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "gateway.session.closed.v1"
    boot: int
    reason: str = ""
    buffered: int = 0


class ClockStepped(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The gateway's own clock was set. Positive: forward."""

    TYPE: ClassVar[str] = "gateway.clock.stepped.v1"
    step_ms: int


class HealthReported(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Counters are since the agent's start; sizes in bytes, ages in seconds."""

    TYPE: ClassVar[str] = "gateway.health.reported.v1"
    boot: int
    backlog: int
    oldest_unreceipted_s: float = 0.0
    received: int = 0
    recorded: int = 0
    duplicates: int = 0
    quarantined: int = 0
    journal_bytes: int = 0
    disk_free_bytes: int = 0
    resident_bytes: int = 0
    backlog_urgent: int = 0  # batches
    backlog_bulk: int = 0
    oldest_urgent_s: float = 0.0
    conflicts: int = 0
    refused: int = 0  # events not stored because the disk budget was reached
    throttled: int = 0  # messages that had to wait for their device's share
    skewed_devices: int = 0  # whose clock was beyond belief since the start
    open_gaps: int = 0  # in devices' own record numbers
    quarantine_rows: int = 0
    damaged: int = 0  # journal files that stand aside, with ranges that cannot be served
    disk_full: bool = False


class Rejected(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Input set aside: by a gateway (a payload) or by the hub (a frame). `count` since the last."""

    TYPE: ClassVar[str] = "ingest.rejected.v1"
    adapter: str
    reason: str
    rawsha256: str = ""
    count: int = 1
    detail: str = ""


TYPES = (
    Connected, Lost, Flapping, Settled, ClockStopped, ClockRuns, Tampered, ConditionChanged,
    ClockSkewed,
    GapDetected, GapFilled, EpochRaised, Throttled,
    SessionOpened, SessionClosed, ClockStepped, HealthReported, Rejected,
)  # fmt: skip
