"""When a bin will be full, and how far such forecasts were off.

Worked out when somebody asks, from the readings that are kept, with the profiles as they are known
now: nothing of it is folded, so nothing of it depends on what came first. Pure.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, combinations, pairwise
from statistics import fmean, median
from typing import NamedTuple

import msgspec

from projections.shipped import Table, shipped
from projections.view import Kinds
from projections.waste_sorting.level import filled
from projections.waste_sorting.profile import in_force
from projections.waste_sorting.readings import text, unpacked
from projections.waste_sorting.rows import Bin, Level, Profile

_CHINA_MIN = 8 * 60


class Terms(Table, frozen=True):
    full: float
    part_h: int
    emptied: float
    bottom: float
    bottom_drop: float
    gap_h: float
    spread_h: float
    pace_least: float
    pace_most: float
    longest_h: float
    ahead_h: float
    replays: int


TERMS = shipped("projections.waste_sorting", "forecast.toml", Terms)


class Forecast(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`hours` from the last reading until it is full; None: not to be told, or too far ahead.

    `error_points` (hundredths of the bin) and `error_h`: mean absolute errors of `tested` earlier
    forecasts, made `ahead_h` or more before what came; None where none can be looked at.
    """

    subject: str
    fill: float
    at: str  # of the last reading
    hours: float | None = None
    full_at: str = ""
    per_day: float | None = None  # the usual rate, bins a day
    pace: float = 1.0  # of the present cycle, by the usual one
    readings: int = 0
    error_points: float | None = None
    error_h: float | None = None
    ahead_h: float = TERMS.ahead_h
    tested: int = 0


class Fill(NamedTuple):
    minute: int
    fill: float


def forecasts(rows: Kinds) -> list[Forecast]:
    """Of every bin of which one can be made, by name."""
    found = (forecast(rows, subject) for subject in sorted(rows.get("level", {})))
    return [one for one in found if one is not None]


def forecast(rows: Kinds, subject: str) -> Forecast | None:
    """None where its sensor is not believed, or its level is not known."""
    row, level = rows.get("bin", {}).get(subject), rows.get("level", {}).get(subject)
    known = rows.get("profile", {}).get(subject)
    if not (isinstance(row, Bin) and isinstance(level, Level) and isinstance(known, Profile)):
        return None
    fills = _fills(level, known)
    if not fills or row.faults:
        return None
    return of_fills(subject, fills, tuple(lift for lift, _ in level.lifts))


def _fills(level: Level, known: Profile) -> list[Fill]:
    found = []
    for one in unpacked(level.readings):
        fill = filled(one.mm, in_force(known.geometries, one.ms))
        if fill is not None:
            found.append(Fill(one.minute, fill))
    return found


def of_fills(
    subject: str, fills: Sequence[Fill], lifts: Sequence[int], terms: Terms = TERMS
) -> Forecast:
    """`fills`: at least one, oldest first; `lifts`: minutes, in order."""
    starts = _starts(fills, lifts, terms)
    last = fills[-1]
    model = _Model(fills, starts, terms)
    minutes = model.until(last, terms.full)
    points, hours = _errors(fills, starts, terms)
    return Forecast(
        subject=subject,
        fill=last.fill,
        at=text(last.minute),
        hours=None if minutes is None else round(minutes / 60, 1),
        full_at="" if minutes is None else text(last.minute + round(minutes)),
        per_day=None if model.usual is None else round(model.usual * 1440, 3),
        pace=round(model.pace, 2),
        readings=len(fills),
        error_points=round(fmean(points) * 100, 1) if points else None,
        error_h=round(fmean(hours) / 60, 1) if hours else None,
        ahead_h=terms.ahead_h,
        tested=len(points),
    )


def _starts(fills: Sequence[Fill], lifts: Sequence[int], terms: Terms) -> list[int]:
    """For each reading, the index of the first one since the bin was emptied, or may have been:
    lifts that another compound's gateway tells of are not known here."""
    starts: list[int] = []
    start = 0
    for index, one in enumerate(fills):
        if index:
            before = fills[index - 1]
            lifted = bisect_right(lifts, one.minute) > bisect_right(lifts, before.minute)
            if lifted or _emptied(before, one, terms):
                start = index
        starts.append(start)
    return starts


def _emptied(before: Fill, one: Fill, terms: Terms) -> bool:
    drop = before.fill - one.fill
    unseen = one.minute - before.minute > terms.gap_h * 60
    bottom = one.fill <= terms.bottom and drop >= terms.bottom_drop
    return unseen or bottom or drop >= terms.emptied


