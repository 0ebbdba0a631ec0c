"""Rows of the safe-community view: what a guard's screen is made of. Classes, never names."""

from collections.abc import Mapping
from typing import Literal

from projections.view import Row

State = Literal["online", "lost", "tampered"]  # of a device
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
    """What it sees comes by the bulk lane, whether it sees by the urgent one: fields of one lane
    are never moved by the other, so that how the two interleave changes nothing (I5)."""

    subject: str
    device: str  # the first by name of those that spoke of it
    state: Literal["up", "lost", "tampered"] = "up"
    since: str = ""  # of the state
    last: str = ""  # of what it saw
    last_label: str = ""
    last_zone: str = ""
    events: int = 0
    lost: int = 0  # how often


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
    believed: str = ""  # of the last fact whose clock was right
    skewed: str = ""  # when the gateway found it wrong
    skew_ms: int = 0


class Missing(Row, frozen=True, kw_only=True):
    """Records a device counted and never delivered, both ends included."""

    method: str
    epoch: int
    first: int
    last: int


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
    urgent: Heard = Heard()
    bulk: Heard = Heard()


class Declared(Row, frozen=True, kw_only=True):
    """A gap a gateway declared itself: what it knows that it does not hold."""

    at: str
    reason: str
    lane: int
    count: int
    since: str = ""
    until: str = ""
    epoch: int = 0
    from_batch: int = 0
    to_batch: int = 0
    position: int = 0


class Damage(Row, frozen=True, kw_only=True):
    """A journal file that gives back something else than was committed; it stands aside."""

    at: str
    file: str
    epoch: int
    lane: int = 0
    from_batch: int = 0
    to_batch: int = 0
    position: int = 0


class Gateway(Row, frozen=True, kw_only=True):
    gateway: str
    boot: int = 0
    boot_epoch: int = 0  # of the journal that counts `boot`; 0 where nobody told
    spoke: int = 0  # whose word the session is: 0 its start, 1 the hub's, 2 its good-bye
    session: Literal["open", "closed", "unknown"] = "unknown"
    reason: str = ""
    since: str = ""
    seen: str = ""
    own_epoch: int = 0  # as its own journal opened
    epoch: int = 0  # the newest, by its own word or the hub's
    epochs: int = 0  # that began under the hub's eyes
    wiped: int = 0  # of them, those that did not say where the old one ends
    steps: int = 0  # of its clock
    step_ms: int = 0  # the last one
    lost: int = 0  # events it declared missing
    declared: tuple[Declared, ...] = ()  # the newest of them
    damage: tuple[Damage, ...] = ()
    backlog: int = 0
    oldest_unreceipted_s: float = 0.0
    received: int = 0
    recorded: int = 0
    duplicates: int = 0
    quarantined: int = 0
    journal_bytes: int = 0
    disk_free_bytes: int = 0
    resident_bytes: int = 0
    backlog_urgent: int = 0
    backlog_bulk: int = 0
    oldest_urgent_s: float = 0.0
    conflicts: int = 0
    refused: int = 0
    throttled: int = 0
    skewed_devices: int = 0
    open_gaps: int = 0
    quarantine_rows: int = 0
    damaged: int = 0
    disk_full: bool = False
    rejected: Mapping[str, int] = {}  # "adapter/reason" → payloads or frames set aside
