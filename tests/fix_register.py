"""A district's register without a log: entries as they are said, folded at once."""

import itertools
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from core.clock import rfc3339
from core.event import Data, Event, Recorded, source_of
from core.events.register import BinEntered, PointEntered, RouteEntered, VehicleEntered
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
        return enter(self.rows, item)

    def bin(self, name: str, since: str = "", compound: str = "c01", **more: object) -> None:
        data = msgspec.convert(
            {"compound": compound, "validFrom": since or day(1), **more}, BinEntered
        )
        self.say(data, f"bin/{name}", compound=compound)

    def point(self, name: str, since: str = "", compound: str = "c01", **more: object) -> None:
        data = msgspec.convert(
            {"compound": compound, "validFrom": since or day(1), **more}, PointEntered
        )
        self.say(data, f"point/{name}", compound=compound)

    def vehicle(self, name: str, since: str = "", **more: object) -> None:
        data = msgspec.convert({"validFrom": since or day(1), **more}, VehicleEntered)
        self.say(data, f"vehicle/{name}", compound=DISTRICT)

    def route(self, name: str, since: str = "", vehicle: str = "v1", **more: object) -> None:
        data = msgspec.convert(
            {"vehicle": vehicle, "validFrom": since or day(1), **more}, RouteEntered
        )
        self.say(data, f"route/{name}", compound=DISTRICT)

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
