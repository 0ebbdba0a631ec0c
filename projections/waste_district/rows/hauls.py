"""What a vehicle did on one day: its facts as they were told, its routes, and what was not as it
should be."""

from collections.abc import Mapping

import msgspec

from core.event import parse_source
from projections.view import Row


class Lift(msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=False):
    """As it was told. Kept packed: a month of a district has a third of a million."""

    ms: int
    id: str  # of the event, and unique only with its source: a vehicle may have two lifters
    source: str
    position: int
    late_s: int = 0  # how long after it the gateway recorded it
    uid: str = ""
    bin: str = ""  # as told: a bare name or "bin/…"
    category: str = ""  # as the vehicle said
    gross_g: int | None = None
    tare_g: int | None = None
    net_g: int | None = None
    lat: float | None = None
    lon: float | None = None
    refused: str = ""

    @property
    def told_in(self) -> str:
        """Compound whose gateway told of it."""
        return parse_source(self.source)[0]


class Read(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reader on the vehicle saw a tag: evidence of a lift, and of nothing without one."""

    ms: int
    id: str
    source: str
    position: int
    uid: str


class Tare(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The empty bin was weighed after a lift that told its full weight alone."""

    ms: int
    id: str
    source: str
    position: int
    lift: str  # id of that event
    grams: int


class Fix(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where the vehicle was."""

    ms: int
    lat: float
    lon: float


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything told of a vehicle's day, each by (ms, id, source): no order of
    arrival matters."""

    lifts: tuple[Lift, ...] = ()
    reads: tuple[Read, ...] = ()
    fixes: tuple[Fix, ...] = ()
    tares: tuple[Tare, ...] = ()


class Witness(Row, frozen=True, kw_only=True):
    """A lift that shows something."""

    id: str
    position: int


class Missed(Row, frozen=True, kw_only=True):
    """A bin that should have been lifted and was not, as far as is known. `by`: the lift by which
    the vehicle had gone on; none where its ticket says so."""

    bin: str
    point: str = ""
    passed_ms: int = 0  # when the vehicle had gone on; 0: not seen yet, or no data
    by: Witness | None = None


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
    untold_by: tuple[Witness, ...] = ()  # ... each by the lift that it was done with
    last: Witness | None = None  # the vehicle's last lift on it, else of that time


def bin_on_route(route: str, day: str, bin_: str) -> str:
    """Key of what is found about a bin on a route's day."""
    return f"{route}|{day}|{bin_}"


class Finding(Row, frozen=True, kw_only=True):
    """Something that is not as it should be. `key` is what it is about, alike for whoever looks:

    double-read, wrong-stream, unidentified, stray-tag, impossible-weight: the lift's event id,
    which is unique only with its `source`
    missed-bin: {route}|{day}|{bin}      refused-bin: {route}|{day}|{bin}
    mixed-load, no-lifts, gap, refused-load: {site}|{ticket}        not-delivered: trip key
    lost-tag: bin       swapped-tag: {bin}|{bin} in order      tag-conflict: uid
    plate-conflict: what stands for the plate (`plates.unregistered`)
    unknown-bin: {route}|{bin}, the bare name where the compound is not known
    late-file, slow-clock, silent-vehicle, two-places: {vehicle}|{day}; |{day}: nobody was heard
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
    source: str = ""  # of the lift that it is about
    position: int = 0  # of the first of them


class Haul(Row, frozen=True, kw_only=True):
    """A vehicle's day: the facts as they were told, and what follows from them with the register
    and the tickets as they are known now."""

    vehicle: str
    day: str
    facts: bytes = b""  # Facts, packed by `gather`
    last_ms: int = 0
    lifts: int = 0
    routes: tuple[RouteDay, ...] = ()
    findings: tuple[Finding, ...] = ()
    zero_g: int = 0  # by which the lifter's empty readings are off, as its bins say
    trips: int = 0
    first_lift_ms: int = 0  # 0: none
    last_lift_ms: int = 0


class Extra(Row, frozen=True, kw_only=True):
    """Bins that were lifted on a day by who has them on none of its routes: (bin, when, vehicle),
    sorted. They are made good to those who have."""

    lifts: tuple[tuple[str, int, str], ...] = ()
