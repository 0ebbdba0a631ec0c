"""What was done over a period at one or several points: days of deeds added up, and judged by the
register as it is known now. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from projections.days import at
from projections.waste_district.register.register import Register
from projections.waste_sorting.deeds import MILLION
from projections.waste_sorting.rows import Deeds, Seen

OUTSIDE = "outside-hours"


class Conduct:
    """A sum. Owns its tallies only."""

    def __init__(self) -> None:
        self.deposits: dict[str, int] = {}
        self.grams: dict[str, int] = {}
        self.wrong: dict[str, int] = {}  # what → how many
        self.evidence: dict[str, list[Seen]] = {}
        self.inspections = 0
        self.lifts = 0  # planned ones that a vehicle came to
        self.collected_g: dict[str, int] = {}
        self.days: set[str] = set()  # of which devices or people told anything
        self._ppm = 0

    def add(self, row: Deeds, register: Register) -> None:
        self.days.add(row.day)
        _more(self.deposits, row.deposits)
        _more(self.grams, row.deposited_g)
        wrong = dict(row.violations)
        # The device that saw it and the clock speak of the same deposits.
        wrong[OUTSIDE] = max(wrong.get(OUTSIDE, 0), outside(row, register))
        wrong["overflow"] = len(row.overflowed)
        wrong["faulty-weight"] = row.faulty
        _more(self.wrong, wrong)
        for what, seen in row.evidence.items():
            self.evidence.setdefault(what, []).extend(seen)
        self.inspections += row.inspections
        self._ppm += row.purity_ppm

    def refused(self, seen: Iterable[Seen]) -> None:
        """A bin that was left standing."""
        self.wrong["refused"] = self.wrong.get("refused", 0) + 1
        self.evidence.setdefault("refused", []).extend(seen)

    @property
    def brought(self) -> int:
        return sum(self.deposits.values())

    def collected(self, category: str, grams: int) -> None:
        _more(self.collected_g, {category: grams})

    @property
    def judged(self) -> bool:
        """Whether anybody could have seen how well it sorts: a wrong alone has nothing that it
        could be measured by."""
        return bool(self.brought or self.inspections or self.lifts or self.collected_g)

    @property
    def purity(self) -> float | None:
        """Mean of the inspections."""
        return self._ppm / self.inspections / MILLION if self.inspections else None


def outside(row: Deeds, register: Register) -> int:
    """Deposits outside their point's hours of that day; a point that has none is always open."""
    found = 0
    for point, minutes in row.minutes.items():
        known = register.point(point, at(row.day, "12:00"))
        if known is not None and known.hours:
            found += len(minutes) - within(minutes, known.hours)
    return found


def within(minutes: Sequence[int], hours: tuple[str, ...]) -> int:
    """How many of the minutes of a day, in order, lie in any of the spans."""
    return sum(
        bisect_left(minutes, end) - bisect_left(minutes, start) for start, end in spans(hours)
    )


@lru_cache(maxsize=1024)
def spans(hours: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """From the first minute up to before the last, joined where they overlap. One that ends before
    it begins goes past midnight; one that ends when it begins is the whole day."""
    found: list[tuple[int, int]] = []
    for one in hours:
        start, end = (int(part[:2]) * 60 + int(part[3:5]) for part in one.split("-"))
        found += [(start, end)] if start < end else [(start, 1440), (0, end)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _more(sums: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        if count:
            sums[name] = sums.get(name, 0) + count
