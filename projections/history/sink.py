"""The seam behind which a history is kept: what a database must do, and what it is asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from core.codec import Unread
from projections.history.rows import Row

VERSION = 1  # rises when a row or a rollup changes meaning: the history is then loaded anew
RollupName = Literal["passages", "deposits", "availability"]
MOST_ROWS = 20_000  # of one answer


class Keep(msgspec.Struct, frozen=True, kw_only=True):
    """For how long. Rollups are a few bytes an hour, so they stay longer than rows."""

    rows_days: int = 400
    rollup_days: int = 3660
    compress_after_days: int = 8  # TimescaleDB only: chunks older than this become columns

    def __post_init__(self) -> None:
        if not 7 <= self.rows_days <= self.rollup_days:
            raise ValueError("rows are kept for 7 days or more, and rollups as long as rows")
        if self.compress_after_days < 1:
            raise ValueError("compress_after_days must be 1 or more")


class Stand(msgspec.Struct, frozen=True):
    """Up to which batch everything is in; its leaf hash."""

    position: int = 0
    leaf: bytes = b""


class Sink(Protocol):
    """One thread writes. Every method commits all of what it does, or raises and nothing of it
    lasts; after Unavailable it is not known whether it was done, and `stand` tells."""

    def stand(self) -> Stand:
        """As committed. Connects again if need be."""
        ...

    def write(
        self, chunks: Iterable[list[Row]], unread: Sequence[Unread], after: int, stand: Stand
    ) -> None:
        """Chunks of rows are made as they are asked for, so that the database works meanwhile;
        `unread` is whole once they all were. Adds what is behind the committed position, which
        is `after` or, when an earlier try was committed after all, a later one; Unavailable if it
        is an earlier one."""
        ...

    def unread(self, after: int, limit: int) -> Sequence[int]:
        """Positions beyond `after`, ascending, of batches with events that could not be read."""
        ...

    def fill(self, rows: Sequence[Row]) -> int:
        """Those of the rows that were unread so far are added now, and counted."""
        ...

    def forget(self) -> None: ...

    def prune(self, now: datetime) -> None:
        """What is older than is to be kept goes, a bounded step at a time."""
        ...

    def close(self) -> None: ...


class PassageHour(msgspec.Struct, frozen=True, kw_only=True):
    """Decisions and passages at a door or gate. `denied`: persons and vehicles.

    Times here and below are RFC 3339 in UTC with milliseconds.
    """

    subject: str
    hour: str
    granted: int
    denied: int
    taken: int
    vehicles: int


class DepositHour(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    subject: str
    hour: str
    category: str
    deposits: int
    net_g: int
    unweighed: int


class DeviceDay(msgspec.Struct, frozen=True, kw_only=True):
    """`availability`: the share of the China day's 48 half hours in which it was heard."""

    gateway: str
    device: str
    day: str
    events: int
    lost: int
    first: str | None
    last: str | None
    availability: float


Answer = Sequence[PassageHour] | Sequence[DepositHour] | Sequence[DeviceDay]


class HistoryReader(Protocol):
    """Read only, any thread. `Unavailable` while the database does not answer."""

    def position(self) -> int: ...

    def rollup(
        self,
        name: RollupName,
        compound: str,
        since: datetime,
        until: datetime,
        subject: str | None = None,
    ) -> Answer:
        """Buckets that begin in [since, until), by bucket, then by what they are about; at most
        MOST_ROWS + 1. `subject` is a device for availability."""
        ...

    def close(self) -> None: ...
