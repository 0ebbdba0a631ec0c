"""What scores and demonstration criteria ask for, as data: `criteria.toml`."""

import tomllib
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

import msgspec

from core.errors import ConfigError
from projections.shipped import Table, decoded, shipped

Unit = Literal["share", "each", "points", "trips", "score", "per-hundred"]
Name = Literal[
    "participation", "purity", "kitchen-share", "mixed-deposits", "mixed-trips", "overflows",
    "point-hours", "bin-groups", "all-streams", "inspections", "score",
]  # fmt: skip
_UNITS: Mapping[Name, Unit] = {
    "mixed-trips": "trips", "overflows": "per-hundred", "all-streams": "points",
    "inspections": "each", "score": "score",
}  # fmt: skip
_Wrong = Literal[
    "mixed", "bag-not-broken", "outside-hours", "dumped", "overflow", "refused", "faulty-weight"
]
_NotNegative = Annotated[float, msgspec.Meta(ge=0)]
_Some = Annotated[int, msgspec.Meta(ge=1)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Costing(Table, frozen=True, kw_only=True):
    what: _Wrong
    per: Literal["100-deposits", "day"]
    costs: _NotNegative
    most: _NotNegative


class Purity(Table, frozen=True, kw_only=True):
    target: _Share
    costs: _NotNegative
    most: _NotNegative


class Uninspected(Table, frozen=True, kw_only=True):
    days: _Some
    costs: _NotNegative


class Scoring(Table, frozen=True, kw_only=True):
    full: _NotNegative
    least_deposits: _Some
    cause: tuple[Costing, ...]
    purity: Purity
    uninspected: Uninspected


class Asked(Table, frozen=True, kw_only=True):
    """`source`: whose wish it is, a text key."""

    name: Name
    source: str
    at_least: _NotNegative | None = None
    at_most: _NotNegative | None = None

    def __post_init__(self) -> None:
        wanted = [one for one in (self.at_least, self.at_most) if one is not None]
        if len(wanted) != 1:
            raise ValueError(f"{self.name} needs one of at_least and at_most")
        if self.unit == "share" and wanted[0] > 1:
            raise ValueError(f"{self.name} is a share: 0.9 is ninety of a hundred")

    @property
    def unit(self) -> Unit:
        return _UNITS.get(self.name, "share")

    def met(self, value: float) -> bool:
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is not None and value <= self.at_most


class Criteria(Table, frozen=True, kw_only=True):
    score: Scoring
    criterion: tuple[Asked, ...]


def read(text: str, file: str) -> Criteria:
    """Of a city's own file. ConfigError when it may not be used."""
    try:
        return decoded(text, Criteria)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{file}: {error}; write it as the program's own criteria.toml does."
            f" Criteria there are: {', '.join(get_args(Name))}"
        ) from error


CRITERIA = shipped("projections.waste_district.sorting", "criteria.toml", Criteria)
