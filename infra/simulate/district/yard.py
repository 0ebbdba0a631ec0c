"""At the points: sensors under the lids, people with bags, attendants and inspectors."""

from collections.abc import Mapping

from core.events.waste import Category
from infra.simulate.district import doses
from infra.simulate.district.calendar import DAY_S
from infra.simulate.district.fill import State, moment
from infra.simulate.district.ground import Bin, Compound, Point
from infra.simulate.district.scene import Scene
from infra.simulate.district.tags import Tags

HOURS = ("06:30-09:30", "17:30-21:00")  # when bags are taken
_OPEN_S = ((6.5 * 3600, 9.5 * 3600), (17.5 * 3600, 21 * 3600))
_LEVEL_S = (3_600.0, 14_400.0)
_BAGS = 44.0  # weighed a day at a staffed point
_STREAMS: tuple[Category, ...] = ("food", "residual", "recyclable", "hazardous")
_SHARES = (0.45, 0.85, 0.985, 1.0)
_GRAMS: Mapping[Category, float] = {
    "food": 950.0, "residual": 820.0, "recyclable": 700.0, "hazardous": 160.0,
}  # fmt: skip
_OFFENCES = ("mixed", "mixed", "mixed", "bag-not-broken", "dumped")
_BLIND_MM = 60


class Yard:
    def __init__(self, scene: Scene, states: Mapping[str, State], tags: Tags) -> None:
        self._rng = scene.chance("yard")
        self._compounds = scene.compounds
        self._wire = scene.wire
        self._states = states
        self._tags = tags

    def day(self, day: int, *, weekend: bool) -> None:
        """After the lifts of the day are known."""
        for state in self._states.values():
            if state.bin.sensor:
                self._levels(day, state)
        for compound in self._compounds:
            for point in compound.points:
                if point.staffed:
                    self._deposits(day, point, weekend=weekend)
            self._watched(day, compound)

    def _levels(self, day: int, state: State) -> None:
        rng, container = self._rng, state.bin
        seconds = []
        while state.next_level < DAY_S:
            seconds.append(state.next_level)
            state.next_level += rng.uniform(*_LEVEL_S)
        state.next_level -= DAY_S
        span = (container.empty_mm - container.full_mm) / container.full_g
        for second, grams in zip(seconds, state.contents(seconds), strict=True):
            distance = container.empty_mm - grams * span + rng.gauss(0, 5)
            state.battery -= 0.0004
            data = {
                "distanceMm": max(_BLIND_MM, round(distance)),
                "temperatureCel": round(14 + 8 * (1 - abs(second / 3600 - 14) / 14), 1),
                "batteryPct": round(state.battery),
                "position": "normal",
            }
            self._said_by(container, "level.measured", (day, second), data)
            full = grams > container.full_g
            if full != state.overflowed:
                state.overflowed = full
                what = "overflowed" if full else "cleared"
                self._said_by(container, what, (day, second + 1), {"source": "sensor"})

    def _said_by(
        self, sensor: Bin, what: str, moment: tuple[int, float], data: Mapping[str, object]
    ) -> None:
        subject = f"bin/{sensor.name}"
        self._say(sensor.compound, sensor.name, f"bin.{what}", subject, moment, data)

    def _deposits(self, day: int, point: Point, *, weekend: bool) -> None:
        rng = self._rng
        bins: dict[Category, list[str]] = {}
        for container in filter(None, map(self._tags.standing, point.bins)):
            bins.setdefault(container.category, []).append(container.name)
        subject = f"point/{point.name}"
        for _ in range(round(rng.gauss(_BAGS, 6) * (1.15 if weekend else 1))):
            chance = rng.random()
            category = next(
                name for name, share in zip(_STREAMS, _SHARES, strict=True) if chance < share
            )
            if category not in bins:
                continue
            second = moment(rng)
            grams = max(20, round(_GRAMS[category] * rng.lognormvariate(0, 0.5)))
            data: dict[str, object] = {
                "category": category,
                "bin": rng.choice(bins[category]),
                "netG": grams,
            }
            if category == "food":
                data["quality"] = round(min(1.0, rng.betavariate(12, 1.5)), 2)
            if rng.random() < doses.UNUSABLE:
                data["netG"] = rng.choice((-grams, grams / 1000))
            self._say(point.compound, point.name, "deposit.recorded", subject, (day, second), data)
            if chance < 0.01:
                self._violation(day, second + 20, point)

    def _violation(self, day: int, second: float, point: Point) -> None:
        rng = self._rng
        open_now = any(first <= second < after for first, after in _OPEN_S)
        kind = rng.choice(_OFFENCES) if open_now or rng.random() < 0.4 else "outside-hours"
        data = {
            "kind": kind,
            "bin": self._one_of(point),
            "confidence": round(rng.uniform(0.62, 0.97), 2),
        }
        self._say(
            point.compound,
            point.name,
            "deposit.violated",
            f"point/{point.name}",
            (day, min(second, DAY_S - 1)),
            data,
        )

    def _one_of(self, point: Point) -> str:
        """A bin that still stands there."""
        return self._rng.choice([one.name for one in point.bins if one.name in self._states])

    def _watched(self, day: int, compound: Compound) -> None:
        """By cameras where nobody stands, and by an inspector who comes by."""
        rng = self._rng
        for _ in range(rng.randrange(0, 5)):
            self._violation(day, moment(rng), rng.choice(compound.points))
        if rng.random() > 0.6:
            return
        second = rng.uniform(8.5, 16) * 3600
        for point in rng.sample(compound.points, min(3, len(compound.points))):
            second += rng.uniform(300, 900)
            data = {
                "purity": round(rng.betavariate(14 if compound.demonstration else 8, 1.4), 3),
                "bin": self._one_of(point),
                "employeeNo": f"I{1 + int(compound.name[1:]) // 20:04}",
            }
            self._say(
                compound.name,
                f"pad-{compound.name}",
                "inspection.recorded",
                f"point/{point.name}",
                (day, second),
                data,
            )

    def _say(
        self,
        compound: str,
        device: str,
        what: str,
        subject: str,
        moment: tuple[int, float],
        data: Mapping[str, object],
    ) -> None:
        self._wire.say(compound, device, f"waste.{what}.v1", subject, moment, data, after_s=1.2)
