"""What two rows of one table cannot both say. The first stands, the second is set aside beside it:
who is right is for people, and the register, to say."""

from math import asin, cos, radians, sin, sqrt

import msgspec

from devices.fields import uid_hex
from infra.importing.aside import Unfit

_MOST = 200_000  # tags and vehicles remembered
_EARTH_M = 6_371_000
_KMH = 160  # faster than any collection vehicle drives
_SLACK_M = 1_000  # of a satellite fix among houses, and of a clock
_SAME_S = 60  # in two places that are known by name only


class Fact(msgspec.Struct, frozen=True, gc=False):
    """Of one row: who was where, and which tag on which bin."""

    vehicle: str
    place: str
    here: tuple[float, float] | None
    second: float
    tag: str
    bin: str


class Conflicts:
    """Owns the last place of each vehicle, and the bin of each tag."""

    def __init__(self) -> None:
        self._bins: dict[str, tuple[str, int]] = {}
        self._places: dict[str, tuple[Fact, int]] = {}

    def look(self, row: int, fact: Fact) -> None:
        """Unfit("tag-conflict" | "two-places"): nothing of the row is remembered then."""
        tag = uid_hex(fact.tag) if fact.tag and fact.bin else ""
        if tag:
            bound, first = self._bins.get(tag, (fact.bin, 0))
            if bound != fact.bin:
                raise Unfit("tag-conflict", "", first)
        if fact.vehicle:
            before = self._places.get(fact.vehicle)
            if before is not None and _apart(before[0], fact):
                raise Unfit("two-places", "", before[1])
            if before is not None or len(self._places) < _MOST:
                self._places[fact.vehicle] = fact, row
        if tag and len(self._bins) < _MOST:
            self._bins.setdefault(tag, (fact.bin, row))


def _apart(one: Fact, other: Fact) -> bool:
    seconds = abs(one.second - other.second)
    if one.here is not None and other.here is not None:
        return metres(one.here, other.here) - _SLACK_M > seconds * _KMH / 3.6
    return one.place != other.place and seconds < _SAME_S


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great circle."""
    lat, lon, lat2, lon2 = map(radians, (*one, *other))
    half = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * _EARTH_M * asin(sqrt(min(1, half)))
