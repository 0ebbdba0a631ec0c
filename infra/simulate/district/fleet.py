"""Who collects: facilities and their weighbridges, carriers, vehicles and the routes they drive."""

from collections.abc import Iterator, Sequence
from random import Random

import msgspec

from core.events.register import FacilityKind
from core.events.waste import Category
from infra.simulate.district.ground import WHOLE, Bin, Compound, Place, Point, apart, moved

HAULAGE = 12  # vehicles that go between transfer stations and facilities
_STREAMS: dict[Category, int] = {"food": 98, "residual": 115, "recyclable": 47, "hazardous": 3}
_WEEK = (1, 2, 3, 4, 5, 6, 7)
_TWICE = 0.68  # of the residual routes are driven in the afternoon too
_STRAIGHT = 0.4
_KINDS: dict[Category, FacilityKind] = {
    "food": "composting", "residual": "transfer", "recyclable": "sorting",
    "hazardous": "hazardous",
}  # fmt: skip


class Weighbridge(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    facility: str
    accuracy: str = "III"
    division_g: int = 20_000
    max_g: int = 60_000_000


class Facility(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    kind: FacilityKind
    accepts: tuple[Category, ...]
    place: Place
    weighbridges: tuple[Weighbridge, ...]
    in_two: bool  # gross and tare are two events of one ticket
    keeps_tares: bool  # of vehicles it knows, instead of weighing them empty again


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    licence: str
    depot: Place


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    carrier: str
    category: Category
    tare_g: int
    weight_g: int  # what it weighs in truth
    capacity_g: int
    division_g: int  # of the scale on its lifter; 0: it has none
    unread: float  # share of the tags that its reader misses
    terminal: bool  # the driver tells the bin's number where no tag was read
    says: bool  # its lifter says the stream it is set to
    station: str = ""  # the transfer station it carries from


class Route(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    vehicle: str
    category: Category
    weekdays: tuple[int, ...]
    start_s: int  # since midnight
    end_s: int
    bins: tuple[Bin, ...]
    facility: str

    @property
    def stops(self) -> tuple[tuple[str, tuple[Bin, ...]], ...]:
        """Points in order, each with its bins of this route."""
        found: dict[str, list[Bin]] = {}
        for one in self.bins:
            found.setdefault(one.point, []).append(one)
        return tuple((point, tuple(bins)) for point, bins in found.items())


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    facilities: tuple[Facility, ...]
    carriers: tuple[Carrier, ...]
    vehicles: tuple[Vehicle, ...]
    routes: tuple[Route, ...]


# kind, streams, metres east and north of the district's south-west corner, two events, kept tares
_SITES: tuple[tuple[FacilityKind, tuple[Category, ...], int, int, bool, bool], ...] = (
    ("transfer", ("residual",), 900, 5_600, False, False),
    ("transfer", ("residual",), 3_300, -700, True, False),
    ("transfer", ("residual",), 7_200, 3_900, False, False),
    ("incineration", ("residual",), 11_500, 6_200, False, False),
    ("incineration", ("residual",), -4_200, 7_900, True, False),
    ("incineration", ("residual",), 8_900, -5_400, False, True),
    ("composting", ("food",), -3_100, 1_500, False, False),
    ("composting", ("food",), 9_400, 8_300, True, False),
    ("sorting", ("recyclable",), 5_400, 9_200, False, False),
    ("sorting", ("recyclable",), -2_200, -3_300, False, False),
    ("hazardous", ("hazardous",), 12_800, -2_100, False, False),
    ("landfill", ("residual", "food", "recyclable"), 14_500, 12_400, False, True),
)
_TITLES: dict[FacilityKind, str] = {
    "transfer": "转运站", "incineration": "焚烧厂", "composting": "厨余处理厂",
    "sorting": "分拣中心", "hazardous": "有害垃圾暂存点", "landfill": "填埋场",
}  # fmt: skip
_LORRIES: dict[Category, tuple[int, int]] = {  # tare and capacity, grams
    "food": (3_900_000, 3_000_000),
    "residual": (7_400_000, 6_000_000),
    "recyclable": (3_400_000, 2_500_000),
    "hazardous": (2_300_000, 900_000),
}
_HAULER = (15_600_000, 15_000_000)
_CARRIERS = ("环卫一公司", "环卫二公司", "绿源清运", "京南再生资源", "洁城物流", "安环运输")


def fleet(rng: Random, compounds: Sequence[Compound]) -> Fleet:
    middle = compounds[len(compounds) // 2].points[0].place
    corner = compounds[0].points[0].place
    sites = tuple(_facilities(corner))
    carriers = tuple(
        Carrier(
            name=f"k{number}",
            title=title,
            licence=f"京环运字{number:03}号",
            depot=moved(middle, rng.uniform(-3_000, 3_000), rng.uniform(-3_000, 3_000)),
        )
        for number, title in enumerate(_CARRIERS, start=1)
    )
    vehicles: list[Vehicle] = []
    routes: list[Route] = []
    counts = _counts(len(compounds))
    for category, count in counts.items():
        for stops in _shared_out(compounds, category, count):
            one = _vehicle(len(vehicles) + 1, category, rng)
            vehicles.append(one)
            routes.extend(_routes(one, stops, sites, rng))
    for number in range(max(3, round(HAULAGE * len(compounds) / WHOLE))):
        vehicles.append(_hauler(len(vehicles) + 1, sites[number % 3].name, rng))
    return Fleet(
        facilities=sites, carriers=carriers, vehicles=tuple(vehicles), routes=tuple(routes)
    )


def _counts(compounds: int) -> dict[Category, int]:
    return {name: max(1, round(count * compounds / WHOLE)) for name, count in _STREAMS.items()}


def _facilities(corner: Place) -> Iterator[Facility]:
    seen: dict[FacilityKind, int] = {}
    for number, (kind, accepts, east, north, in_two, keeps) in enumerate(_SITES, start=1):
        seen[kind] = seen.get(kind, 0) + 1
        name = f"f{number:02}"
        bridges = 2 if kind == "incineration" else 1
        yield Facility(
            name=name,
            title=f"{_TITLES[kind]}{seen[kind]}",
            kind=kind,
            accepts=accepts,
            place=moved(corner, east, north),
            weighbridges=tuple(
                Weighbridge(name=f"{name}-b{lane}", facility=name) for lane in range(1, bridges + 1)
            ),
            in_two=in_two,
            keeps_tares=keeps,
        )


def _shared_out(
    compounds: Sequence[Compound], category: Category, count: int
) -> Iterator[tuple[Bin, ...]]:
    """The stream's bins along the streets, cut into as many rounds of about the same length; the
    bins of one point stay together."""
    points: list[tuple[Bin, ...]] = [
        found
        for compound in compounds
        for point in _walk(compound)
        if (found := tuple(one for one in point.bins if one.category == category))
    ]
    left = sum(map(len, points))
    at = 0
    for cut in range(count, 0, -1):
        taken: list[Bin] = []
        while at < len(points) and (cut == 1 or len(taken) + len(points[at]) / 2 <= left / cut):
            taken.extend(points[at])
            at += 1
        left -= len(taken)
        if taken:
            yield tuple(taken)


def _walk(compound: Compound) -> list[Point]:
    """From one point to the nearest that is left."""
    left = list(compound.points)
    found = [left.pop(0)]
    while left:
        here = found[-1].place
        left.sort(key=lambda point: apart(here, point.place))
        found.append(left.pop(0))
    return found


def _vehicle(number: int, category: Category, rng: Random) -> Vehicle:
    tare, capacity = _LORRIES[category]
    tare = round(tare * rng.uniform(0.93, 1.08) / 10_000) * 10_000
    return Vehicle(
        name=f"v{number:03}",
        carrier=f"k{rng.randrange(1, len(_CARRIERS) + 1)}",
        category=category,
        tare_g=tare,
        weight_g=round(tare + rng.gauss(0, 12_000)),
        capacity_g=capacity,
        division_g=500,
        unread=0.01 if rng.random() < 0.4 else 0.001,
        terminal=rng.random() < 0.3,
        says=rng.random() < 0.6,
    )


def _hauler(number: int, station: str, rng: Random) -> Vehicle:
    tare = round(_HAULER[0] * rng.uniform(0.97, 1.03) / 10_000) * 10_000
    return Vehicle(
        name=f"v{number:03}",
        carrier=f"k{rng.randrange(1, len(_CARRIERS) + 1)}",
        category="residual",
        tare_g=tare,
        weight_g=round(tare + rng.gauss(0, 20_000)),
        capacity_g=_HAULER[1],
        division_g=0,
        unread=0.0,
        terminal=False,
        says=False,
        station=station,
    )


def _routes(
    one: Vehicle, bins: tuple[Bin, ...], sites: Sequence[Facility], rng: Random
) -> Iterator[Route]:
    facility = _destination(one.category, sites, rng)

    def route(
        shift: str,
        start: float,
        hours: float,
        weekdays: tuple[int, ...] = _WEEK,
        lifted: tuple[Bin, ...] = bins,
    ) -> Route:
        begin = round(start * 4) * 900  # on a quarter of an hour
        return Route(
            name=f"r{one.name[1:]}-{shift}",
            vehicle=one.name,
            category=one.category,
            weekdays=weekdays,
            start_s=begin,
            end_s=begin + round(hours * 3600),
            bins=lifted,
            facility=facility,
        )

    match one.category:
        case "food":
            yield route("am", rng.uniform(8.25, 9.5), 4)
            yield route("pm", rng.uniform(18.5, 19.5), 4)
        case "residual":
            yield route("am", rng.uniform(5.75, 7), 4.5)
            if rng.random() < _TWICE:
                yield route("pm", rng.uniform(14, 15.5), 4.5, lifted=bins[::-1])
        case "recyclable":
            yield route("am", rng.uniform(9, 10.5), 5)
        case "hazardous":
            points = list(dict.fromkeys(each.point for each in bins))
            for day in range(1, 6):
                mine = set(points[day - 1 :: 5])
                if some := tuple(each for each in bins if each.point in mine):
                    yield route(f"d{day}", rng.uniform(9, 10), 6, (day,), some)


def _destination(category: Category, sites: Sequence[Facility], rng: Random) -> str:
    """Residual waste goes by way of a transfer station, or straight to a furnace."""
    kind = _KINDS[category]
    if category == "residual" and rng.random() < _STRAIGHT:
        kind = "incineration"
    return rng.choice([site.name for site in sites if site.kind == kind])
