"""Which points are near: by cells of a hundredth of a degree. WGS-84, metres."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest
from math import cos, floor, hypot, inf, radians

import msgspec

from projections.waste_district.held import Rows
from projections.waste_district.register.names import listed
from projections.waste_district.rows.register import Point

_CELLS = 100  # a degree
_DEGREE_M = 111_195.0  # of latitude, on a sphere of 6,371,009 m


def cell(lat: float, lon: float) -> str:
    return f"{floor(lat * _CELLS)},{floor(lon * _CELLS)}"


def metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """On a flat map: good to a thousandth over what a bin may be away from its point."""
    north = (other_lat - lat) * _DEGREE_M
    return hypot(north, (other_lon - lon) * _DEGREE_M * _narrowing(floor(lat * _CELLS)))


def around(lat: float, lon: float, within: float) -> Iterator[str]:
    """Every cell that holds a place not further away than `within`."""
    high = within / _DEGREE_M
    wide = high / max(0.01, _narrowing(floor(lat * _CELLS)))
    for row in range(floor((lat - high) * _CELLS), floor((lat + high) * _CELLS) + 1):
        for column in range(floor((lon - wide) * _CELLS), floor((lon + wide) * _CELLS) + 1):
            yield f"{row},{column}"


@lru_cache(maxsize=1024)
def _narrowing(row: int) -> float:
    """How long a degree of longitude is there, as a part of one of latitude."""
    return cos(radians((row + 0.5) / _CELLS))


class Spot(msgspec.Struct, frozen=True, gc=False):
    """Where a point is from `since` until before `until`."""

    since: int
    until: float
    lat: float
    lon: float
    point: str


class Spots:
    """Where points are by the register that `rows` hold; each cell is worked out once, into
    `spots`."""

    def __init__(self, rows: Rows, spots: dict[str, tuple[Spot, ...]]) -> None:
        self._rows = rows
        self._spots = spots  # by cell

    def near(self, lat: float, lon: float, ms: int, within: float) -> list[tuple[str, float]]:
        """Points and how far away they are, nearest first."""
        found: list[tuple[float, str]] = []
        high = within / _DEGREE_M  # most of a cell is further north or south than that
        for one in around(lat, lon, within):
            for spot in self._spots_in(one):
                if -high <= spot.lat - lat <= high and spot.since <= ms < spot.until:
                    away = metres(lat, lon, spot.lat, spot.lon)
                    if away <= within:
                        found.append((away, spot.point))
        found.sort()
        return [(point, away) for away, point in found]

    def _spots_in(self, of: str) -> tuple[Spot, ...]:
        found = self._spots.get(of)
        if found is None:
            found = self._spots[of] = tuple(self._placed(of))
        return found

    def _placed(self, of: str) -> Iterator[Spot]:
        for name in listed(self._rows, "near", of):
            row = self._rows.get("point", name, Point)
            versions = row.versions if row else ()
            for one, following in zip_longest(versions, versions[1:]):
                if one.ended or one.lat is None or one.lon is None or cell(one.lat, one.lon) != of:
                    continue
                until = following.ms if following else inf
                yield Spot(one.ms, until, one.lat, one.lon, name)
