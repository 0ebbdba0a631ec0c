"""Compounds beside each other: their score with its causes, and what was collected there.
Pure on rows; the score is `score.py`'s."""

from collections.abc import Mapping

import msgspec

from projections.days import days
from projections.view import Kinds
from projections.waste_district.asked.board import hauls
from projections.waste_district.asked.findings import missed
from projections.waste_district.asked.over_time import sorting_ppm
from projections.waste_district.loads.lifted import lifted
from projections.waste_district.register.register import Register
from projections.waste_district.sorting.score import Cause
from projections.waste_district.sorting.score import league as scored


class Standing(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`place` counts from 1; 0: nothing is known by which it could be ranked. `sorted_ppm`: of
    what was collected, the share that is not residual waste."""

    place: int
    compound: str
    name: str = ""
    street: str = ""
    demonstration: bool = False
    score: float | None = None
    causes: tuple[Cause, ...] = ()
    planned: int = 0
    missed: int = 0
    collected_g: Mapping[str, int] = {}
    sorted_ppm: int | None = None


class _Sum:
    def __init__(self) -> None:
        self.planned = self.missed = 0
        self.grams: dict[str, int] = {}


def league(kinds: Kinds, since: str, until: str, now_ms: int) -> tuple[Standing, ...]:
    """Best first; those nobody can rank last."""
    sums = _sums(kinds, since, until)
    register = Register(kinds)
    found = []
    place = 0
    for one in scored(kinds, since, until):
        place += one.score is not None
        known = register.compound(one.name, now_ms)
        total = sums.get(one.name) or _Sum()
        found.append(
            Standing(
                place=place if one.score is not None else 0,
                compound=one.name,
                name=known.name if known else "",
                street=known.street if known else "",
                demonstration=known.demonstration if known else False,
                score=one.score,
                causes=one.causes,
                planned=total.planned,
                missed=total.missed,
                collected_g=dict(sorted(total.grams.items())),
                sorted_ppm=sorting_ppm(total.grams),
            )
        )
    return tuple(found)


def _sums(kinds: Kinds, since: str, until: str) -> dict[str, _Sum]:
    found: dict[str, _Sum] = {}
    for _, part in lifted(kinds, since, until):
        grams = found.setdefault(part.compound, _Sum()).grams
        grams[part.category] = grams.get(part.category, 0) + part.net_g
    register = Register(kinds)
    for day in days(since, until):
        # Else nothing is known of it.
        for _, planned in register.routes_on(day) if hauls(kinds, day) else ():
            for key in planned.bins:
                found.setdefault(key.partition("/")[0], _Sum()).planned += 1
    # As the list of findings has them, which a click leads to: a bin that is still to come is none.
    for one in missed(kinds, since, until):
        found.setdefault(one.compound, _Sum()).missed += 1
    return found
