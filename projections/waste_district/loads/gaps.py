"""A load's lifted minus received, in pieces that have names and add up to it, to the gram."""

from collections.abc import Sequence

import msgspec

from projections.waste_district.rows.trips import Gap, GapName, Trip

# What is left when everything that has a name of its own is taken off.
_SPLIT: tuple[GapName, ...] = ("tolerance", "unexplained")


class Explained(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a delivered load that makes it weigh otherwise than what was lifted."""

    unweighed_g: int = 0  # what its bins that nobody weighed may have held
    zero_g: int = 0  # by which a zero that is off made the lifts heavier
    tolerance_g: int = 0


def delivered(lifted_g: int, received_g: int, known: Explained) -> tuple[Gap, ...]:
    """What is known explains as much as there is to explain in its direction, and no more."""
    left = lifted_g - received_g
    unweighed = Gap(name="unweighed-lifts", grams=_towards(left, -known.unweighed_g))
    left -= unweighed.grams
    off = Gap(name="lifter-zero", grams=_towards(left, known.zero_g))
    return some((unweighed, off, *_scales(left - off.grams, known.tolerance_g)))


def with_zero(trip: Trip, zero_g: int) -> tuple[Gap, ...]:
    """Its gaps, knowing that the weighbridge says so much too much. That is only known once its
    other vehicles of the day are, so no trip's own row can say it."""
    left = sum(one.grams for one in trip.gaps if one.name in _SPLIT)
    part = _towards(left, -zero_g)
    if not part:
        return trip.gaps
    rest = tuple(one for one in trip.gaps if one.name not in _SPLIT)
    scales = _scales(left - part, trip.tolerance_g)
    return some((*rest, Gap(name="bridge-zero", grams=part), *scales))


def whole(name: GapName, grams: int) -> tuple[Gap, ...]:
    return some((Gap(name=name, grams=grams),))


def some(gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    return tuple(one for one in gaps if one.grams)


def _scales(left: int, tolerance_g: int) -> tuple[Gap, Gap]:
    within = max(-tolerance_g, min(tolerance_g, left))
    return Gap(name="tolerance", grams=within), Gap(name="unexplained", grams=left - within)


def _towards(left: int, grams: int) -> int:
    """As much of `grams` as there is of `left` on the same side of nothing."""
    if left > 0:
        return max(0, min(left, grams))
    return min(0, max(left, grams))
