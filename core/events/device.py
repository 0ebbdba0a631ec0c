"""Devices and the gateways that speak for them: presence, clocks, gaps, health, refusals."""

from typing import ClassVar

from core.event import Data


class Connected(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.connected.v1"
    model: str = ""
    reason: str = ""


class Lost(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.lost.v1"
    reason: str = ""


class Tampered(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.tampered.v1"
    reason: str = ""


class ClockSkewed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Positive: the device is ahead of the gateway."""

    TYPE: ClassVar[str] = "device.clockskewed.v1"
    skew_ms: int


class GapDetected(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Records the device counted but never delivered, both ends included."""

    TYPE: ClassVar[str] = "device.gap.detected.v1"
    from_record: int
    to_record: int
    method: str = ""


class GapFilled(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "device.gap.filled.v1"
    from_record: int
    to_record: int
    method: str = ""


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


class Rejected(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Input set aside: by a gateway (a payload) or by the hub (a frame). `count` since the last."""

    TYPE: ClassVar[str] = "ingest.rejected.v1"
    adapter: str
    reason: str
    rawsha256: str = ""
    count: int = 1
    detail: str = ""


TYPES = (
    Connected, Lost, Tampered, ClockSkewed, GapDetected, GapFilled,
    SessionOpened, SessionClosed, HealthReported, Rejected,
)  # fmt: skip
