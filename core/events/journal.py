"""Facts of the log about itself: where a journal begins, what is missing from it, and why."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from core.event import Data


class Tail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Where an older epoch ends, or where what it still may deliver ends: its last batch."""

    epoch: int
    lane: int
    number: int
    hash: str  # of that batch, 64 hex; empty for number 0
    key: str = ""  # whose it is, 64 hex, where that is not who says this


class Opened(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """First event of an epoch. `tails` are the older epochs' ends: batches up to there may still
    come under their old numbers, later ones never (they would be a clone's)."""

    TYPE: ClassVar[str] = "journal.opened.v1"
    epoch: int
    reason: str  # new, damaged, renewed, upgraded, rotated
    detail: str = ""  # the operator's words when it was renewed
    tails: tuple[Tail, ...] = ()


class GapDeclared(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What this gateway knows it does not hold. `reason`: disk (budget reached), damaged, rate.

    Refused events are counted by type between two moments; a damaged range is named by its
    batches, with the number of events in it.
    """

    TYPE: ClassVar[str] = "journal.gap.declared.v1"
    reason: str
    lane: int
    count: int
    kinds: Mapping[str, int] = {}  # event type → how many
    since: str = ""
    until: str = ""
    epoch: int = 0
    from_batch: int = 0
    to_batch: int = 0


class DamageFound(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A journal file gives back something else than was committed. It stays where it is."""

    TYPE: ClassVar[str] = "journal.damage.found.v1"
    epoch: int
    file: str
    detail: str
    lane: int = 0
    from_batch: int = 0
    to_batch: int = 0


class Conflicted(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A second record under an id that is taken, with other content: kept beside the first,
    never merged. `said` is its data as it would have been stored."""

    TYPE: ClassVar[str] = "ingest.conflicted.v1"
    record_id: str
    record_type: str
    record_time: str
    said: Mapping[str, Any]


class EpochChanged(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The hub's own note: a gateway writes a new epoch. `declared`: it said so itself and
    named where the old one ends; otherwise it was wiped, and what it still held is unknown."""

    TYPE: ClassVar[str] = "gateway.epoch.changed.v1"
    previous: int
    epoch: int
    declared: bool
    reason: str = ""


TYPES = (Opened, GapDeclared, DamageFound, Conflicted, EpochChanged)
