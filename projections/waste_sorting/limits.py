"""What is asked of level sensors, as data: `sensors.toml`."""

from projections.shipped import Table, shipped


class Flat(Table, frozen=True):
    mm: int
    stuck_h: float
    lifts: int
    lift_g: int
    apart_min: int
    deposit_hours: int
    deposit_g: int
    frozen_h: float
    frozen_readings: int
    ice_cel: float


class Jumping(Table, frozen=True):
    mm: int
    within_h: float
    turns: int
    calm: int


class Inverted(Table, frozen=True):
    mm: int
    within_h: float
    lifts: int
    falls: int


class Range(Table, frozen=True):
    min_mm: int
    max_mm: int
    below_mm: int
    readings: int


class Limits(Table, frozen=True):
    flat: Flat
    jumping: Jumping
    inverted: Inverted
    range: Range


LIMITS = shipped("projections.waste_sorting", "sensors.toml", Limits)
