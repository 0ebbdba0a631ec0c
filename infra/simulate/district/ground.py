"""A city district on the map: compounds on a grid of streets, waste points inside them, bins at the
points. Everything follows from chance and the number of compounds."""

from collections.abc import Iterator, Sequence
from random import Random

import msgspec

from core.events.waste import Category

WHOLE = 152  # compounds of the whole district
BINS = 7_569  # in it
_METRES = 111_320.0  # in a degree of latitude
_NARROWING = 0.7660  # of a degree of longitude at latitude 40
_CORNER = (39.7000, 116.1000)
_STREET_GRID = (520.0, 470.0)  # metres from one compound's middle to the next, east and north
_YARD_GRID = (96.0, 88.0)  # metres from one waste point to the next
_YARD_PLACES = 9
_STRAY_M = 11.0  # how far a point stands from its place in the grid, at most
_STREETS = ("西潞", "拱辰", "长阳", "城关", "良乡", "窦店", "阎村", "迎风")
_TITLES: tuple[Sequence[str], ...] = (
    "望锦翠学知和安康",
    "京绣园府雅泰宁乐",
    ("花园", "嘉园", "佳苑", "新村", "名邸", "公寓", "家园", "雅居"),
)

Place = tuple[float, float]  # WGS-84 latitude, longitude


