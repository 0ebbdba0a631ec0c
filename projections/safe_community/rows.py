"""Rows of the safe-community view: what a guard's screen is made of. Classes, never names."""

from collections.abc import Mapping
from typing import Literal

from projections.view import Row

Decision = Literal["granted", "denied", "requested", "unclassified", "duress"]


class Passage(Row, frozen=True, kw_only=True):
    """One decision or vehicle at a door or gate, as the recent list shows it."""

    at: str
    id: str
    subject: str
    decision: Decision
    who: str  # subject class, or "vehicle"
    direction: str = "unknown"
    credential: str = "unknown"
    reason: str = ""
    position: int = 0


class Door(Row, frozen=True, kw_only=True):
    """ONVIF Door/State: physical state, lock and alarm are three different things."""

    subject: str
    device: str
    physical: Literal["open", "closed", "unknown"] = "unknown"
    lock: Literal["locked", "unlocked", "unknown"] = "unknown"
    alarm: Literal["normal", "forced", "heldopen"] = "normal"
    since: str = ""  # of the physical state
    last: str = ""  # of any event
    granted: int = 0
    denied: int = 0
    taken: int = 0
    vehicles: int = 0
    decision: Passage | None = None  # the newest decision


class Recent(Row, frozen=True, kw_only=True):
    """Newest passages first, by the time they happened, then id."""

    passages: tuple[Passage, ...] = ()


class Flow(Row, frozen=True, kw_only=True):
    """Counts of one time bucket. `granted` by subject class; vehicles are counted apart."""

    bucket: str
    granted: Mapping[str, int] = {}
    denied: int = 0
    vehicles: int = 0


class Camera(Row, frozen=True, kw_only=True):
    subject: str
    device: str
    state: Literal["up", "lost", "tampered"] = "up"
    since: str = ""
    last: str = ""
    last_label: str = ""
    last_zone: str = ""
    events: int = 0
    lost: int = 0  # how often


class Device(Row, frozen=True, kw_only=True):
    """A device as its own events tell of it. `last` is its own time, `seen` the gateway's."""

    device: str
    gateway: str
    kind: str = ""  # first part of its last subject
    adapter: str = ""
    state: Literal["online", "lost", "tampered"] = "online"
    reason: str = ""
    first: str = ""
    last: str = ""
    seen: str = ""
    events: int = 0
    late: int = 0  # events that came by back-fill or replay
    skew_ms: int = 0
    gaps: int = 0  # records the device counted and never delivered


class Gateway(Row, frozen=True, kw_only=True):
    gateway: str
    boot: int = 0
    session: Literal["open", "closed", "unknown"] = "unknown"
    reason: str = ""
    since: str = ""
    seen: str = ""
    backlog: int = 0
    oldest_unreceipted_s: float = 0.0
    received: int = 0
    recorded: int = 0
    duplicates: int = 0
    quarantined: int = 0
    journal_bytes: int = 0
    disk_free_bytes: int = 0
    resident_bytes: int = 0
    rejected: Mapping[str, int] = {}  # "adapter/reason" → payloads or frames set aside
