"""What all parts of a generated month share: what stands where, its calendar, what was said."""

from functools import cached_property
from random import Random

from infra.simulate.district.calendar import Calendar
from infra.simulate.district.fleet import Fleet, fleet
from infra.simulate.district.ground import Compound, Point, compounds
from infra.simulate.district.truth import Truth
from infra.simulate.district.wire import Wire


class Scene:
    def __init__(self, seed: int, count: int, calendar: Calendar, wire: Wire) -> None:
        self._seed = seed
        self.calendar = calendar
        self.wire = wire
        self.truth = Truth()
        self.compounds: tuple[Compound, ...] = compounds(self.chance("ground"), count)
        self.fleet: Fleet = fleet(self.chance("fleet"), self.compounds)

    def chance(self, part: str) -> Random:
        """Of one part: what another part draws changes nothing about it."""
        return Random(f"district/{self._seed}/{part}")  # noqa: S311 - a play, no secret

    @cached_property
    def points(self) -> dict[str, Point]:
        return {point.name: point for each in self.compounds for point in each.points}

    def so(self, kind: str, key: str, day: int) -> None:
        """A case for the truth."""
        self.truth.say(kind, key, self.calendar.name(day))

    def so_on(self, kind: str, key: str, day: int) -> None:
        """One that is of a thing and a day."""
        self.so(kind, f"{key}|{self.calendar.name(day)}", day)
