"""How far each kind of evidence of lifts and loads reaches, and how sure it makes us:
evidence.toml."""

from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from projections.shipped import Table, shipped

By = Literal["tag", "name", "place", ""]
Near = Literal["near", "far", "unknown"]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Some = Annotated[int, msgspec.Meta(ge=1)]
_Within = Annotated[int, msgspec.Meta(ge=1, le=86_400)]


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
    tail: _Count


class Shift(Table, frozen=True, kw_only=True):
    margin_s: int
    silent_s: _Count
    behind_s: _Count


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


class File(Table, frozen=True, kw_only=True):
    late_s: _Some


class Lost(Table, frozen=True, kw_only=True):
    days: _Some
    unread: _Count


class Swapped(Table, frozen=True, kw_only=True):
    times: _Some
    often: _Some
    uneven: _Some
    round_s: _Some
    every_days: _Some


class Load(Table, frozen=True, kw_only=True):
    """Within a day, because each day is told from its two neighbours alone."""

    pause_s: _Within
    overnight_s: _Within


class Mixed(Table, frozen=True, kw_only=True):
    lifts: _Some
    slips: _Some
    share_percent: Annotated[int, msgspec.Meta(ge=0, le=100)]


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
    file: File
    lost: Lost
    swapped: Swapped
    load: Load
    mixed: Mixed
    places: Places
    confidence: tuple[Confidence, ...]


EVIDENCE = shipped("projections.waste_district.lifts", "evidence.toml", Evidence)


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
