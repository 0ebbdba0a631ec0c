"""A small district as rows, made by hand: what screens read, whoever folds it."""

import random
from collections.abc import Iterable, Mapping

import msgspec

from core.event import source_of
from core.events.register import Scale
from projections.days import at, start_of
from projections.view import Row
from projections.waste_district.lifts.gather import packed
from projections.waste_district.rows.hauls import Facts, Fix, Haul, Lift, Missed, Read, RouteDay
from projections.waste_district.rows.kept import Mark
from projections.waste_district.rows.register import (
    Bin,
    BinVersion,
    Carrier,
    CarrierVersion,
    Compound,
    CompoundVersion,
    Facility,
    FacilityVersion,
    Names,
    Point,
    PointVersion,
    Route,
    RouteVersion,
    Tag,
    TagVersion,
    Vehicle,
    VehicleVersion,
    Weighbridge,
    WeighbridgeVersion,
)
from projections.waste_district.rows.tickets import Ticket, Tickets, Weighing
from projections.waste_district.rows.trips import Gap, Part, Revision, Revisions, Trip

DAY = "2026-11-20"
SINCE = start_of("2026-01-01")
TOLD = ("", "", 0)
SOURCE = source_of("district", "gw", "lifter")
CATEGORIES = ("food", "residual", "recyclable", "hazardous")
_LETTERS = {"food": "f", "residual": "o", "recyclable": "r", "hazardous": "h"}
_LAT, _LON = 39.98, 116.30

Rows = dict[str, dict[str, Row]]


def put(rows: Rows, kind: str, key: str, row: Row) -> None:
    rows.setdefault(kind, {})[key] = row


def name_to(rows: Rows, kind: str, key: str, *names: str) -> None:
    held = rows.setdefault(kind, {}).get(key)
    before = held.names if isinstance(held, Names) else ()
    put(rows, kind, key, Names(names=tuple(sorted({*before, *names}))))


def key_of(compound: str, point: int, letter: str, number: int) -> str:
    return f"{compound}/{compound}-p{point:02d}-{letter}{number}"