class Bin(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    name: str
    compound: str
    point: str
    category: Category
    uid: str
    kind: str
    volume_l: int
    tare_g: int  # as registered
    weight_g: int  # what it weighs in truth: dirt, a new lid, a lost wheel
    empty_mm: int
    full_mm: int
    daily_g: int  # what its residents put into it on an ordinary day
    sensor: bool

    @property
    def key(self) -> str:
        return f"{self.compound}/{self.name}"

    @property
    def full_g(self) -> int:
        return round(self.volume_l * _DENSITY[self.category])


class Point(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    name: str
    compound: str
    place: Place
    buildings: tuple[str, ...]
    staffed: bool  # somebody weighs every bag
    bins: tuple[Bin, ...]


class Compound(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    name: str
    title: str
    street: str
    households: int
    buildings: tuple[str, ...]
    demonstration: bool
    points: tuple[Point, ...]


_MOST_RESIDUAL = 7  # bins of a point
_LETTER: dict[Category, str] = {"food": "f", "residual": "r", "recyclable": "c", "hazardous": "h"}
_DENSITY: dict[Category, float] = {  # grams a litre
    "food": 620.0, "residual": 230.0, "recyclable": 95.0, "hazardous": 260.0,
}  # fmt: skip
_HOUSEHOLD_G: dict[Category, float] = {  # a day
    "food": 420.0, "residual": 760.0, "recyclable": 170.0, "hazardous": 2.2,
}  # fmt: skip
_KINDS: dict[str, tuple[int, int, int, int]] = {  # litres, tare g, empty mm, full mm
    "wheelie-120": (120, 9_500, 860, 150),
    "wheelie-240": (240, 13_500, 1_000, 170),
    "container-660": (660, 41_000, 1_150, 210),
}


def compounds(rng: Random, count: int) -> tuple[Compound, ...]:
    """Numbered along the streets, so that neighbours in number are neighbours on the map."""
    plans = [_Plan(number, rng) for number in range(1, count + 1)]
    _to_number(plans, round(BINS * count / WHOLE), rng)
    columns = max(1, round(count**0.5))
    return tuple(plan.built(_corner(number, columns), rng) for number, plan in enumerate(plans))


def moved(place: Place, east: float, north: float) -> Place:
    """That many metres away."""
    return (
        round(place[0] + north / _METRES, 6),
        round(place[1] + east / (_METRES * _NARROWING), 6),
    )


def apart(one: Place, other: Place) -> float:
    """Metres; on a flat map, which a district is."""
    north = (other[0] - one[0]) * _METRES
    east = (other[1] - one[1]) * _METRES * _NARROWING
    return float((north * north + east * east) ** 0.5)


class _Plan:
    """A compound before its bins are counted out: how many of each stream at each point."""

    def __init__(self, number: int, rng: Random) -> None:
        self.name = f"c{number:03}"
        self.title = "".join(map(rng.choice, _TITLES))
        self.street = f"{_STREETS[number * len(_STREETS) // (WHOLE + 1)]}街道"
        self.households = rng.randrange(420, 2_300)
        self.demonstration = rng.random() < 0.2
        self.staffed = rng.random() < 0.62
        points = min(_YARD_PLACES, max(4, round(self.households / 230 + rng.uniform(-0.5, 1.5))))
        self.cells = rng.sample(range(_YARD_PLACES), points)
        self.bins: list[dict[Category, int]] = [
            {
                "food": rng.choice((2, 2, 3, 3)),
                "residual": rng.choice((2, 3, 3, 4)),
                "recyclable": rng.choice((1, 2, 2)),
                "hazardous": rng.choice((0, 1)),
            }
            for _ in range(points)
        ]

    @property
    def count(self) -> int:
        return sum(sum(point.values()) for point in self.bins)

    def built(self, middle: Place, rng: Random) -> Compound:
        buildings = tuple(f"{number}号楼" for number in range(1, max(4, self.households // 90) + 1))
        points = tuple(
            self._point(number, middle, buildings[number :: len(self.cells)], rng)
            for number in range(len(self.cells))
        )
        return Compound(
            name=self.name,
            title=self.title,
            street=self.street,
            households=self.households,
            buildings=buildings,
            demonstration=self.demonstration,
            points=points,
        )

    def _point(self, number: int, middle: Place, buildings: tuple[str, ...], rng: Random) -> Point:
        name = f"{self.name}-p{number + 1:02}"
        row, column = divmod(self.cells[number], 3)
        return Point(
            name=name,
            compound=self.name,
            place=moved(
                middle,
                (column - 1) * _YARD_GRID[0] + rng.uniform(-_STRAY_M, _STRAY_M),
                (row - 1) * _YARD_GRID[1] + rng.uniform(-_STRAY_M, _STRAY_M),
            ),
            buildings=buildings,
            staffed=self.staffed and rng.random() < 0.75,
            bins=tuple(self._bins(name, self.bins[number], rng)),
        )

    def _bins(self, point: str, counts: dict[Category, int], rng: Random) -> Iterator[Bin]:
        share = self.households / len(self.cells)
        for category, count in counts.items():
            for number in range(1, count + 1):
                yield new_bin(
                    f"{point}-{_LETTER[category]}{number}",
                    point,
                    category,
                    _HOUSEHOLD_G[category] * share / count,
                    rng,
                )


def new_bin(name: str, point: str, category: Category, daily_g: float, rng: Random) -> Bin:
    """`daily_g`: what is brought to it on an ordinary day, about."""
    kind = {"hazardous": "wheelie-120", "food": "wheelie-240"}.get(category, "")
    if not kind:
        large = daily_g > 0.4 * 240 * _DENSITY[category] or rng.random() < 0.3
        kind = "container-660" if large else "wheelie-240"
    volume, tare, empty, full = _KINDS[kind]
    most = 1.5 * volume * _DENSITY[category]  # who finds it full goes to the next one
    return Bin(
        name=name,
        compound=name.partition("-")[0],
        point=point,
        category=category,
        uid=f"E280{rng.getrandbits(64):016X}",
        kind=kind,
        volume_l=volume,
        tare_g=tare,
        weight_g=round(tare + rng.gauss(0, 350)),
        empty_mm=empty,
        full_mm=full,
        daily_g=round(min(most, daily_g * rng.uniform(0.7, 1.3))),
        sensor=rng.random() < 0.5,
    )


def _corner(number: int, columns: int) -> Place:
    """There and back along the streets."""
    row, column = divmod(number, columns)
    east = column if row % 2 == 0 else columns - 1 - column
    return moved(_CORNER, east * _STREET_GRID[0], row * _STREET_GRID[1])


def _to_number(plans: list[_Plan], wanted: int, rng: Random) -> None:
    """As many bins as the district has: residual ones make up the difference, as far as they can.
    A few compounds may be larger or smaller than the district's on the average."""
    missing = wanted - sum(plan.count for plan in plans)
    step = 1 if missing > 0 else -1
    room = sum(
        _MOST_RESIDUAL - point["residual"] if step > 0 else point["residual"] - 1
        for plan in plans
        for point in plan.bins
    )
    left = min(abs(missing), room)
    while left:
        point = rng.choice(rng.choice(plans).bins)
        if 1 <= point["residual"] + step <= _MOST_RESIDUAL:
            point["residual"] += step
            left -= 1
