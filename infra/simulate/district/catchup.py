"""Another vehicle of the stream comes the same day for some of what was left out."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import msgspec

from infra.simulate.district import doses
from infra.simulate.district.acts import Act, Tip, Visit
from infra.simulate.district.fleet import Route, Vehicle
from infra.simulate.district.ground import Bin, Place, apart
from infra.simulate.district.journey import Journey
from infra.simulate.district.mishaps import Mishaps
from infra.simulate.district.scene import Scene

_SLOW = 4.0  # metres a second, when one reckons how long it may take
_EACH_S = 120.0
_READY_S = 900.0


class Left(msgspec.Struct, frozen=True, gc=False):
    """A bin that its route did not lift, and when the route was done."""

    route: Route
    bin: Bin
    done: float


class Free(msgspec.Struct, frozen=True, gc=False):
    """A vehicle with nothing to do, from when until when, and where it stands."""

    vehicle: Vehicle
    since: float
    until: float
    place: Place


class CatchUp:
    def __init__(
        self,
        scene: Scene,
        mishaps: Mishaps,
        visit: Callable[[Journey, Bin], Visit],
    ) -> None:
        self._rng = scene.chance("catch-up")
        self._scene = scene
        self._mishaps = mishaps
        self._visit = visit
        self._sites = {one.name: one.place for one in scene.fleet.facilities}

    def day(self, day: int, left: Sequence[Left], free: Sequence[Free]) -> Iterator[Act]:
        """Of a route that broke down all that was left, of others point by point."""
        groups: defaultdict[tuple[str, str], list[Left]] = defaultdict(list)
        for one in left:
            broken = (one.route.name, day) in self._mishaps.broken_down
            groups[one.route.name, "" if broken else one.bin.point].append(one)
        idle = {one.vehicle.name: one for one in free}
        for missed in groups.values():
            if self._rng.random() < doses.MADE_GOOD:
                yield from self._sent(day, missed, idle)

    def _sent(self, day: int, missed: list[Left], idle: dict[str, Free]) -> Iterator[Act]:
        route = missed[0].route
        fit = [
            one
            for one in idle.values()
            if one.vehicle.category == route.category
            and one.vehicle.name != route.vehicle
            and (one.vehicle.name, day) not in self._mishaps.silent
            and self._in_time(one, missed)
        ]
        if not fit:
            return
        chosen = self._rng.choice(fit)
        del idle[chosen.vehicle.name]
        start = (self._begin(chosen, missed), chosen.place)
        journey = Journey(self._scene, chosen.vehicle, day, start, self._rng, self._mishaps)
        for one in missed:
            journey.drive(self._scene.points[one.bin.point].place)
            yield self._visit(journey, one.bin)
        journey.drive(self._sites[route.facility])
        yield Tip(
            second=journey.now + 300,
            vehicle=chosen.vehicle,
            category=route.category,
            facility=route.facility,
        )

    def _begin(self, free: Free, missed: Sequence[Left]) -> float:
        return max(free.since, missed[0].done) + _READY_S

    def _in_time(self, free: Free, missed: Sequence[Left]) -> bool:
        """Reckoned with care: there, from point to point, to the facility and to the next route."""
        places = [self._scene.points[one.bin.point].place for one in missed]
        way = [free.place, *places, self._sites[missed[0].route.facility], free.place]
        metres = sum(map(apart, way, way[1:]))
        takes = metres * 1.3 / _SLOW + len(missed) * _EACH_S
        return self._begin(free, missed) + takes + _READY_S < free.until
