"""What a facility says of a load: words about a ticket, and how it stands after them."""

from typing import Literal

from projections.view import Row


class Weighing(Row, frozen=True, kw_only=True):
    """One word about a ticket: weighed, accepted, refused or corrected, by (ms, told)."""

    what: Literal["weighed", "accepted", "refused", "corrected"]
    ms: int
    told: tuple[str, str, int]
    id: str
    source: str
    position: int = 0
    vehicle: str = ""
    vehicle_ref: str = ""  # what stands for its plate, never the reference itself
    weighbridge: str = ""
    category: str = ""
    gross_g: int | None = None
    tare_g: int | None = None
    net_g: int | None = None
    direction: str = "in"
    tare_from: str = ""
    reason: str = ""
    late_s: int = 0


class Ticket(Row, frozen=True, kw_only=True):
    """A load at a facility: every word about it, and how it stands after them."""

    site: str
    ticket_no: str
    words: tuple[Weighing, ...] = ()
    ms: int = 0  # of the first weighing
    vehicle: str = ""
    weighbridge: str = ""
    category: str = ""
    direction: str = "in"
    gross_g: int | None = None
    tare_g: int | None = None
    net_g: int | None = None
    outcome: Literal["weighed", "accepted", "refused"] = "weighed"
    reason: str = ""
    corrected: int = 0
    beside: tuple[str, ...] = ()  # keys of later loads and other vehicles that got its number too


class Tickets(Row, frozen=True, kw_only=True):
    """Which tickets a vehicle has on a day: kind `weighed`, keyed like its haul."""

    keys: tuple[str, ...] = ()
