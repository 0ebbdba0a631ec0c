"""How well one compound sorts, and what it has to show to be a demonstration compound. Pure on rows
of its own view and of the district's, as of one position; the scores are `score.py`'s."""

from collections.abc import Mapping

import msgspec

from projections.days import at
from projections.view import Kinds
from projections.waste_district.register.register import Register
from projections.waste_district.sorting.demonstration import Criterion
from projections.waste_district.sorting.score import Score, scores


class Quality(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """`name`, `street`, `demonstration` and `places` (point → its name) as the register has them on
    the last day."""

    compound: Score
    name: str = ""
    street: str = ""
    demonstration: bool = False
    points: tuple[Score, ...] = ()
    buildings: tuple[Score, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    places: Mapping[str, str] = {}


def quality(own: Kinds, kinds: Kinds, compound: str, since: str, until: str) -> Quality | None:
    """Both days included. None for what the register never had and nothing is known of then."""
    found = scores(own, kinds, compound, since, until)
    if compound not in kinds.get("compound", {}) and found.compound == Score(name=compound):
        return None
    register, last = Register(kinds), at(until, "23:59")
    known = register.compound(compound, last)
    points = {one.name: register.point(one.name, last) for one in found.points}
    return Quality(
        compound=found.compound,
        name=known.name if known else "",
        street=known.street if known else "",
        demonstration=known.demonstration if known else False,
        points=found.points,
        buildings=found.buildings,
        criteria=found.criteria,
        places={name: one.name for name, one in points.items() if one and one.name},
    )
