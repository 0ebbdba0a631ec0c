"""What of a trip is whose: its parts, each with its share of what the facility took in and of every
gap, so that any cut through the balance is as exact as the whole."""

from collections.abc import Sequence

import msgspec

from projections.waste_district.apportion import apportion
from projections.waste_district.rows.trips import Gap, Part, Trip


class Share(msgspec.Struct, frozen=True, gc=False):
    """`lifted_g` = `received_g` + its gaps. `mass_g`: what was weighed at its bins; of nobody's
    waste none counts as lifted, because no compound gave it."""

    part: Part
    category: str
    mass_g: int
    lifted_g: int
    received_g: int
    gaps: tuple[Gap, ...]


def shares(trip: Trip, gaps: Sequence[Gap]) -> list[Share]:
    """`gaps`: the trip's, as they are told now. A trip that nobody saw a lift of is nobody's."""
    parts = trip.parts or (Part(compound="", category=trip.category),)
    weights = [one.net_g for one in parts]
    if not any(weights):
        weights = [one.lifts for one in parts]
    split = [(gap, _split(gap, parts, weights)) for gap in gaps]
    return [_share(trip, part, [(gap, grams[at]) for gap, grams in split])
            for at, part in enumerate(parts)]  # fmt: skip


def _split(gap: Gap, parts: Sequence[Part], weights: Sequence[int]) -> list[int]:
    if gap.name == "unidentified":
        return [0 if one.compound else -one.net_g for one in parts]
    if len(parts) == 1:
        return [gap.grams]
    if gap.name == "unweighed-lifts":
        return apportion(gap.grams, [one.unweighed for one in parts])
    return apportion(gap.grams, weights)


def _share(trip: Trip, part: Part, split: Sequence[tuple[Gap, int]]) -> Share:
    lifted = part.net_g if part.compound else 0
    gaps = tuple(Gap(name=gap.name, grams=grams) for gap, grams in split if grams)
    return Share(
        part=part,
        category=part.category or trip.category,
        mass_g=part.net_g,
        lifted_g=lifted,
        received_g=lifted - sum(one.grams for one in gaps),
        gaps=gaps,
    )
