"""A district's register without a log: entries as they are said, folded at once."""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from core.clock import rfc3339
from core.event import Data, Event, Recorded, source_of
from core.events.register import (
    BinEntered,
    CarrierEntered,
    CompoundEntered,
    FacilityEntered,
    PointEntered,
    RouteEntered,
    VehicleEntered,
    WeighbridgeEntered,
)
from core.moment import millis, moment_of
from projections.state import CompoundRows
from projections.view import DISTRICT, Row
from projections.waste_district.entering.entries import enter
from projections.waste_district.lifts.gather import haul_key
from projections.waste_district.register.names import enlist
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Haul
from tests.fix_views import NOON

WRITTEN = rfc3339(NOON)


def day(number: int, clock: str = "00:00") -> str:
    """Of October 2026 in China, as entries write it."""
    return f"2026-10-{number:02}T{clock}:00+08:00"


def ms(number: int, clock: str = "00:00") -> int:
    return millis(day(number, clock))


Entry = tuple[str, str, Data]  # the compound whose event it is, subject, data

_KINDS: Mapping[str, type[Data]] = {
    "bin": BinEntered, "carrier": CarrierEntered, "compound": CompoundEntered,
    "facility": FacilityEntered, "point": PointEntered, "route": RouteEntered,
    "vehicle": VehicleEntered, "weighbridge": WeighbridgeEntered,
}  # fmt: skip


def entry(subject: str, since: str, **told: object) -> Entry:
    """`told`: as JSON has it."""
    kind, _, name = subject.partition("/")
    where = str(told.get("compound", name if kind == "compound" else DISTRICT))
    return where, subject, msgspec.convert({**told, "validFrom": since}, _KINDS[kind])


def fleet(
    since: str, *vehicles: str, facility: str, carrier: str, accepts: Sequence[str]
) -> Iterator[Entry]:
    """A carrier's food vehicles and where they drive to, with a weighbridge; by these names."""
    yield entry("carrier/k1", since, name=carrier)
    yield entry("facility/f01", since, name=facility, accepts=accepts)
    yield entry("weighbridge/f01-b1", since, facility="f01")
    for one in vehicles:
        yield entry(f"vehicle/{one}", since, carrier="k1", categories=["food"], tareG=9_000_000)


class Registered:
    """Rows that have heard everything said so far."""

    def __init__(self) -> None:
        self.rows = CompoundRows(DISTRICT)
        self.said: list[Recorded] = []
        self._sequence = itertools.count(1)

    def say(
        self,
        data: Data,
        subject: str,
        *,
        compound: str = "c01",
        gateway: str = "hub",
        at: datetime = NOON,
        id: str = "",
    ) -> Collection[str]:
        """Keys of the hauls to settle again. `at`: when it was said, and heard of."""
        number = next(self._sequence)
        event = Event(
            id=id or f"said:{number}",
            source=source_of(compound, gateway, "console"),
            type=data.TYPE,
            subject=subject,
            time=rfc3339(at),
            recordedtime=rfc3339(at),
            data=data,
        )
        moment = moment_of(event.time, event.recordedtime, event.timequality)
        item = Recorded(event, number, 0, gateway, number, compound, gateway, "console", moment)
        self.said.append(item)
        return enter(self.rows, item) or ()

    def enter(self, one: Entry) -> None:
        compound, subject, data = one
        self.say(data, subject, compound=compound)

    def bin(self, name: str, since: str = "", compound: str = "c01", **more: object) -> None:
        self.enter(entry(f"bin/{name}", since or day(1), compound=compound, **more))

    def point(self, name: str, since: str = "", compound: str = "c01", **more: object) -> None:
        self.enter(entry(f"point/{name}", since or day(1), compound=compound, **more))

    def vehicle(self, name: str, since: str = "", **more: object) -> None:
        self.enter(entry(f"vehicle/{name}", since or day(1), **more))

    def route(self, name: str, since: str = "", vehicle: str = "v1", **more: object) -> None:
        self.enter(entry(f"route/{name}", since or day(1), vehicle=vehicle, **more))

    def hauled(self, vehicle: str, number: int) -> None:
        """The vehicle did something on that day of October."""
        on = day(number)[:10]
        self.rows.put("haul", haul_key(vehicle, on), Haul(vehicle=vehicle, day=on))
        enlist(self.rows, "day", on, vehicle)

    @property
    def register(self) -> Register:
        return Register(self.rows)


def entered(items: Sequence[Recorded]) -> dict[str, dict[str, Row]]:
    """The rows these make, in this order."""
    rows = CompoundRows(DISTRICT)
    for item in items:
        enter(rows, item)
    return rows.kinds
