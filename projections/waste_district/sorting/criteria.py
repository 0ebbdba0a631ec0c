"""What scores and demonstration criteria ask for, as data: `criteria.toml`."""

from typing import Literal

import msgspec

from projections.shipped import decoded, shipped

Unit = Literal["share", "each", "points", "trips", "score", "per-hundred"]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    pass


class Costing(_Table, frozen=True, kw_only=True):
    what: str
    per: Literal["100-deposits", "day"]
    costs: float
    most: float


class Purity(_Table, frozen=True, kw_only=True):
    target: float
    costs: float
    most: float


class Uninspected(_Table, frozen=True, kw_only=True):
    days: int
    costs: float


class Scoring(_Table, frozen=True, kw_only=True):
    full: float
    least_deposits: int
    cause: tuple[Costing, ...]
    purity: Purity
    uninspected: Uninspected


class Asked(_Table, frozen=True, kw_only=True):
    """One of `at_least` and `at_most`. `source`: whose wish it is, a text key."""

    name: str
    source: str
    at_least: float | None = None
    at_most: float | None = None
    unit: Unit = "share"

    def met(self, value: float) -> bool:
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is not None and value <= self.at_most


class Criteria(_Table, frozen=True, kw_only=True):
    score: Scoring
    criterion: tuple[Asked, ...]


def read(text: str) -> Criteria:
    """Of a city's own file."""
    return decoded(text, Criteria)


CRITERIA = shipped("projections.waste_district.sorting", "criteria.toml", Criteria)
