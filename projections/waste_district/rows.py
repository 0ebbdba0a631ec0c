"""Rows of the district's waste: what is registered, what vehicles did, what was weighed.

Grams are integers; `ms` are milliseconds since 1970 of when something happened; days are China's,
YYYY-MM-DD. Vehicles, routes, facilities, weighbridges, carriers and points go by their bare names,
bins by `{compound}/{bin}`, because two compounds may call bins alike.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from projections.view import Row
from projections.waste_district.register_rows import EDITION as EDITION
from projections.waste_district.register_rows import Bin as Bin
from projections.waste_district.register_rows import BinVersion as BinVersion
from projections.waste_district.register_rows import BinWord as BinWord
from projections.waste_district.register_rows import Carrier as Carrier
from projections.waste_district.register_rows import CarrierVersion as CarrierVersion
from projections.waste_district.register_rows import Compound as Compound
from projections.waste_district.register_rows import CompoundVersion as CompoundVersion
from projections.waste_district.register_rows import Edition as Edition
from projections.waste_district.register_rows import Facility as Facility
from projections.waste_district.register_rows import FacilityVersion as FacilityVersion
from projections.waste_district.register_rows import Names as Names
from projections.waste_district.register_rows import Point as Point
from projections.waste_district.register_rows import PointVersion as PointVersion
from projections.waste_district.register_rows import Route as Route
from projections.waste_district.register_rows import RouteVersion as RouteVersion
from projections.waste_district.register_rows import Tag as Tag
from projections.waste_district.register_rows import TagVersion as TagVersion
from projections.waste_district.register_rows import TagWord as TagWord
from projections.waste_district.register_rows import Vehicle as Vehicle
from projections.waste_district.register_rows import VehicleVersion as VehicleVersion
from projections.waste_district.register_rows import Version as Version
from projections.waste_district.register_rows import Weighbridge as Weighbridge
from projections.waste_district.register_rows import WeighbridgeVersion as WeighbridgeVersion

# --- what a vehicle did on one day ---------------------------------------------------------------


class Lift(msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=False):
    """As it was told. Kept packed: a month of a district has a third of a million."""

    ms: int
    id: str
    position: int
    late_s: int = 0  # how long after it the gateway recorded it
    live: bool = False
    uid: str = ""
    bin: str = ""  # as told: a bare name or "bin/…"
    told_in: str = ""  # compound whose gateway told of it
    category: str = ""  # as the vehicle said
    gross_g: int | None = None
    tare_g: int | None = None
    net_g: int | None = None
    lat: float | None = None
    lon: float | None = None
    refused: str = ""


class Read(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reader on the vehicle saw a tag: evidence of a lift, and of nothing without one."""

    ms: int
    id: str
    position: int
    uid: str


