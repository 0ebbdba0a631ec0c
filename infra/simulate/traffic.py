"""The vehicle gate: residents' cars, visitors, cars of nobody. Plates go out in the clear."""

from datetime import datetime
from functools import partial
from typing import Literal

from devices.adapter import Message
from devices.hikvision.simulate import Way
from infra.simulate.agenda import Process
from infra.simulate.compound import VEHICLE_GATE
from infra.simulate.sights import Sights
from infra.simulate.world import World, hourly

List = Literal["white", "temporary", "visitor", "black"]
_GATE_CAMERA = 2  # index of the camera that looks at the vehicle gate
_SUBJECT = f"gate/{VEHICLE_GATE}"
_PASSING = hourly((0, 6, 3), (6, 22, 14), (22, 24, 5))
_UNWANTED = hourly((0, 24, 0.4))


class Traffic:
    def __init__(self, world: World, sights: Sights) -> None:
        self._world = world
        self._sights = sights
        self._gate = world.native(VEHICLE_GATE, "vehicle")

    def processes(self) -> tuple[Process, ...]:
        world = self._world
        return (
            world.sporadic(_PASSING, self._stranger),
            world.sporadic(_UNWANTED, self._turned_away),
        )

    def drive(self, plate: str, way: Way, list: List = "white") -> Process:
        """Through the gate; its camera follows the car and mostly reads the plate too."""
        world = self._world
        read = plate if world.rng.random() < 0.7 else ""
        camera = world.compound.cameras[_GATE_CAMERA]
        world.agenda.start(self._sights.follow(camera, "car", plate=read), after=0.5)
        yield world.rng.uniform(0.5, 2.5)
        yield partial(self._passed, plate, way, list)

    def _stranger(self) -> Process:
        """A taxi, a delivery van, a guest: in, and out again a while later."""
        world = self._world
        visitors = [guest.plate for guest in world.compound.people.visitors if guest.plate]
        expected = world.rng.random() < 0.4
        plate = world.rng.choice(visitors if expected else world.compound.people.passing_plates)
        listed: List = "visitor" if expected else "temporary"
        yield from self.drive(plate, "in", listed)
        yield world.rng.uniform(6, 120) * 60
        yield from self.drive(plate, "out", listed)

    def _turned_away(self) -> Process:
        plate = self._world.rng.choice(self._world.compound.people.passing_plates)
        yield partial(self._denied, plate)

    def _passed(self, plate: str, way: Way, list: List, at: datetime) -> Message:
        data = self._seen(plate, way) | {"list": list, "barrier": "opened"}
        return self._gate.event(at, "vehicle.passed.v1", _SUBJECT, data)

    def _denied(self, plate: str, at: datetime) -> Message:
        data = self._seen(plate, "in") | {
            "list": "black", "barrier": "closed", "reason": "blocked",
        }  # fmt: skip
        return self._gate.event(at, "vehicle.denied.v1", _SUBJECT, data)

    def _seen(self, plate: str, way: Way) -> dict[str, object]:
        return {
            "direction": way,
            "plate": plate,
            "plateColor": "green" if len(plate) == 8 else "blue",
            "vehicleType": "car",
            "confidence": round(self._world.rng.uniform(0.9, 0.995), 3),
            "lane": f"{way}-1",
        }
