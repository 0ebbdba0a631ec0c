"""What scales may be off by, as their classes allow. The limits stand in tolerance.toml."""

from collections.abc import Iterable
from functools import lru_cache
from math import isqrt

from core.events.register import Scale
from projections.shipped import Table, shipped


class Assumed(Table, frozen=True, kw_only=True):
    accuracy: str
    division_g: int


class Class(Table, frozen=True, kw_only=True):
    accuracy: str
    upto: tuple[int, ...]
    halves: tuple[int, ...]


class Ticket(Table, frozen=True, kw_only=True):
    most_g: int
    capacity_percent: int
    tare_percent: int
    share: int
    lifted_g: int
    again_s: int


class BridgeZero(Table, frozen=True, kw_only=True):
    tickets: int
    over_g: int


class Tolerance(Table, frozen=True, kw_only=True, rename={"classes": "class"}):
    coverage_percent: int
    in_service: int
    zero_quarters: int
    stored_tare_g: int
    unweighed_percent: int
    lifter: Assumed
    bridge: Assumed
    classes: tuple[Class, ...]
    ticket: Ticket
    bridge_zero: BridgeZero


TOLERANCE = shipped("projections.waste_district.loads", "tolerance.toml", Tolerance)
_CLASSES = {one.accuracy: one for one in TOLERANCE.classes}


class Readings:
    """Of one scale: how far readings, taken together, may be off."""

    def __init__(self, scale: Scale, assumed: Assumed) -> None:
        self.division_g = scale.division_g or assumed.division_g
        limits = _CLASSES[scale.accuracy or assumed.accuracy]
        step = self.division_g * TOLERANCE.in_service
        self._steps = tuple(
            (most * self.division_g, halves * step // 2)
            for most, halves in zip(limits.upto, limits.halves, strict=True)
        )

    def limit(self, load_g: int) -> int:
        """In service, for one reading."""
        for most, limit in self._steps:
            if load_g <= most:
                return limit
        return self._steps[-1][1]

    def zero(self) -> int:
        return self.division_g * TOLERANCE.zero_quarters // 4

    def net(self, gross_g: int | None, tare_g: int | None, net_g: int) -> tuple[int, int]:
        """(square of the limits of two readings, what a zero that is off adds). Without a read
        tare the second reading is not this scale's, and its zero stays in the net."""
        if gross_g is not None and tare_g is not None:
            return self.limit(gross_g) ** 2 + self.limit(tare_g) ** 2, 0
        if gross_g is not None:
            return self.limit(gross_g) ** 2, self.zero()
        return 2 * self.limit(net_g) ** 2, 0


@lru_cache(maxsize=1024)  # of as many kinds of scales
def lifter(scale: Scale) -> Readings:
    return Readings(scale, TOLERANCE.lifter)


@lru_cache(maxsize=1024)
def bridge(scale: Scale) -> Readings:
    return Readings(scale, TOLERANCE.bridge)


def together(parts: Iterable[tuple[int, int]]) -> int:
    """Of independent nets: squares add up, zeros of one scale are off all to one side."""
    squares = zeros = 0
    for square, zero in parts:
        squares += square
        zeros += zero
    return isqrt(squares) * TOLERANCE.coverage_percent // 100 + zeros
