"""What a simulated compound's street office would enter: its points and bins, who collects them,
by which routes, and where the load goes. `menwei run` hands it to the hub."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.event import Data
from core.events.register import (
    BinEntered,
    CarrierEntered,
    CompoundEntered,
    FacilityEntered,
    PointEntered,
    RouteEntered,
    Scale,
    VehicleEntered,
    WeighbridgeEntered,
)
from infra.simulate.bins import INSTALLED
from infra.simulate.compound import BUILDINGS, FLATS, Compound
from infra.simulate.rounds import ROUNDS, TRUCK_TARE_G, route_name
from infra.simulate.world import local
from projections.view import DISTRICT
from projections.waste_district.register.entry import Entry

_CARRIER = "k1"
_SINCE = INSTALLED.isoformat()
_LASTS = timedelta(hours=4)  # a shift
_EARLY = timedelta(minutes=10)


def register_of(compound: Compound, start: datetime, hour: int) -> list[Entry]:
    """`start`: when its devices are switched on and live as if it was `hour`. Routes follow that:
    they hold from when the trucks first set out, and switched on at another hour they are others.
    """
    return [*_place(compound), *_collection(compound), *_routes(compound, start, hour)]


def _place(compound: Compound) -> Iterator[Entry]:
    name = compound.compound
    buildings = tuple(f"building-{number}" for number in range(1, BUILDINGS + 1))
    yield Entry(
        kind="compound",
        name=name,
        compound=name,
        data=CompoundEntered(valid_from=_SINCE, households=BUILDINGS * FLATS, buildings=buildings),
    )
    for number, point in enumerate(compound.points):
        yield Entry(
            kind="point",
            name=point.device,
            compound=name,
            data=PointEntered(
                valid_from=_SINCE,
                compound=name,
                buildings=tuple(
                    building
                    for at, building in enumerate(buildings)
                    if at * len(compound.points) // BUILDINGS == number
                ),
                lat=round(point.place[0], 6),
                lon=round(point.place[1], 6),
            ),
        )
    for container in compound.bins:
        yield Entry(
            kind="bin",
            name=container.device,
            compound=name,
            data=BinEntered(
                valid_from=_SINCE,
                compound=name,
                point=container.point,
                category=container.category,
                volume_l=container.volume_l,
                tare_g=container.tare_g,
                empty_mm=container.empty_mm,
                full_mm=container.full_mm,
                uid_hex=container.tag,
                tech="hf",
            ),
        )


def _collection(compound: Compound) -> Iterator[Entry]:
    station, (lat, lon) = compound.station, compound.depot
    yield _entry("carrier", _CARRIER, CarrierEntered(valid_from=_SINCE, name="环卫一公司"))
    yield _entry(
        "facility",
        station,
        FacilityEntered(
            valid_from=_SINCE,
            kind="transfer",
            accepts=tuple(truck.category for truck in compound.trucks),
            lat=round(lat, 6),
            lon=round(lon, 6),
        ),
    )
    yield _entry(
        "weighbridge",
        f"{station}-b1",
        WeighbridgeEntered(
            valid_from=_SINCE,
            facility=station,
            scale=Scale(accuracy="III", division_g=20_000, max_g=60_000_000),
        ),
    )
    for truck in compound.trucks:
        yield _entry(
            "vehicle",
            truck.name,
            VehicleEntered(
                valid_from=_SINCE,
                carrier=_CARRIER,
                categories=(truck.category,),
                tare_g=TRUCK_TARE_G,
                scale=Scale(accuracy="Y(b)", division_g=500, max_g=1_000_000),
            ),
        )


def _routes(compound: Compound, start: datetime, hour: int) -> Iterator[Entry]:
    began = local(start).replace(second=0, microsecond=0)
    midnight = began.replace(hour=0, minute=0)
    for truck in compound.trucks:
        for at, name in ROUNDS:
            begins = max(midnight, began + timedelta(hours=(at - hour) % 24) - _EARLY)
            yield _entry(
                "route",
                route_name(compound, truck, name),
                RouteEntered(
                    valid_from=begins.isoformat(),
                    vehicle=truck.name,
                    category=truck.category,
                    start=f"{begins:%H:%M}",
                    end=f"{begins + _LASTS:%H:%M}",
                    bins=tuple(
                        f"{compound.compound}/{one.device}"
                        for one in compound.bins
                        if one.category == truck.category
                    ),
                    facility=compound.station,
                ),
            )


def _entry(kind: str, name: str, data: Data) -> Entry:
    return Entry(kind=kind, name=name, compound=DISTRICT, data=data)
