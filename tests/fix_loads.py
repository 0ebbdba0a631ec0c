"""Lifts, tickets and trips by hand: what a vehicle did, without the messages that told of it."""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from core.clock import rfc3339
from core.event import Data, Event, Recorded, source_of
from core.events.custody import LoadAccepted, LoadRefused, TicketCorrected
from core.events.waste import LoadWeighed
from core.moment import moment_of
from projections.days import at, day_of, next_day, previous_day
from projections.state import CompoundRows
from projections.view import DISTRICT
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.loads.tickets import tickets_of, weigh
from projections.waste_district.loads.trips import standing, trips
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Haul, Lift
from projections.waste_district.rows.kept import Mark
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import Trip
from tests.fix_register import Registered, day, entry

DAY = "2026-10-05"
LATER = at("2026-10-31", "00:00")
_WORDS: Mapping[str, type[Data]] = {
    "weighed": LoadWeighed, "accepted": LoadAccepted, "refused": LoadRefused,
    "corrected": TicketCorrected,
}  # fmt: skip


LIFTER = source_of("c1", "gw", "lifter")


def instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def registered() -> Registered:
    """Two collecting vehicles, one that hauls from the transfer station, three facilities."""
    said = Registered()
    for vehicle, category in (("v1", "food"), ("v2", "residual"), ("v9", "residual")):
        said.vehicle(
            vehicle,
            carrier="k1",
            categories=[category],
            tareG=9_000_000,
            capacityG=8_000_000,
            plateRef=f"s:{vehicle[1] * 32}",
            scale={"accuracy": "Y(b)", "divisionG": 500},
        )
    for name, kind, accepts in (
        ("f1", "composting", ["food"]),
        ("f2", "transfer", ["residual", "recyclable"]),
        ("f3", "incineration", ["residual"]),
    ):
        said.enter(entry(f"facility/{name}", day(1), kind=kind, accepts=accepts))
        scale = {"accuracy": "III", "divisionG": 20_000}
        said.enter(entry(f"weighbridge/{name}-b1", day(1), facility=name, scale=scale))
    said.enter(entry("carrier/k1", day(1)))
    return said


def word(
    what: str,
    ms: int,
    *,
    site: str = "f1",
    no: str = "t1",
    vehicle: str = "v1",
    late_s: int = 5,
    gateway: str = "gw",
    id: str = "",
    **more: object,
) -> Recorded:
    """What a facility or its weighbridge says of a load."""
    said = {"site": site, "ticketNo": no, "vehicle": vehicle, **more}
    data = msgspec.convert(said, _WORDS[what])
    event = Event(
        id=id or f"{what}:{site}:{no}:{ms}",
        source=source_of(DISTRICT, gateway, f"{site}-b1"),
        type=data.TYPE,
        subject=f"weighbridge/{site}-b1" if what == "weighed" else f"facility/{site}",
        time=rfc3339(instant(ms)),
        recordedtime=rfc3339(instant(ms + late_s * 1000)),
        data=data,
    )
    moment = moment_of(event.time, event.recordedtime, event.timequality)
    return Recorded(event, ms % 10_000, 0, gateway, ms, DISTRICT, gateway, f"{site}-b1", moment)


def weighed(ms: int, net_g: int, **more: object) -> Recorded:
    """Both ways, on the site's weighbridge."""
    said: dict[str, object] = {"tareFrom": "weighed", "tareG": 9_000_000, **more}
    tare = said["tareG"]
    assert isinstance(tare, int)
    said.setdefault("grossG", tare + net_g)
    return word("weighed", ms, **said)  # type: ignore[arg-type]


def lift(
    ms: int,
    net_g: int = 50_000,
    *,
    bin: str = "c1/b1",
    category: str = "food",
    stream: str = "food",
    flags: tuple[str, ...] = (),
    weighed: bool = True,
    **more: object,
) -> Resolved:
    """By tag, gross and tare read."""
    told = Lift(
        ms=ms,
        id=f"l{ms}",
        source=LIFTER,
        position=1,
        gross_g=12_000 + net_g if weighed else None,
        tare_g=12_000 if weighed else None,
    )
    wrong = ("wrong-stream",) if category != stream else ()
    made = Resolved(
        lift=told,
        bin=bin,
        compound=bin.partition("/")[0] if bin else "",
        category=category,
        stream=stream,
        by="tag" if bin else "",
        net_g=net_g if weighed else 0,
        weighed=weighed,
        flags=(*flags, *wrong),
    )
    return msgspec.structs.replace(made, **more)


def twice(one: Resolved, ms: int) -> Resolved:
    """The same lift told again."""
    told = msgspec.structs.replace(one.lift, ms=ms, id=f"l{ms}")
    return msgspec.structs.replace(
        one, lift=told, double_of=one.lift.id, counted=False, weighed=False, net_g=0
    )


class Weighbridge:
    """Rows that have heard the register and these words."""

    def __init__(self, words: Iterable[Recorded] = ()) -> None:
        self.rows: CompoundRows = registered().rows
        self.touched: set[str] = set()
        for one in words:
            self.touched |= set(self.hear(one))

    def hear(self, item: Recorded) -> Collection[str]:
        return weigh(self.rows, item)

    @property
    def register(self) -> Register:
        return Register(self.rows)

    def ticket(self, key: str = "f1|t1") -> Ticket:
        found = self.rows.get("ticket", key, Ticket)
        assert found is not None
        return found

    def trips(
        self,
        lifts: Sequence[Resolved] = (),
        vehicle: str = "v1",
        day: str = DAY,
        mark_ms: int = LATER,
    ) -> tuple[Trip, ...]:
        """As a haul's settling has them, read when the district is known until `mark_ms`."""
        days = (previous_day(day), day, next_day(day))
        by_day = {one: [each for each in lifts if day_of(each.lift.ms) == one] for one in days}
        tickets = tickets_of(self.rows, vehicle, days, self.register)
        found = trips(vehicle, day, by_day, tickets, self.register)
        return tuple(standing(one, mark_ms) for one in found)

    def settle(
        self, lifts: Mapping[str, Sequence[Resolved]], days: Iterable[str], mark_ms: int = LATER
    ) -> None:
        """Puts the trips and hauls of these days. `lifts`: by vehicle."""
        names = {*lifts, *(key.partition("|")[0] for key in self.rows.keys("weighed"))}
        for one in days:
            for vehicle in sorted(names):
                made = self.trips(lifts.get(vehicle, ()), vehicle, one, mark_ms)
                for trip in made:
                    self.rows.put("trip", trip.key, trip)
                if made:
                    haul = Haul(vehicle=vehicle, day=one, trips=len(made), last_ms=1, lifts=1)
                    self.rows.put("haul", f"{vehicle}|{one}", haul)
        self.rows.put("mark", "mark", Mark(ms=mark_ms))


def every(minutes: int, many: int, since: str = "08:00", day: str = DAY) -> list[int]:
    """So many moments, one every so many minutes."""
    first = at(day, since)
    return list(itertools.islice(itertools.count(first, minutes * 60_000), many))
