"""Which vehicle, weighbridge or route has a bad day, and when: drawn before the month begins."""

from collections.abc import Sequence
from random import Random
from typing import Literal, TypeVar

from infra.simulate.district import doses
from infra.simulate.district.calendar import DAY_S
from infra.simulate.district.scene import Scene

Mixing = Literal["bins", "place"]
_Which = TypeVar("_Which")
_UPLOAD_S = 4 * 3600  # how often a box with a bad connection gets through


class Mishaps:
    def __init__(self, scene: Scene) -> None:
        rng, calendar, fleet = scene.chance("mishaps"), scene.calendar, scene.fleet
        compounds = len(scene.compounds)
        shifts = [
            (route, day)
            for day in range(calendar.days)
            for route in fleet.routes
            if calendar.weekday(day) in route.weekdays
        ]
        days = sorted({(route.vehicle, day) for route, day in shifts})
        runs = [(route.name, day) for route, day in shifts]

        def some(of: Sequence[_Which], count: int) -> list[_Which]:
            return rng.sample(of, min(len(of), doses.scaled(count, compounds, calendar.days)))

        # Seconds after the day's midnight when everything of that day is handed in.
        self.late = {one: rng.uniform(1.3, 6) * DAY_S for one in some(days, doses.LATE)}
        self.delayed = set(some(days, doses.DELAYED)) - self.late.keys()
        self.zero = {one: _off(rng, 3_000, 12_000, 500) for one in some(days, doses.ZERO_LIFTER)}
        bridges = [
            (bridge.name, day)
            for day in range(calendar.days)
            for site in fleet.facilities
            for bridge in site.weighbridges
        ]
        self.bridge_zero = {
            one: _off(rng, 120_000, 480_000, 20_000) for one in some(bridges, doses.ZERO_BRIDGE)
        }
        self.silent = set(some(days, doses.SILENT)) - self.late.keys()
        self.without_gps = set(some(days, doses.WITHOUT_GPS))
        self.broken_down = set(some(runs, doses.BROKEN_DOWN))
        self.mixed: dict[tuple[str, int], Mixing] = {
            one: "place" if rng.random() < doses.MIXED_BY_DUMPING else "bins"
            for one in some(
                [(route.name, day) for route, day in shifts if route.category != "hazardous"],
                doses.MIXED,
            )
        }
        for vehicle, day in self.late:
            scene.so_on("late-file", vehicle, day)
        for vehicle, day in self.silent:
            scene.so_on("silent-vehicle", vehicle, day)
        for vehicle, day in self.zero:
            scene.so_on("scale-zero", f"vehicle/{vehicle}", day)
        for bridge, day in self.bridge_zero:
            scene.so_on("scale-zero", f"weighbridge/{bridge}", day)

    def after_s(self, vehicle: str, day: int, second: float) -> float:
        """How long after it the gateway hears of what a vehicle saw."""
        upload = self.late.get((vehicle, day))
        if upload is not None:  # all of it within a minute, in its order
            return upload - second + second / DAY_S * 60
        if (vehicle, day) in self.delayed:
            return _UPLOAD_S - second % _UPLOAD_S + 5
        return 1.5


def _off(rng: Random, least: int, most: int, step: int) -> int:
    return rng.choice((-1, 1)) * rng.randrange(least, most + 1, step)
