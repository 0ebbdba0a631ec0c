"""The collection truck: twice a day from point to point, tag, lift, scale, and to the station."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from math import atan2, cos, degrees, hypot, radians

from core.events.waste import Category
from devices.adapter import Message
from devices.rfid.simulate import Reader
from infra.simulate.agenda import Process
from infra.simulate.bins import BinState, Deposits
from infra.simulate.compound import (
    TRANSFER_STATION,
    TRUCK,
    TRUCK_READER,
    TRUCK_SCALE,
    Point,
)
from infra.simulate.world import World, local

ROUNDS = ((9.5, "am"), (20.5, "pm"))
_FIX_S = 10.0
_STEPS = 12  # positions on the way to the next point
_TRUCK_TARE_G = 7_850_000
_METRES = 111_320.0  # in a degree of latitude

Place = tuple[float, float]


class Truck:
    def __init__(self, world: World, deposits: Deposits) -> None:
        self._world = world
        self._deposits = deposits
        self._reader = Reader(TRUCK_READER)
        self._scale = world.native(TRUCK_SCALE, "waste")
        self._tracker = world.native(TRUCK, "vehicle")

    def processes(self) -> Iterator[Process]:
        return (self._daily(hour, name) for hour, name in ROUNDS)

    def _daily(self, hour: float, name: str) -> Process:
        world = self._world
        while True:
            yield world.seconds_until(hour)
            yield from self._round(f"collection/{world.day:%Y%m%d}-{name}")

    def _round(self, subject: str) -> Process:
        world = self._world
        lat, lon = world.compound.place
        depot = here = (lat - 0.01, lon - 0.012)
        load: Counter[Category] = Counter()
        for point in world.compound.points:
            yield from self._drive(here, point.place)
            here = point.place
            yield from self._lifts(point, subject, load)
        yield from self._drive(here, depot)
        for number, category in enumerate(load, start=1):
            net = load[category]
            data = {
                "site": TRANSFER_STATION,
                "ticketNo": f"{subject.removeprefix('collection/')}-{number}",
                "category": category,
                "plate": world.compound.people.truck_plate,
                "grossG": _TRUCK_TARE_G + net,
                "tareG": _TRUCK_TARE_G,
                "netG": net,
            }
            yield world.rng.uniform(40, 90)
            yield partial(
                world.native(TRANSFER_STATION, "waste").event,
                type="waste.load.weighed.v1", subject=subject, data=data,
            )  # fmt: skip

    def _lifts(self, point: Point, subject: str, load: Counter[Category]) -> Process:
        rng = self._world.rng
        for container in point.bins:
            state = self._deposits.states[container.device]
            for _ in range(rng.choice((1, 1, 1, 2))):  # the antenna often sees a tag twice
                yield partial(self._tag, container.tag)
                yield rng.uniform(1, 3)
            yield rng.uniform(6, 12)
            yield partial(self._collected, state, subject, load)
            yield 1.0
            yield from self._deposits.emptied(state)
            yield rng.uniform(8, 20)

    def _tag(self, uid: str, at: datetime) -> Message:
        return self._reader.read(local(at), uid)

    def _collected(
        self, state: BinState, subject: str, load: Counter[Category], at: datetime
    ) -> Message:
        gross, tare, net = state.lift()
        load[state.container.category] += net
        data = {
            "bin": state.container.device,
            "plate": self._world.compound.people.truck_plate,
            "category": state.container.category,
            "grossG": gross,
            "tareG": tare,
            "netG": net,
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
                type="vehicle.positioned.v1", subject=f"vehicle/{TRUCK}", data=data,
            )  # fmt: skip
