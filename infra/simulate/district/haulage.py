"""From the transfer stations on: what was left there yesterday is taken to the furnaces."""

from infra.simulate.district.journey import Journey
from infra.simulate.district.mishaps import Mishaps
from infra.simulate.district.scene import Scene
from infra.simulate.district.weighing import Weighing

_BEGIN_S = (4.5 * 3600, 6.5 * 3600)
_WORTH = 0.4  # of a full load: below it stays until the next day
_TRIPS = 3


class Haulage:
    def __init__(self, scene: Scene, weighing: Weighing, mishaps: Mishaps) -> None:
        fleet = scene.fleet
        self._rng = scene.chance("haulage")
        self._scene = scene
        self._vehicles = [one for one in fleet.vehicles if one.station]
        self._places = {one.name: one.place for one in fleet.facilities}
        self._furnaces = [one.name for one in fleet.facilities if one.kind == "incineration"]
        self._weighing = weighing
        self._mishaps = mishaps

    def day(self, day: int) -> None:
        rng, weighing = self._rng, self._weighing
        for vehicle in self._vehicles:
            station = self._places[vehicle.station]
            start = rng.uniform(*_BEGIN_S)
            journey = Journey(self._scene, vehicle, day, (start, station), rng, self._mishaps)
            for _ in range(_TRIPS):
                load = min(weighing.stock[vehicle.station], vehicle.capacity_g)
                if load < vehicle.capacity_g * _WORTH:
                    break
                weighing.hauled(day, journey.now, vehicle.station, vehicle, load)
                furnace = rng.choice(self._furnaces)
                journey.now += rng.uniform(600, 1_200)
                journey.drive(self._places[furnace])
                weighing.hauled(day, journey.now, furnace, vehicle, load)
                journey.now += rng.uniform(900, 1_800)
                journey.drive(station)
