"""A bin on the lifter: what is in it, what the scale, the reader and the receiver make of it."""

from collections import Counter
from collections.abc import Mapping

from infra.simulate.district import doses
from infra.simulate.district.acts import Visit
from infra.simulate.district.fill import State
from infra.simulate.district.journey import noisy
from infra.simulate.district.mishaps import Mishaps
from infra.simulate.district.scene import Scene
from infra.simulate.district.tags import Tags
from infra.simulate.district.wire import FLEET

_NOISE_G = 150.0
_WANDER_G = 250.0  # of the zero, from day to day
_STICKS_G = 300.0  # what does not fall out of an emptied bin, at most
_FILED = 0.2  # of double reads
_REASONS = ("contaminated", "contaminated", "overweight", "damaged", "hot")
_Data = dict[str, object]


class Lifting:
    """Owns the loads on the vehicles: grams by vehicle."""

    def __init__(
        self, scene: Scene, states: Mapping[str, State], mishaps: Mishaps, tags: Tags
    ) -> None:
        self._rng = scene.chance("lifting")
        self._scene = scene
        self._states = states
        self._mishaps = mishaps
        self._tags = tags
        self._wander: dict[tuple[str, int], float] = {}
        self.loads: Counter[str] = Counter()

    def visit(self, day: int, visit: Visit) -> None:
        match visit.what:
            case "lifted":
                self._lifted(day, visit)
            case "refused":
                self._refused(day, visit)
            case "passed":
                self._passed(day, visit)

    def _lifted(self, day: int, visit: Visit) -> None:
        rng, vehicle, container = self._rng, visit.vehicle, visit.bin
        state = self._states[container.name]
        content = state.content(visit.second)
        left = min(content, round(content * visit.left + rng.random() * _STICKS_G))
        state.lifted(visit.second, left)
        self.loads[vehicle.name] += content - left
        if (vehicle.name, day) in self._mishaps.silent:
            return
        data = self._seen(day, visit)
        offset = self._zero(vehicle.name, day)
        if rng.random() >= doses.UNWEIGHED:
            gross = self._weighed(container.weight_g + content + offset, vehicle.division_g)
            tare = self._weighed(container.weight_g + left + offset, vehicle.division_g)
            data |= {"grossG": gross, "tareG": min(gross, tare), "netG": max(0, gross - tare)}
        impossible = rng.random() < doses.IMPOSSIBLE and "grossG" in data
        if impossible:  # the load cell was caught in something
            gross = rng.randrange(4_000_000, 30_000_000, vehicle.division_g)
            data |= {"grossG": gross, "netG": gross - _int(data["tareG"])}
        told = self._say(day, visit.second, visit, data)
        if impossible:
            self._scene.so("impossible-weight", told, day)
        if container.category != vehicle.category:
            self._scene.so("wrong-stream", told, day)
        if rng.random() < doses.DOUBLE:
            self._scene.so("double-read", self._double(day, visit, data), day)

    def _double(self, day: int, visit: Visit, data: _Data) -> str:
        """The same lift again: the reader sees the bin come down, or the terminal files it once
        more, some minutes later but as it was; with the weights it still has, others of the same
        moment, or none."""
        rng = self._rng
        filed = rng.random() < _FILED
        second = visit.second + (rng.uniform(40, 420) if filed else rng.uniform(3, 28))
        twice = dict(data)
        how = rng.random()
        if how < 0.3:
            for key in ("grossG", "tareG", "netG"):
                twice.pop(key, None)
        elif how < 0.5 and "grossG" in twice:
            gross = _int(twice["grossG"]) + rng.choice((-1, 0, 1)) * visit.vehicle.division_g
            gross = max(gross, _int(twice["tareG"]))
            twice |= {"grossG": gross, "netG": gross - _int(twice["tareG"])}
        if "lat" in twice and not filed:
            twice["lat"], twice["lon"] = noisy(self._scene.points[visit.bin.point].place, rng)
        return self._say(day, second, visit, twice)

    def _refused(self, day: int, visit: Visit) -> None:
        if (visit.vehicle.name, day) in self._mishaps.silent:
            return
        data = self._seen(day, visit) | {"refusedReason": self._rng.choice(_REASONS)}
        self._say(day, visit.second, visit, data)
        key = f"{visit.route}|{self._scene.calendar.name(day)}|{visit.bin.key}"
        self._scene.so("refused-bin", key, day)

    def _passed(self, day: int, visit: Visit) -> None:
        """Read and not lifted."""
        uid = self._tags.carried(visit.bin)
        vehicle = visit.vehicle.name
        if not uid or (vehicle, day) in self._mishaps.silent:
            return
        self._scene.wire.say(
            FLEET,
            f"{vehicle}-lifter",
            "waste.bin.identified.v1",
            f"vehicle/{vehicle}",
            (day, visit.second),
            {"uidHex": uid, "tech": "uhf", "reader": f"{vehicle}-lifter"},
            after_s=self._mishaps.after_s(vehicle, day, visit.second),
        )

    def _seen(self, day: int, visit: Visit) -> _Data:
        """All but the weights."""
        rng, vehicle = self._rng, visit.vehicle
        data: _Data = {"vehicle": vehicle.name}
        uid = self._tags.carried(visit.bin)
        if uid and rng.random() >= vehicle.unread:
            data |= {"uidHex": uid, "tech": "uhf"}
        elif vehicle.terminal:
            data["bin"] = visit.bin.name
        if vehicle.says:
            data["category"] = vehicle.category
        if (vehicle.name, day) not in self._mishaps.without_gps and rng.random() >= doses.UNPLACED:
            data["lat"], data["lon"] = noisy(self._scene.points[visit.bin.point].place, rng)
        return data

    def _say(self, day: int, second: float, visit: Visit, data: _Data) -> str:
        vehicle = visit.vehicle.name
        return self._scene.wire.say(
            FLEET,
            f"{vehicle}-lifter",
            "waste.bin.collected.v1",
            f"vehicle/{vehicle}",
            (day, second),
            data,
            after_s=self._mishaps.after_s(vehicle, day, second) + self._rng.random(),
        )

    def _zero(self, vehicle: str, day: int) -> float:
        found = self._wander.get((vehicle, day))
        if found is None:
            found = self._mishaps.zero.get((vehicle, day), 0) + self._rng.gauss(0, _WANDER_G)
            self._wander[vehicle, day] = found
        return found

    def _weighed(self, grams: float, division_g: int) -> int:
        steps = round((grams + self._rng.gauss(0, _NOISE_G)) / division_g)
        return max(0, steps * division_g)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
