"""How far each kind of evidence of a lift reaches, and how sure it makes us: evidence.toml."""

from functools import lru_cache
from typing import Literal

from projections.shipped import Table, shipped

By = Literal["tag", "name", "place", ""]
Near = Literal["near", "far", "unknown"]


class Place(Table, frozen=True, kw_only=True):
    near_m: float
    far_m: float
    nearer: float
    fix_s: int
    against_s: int


class Read(Table, frozen=True, kw_only=True):
    within_s: int


class Schedule(Table, frozen=True, kw_only=True):
    stops: int


class Shift(Table, frozen=True, kw_only=True):
    margin_s: int


class Double(Table, frozen=True, kw_only=True):
    within_s: int
    cycle_s: int
    divisions: int
    least_g: int


class Weight(Table, frozen=True, kw_only=True):
    kg_per_l: float
    over_g: int
    most_g: int
    empty_share: float


class Zero(Table, frozen=True, kw_only=True):
    lifts: int
    over_g: int


class Places(Table, frozen=True, kw_only=True):
    kmh: float
    least_m: float


class Confidence(Table, frozen=True, kw_only=True):
    by: By
    value: float
    place: Near | None = None
    planned: bool | None = None
    sole: bool | None = None


class Evidence(Table, frozen=True, kw_only=True):
    place: Place
    read: Read
    schedule: Schedule
    shift: Shift
    double: Double
    weight: Weight
    zero: Zero
    places: Places
    confidence: tuple[Confidence, ...]


EVIDENCE = shipped("projections.waste_district.lifts", "evidence.toml", Evidence)
MARGIN_MS = EVIDENCE.shift.margin_s * 1000


@lru_cache(maxsize=64)  # of as few answers as there are combinations
def confidence(by: By, place: Near, *, planned: bool, sole: bool) -> float:
    for one in EVIDENCE.confidence:
        if (
            one.by == by
            and one.place in (None, place)
            and one.planned in (None, planned)
            and one.sole in (None, sole)
        ):
            return one.value
    return 0.0
