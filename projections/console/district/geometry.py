"""From degrees to the drawing: no tiles, no internet; a district is small enough to be flat."""

import math
from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 1000.0, 820.0
_MARGIN = 56.0
_METRES = 111_320.0  # of a degree of latitude
_LEAST = 300.0  # metres across that a drawing shows at least
_STEPS = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


class Frame(msgspec.Struct, frozen=True):
    """Which part of the world the drawing shows."""

    lat: float  # of the middle
    lon: float
    scale: float  # units of the drawing a metre

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        east = (lon - self.lon) * _METRES * math.cos(math.radians(self.lat))
        north = (lat - self.lat) * _METRES
        return (
            round(WIDTH / 2 + east * self.scale, 1),
            round(HEIGHT / 2 - north * self.scale, 1),
        )

    def step(self) -> int:
        """Metres between two lines of the grid: some hundred units."""
        return next((one for one in _STEPS if one * self.scale >= 90), _STEPS[-1])


def around(places: Sequence[tuple[float, float]]) -> Frame:
    """All of them, with a margin."""
    lats = [lat for lat, _ in places] or [0.0]
    lons = [lon for _, lon in places] or [0.0]
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    high = (max(lats) - min(lats)) * _METRES
    wide = (max(lons) - min(lons)) * _METRES * math.cos(math.radians(lat))
    scale = min(
        (WIDTH - 2 * _MARGIN) / max(wide, _LEAST), (HEIGHT - 2 * _MARGIN) / max(high, _LEAST)
    )
    return Frame(lat, lon, scale)


def arc(x: float, y: float, radius: float, start: float, end: float) -> str:
    """The path of a ring's part; `start` and `end` are shares of the whole, from the top."""
    end = min(end, start + 0.999)  # a whole ring has no two ends
    (x1, y1), (x2, y2) = (_on(x, y, radius, share) for share in (start, end))
    large = 1 if end - start > 0.5 else 0
    return f"M{x1:.2f} {y1:.2f}A{radius:g} {radius:g} 0 {large} 1 {x2:.2f} {y2:.2f}"


def _on(x: float, y: float, radius: float, share: float) -> tuple[float, float]:
    angle = 2 * math.pi * share
    return x + radius * math.sin(angle), y - radius * math.cos(angle)
