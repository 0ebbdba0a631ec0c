"""What was collected over time, by category, and how much of it was sorted. Pure on rows."""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from projections.view import Kinds
from projections.waste_district.days import DAY_MS, day_of, days, start_of, weekday
from projections.waste_district.rows import Trip

Per = Literal["day", "week", "month"]
PERIODS: tuple[Per, ...] = get_args(Per)


class Collected(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`period` is its first day, or a month."""

    period: str
    grams: Mapping[str, int] = {}

    @property
    def sorted_ppm(self) -> int | None:
        return sorting_ppm(self.grams)


def sorting_ppm(grams: Mapping[str, int]) -> int | None:
    """Parts in a million that are not residual waste; None where nothing was weighed."""
    total = sum(grams.values())
    if total <= 0:
        return None
    return (total - grams.get("residual", 0)) * 1_000_000 // total


def period_of(day: str, per: Per) -> str:
    if per == "month":
        return day[:7]
    if per == "week":
        return day_of(start_of(day) - (weekday(day) - 1) * DAY_MS)
    return day


def collected(
    kinds: Kinds, since: str, until: str, per: Per, compound: str = ""
) -> tuple[Collected, ...]:
    """Every period of the span, those without anything too. `compound` empty: of all of them."""
    sums: dict[str, dict[str, int]] = {period_of(day, per): {} for day in days(since, until)}
    for trip in kinds.get("trip", {}).values():
        if not isinstance(trip, Trip) or trip.kind != "collection":
            continue
        if not since <= trip.day <= until:
            continue
        into = sums[period_of(trip.day, per)]
        for part in trip.parts:
            if part.net_g and compound in ("", part.compound):
                into[part.category] = into.get(part.category, 0) + part.net_g
    return tuple(
        Collected(period=period, grams=dict(sorted(grams.items())))
        for period, grams in sums.items()
    )
