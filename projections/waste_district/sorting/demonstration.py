"""Whether a compound may be called a demonstration compound (示范小区): criteria that are data,
each with what was found. Pure on rows."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from projections.days import at, days
from projections.view import Kinds
from projections.waste_district.loads.misread import Misread, looked_at
from projections.waste_district.register.register import Register
from projections.waste_district.rows.trips import Trip
from projections.waste_district.sorting.conduct import Conduct
from projections.waste_district.sorting.criteria import CRITERIA, Asked, Name, Unit
from projections.waste_sorting.participation import residents
from projections.waste_sorting.rows import Month

Result = Literal["met", "not-met", "no-data"]


class Criterion(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`value` None: nothing is known of it."""

    name: str
    source: str
    unit: Unit
    result: Result
    value: float | None = None
    at_least: float | None = None
    at_most: float | None = None


class Asking(NamedTuple):
    """Of whom and for when. `own`: rows of the compound's view; `kinds`: the district's."""

    own: Kinds
    kinds: Kinds
    register: Register
    compound: str
    since: str
    until: str

    @property
    def last(self) -> int:
        return at(self.until, "23:59")


def criteria(
    asking: Asking,
    conduct: Conduct,
    score: float | None,
    asked: tuple[Asked, ...] = CRITERIA.criterion,
) -> tuple[Criterion, ...]:
    """In the order of the file. `conduct` and `score`: the compound's in that time."""
    found = _found(asking, conduct, score)
    return tuple(_judged(one, found[one.name]) for one in asked)


def _judged(one: Asked, value: float | None) -> Criterion:
    result: Result = "no-data"
    if value is not None:
        result = "met" if one.met(value) else "not-met"
    return Criterion(
        name=one.name,
        source=one.source,
        unit=one.unit,
        result=result,
        value=None if value is None else round(value, 4),
        at_least=one.at_least,
        at_most=one.at_most,
    )


def _found(asking: Asking, conduct: Conduct, score: float | None) -> Mapping[Name, float | None]:
    points = _points(asking)
    bins = [_streams(asking, point) for point in points]
    trips = _trips(asking)
    grams = _grams(trips, asking.compound) or conduct.grams
    length = len(days(asking.since, asking.until))
    known = (asking.register.point(point, asking.last) for point in points)
    hours = [bool(one.hours) for one in known if one is not None]
    count = sum(len(asking.register.bins_at(point, asking.last)) for point in points)
    overflows = conduct.wrong.get("overflow", 0)
    mixed = min(conduct.wrong.get("mixed", 0), conduct.brought)  # not all seen are weighed
    return {
        "participation": _participation(asking),
        "purity": conduct.purity,
        "kitchen-share": _share(grams.get("food", 0), sum(grams.values())),
        "mixed-deposits": _share(mixed, conduct.brought),
        "mixed-trips": sum(bool(one.mixed) for one in trips) if trips else None,
        "overflows": _share(overflows * 100, count * length) if conduct.days else None,
        "point-hours": _share(sum(hours), len(hours)),
        "bin-groups": _share(sum({"food", "residual"} <= one for one in bins), len(bins)),
        "all-streams": sum({"recyclable", "hazardous"} <= one for one in bins) if bins else None,
        "inspections": _share(conduct.inspections * 7, len(points) * length),
        "score": score,
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _points(asking: Asking) -> list[str]:
    register, last = asking.register, asking.last
    return sorted(
        name
        for name in asking.kinds.get("point", {})
        if (known := register.point(name, last)) and known.compound == asking.compound
    )


def _streams(asking: Asking, point: str) -> set[str]:
    register, last = asking.register, asking.last
    found = (register.bin(key, last) for key in register.bins_at(point, last))
    return {one.category for one in found if one is not None}


def _trips(asking: Asking) -> list[Trip]:
    """Those that carried something from the compound."""
    hauls = looked_at(asking.kinds, asking.since, asking.until)
    misread = Misread(asking.kinds, asking.register, hauls)
    return [
        misread.corrected(row)
        for row in asking.kinds.get("trip", {}).values()
        if isinstance(row, Trip)
        and asking.since <= row.day <= asking.until
        and any(part.compound == asking.compound and part.lifts for part in row.parts)
    ]


def _grams(trips: Iterable[Trip], compound: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for trip in trips:
        for part in trip.parts:
            if part.compound == compound:
                found[part.category] = found.get(part.category, 0) + part.net_g
    return found


def _participation(asking: Asking) -> float | None:
    """Of the month in which the time ends: residents who showed who they are, by households."""
    known = asking.register.compound(asking.compound, asking.last)
    month = asking.own.get("month", {}).get(asking.until[:7])
    if known is None or not known.households or not isinstance(month, Month):
        return None
    return min(1.0, residents(month.residents) / known.households)