def register(compounds: int = 3, points: int = 2, each: int = 4) -> Rows:
    """Compounds c001…, points c001-p01…, bins of four kinds in turn, a vehicle a kind and group of
    compounds with a route of its own, two facilities."""
    rows: Rows = {}
    made = random.Random(7)
    carrier = CarrierVersion(ms=SINCE, told=TOLD, name="京环")
    put(rows, "carrier", "k1", Carrier(versions=(carrier,)))
    for facility, accepts in (("f01", ("food",)), ("f02", ("residual", "recyclable", "hazardous"))):
        site = FacilityVersion(
            ms=SINCE, told=TOLD, name=f"{facility}厂", kind="transfer", accepts=accepts,
            lat=40.0, lon=116.4,
        )  # fmt: skip
        put(rows, "facility", facility, Facility(versions=(site,)))
        bridge = WeighbridgeVersion(
            ms=SINCE, told=TOLD, facility=facility, scale=Scale(accuracy="III", division_g=20_000)
        )
        put(rows, "weighbridge", f"{facility}-b1", Weighbridge(versions=(bridge,)))
    stops: dict[tuple[int, str], list[str]] = {}
    for number in range(1, compounds + 1):
        compound = f"c{number:03d}"
        place = (_LAT + made.uniform(-0.06, 0.06), _LON + made.uniform(-0.08, 0.08))
        version = CompoundVersion(
            ms=SINCE, told=TOLD, name=f"小区{number}", street="清河", households=900
        )
        put(rows, "compound", compound, Compound(versions=(version,)))
        for point in range(1, points + 1):
            spot = (place[0] + made.uniform(-0.002, 0.002), place[1] + made.uniform(-0.002, 0.002))
            for key, category in _point(rows, compound, point, each, spot):
                stops.setdefault((number // 20, category), []).append(key)
    for n, ((_, category), bins) in enumerate(sorted(stops.items()), start=1):
        _route(rows, n, category, bins)
    return rows


def _point(
    rows: Rows, compound: str, point: int, each: int, spot: tuple[float, float]
) -> Iterable[tuple[str, str]]:
    name = f"{compound}-p{point:02d}"
    stands = PointVersion(
        ms=SINCE, told=TOLD, compound=compound, name=f"{point}号点", lat=spot[0], lon=spot[1]
    )
    put(rows, "point", name, Point(versions=(stands,)))
    for n in range(each):
        category = CATEGORIES[n % 4]
        key = key_of(compound, point, _LETTERS[category], n // 4 + 1)
        uid = f"E200{len(rows.get('bin', {})):012X}"
        version = BinVersion(
            ms=SINCE, told=TOLD, id=f"e-{key}", position=3, compound=compound, point=name,
            number=f"{n + 1:03d}", category=category, kind="wheelie-240", volume_l=240,
            tare_g=12_000, empty_mm=1000, full_mm=150, profile=1,
        )  # fmt: skip
        put(rows, "bin", key, Bin(versions=(version,), uids=(uid,)))
        tag = TagVersion(ms=SINCE, told=TOLD, bin=key, bins=(key,), tech="uhf")
        put(rows, "tag", uid, Tag(versions=(tag,)))
        name_to(rows, "at", name, key)
        name_to(rows, "named", key.partition("/")[2], key)
        yield key, category


def _route(rows: Rows, n: int, category: str, bins: list[str]) -> None:
    vehicle, route = f"v{n:03d}", f"r{n:03d}-am"
    stands = VehicleVersion(
        ms=SINCE, told=TOLD, carrier="k1", categories=(category,), plate_ref=f"p-{n}",
        tare_g=9_000_000, capacity_g=8_000_000, scale=Scale(accuracy="Y(b)", division_g=500),
    )  # fmt: skip
    put(rows, "vehicle", vehicle, Vehicle(versions=(stands,)))
    facility = "f01" if category == "food" else "f02"
    planned = RouteVersion(
        ms=SINCE, told=TOLD, vehicle=vehicle, category=category, weekdays=(1, 2, 3, 4, 5, 6, 7),
        start="06:00", end="12:00", bins=tuple(bins), facility=facility,
    )  # fmt: skip
    put(rows, "route", route, Route(versions=(planned,)))
    name_to(rows, "driven", vehicle, route)


def planned(rows: Rows, route: str) -> tuple[str, ...]:
    found = rows["route"][route]
    assert isinstance(found, Route)
    return found.versions[-1].bins


def vehicle_of(rows: Rows, route: str) -> str:
    found = rows["route"][route]
    assert isinstance(found, Route)
    return found.versions[-1].vehicle


def drive(
    rows: Rows,
    route: str,
    day: str = DAY,
    *,
    lifted: int | None = None,
    missed: tuple[int, ...] = (),
    until: str = "11:00",
    delivered: bool = False,
) -> Haul:
    """The route's vehicle on that day: the first `lifted` bins by tag, those of the places `missed`
    passed by, the last lift at `until`."""
    bins, vehicle = planned(rows, route), vehicle_of(rows, route)
    stands = rows["route"][route]
    assert isinstance(stands, Route)
    version = stands.versions[-1]
    start, last = at(day, version.start), at(day, until)
    many = len(bins) if lifted is None else lifted
    visited = [(n, key) for n, key in enumerate(bins[:many]) if n not in missed]
    apart = (last - start) // max(len(visited), 1)
    lifts = tuple(
        _lift(rows, key, f"{vehicle}-{day}-{n}", start + apart * (place + 1))
        for place, (n, key) in enumerate(visited)
    )
    gone = tuple(
        Missed(bin=bins[n], point=_stands(rows, bins[n]).point, passed_ms=start + apart * (n + 1))
        for n in missed
    )
    settled = RouteDay(
        route=route, category=version.category, start_ms=start, end_ms=at(day, version.end),
        planned=len(bins), lifted=len(lifts), missed=gone,
        done=tuple(key for _, key in visited), last_ms=lifts[-1].ms if lifts else 0,
    )  # fmt: skip
    facts = Facts(lifts=lifts, reads=_reads(lifts), fixes=_fixes(lifts))
    row = Haul(
        vehicle=vehicle, day=day, facts=packed(facts),
        last_ms=lifts[-1].ms if lifts else 0,
        first_lift_ms=lifts[0].ms if lifts else 0, last_lift_ms=lifts[-1].ms if lifts else 0,
        lifts=len(lifts), routes=(settled,), trips=int(delivered),
    )  # fmt: skip
    put(rows, "haul", f"{vehicle}|{day}", row)
    name_to(rows, "day", day, vehicle)
    put(rows, "mark", "mark", Mark(ms=max(last, _mark(rows))))
    for one in lifts:
        _read_by(rows, one.uid, vehicle)
    if delivered:
        _deliver(rows, version, vehicle, day, lifts)
    return row


def _mark(rows: Mapping[str, Mapping[str, Row]]) -> int:
    found = rows.get("mark", {}).get("mark")
    return found.ms if isinstance(found, Mark) else 0


def _stands(rows: Rows, key: str) -> BinVersion:
    found = rows["bin"][key]
    assert isinstance(found, Bin)
    return found.versions[-1]


def _lift(rows: Rows, key: str, id: str, ms: int) -> Lift:
    found = rows["bin"][key]
    assert isinstance(found, Bin)
    point = rows["point"][found.versions[-1].point]
    assert isinstance(point, Point)
    spot = point.versions[-1]
    gross = 12_000 + 1000 * (20 + ms // 60_000 % 60)
    return Lift(
        ms=ms, id=id, source=SOURCE, position=5, uid=found.uids[0],
        category=found.versions[-1].category, gross_g=gross, tare_g=12_000, net_g=gross - 12_000,
        lat=spot.lat, lon=spot.lon,
    )  # fmt: skip


def _reads(lifts: tuple[Lift, ...]) -> tuple[Read, ...]:
    return tuple(Read(one.ms - 2000, f"read-{one.id}", SOURCE, 5, one.uid) for one in lifts)


def _fixes(lifts: tuple[Lift, ...]) -> tuple[Fix, ...]:
    return tuple(
        Fix(one.ms, one.lat, one.lon)
        for one in lifts
        if one.lat is not None and one.lon is not None
    )


def _read_by(rows: Rows, uid: str, vehicle: str) -> None:
    found = rows["tag"][uid]
    assert isinstance(found, Tag)
    readers = tuple(sorted({*found.readers, vehicle}))
    put(rows, "tag", uid, msgspec.structs.replace(found, readers=readers))


def _deliver(
    rows: Rows, route: RouteVersion, vehicle: str, day: str, lifts: tuple[Lift, ...]
) -> None:
    """To the route's facility, where a little less is weighed than was lifted; corrected once."""
    by_compound: dict[str, list[Lift]] = {}
    for one in lifts:
        tag = rows["tag"][one.uid]
        assert isinstance(tag, Tag)
        by_compound.setdefault(tag.versions[-1].bin.partition("/")[0], []).append(one)
    parts = tuple(
        Part(
            compound=compound, category=route.category,
            net_g=sum(one.net_g or 0 for one in group), lifts=len(group),
        )
        for compound, group in sorted(by_compound.items())
    )  # fmt: skip
    lifted = sum(one.net_g for one in parts)
    received = lifted - 3000 - lifted // 50
    number = f"T{vehicle[1:]}-{day[5:]}"
    ms = lifts[-1].ms + 3_600_000
    key = f"{route.facility}|{number}"
    weighed = Weighing(
        what="weighed", ms=ms, told=("", "gw", 1), id=f"w-{key}", source=SOURCE, position=7,
        vehicle=vehicle, weighbridge=f"{route.facility}-b1", category=route.category,
        gross_g=9_000_000 + received + 40_000, tare_g=9_000_000, net_g=received + 40_000,
    )  # fmt: skip
    corrected = Weighing(
        what="corrected", ms=ms + 60_000, told=("", "gw", 2), id=f"x-{key}", source=SOURCE,
        position=8, net_g=received, reason="读数抄错",
    )  # fmt: skip
    ticket = Ticket(
        site=route.facility, ticket_no=number, words=(weighed, corrected), ms=ms, vehicle=vehicle,
        weighbridge=weighed.weighbridge, category=route.category, gross_g=weighed.gross_g,
        tare_g=9_000_000, net_g=received, outcome="accepted", corrected=1,
    )  # fmt: skip
    put(rows, "ticket", key, ticket)
    put(rows, "weighed", f"{vehicle}|{day}", Tickets(keys=(key,)))
    trip = Trip(
        vehicle=vehicle, day=day, n=1, carrier="k1", category=route.category,
        opened_ms=lifts[0].ms, closed_ms=ms, ticket=key, site=route.facility,
        outcome="delivered", last_ms=lifts[-1].ms, lifts=len(lifts), lifted_g=lifted,
        received_g=received, tolerance_g=3000, parts=parts,
        gaps=(Gap(name="tolerance", grams=3000), Gap(name="unexplained", grams=lifted // 50)),
        ends=(lifts[0].id, lifts[-1].id, weighed.id), position=8, revised=1,
    )  # fmt: skip
    put(rows, "trip", trip.key, trip)
    revision = Revision(
        position=8, recorded="2026-11-20T05:00:00Z", cause=corrected.id,
        why="waste.ticket.corrected.v1", lifted_was=lifted, lifted_is=lifted,
        received_was=received + 40_000, received_is=received,
    )  # fmt: skip
    put(rows, "revision", key, Revisions(ticket=key, revisions=(revision,)))
