"""Gateways, and what they declared missing."""

from collections.abc import Mapping
from typing import Literal

from projections.view import Row


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


class Distrust(Row, frozen=True, kw_only=True):
    """What stands between this gateway and the hub's log, by the gateway's own word: `reason` of
    log.refused, or `unproven`. `known` and `told` are sizes of the log's tree."""

    at: str
    reason: str
    known: int = 0
    told: int = 0
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
    distrust: Distrust | None = None
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