class Fix(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where the vehicle was."""

    ms: int
    lat: float
    lon: float


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything told of a vehicle's day, each by (ms, id): no order of arrival matters."""

    lifts: tuple[Lift, ...] = ()
    reads: tuple[Read, ...] = ()
    fixes: tuple[Fix, ...] = ()


class Missed(Row, frozen=True, kw_only=True):
    """A bin that should have been lifted and was not, as far as is known."""

    bin: str
    point: str = ""
    passed_ms: int = 0  # when the vehicle had gone on; 0: not seen yet, or no data


class RouteDay(Row, frozen=True, kw_only=True):
    """A route on one day: what was planned and what came of it. Coverage = (lifted + presumed +
    refused) / planned."""

    route: str
    category: str = ""
    start_ms: int = 0
    end_ms: int = 0
    planned: int = 0
    lifted: int = 0  # by tag or name
    presumed: int = 0  # by place alone
    refused: int = 0
    missed: tuple[Missed, ...] = ()
    done: tuple[str, ...] = ()  # bins lifted or presumed, in the order of lifting
    caught_up: tuple[str, ...] = ()  # those of them that another vehicle lifted
    last_ms: int = 0  # of the last lift on it
    untold: tuple[str, ...] = ()  # those of `done` whose tag nobody read


class Finding(Row, frozen=True, kw_only=True):
    """Something that is not as it should be. `key` is what it is about, alike for whoever looks:

    double-read, wrong-stream, unidentified, stray-tag, impossible-weight: the lift's event id
    missed-bin: {route}|{day}|{bin}      refused-bin: {route}|{day}|{bin}
    mixed-load, no-lifts, gap: {site}|{ticket}        not-delivered: trip key
    lost-tag: bin       swapped-tag: {bin}|{bin} in order      tag-conflict: uid
    late-file, silent-vehicle, two-places: {vehicle}|{day}; |{day} where nobody was heard
    scale-zero: vehicle/{vehicle}|{day} or weighbridge/{weighbridge}|{day}
    """

    kind: str
    key: str
    day: str
    compound: str = ""
    vehicle: str = ""
    bin: str = ""
    ms: int = 0
    grams: int = 0
    detail: Mapping[str, str | int] = {}
    events: tuple[str, ...] = ()  # ids
    position: int = 0  # of the first of them


class Haul(Row, frozen=True, kw_only=True):
    """A vehicle's day: the facts as they were told, and what follows from them with the register
    and the tickets as they are known now."""

    vehicle: str
    day: str
    facts: bytes = b""  # Facts, packed by `gather`
    first_ms: int = 0
    last_ms: int = 0
    lifts: int = 0
    late: int = 0  # lifts that were recorded hours after they happened
    routes: tuple[RouteDay, ...] = ()
    findings: tuple[Finding, ...] = ()
    zero_g: int = 0  # by which the lifter's empty readings are off, as its bins say
    trips: int = 0
    first_lift_ms: int = 0  # 0: none
    last_lift_ms: int = 0


# --- loads ---------------------------------------------------------------------------------------


class Extra(Row, frozen=True, kw_only=True):
    """Bins that were lifted on a day by who has them on none of its routes: (bin, when, vehicle),
    sorted. They are made good to those who have."""

    lifts: tuple[tuple[str, int, str], ...] = ()


class Weighing(Row, frozen=True, kw_only=True):
    """One word about a ticket: weighed, accepted, refused or corrected, by (ms, told)."""

    what: Literal["weighed", "accepted", "refused", "corrected"]
    ms: int
    told: tuple[str, str, int]
    id: str
    position: int = 0
    vehicle: str = ""
    vehicle_ref: str = ""
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


class Tickets(Row, frozen=True, kw_only=True):
    """Which tickets a vehicle has on a day: kind `weighed`, keyed like its haul."""

    keys: tuple[str, ...] = ()


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
    ticket: str = ""  # key; empty: not delivered, as far as is known
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
    firsts: tuple[str, ...] = ()  # ids of the first and last lift, and of the ticket
    position: int = 0  # newest of what it follows from
    revised: int = 0  # how often it changed after it was delivered
    last_ms: int = 0  # of the last lift
    origin: str = ""  # the transfer station that it was taken from
    taken: str = ""  # key of the ticket that it left there with


class Revision(Row, frozen=True, kw_only=True):
    """A ticket's balance said otherwise than before, because something came late. What was known
    when, so these depend on the order of arrival, as they must: kind `revision`, by ticket."""

    position: int
    recorded: str
    cause: str  # id of the event
    why: str  # its type
    lifted_was: int = 0
    lifted_is: int = 0
    received_was: int = 0
    received_is: int = 0


class Revisions(Row, frozen=True, kw_only=True):
    ticket: str
    revisions: tuple[Revision, ...] = ()  # the newest LAST_REVISIONS


# --- what compounds do, by day ------------------------------------------------------------------


class Seen(Row, frozen=True, kw_only=True):
    """An event that a figure rests on."""

    ms: int
    id: str
    position: int = 0


class Deeds(Row, frozen=True, kw_only=True):
    """One compound's day at its points: `{compound}|{day}`. Sums, so order is no matter. In the
    view of one compound: a point's or a bin's day, `{day}|{subject}`."""

    compound: str
    day: str
    subject: str = ""
    deposits: Mapping[str, int] = {}  # category → how many
    deposited_g: Mapping[str, int] = {}
    violations: Mapping[str, int] = {}  # kind → how many
    inspections: int = 0
    purity_ppm: int = 0  # sum over inspections, so that adding is exact
    overflows: int = 0
    unweighed: int = 0  # deposits without a weight
    faulty: int = 0  # of these, whose tare was more than their gross
    overflowed: Mapping[str, int] = {}  # subject of a bin → how often somebody said so
    # Point → minutes of the day of its deposits, in order: which of them were outside its hours
    # follows from the register as it is known when somebody asks.
    minutes: Mapping[str, tuple[int, ...]] = {}
    evidence: Mapping[str, tuple[Seen, ...]] = {}  # what was done wrong → the newest LAST_SEEN


class Spell(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Days since 1970, of China, with no long silence between them, and the newest moment told."""

    first: int
    last: int
    ms: int


class Mark(Row, frozen=True, kw_only=True):
    """Until when the district is known, and of which days it was told anything."""

    ms: int = 0
    spells: tuple[Spell, ...] = ()  # oldest first


class Export(Row, frozen=True, kw_only=True):
    """Ledgers that left the house, by `{compound}|{month}`, oldest first. A format that is not in
    Chinese has its language before it: `en.pdf`."""

    exports: tuple[tuple[int, int, str, str], ...] = ()  # revision, position, format, sha256
    contents: Mapping[str, str] = {}  # revision → SHA-256 of what all its formats say


class Dispatch(Row, frozen=True, kw_only=True):
    """Catch-up: `{route}|{day}`."""

    vehicle: str
    bins: tuple[str, ...] = ()
    actor: str = ""
    at: str = ""


class Import(Row, frozen=True, kw_only=True):
    """A file of the past that was taken in, by its hash."""

    file: str
    rows: int = 0
    events: int = 0
    aside: int = 0
    first: str = ""
    last: str = ""
    actor: str = ""
    at: str = ""


KINDS: Mapping[str, type[Row]] = {
    "compound": Compound,
    "point": Point,
    "bin": Bin,
    "tag": Tag,
    "carrier": Carrier,
    "vehicle": Vehicle,
    "facility": Facility,
    "weighbridge": Weighbridge,
    "route": Route,
    "edition": Edition,
    "named": Names,
    "at": Names,
    "near": Names,
    "driven": Names,
    "plate": Names,
    "day": Names,
    "planned": Names,
    "haul": Haul,
    "extra": Extra,
    "weighed": Tickets,
    "ticket": Ticket,
    "trip": Trip,
    "revision": Revisions,
    "deeds": Deeds,
    "mark": Mark,
    "export": Export,
    "dispatch": Dispatch,
    "import": Import,
}