class _Model:
    """Rates by part of the day, learned from cycles of filling, and how fast the present cycle is
    beside them."""

    def __init__(self, fills: Sequence[Fill], starts: Sequence[int], terms: Terms) -> None:
        self._terms = terms
        self._part = terms.part_h * 60
        parts = 1440 // self._part
        gained, lasted = [0.0] * parts, [0.0] * parts
        for index in range(1, len(fills)):
            if starts[index] != starts[index - 1]:
                continue
            before, one = fills[index - 1], fills[index]
            rate = (one.fill - before.fill) / max(1, one.minute - before.minute)
            for part, minutes in self._parts(before.minute, one.minute):
                gained[part] += rate * minutes
                lasted[part] += minutes
        total = sum(lasted)
        self.usual = max(0.0, sum(gained) / total) if total else None
        usual = self.usual or 0.0
        self._rates = [
            max(0.0, gain / time) if time >= self._part else usual
            for gain, time in zip(gained, lasted, strict=True)
        ]
        self.pace = self._pace(fills, starts[-1])

    def _pace(self, fills: Sequence[Fill], start: int) -> float:
        """The median slope between any two readings of the present cycle (Theil and Sen), by what
        is usual at these hours: one wild reading moves no median."""
        cycle = fills[start:]
        steps = (self._gain(one.minute, later.minute) for one, later in pairwise(cycle))
        usually = accumulate(steps, initial=0.0)
        least = self._terms.spread_h * 60
        ratios = [
            (later.fill - one.fill) / usual
            for (one, before), (later, then) in combinations(zip(cycle, usually, strict=True), 2)
            if later.minute - one.minute >= least and (usual := then - before) > 0
        ]
        if not ratios:
            return 1.0
        # The fewer pairs, the less it is believed.
        weight = len(ratios) / (len(ratios) + 3)
        pace = 1 + weight * (median(ratios) - 1)
        return min(self._terms.pace_most, max(self._terms.pace_least, pace))

    def _parts(self, start: int, end: int) -> list[tuple[int, int]]:
        """(part of the day, minutes) from one minute to another."""
        found = []
        parts = 1440 // self._part
        while start < end:
            local = start + _CHINA_MIN
            step = min(end - start, self._part - local % self._part)
            found.append((local // self._part % parts, step))
            start += step
        return found

    def _gain(self, start: int, end: int) -> float:
        return sum(self._rates[part] * minutes for part, minutes in self._parts(start, end))

    def fill_at(self, origin: Fill, minute: int) -> float:
        return min(1.0, origin.fill + self.pace * self._gain(origin.minute, minute))

    def until(self, origin: Fill, level: float) -> float | None:
        """Minutes from the origin until it is that full."""
        if origin.fill >= level:
            return 0.0
        if not self.usual:
            return None
        lacking, passed = level - origin.fill, 0.0
        longest = round(self._terms.longest_h * 60)
        for part, minutes in self._parts(origin.minute, origin.minute + longest):
            rate = self._rates[part] * self.pace
            if rate * minutes >= lacking:
                return passed + lacking / rate
            lacking -= rate * minutes
            passed += minutes
        return None


def _errors(
    fills: Sequence[Fill], starts: Sequence[int], terms: Terms
) -> tuple[list[float], list[float]]:
    """Forecasts made again from what was known then, against the first reading `ahead_h` or more
    later, where the bin was not emptied between: how far the fill was off, and how many minutes
    the moment at which it was so full. Of a bin that is full nothing is left to be foretold."""
    points: list[float] = []
    minutes: list[float] = []
    for index in range(len(fills) - 2, 1, -1):
        if len(points) == terms.replays:
            break
        origin = fills[index]
        if origin.fill >= terms.full:
            continue
        came = next(
            (
                later
                for later in range(index + 1, len(fills))
                if fills[later].minute - origin.minute >= terms.ahead_h * 60
            ),
            None,
        )
        if came is None or starts[came] != starts[index]:
            continue
        model = _Model(fills[: index + 1], starts[: index + 1], terms)
        if model.usual is None:
            continue
        then = fills[came]
        points.append(abs(model.fill_at(origin, then.minute) - then.fill))
        told = model.until(origin, then.fill) if then.fill > origin.fill else None
        if told is not None:
            minutes.append(abs(told - (then.minute - origin.minute)))
    return points, minutes
