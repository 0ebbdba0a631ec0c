"""The collection trucks, one a stream: twice a day from point to point, and to the station."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from math import atan2, cos, degrees, hypot, radians

from devices.adapter import Message
from devices.rfid.simulate import Reader
from infra.simulate.agenda import Process
from infra.simulate.bins import BinState, Deposits
from infra.simulate.compound import Compound, Point, Truck
from infra.simulate.world import World, local

# Hour of the residents' day. A box that starts at eight sees its first lift within minutes.
ROUNDS = ((8 + 1 / 60, "am"), (20.5, "pm"))
TRUCK_TARE_G = 7_850_000
_APART_S = 180.0  # one truck after the other
_FIX_S = 10.0
_STEPS = 12  # positions on the way to the next point
_METRES = 111_320.0  # in a degree of latitude

Place = tuple[float, float]


def rounds(world: World, deposits: Deposits) -> Iterator[Process]:
    for number, truck in enumerate(world.compound.trucks):
        crew = Crew(world, deposits, truck)
        for hour, name in ROUNDS:
            yield crew.daily(hour + number * _APART_S / 3600, name)


def route_name(compound: Compound, truck: Truck, name: str) -> str:
    """As the register has it; `name` is that of the round."""
    return f"{compound.compound}-{truck.category}-{name}"


class Crew:
    """Of one truck; it lifts the bins of one stream."""

    def __init__(self, world: World, deposits: Deposits, truck: Truck) -> None:
        self._world = world
        self._deposits = deposits
        self._truck = truck
        self._reader = Reader(truck.reader)
        self._scale = world.native(truck.scale, "waste")
        self._tracker = world.native(truck.device, "vehicle")
        self._load = 0

    def daily(self, hour: float, name: str) -> Process:
        world = self._world
        while True:
            yield world.seconds_until(hour)
            route = route_name(world.compound, self._truck, name)
            yield from self._round(f"{world.day:%Y%m%d}-{route}")

    def _round(self, ticket: str) -> Process:
        world = self._world
        depot = here = world.compound.depot
        self._load = 0
        for point in world.compound.points:
            yield from self._drive(here, point.place)
            here = point.place
            yield from self._lifts(point, f"collection/{ticket}")
        yield from self._drive(here, depot)
        yield world.rng.uniform(40, 90)
        yield partial(self._weighed, ticket)
        yield world.rng.uniform(20, 60)
        yield partial(self._accepted, ticket)

    def _weighed(self, ticket: str, at: datetime) -> Message:
        data = self._ticket(ticket) | {
            "grossG": TRUCK_TARE_G + self._load,
            "tareG": TRUCK_TARE_G,
            "netG": self._load,
        }
        return self._at_the_station(at, "waste.load.weighed.v1", ticket, data)

    def _accepted(self, ticket: str, at: datetime) -> Message:
        return self._at_the_station(at, "waste.load.accepted.v1", ticket, self._ticket(ticket))

    def _ticket(self, number: str) -> dict[str, object]:
        return {
            "site": self._world.compound.station,
            "ticketNo": number,
            "vehicle": self._truck.name,
            "plate": self._truck.plate,
            "category": self._truck.category,
        }

    def _at_the_station(
        self, at: datetime, type: str, ticket: str, data: dict[str, object]
    ) -> Message:
        station = self._world.native(self._world.compound.station, "waste")
        return station.event(at, type, f"collection/{ticket}", data)

    def _lifts(self, point: Point, subject: str) -> Process:
        rng = self._world.rng
        for container in point.bins:
            if container.category != self._truck.category:
                continue
            state = self._deposits.states[container.device]
            for _ in range(rng.choice((1, 1, 1, 2))):  # the antenna often sees a tag twice
                yield partial(self._tag, container.tag)
                yield rng.uniform(1, 3)
            yield rng.uniform(6, 12)
            yield partial(self._collected, state, point, subject)
            yield 1.0
            yield from self._deposits.emptied(state)
            yield rng.uniform(8, 20)

    def _tag(self, uid: str, at: datetime) -> Message:
        return self._reader.read(local(at), uid)

    def _collected(self, state: BinState, point: Point, subject: str, at: datetime) -> Message:
        gross, tare, net = state.lift()
        self._load += net
        data = {
            "bin": state.container.device,
            "uidHex": state.container.tag,
            "tech": "hf",
            "vehicle": self._truck.name,
            "plate": self._truck.plate,
            "category": state.container.category,
            "grossG": gross,
            "tareG": tare,
            "netG": net,
            "lat": round(point.place[0], 6),
            "lon": round(point.place[1], 6),
        }
        return self._scale.event(at, "waste.bin.collected.v1", subject, data)

    def _drive(self, start: Place, goal: Place) -> Process:
        north = (goal[0] - start[0]) * _METRES
        east = (goal[1] - start[1]) * _METRES * cos(radians(start[0]))
        motion = {
            "speedKmh": round(hypot(north, east) / (_STEPS * _FIX_S) * 3.6, 1),
            "headingDeg": round(degrees(atan2(east, north)) % 360, 1) % 360,
        }
        for step in range(1, _STEPS + 1):
            yield _FIX_S
            data = {
                "lat": round(start[0] + (goal[0] - start[0]) * step / _STEPS, 6),
                "lon": round(start[1] + (goal[1] - start[1]) * step / _STEPS, 6),
                **motion,
            }
            yield partial(
                self._tracker.event,
                type="vehicle.positioned.v1", subject=self._truck.subject, data=data,
            )  # fmt: skip
