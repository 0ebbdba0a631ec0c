"""What was collected over time, by category, and how much of it was sorted. Pure on rows."""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import msgspec

from projections.days import DAY_MS, day_of, days, start_of, weekday
from projections.view import Kinds
from projections.waste_district.loads.lifted import lifted
from projections.waste_district.rows.trips import Part

Per = Literal["day", "week", "month"]
PERIODS: tuple[Per, ...] = get_args(Per)


class Collected(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`period` is its first day, or a month."""

    period: str
    grams: Mapping[str, int] = {}
    lifts: int = 0

    @property
    def sorted_ppm(self) -> int | None:
        return sorting_ppm(self.grams)


def sorting_ppm(grams: Mapping[str, int]) -> int | None:
    """Parts in a million that are not residual waste; None where nothing was weighed."""
    total = sum(grams.values())
    if total <= 0:
        return None
    return (total - grams.get("residual", 0)) * 1_000_000 // total


def added(found: Iterable[Collected]) -> dict[str, int]:
    """By category, over all of them."""
    grams: dict[str, int] = {}
    for one in found:
        for category, mine in one.grams.items():
            grams[category] = grams.get(category, 0) + mine
    return grams


def period_of(day: str, per: Per) -> str:
    if per == "month":
        return day[:7]
    if per == "week":
        return day_of(start_of(day) - (weekday(day) - 1) * DAY_MS)
    return day


class _Sums:
    """Every period of the span, those without anything too."""

    def __init__(self, since: str, until: str, per: Per) -> None:
        self._per = per
        self._grams: dict[str, dict[str, int]] = {}
        self._lifts: dict[str, int] = {}
        for day in days(since, until):
            self._grams[period_of(day, per)] = {}

    def add(self, day: str, part: Part) -> None:
        period = period_of(day, self._per)
        self._lifts[period] = self._lifts.get(period, 0) + part.lifts
        if part.net_g:
            grams = self._grams[period]
            grams[part.category] = grams.get(part.category, 0) + part.net_g

    def collected(self) -> tuple[Collected, ...]:
        return tuple(
            Collected(
                period=period, grams=dict(sorted(grams.items())), lifts=self._lifts.get(period, 0)
            )
            for period, grams in self._grams.items()
        )


def collected(
    kinds: Kinds,
    since: str,
    until: str,
    per: Per,
    compound: str = "",
    category: str = "",
    facility: str = "",
) -> tuple[Collected, ...]:
    """Empty: of all of them. Of a facility is what was delivered there."""
    sums = _Sums(since, until, per)
    for trip, part in lifted(kinds, since, until):
        place = trip.site if trip.outcome == "delivered" else ""
        if (
            compound in ("", part.compound)
            and category in ("", part.category)
            and facility in ("", place)
        ):
            sums.add(trip.day, part)
    return sums.collected()


def by_compound(kinds: Kinds, since: str, until: str) -> dict[str, tuple[Collected, ...]]:
    """Day by day, of every compound of the register, and of those that only lifts tell of."""
    found = {name: _Sums(since, until, "day") for name in kinds.get("compound", {})}
    for trip, part in lifted(kinds, since, until):
        if part.compound not in found:
            found[part.compound] = _Sums(since, until, "day")
        found[part.compound].add(trip.day, part)
    return {name: sums.collected() for name, sums in found.items()}
