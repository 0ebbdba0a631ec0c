"""The crews' day: which bins are lifted when and by whom, in which order, and what is left out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random

from infra.simulate.district import doses
from infra.simulate.district.acts import Act, Tip, Visit, What
from infra.simulate.district.calendar import DAY_S
from infra.simulate.district.catchup import CatchUp, Free, Left
from infra.simulate.district.fleet import Route
from infra.simulate.district.ground import Bin
from infra.simulate.district.journey import Journey
from infra.simulate.district.mishaps import Mishaps, Mixing
from infra.simulate.district.scene import Scene
from infra.simulate.district.tags import Tags

_LIFT_S = (32.0, 75.0)
_OTHER_ORDER = 0.08
_DETOUR = 0.06
_ONE_LOAD = 0.06  # of the days with two shifts: the morning's load is left with the evening's
_LATEST_S = DAY_S - 1800.0
_SEEN = 0.1  # of the bins left out: the reader saw it all the same
_RATES = (
    ("left", doses.SKIPPED),
    ("refused", doses.REFUSED),
    ("wrong", doses.WRONG_STREAM),
    ("stuck", doses.AGAIN / 2),
    ("again", doses.AGAIN / 2),
)
_OUTCOMES = tuple(
    zip((name for name, _ in _RATES), accumulate(rate for _, rate in _RATES), strict=True)
)  # of a bin's turn; most often none of these


class Rounds:
    def __init__(self, scene: Scene, mishaps: Mishaps, tags: Tags) -> None:
        fleet = scene.fleet
        self._rng = scene.chance("rounds")
        self._scene = scene
        self._points = scene.points
        self._mishaps = mishaps
        self._tags = tags
        self._catch_up = CatchUp(scene, mishaps, self._visit)
        self._depots = {one.name: one.depot for one in fleet.carriers}
        self._sites = {one.name: one for one in fleet.facilities}
        self._last_resort = fleet.facilities[-1]  # the landfill
        self._collecting = [one for one in fleet.vehicles if not one.station]
        self._routes: defaultdict[str, list[Route]] = defaultdict(list)
        for route in sorted(fleet.routes, key=lambda one: one.start_s):
            self._routes[route.vehicle].append(route)

    def day(self, day: int) -> list[Act]:
        """In the order of time. What is left out for good is the truth's."""
        weekday = self._scene.calendar.weekday(day)
        acts: list[Act] = []
        left: list[Left] = []
        free: list[Free] = []
        for vehicle in self._collecting:
            today = [one for one in self._routes[vehicle.name] if weekday in one.weekdays]
            one_load = len(today) == 2 and self._rng.random() < _ONE_LOAD
            now, place = 0.0, self._depots[vehicle.carrier]
            for number, route in enumerate(today):
                begin = max(now, route.start_s + self._rng.uniform(-300, 1200))
                if number:
                    free.append(Free(vehicle, now, begin, place))
                journey = Journey(
                    self._scene, vehicle, day, (begin, place), self._rng, self._mishaps
                )
                tips = not one_load or number > 0
                out: list[Bin] = []
                acts.extend(self._shift(journey, route, day, out, tips=tips))
                left.extend(Left(route, one, journey.now) for one in out)
                now, place = journey.now, journey.place
            if today:
                free.append(Free(vehicle, now, _LATEST_S, place))
        acts.extend(self._catch_up.day(day, left, free))
        self._missed(day, left, acts)
        acts.sort(key=lambda act: act.second)
        return acts

    def _missed(self, day: int, left: Sequence[Left], acts: Sequence[Act]) -> None:
        """Whoever lifts it that day without having to makes good what was left out."""
        good = {
            one.bin.name
            for one in acts
            if isinstance(one, Visit) and one.what == "lifted" and not one.route
        }
        for one in left:
            if one.bin.name not in good:
                key = f"{one.route.name}|{self._scene.calendar.name(day)}|{one.bin.key}"
                self._scene.so("missed-bin", key, day)

    # --- one route ----------------------------------------------------------------------------

    def _shift(
        self, journey: Journey, route: Route, day: int, left: list[Bin], *, tips: bool
    ) -> Iterator[Act]:
        rng = self._rng
        stops = self._stops(route)
        if rng.random() < _OTHER_ORDER:
            stops = _other_order(stops, rng)
        broken = (route.name, day) in self._mishaps.broken_down
        until = rng.randrange(1, max(2, len(stops))) if broken else len(stops)
        mixing = self._mishaps.mixed.get((route.name, day))
        extra = (
            set(rng.sample(range(until), min(until, rng.randrange(3, 9))))
            if mixing == "bins"
            else ()
        )
        again: list[Bin] = []
        for number, (point, bins) in enumerate(stops[:until]):
            if rng.random() < _DETOUR / len(stops):
                journey.detour(2_500)
            journey.drive(self._points[point].place)
            yield from self._stop(journey, route, point, bins, left, again)
            if number in extra:
                yield from self._others(journey, route, point, rng.randrange(1, 3))
        left.extend(container for _, bins in stops[until:] for container in bins)
        for container in again:
            journey.drive(self._points[container.point].place)
            yield self._visit(journey, container)
        if broken:
            journey.now += rng.uniform(3_600, 7_200)  # towed, or mended in the street
        if tips or mixing is not None:
            yield from self._tip(journey, route, mixing)

    def _tip(self, journey: Journey, route: Route, mixing: Mixing | None) -> Iterator[Tip]:
        rng = self._rng
        facility = route.facility if mixing != "place" else self._wrong_place(route)
        # What the landfill may not take is never turned away: it would have no other gate.
        refusable = mixing is None and route.category in self._last_resort.accepts
        refused = rng.random() < doses.LOAD_REFUSED and refusable
        for name in (facility, self._last_resort.name) if refused else (facility,):
            journey.drive(self._sites[name].place)
            journey.now += rng.uniform(120, 900)  # the queue at the weighbridge
            yield Tip(
                second=journey.now,
                vehicle=journey.vehicle,
                category=route.category,
                facility=name,
                mixed=mixing is not None,
                refused=refused and name == facility,
            )
            journey.now += rng.uniform(500, 1_100)

    def _stop(
        self,
        journey: Journey,
        route: Route,
        point: str,
        bins: Sequence[Bin],
        left: list[Bin],
        again: list[Bin],
    ) -> Iterator[Visit]:
        """All bins of the route at one point, or none of them: a parked car, a locked gate."""
        rng = self._rng
        if rng.random() < doses.POINT_SKIPPED:
            left.extend(bins)
            return
        for container in bins:
            match self._outcome():
                case "left":
                    left.append(container)
                    if rng.random() < _SEEN:
                        yield self._visit(journey, container, what="passed")
                case "refused":
                    yield self._visit(journey, container, what="refused", route=route.name)
                case "wrong":
                    wrong = list(self._others(journey, route, point, 1))
                    yield from wrong
                    if wrong and rng.random() < doses.INSTEAD:
                        left.append(container)
                    else:
                        yield self._visit(journey, container, route=route.name)
                case "stuck":
                    stuck = rng.uniform(0.1, 0.4)
                    yield self._visit(journey, container, route=route.name, left=stuck)
                    yield self._visit(journey, container)
                case "again":
                    again.append(container)
                    yield self._visit(journey, container, route=route.name)
                case _:
                    yield self._visit(journey, container, route=route.name)
        if rng.random() < doses.READ_IN_PASSING * len(bins):
            yield self._visit(journey, rng.choice(self._points[point].bins), what="passed")

    def _outcome(self) -> str:
        chance = self._rng.random()
        return next((name for name, upto in _OUTCOMES if chance < upto), "")

    def _visit(
        self,
        journey: Journey,
        container: Bin,
        *,
        what: What = "lifted",
        route: str = "",
        left: float = 0.0,
    ) -> Visit:
        journey.now += self._rng.uniform(*_LIFT_S)
        return Visit(
            second=journey.now,
            vehicle=journey.vehicle,
            bin=container,
            what=what,
            route=route,
            left=left,
        )

    def _others(self, journey: Journey, route: Route, point: str, count: int) -> Iterator[Visit]:
        """Bins of another stream that stand there too."""
        fit = [
            standing
            for container in self._points[point].bins
            if container.category not in (route.category, "hazardous")
            and (standing := self._tags.standing(container)) is not None
        ]
        for container in self._rng.sample(fit, min(count, len(fit))):
            yield self._visit(journey, container)

    def _stops(self, route: Route) -> list[tuple[str, list[Bin]]]:
        """With the bins that stand there today."""
        found = []
        for point, bins in route.stops:
            standing = list(filter(None, map(self._tags.standing, bins)))
            if standing:
                found.append((point, standing))
        return found

    def _wrong_place(self, route: Route) -> str:
        """Nearer, cheaper, or still open."""
        fit = [one.name for one in self._sites.values() if route.category not in one.accepts]
        return self._rng.choice([name for name in fit if self._sites[name].kind != "hazardous"])


def _other_order(stops: list[tuple[str, list[Bin]]], rng: Random) -> list[tuple[str, list[Bin]]]:
    """Backwards, begun in the middle, or as it came."""
    match rng.randrange(3):
        case 0:
            return stops[::-1]
        case 1:
            cut = rng.randrange(len(stops))
            return stops[cut:] + stops[:cut]
        case _:
            return rng.sample(stops, len(stops))
