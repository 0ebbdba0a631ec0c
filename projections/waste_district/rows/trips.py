"""From the first lift to the ticket: what each compound gave, and what became of the difference."""

from typing import Literal

import msgspec

from projections.view import Row


class Part(Row, frozen=True, kw_only=True):
    """What one compound gave to a trip, of one category. `compound` empty: nobody can say."""

    compound: str
    category: str
    net_g: int = 0
    lifts: int = 0
    unweighed: int = 0
    presumed_g: int = 0  # of net_g: from bins known by place alone


GapName = Literal[
    "tolerance", "unidentified", "not-delivered", "no-lifts", "refused", "lifter-zero",
    "bridge-zero", "unexplained",
    "under-way",  # not delivered yet, as far as is known
    "unweighed-lifts",  # bins that nobody weighed
    "unweighed-load",  # a ticket without a net
    "impossible-weight",  # a ticket that says what cannot be
]  # fmt: skip


class Gap(Row, frozen=True, kw_only=True):
    """A named piece of lifted minus received; the pieces add up to it, to the gram. What nobody
    can say whose it is came along without being anybody's, so its gap is below nothing."""

    name: GapName
    grams: int


def trip_key(vehicle: str, day: str, n: int | str) -> str:
    return f"{vehicle}|{day}|{n}"


class Trip(Row, frozen=True, kw_only=True):
    """From the first lift after the last load was left, to the ticket that it left with."""

    vehicle: str
    day: str  # of the first lift, or of the ticket where there is none
    n: int
    kind: Literal["collection", "transfer"] = "collection"
    carrier: str = ""
    category: str = ""  # what the vehicle is for, by its route, else by its register
    opened_ms: int = 0
    closed_ms: int = 0
    ticket: str = ""  # key; of a refused load the last one; empty: none is known
    site: str = ""
    outcome: Literal["open", "delivered", "refused", "undelivered"] = "open"
    lifts: int = 0
    doubles: int = 0
    lifted_g: int = 0  # from compounds that are known; of a transfer, what left the station
    received_g: int = 0
    tolerance_g: int = 0  # what the scales may be off by
    parts: tuple[Part, ...] = ()
    gaps: tuple[Gap, ...] = ()
    wrong_g: int = 0  # from bins of another stream than the vehicle's
    wrong_lifts: int = 0
    mixed: str = ""  # why it is mixed transport; empty: it is not
    # Ids of what it begins and ends with: first and last lift, and the first word of its tickets.
    ends: tuple[str, ...] = msgspec.field(default=(), name="firsts")
    position: int = 0  # newest of what it follows from
    revised: int = 0  # how often it changed after it was delivered
    last_ms: int = 0  # of the last lift
    origin: str = ""  # the transfer station that it was taken from
    taken: str = ""  # key of the ticket that it left there with
    refused: tuple[str, ...] = ()  # keys of the tickets that nobody took it by, oldest first

    @property
    def key(self) -> str:
        return trip_key(self.vehicle, self.day, self.n)

    @property
    def mass_g(self) -> int:
        """That was on the vehicle, as far as it was weighed; nobody's waste too."""
        return sum(one.net_g for one in self.parts) if self.parts else self.lifted_g

    @property
    def tickets(self) -> tuple[str, ...]:
        """Keys of all its tickets, as it went from hand to hand."""
        return tuple(dict.fromkeys(key for key in (self.taken, *self.refused, self.ticket) if key))


class Revision(Row, frozen=True, kw_only=True):
    """A ticket's balance said otherwise than before, because something came late. What was known
    when, so these depend on the order of arrival, as they must: kind `revision`, by ticket. Nothing
    lifted and received is of a trip that was not there, or is no more."""

    position: int
    recorded: str
    cause: str  # id of the event
    why: str  # its type
    trip: str = ""  # key of the one whose figures these are
    lifted_was: int = 0
    lifted_is: int = 0
    received_was: int = 0
    received_is: int = 0


class Revisions(Row, frozen=True, kw_only=True):
    ticket: str
    revisions: tuple[Revision, ...] = ()  # the newest LAST_REVISIONS
