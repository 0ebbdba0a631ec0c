"""Which tag a bin carries in truth and which bin stands where, day by day; and what people write
into the register of it, in time or some days later."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from random import Random

from core.errors import ConfigError
from infra.simulate.district import doses
from infra.simulate.district.calendar import DAY_S
from infra.simulate.district.ground import Bin, Compound, Point, new_bin
from infra.simulate.district.scene import Scene

_MORNING_S = 5 * 3600.0  # before the first route
_TRIES = 10_000  # for two bins that can be swapped
_Step = Callable[[], None]


class Tags:
    def __init__(self, scene: Scene) -> None:
        self._rng = scene.chance("tags")
        self._scene = scene
        self._calendar = scene.calendar
        self._steps: defaultdict[int, list[_Step]] = defaultdict(list)
        self._bins = {one.name: one for point in scene.points.values() for one in point.bins}
        self._uids = {name: one.uid for name, one in self._bins.items()}
        self._stands: dict[str, Bin | None] = {}
        self._free = sorted(self._bins)
        self._rng.shuffle(self._free)
        self.newcomers: list[tuple[Bin, int]] = []  # bins that come in the month, and when
        self._draw(scene.compounds, list(scene.points.values()))

    def dawn(self, day: int) -> None:
        for step in self._steps.pop(day, ()):
            step()

    def carried(self, container: Bin) -> str:
        """Empty: the tag is lost."""
        return self._uids[container.name]

    def standing(self, container: Bin) -> Bin | None:
        """What stands in its place today."""
        return self._stands.get(container.name, container)

    def _draw(self, compounds: Sequence[Compound], points: Sequence[Point]) -> None:
        rng, size = self._rng, len(compounds)
        for count, choose in (
            (doses.SWAPPED_APART, lambda: _apart(rng.choice(compounds), rng, across=False)),
            (doses.SWAPPED_ACROSS, lambda: _apart(rng.choice(compounds), rng, across=True)),
            (doses.SWAPPED_BESIDE, lambda: _beside(rng.choice(points), rng)),
        ):
            for _ in range(doses.scaled(count, size)):
                self._swap(*self._pair(choose))
        for _ in range(doses.scaled(doses.LOST, size)):
            self._lose(self._one())
        days = self._calendar.days
        for _ in range(doses.scaled(doses.RETAGGED, size)):
            self._retag(self._one(), rng.randrange(days))
        for _ in range(doses.scaled(doses.REPLACED, size)):
            self._replace(self._one(), rng.randrange(days))
        for _ in range(doses.scaled(doses.SCRAPPED, size)):
            self._scrap(self._one(), rng.randrange(days))

    # --- what goes wrong -----------------------------------------------------------------------

    def _swap(self, one: Bin, other: Bin) -> None:
        """Two tags, or the two bins themselves, changed places at the wash."""

        def happens() -> None:
            uids = self._uids
            uids[one.name], uids[other.name] = uids[other.name], uids[one.name]

        day = self._beginning()
        self._steps[day].append(happens)
        self._scene.so("swapped-tag", "|".join(sorted((one.key, other.key))), day)

    def _lose(self, one: Bin) -> None:
        """Some are given a new one after a week or two."""
        day = self._beginning()
        self._steps[day].append(lambda: self._uids.__setitem__(one.name, ""))
        self._scene.so("lost-tag", one.key, day)
        later = day + self._rng.randrange(6, 15)
        if self._rng.random() < 0.3 and later < self._calendar.days:
            self._retag(one, later)

    def _beginning(self) -> int:
        if self._rng.random() < doses.STANDING:
            return 0
        return self._rng.randrange(self._calendar.days)

    # --- what is done and written down ---------------------------------------------------------

    def _retag(self, one: Bin, day: int) -> None:
        uid = f"E280{self._rng.getrandbits(64):016X}"
        later = self._later()

        def happens() -> None:
            self._write(one, "tag.removed", day, later, {"uidHex": one.uid, "reason": "worn"})
            self._write(one, "tag.assigned", day, later, {"uidHex": uid, "tech": "uhf"})
            self._uids[one.name] = uid

        self._steps[day].append(happens)

    def _replace(self, one: Bin, day: int) -> None:
        name = f"{one.name}n"
        newcomer = new_bin(name, one.point, one.category, one.daily_g, self._rng)
        self.newcomers.append((newcomer, day))
        self._uids[name] = newcomer.uid
        later = self._later()

        def happens() -> None:
            self._write(one, "swapped", day, later, {"replacedBy": name, "reason": "broken"})
            self._stands[one.name] = newcomer

        self._steps[day].append(happens)

    def _scrap(self, one: Bin, day: int) -> None:
        later = self._later()

        def happens() -> None:
            self._write(one, "scrapped", day, later, {"reason": "burnt"})
            self._stands[one.name] = None

        self._steps[day].append(happens)

    def _later(self) -> float:
        """Most things are written down at once."""
        return float(self._rng.choice((0, 0, 0, 1, 2, 4)) * DAY_S)

    def _write(
        self, one: Bin, what: str, day: int, later: float, data: Mapping[str, object]
    ) -> None:
        """It holds from the morning of `day`, and is written down `later`."""
        self._scene.wire.say(
            one.compound,
            f"pad-{one.compound}",
            f"waste.bin.{what}.v1",
            f"bin/{one.name}",
            (day, _MORNING_S + 600 + later),
            {**data, "validFrom": self._calendar.told(day, _MORNING_S)},
            after_s=2.0,
        )

    # --- which of them -------------------------------------------------------------------------

    def _one(self) -> Bin:
        while self._free:
            one = self._bins[self._free.pop()]
            if one.category != "hazardous":
                return one
        raise _too_few()

    def _pair(self, choose: Callable[[], tuple[Bin, Bin] | None]) -> tuple[Bin, Bin]:
        free = set(self._free)
        for _ in range(_TRIES):
            pair = choose()
            if pair is not None and {pair[0].name, pair[1].name} <= free:
                self._free = [
                    name for name in self._free if name not in (pair[0].name, pair[1].name)
                ]
                return pair
        raise _too_few()


def _too_few() -> ConfigError:
    return ConfigError("too few bins for all that goes wrong with tags: take more --compounds.")


def _apart(compound: Compound, rng: Random, *, across: bool) -> tuple[Bin, Bin] | None:
    """Bins of two points of one compound."""
    here, there = rng.sample(compound.points, 2)
    return _two(here.bins, there.bins, rng, across=across)


def _beside(point: Point, rng: Random) -> tuple[Bin, Bin] | None:
    return _two(point.bins, point.bins, rng, across=True)


def _two(
    some: Sequence[Bin], others: Sequence[Bin], rng: Random, *, across: bool
) -> tuple[Bin, Bin] | None:
    one, other = rng.choice(some), rng.choice(others)
    if "hazardous" in (one.category, other.category):
        return None
    return (one, other) if (one.category != other.category) == across else None
