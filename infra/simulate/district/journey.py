"""A vehicle under way on one day: where it is when, and its tracker that tells it."""

from random import Random

from infra.simulate.district.fleet import Vehicle
from infra.simulate.district.ground import Place, apart, moved
from infra.simulate.district.mishaps import Mishaps
from infra.simulate.district.scene import Scene
from infra.simulate.district.wire import FLEET

_SPEEDS = (5.5, 8.5)  # metres a second, as the crow flies, in streets
_ROAD_SPEED = 11.0  # and to places outside
_FIX_S = (180.0, 300.0)
_NOISE_M = 4.0  # standard deviation of each coordinate: about 8 m for 19 of 20
_SHADOWED = 0.002  # between high houses, seldom
_SHADOW_M = 35.0


class Journey:
    def __init__(
        self,
        scene: Scene,
        vehicle: Vehicle,
        day: int,
        start: tuple[float, Place],
        rng: Random,
        mishaps: Mishaps,
    ) -> None:
        self.vehicle = vehicle
        self.now, self.place = start
        self._day = day
        self._rng = rng
        self._mishaps = mishaps
        self._wire = scene.wire
        today = vehicle.name, day
        self._tracked = today not in mishaps.silent and today not in mishaps.without_gps
        self._next_fix = self.now + rng.uniform(*_FIX_S)

    def drive(self, goal: Place) -> None:
        """Fixes on the way, every three to five minutes; standing it tells nothing."""
        metres = apart(self.place, goal) * 1.3
        speed = _ROAD_SPEED if metres > 3_000 else self._rng.uniform(*_SPEEDS)
        takes = metres / speed + self._rng.uniform(15, 60)
        start, begin = self.place, self.now
        self.now += takes
        while self._next_fix < self.now:
            at = max(begin, self._next_fix)
            part = (at - begin) / takes
            here = (
                start[0] + (goal[0] - start[0]) * part,
                start[1] + (goal[1] - start[1]) * part,
            )
            if self._tracked:
                self._fix(at, here, speed)
            self._next_fix = at + self._rng.uniform(*_FIX_S)
        self.place = goal

    def detour(self, metres: float) -> None:
        """Fuel, a closed road, a meal: away and then on from there."""
        rng = self._rng
        self.drive(moved(self.place, rng.uniform(-1, 1) * metres, rng.uniform(-1, 1) * metres))
        self.now += rng.uniform(300, 1_500)

    def _fix(self, second: float, here: Place, speed: float) -> None:
        lat, lon = noisy(here, self._rng)
        name = self.vehicle.name
        self._wire.say(
            FLEET,
            f"{name}-tracker",
            "vehicle.positioned.v1",
            f"vehicle/{name}",
            (self._day, second),
            {"lat": lat, "lon": lon, "speedKmh": round(speed * 3.6, 1)},
            after_s=self._mishaps.after_s(name, self._day, second),
            domain="vehicle",
        )


def noisy(place: Place, rng: Random) -> Place:
    """As a receiver among houses finds it."""
    metres = _SHADOW_M if rng.random() < _SHADOWED else _NOISE_M
    return moved(place, rng.gauss(0, metres), rng.gauss(0, metres))
