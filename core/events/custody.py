"""From the lift to the facility's gate: what became of a load, and what people set right.

A load is known by its ticket (`site`, `ticketNo`). What was written on it is never changed: a
correction is an event of its own, with a reason.
"""

from typing import ClassVar, Literal

from core.event import Data
from core.events.waste import Category, Grams

LedgerFormat = Literal["csv", "xlsx", "pdf", "json"]
Language = Literal["zh", "en"]


class _Ticket(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    site: str = ""
    ticket_no: str = ""
    vehicle: str = ""
    vehicle_ref: str = ""


class LoadAccepted(_Ticket, frozen=True, kw_only=True):
    """`category`: as which it was taken."""

    TYPE: ClassVar[str] = "waste.load.accepted.v1"
    category: Category | None = None


class LoadRefused(_Ticket, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "waste.load.refused.v1"
    reason: str
    category: Category | None = None  # what it was found to be


class TicketCorrected(_Ticket, frozen=True, kw_only=True):
    """New values of a ticket that was weighed; what is absent stands as it was."""

    TYPE: ClassVar[str] = "waste.ticket.corrected.v1"
    reason: str
    gross_g: Grams | None = None
    tare_g: Grams | None = None
    net_g: Grams | None = None
    category: Category | None = None
    actor: str = ""


class CatchUpDispatched(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Somebody sends a vehicle for bins that were missed. Subject `route/{route}`."""

    TYPE: ClassVar[str] = "waste.catchup.dispatched.v1"
    day: str  # China's, YYYY-MM-DD
    vehicle: str
    bins: tuple[str, ...]
    actor: str
    note: str = ""


class LedgerExported(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A month's ledger left the house. It can be made again from the log up to `position`,
    byte for byte. `revision` counts from 1; a later one differs because something came late.
    JSON is of no language and says "zh"."""

    TYPE: ClassVar[str] = "waste.ledger.exported.v1"
    compound: str
    month: str  # YYYY-MM
    position: int
    revision: int
    format: LedgerFormat
    sha256: str
    lines: int
    actor: str
    language: Language = "zh"
    content: str = ""  # SHA-256 of what every format of this revision says


class HistoryImported(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A file of the past was taken in. Rows that were set aside are in the report of that hash."""

    TYPE: ClassVar[str] = "history.imported.v1"
    file: str
    sha256: str
    rows: int
    events: int
    aside: int
    first: str = ""  # times of the oldest and newest event
    last: str = ""
    actor: str = ""


TYPES = (
    LoadAccepted, LoadRefused, TicketCorrected, CatchUpDispatched, LedgerExported, HistoryImported,
)  # fmt: skip
