"""The district's register as lines of `menwei register publish`: {"kind", "name", "validFrom"} and
the fields of that kind in core/events/register.py."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from infra.simulate.district.fleet import Fleet, Route
from infra.simulate.district.ground import Bin, Compound
from infra.simulate.district.lines import put
from infra.simulate.district.yard import HOURS

FILE = "register.jsonl"
_Line = Mapping[str, object]


def write(path: Path, lines: Iterator[_Line]) -> int:
    """How many there were."""
    written = [orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines]
    put(path, written)
    return len(written)


def lines(
    compounds: Sequence[Compound],
    fleet: Fleet,
    since: str,
    newcomers: Sequence[tuple[Bin, str]] = (),
) -> Iterator[_Line]:
    """`since`: from when it all holds; `newcomers` hold from their own moment."""
    yield from _facilities(fleet, since)
    yield from _vehicles(fleet, since)
    for compound in compounds:
        yield {
            "kind": "compound",
            "name": compound.name,
            "validFrom": since,
            "street": compound.street,
            "households": compound.households,
            "buildings": compound.buildings,
            "demonstration": compound.demonstration,
            "title": compound.title,
        }
        for point in compound.points:
            yield {
                "kind": "point",
                "name": point.name,
                "validFrom": since,
                "compound": compound.name,
                "buildings": point.buildings,
                "lat": point.place[0],
                "lon": point.place[1],
                "hours": HOURS,
            }
            for container in point.bins:
                yield _bin(container, since)
    for container, moment in newcomers:
        yield _bin(container, moment)
    for route in fleet.routes:
        yield _route(route, since)


def _bin(container: Bin, since: str) -> _Line:
    return {
        "kind": "bin",
        "name": container.name,
        "validFrom": since,
        "compound": container.compound,
        "point": container.point,
        "number": container.name.rpartition("-")[2].upper(),
        "category": container.category,
        "type": container.kind,
        "volumeL": container.volume_l,
        "tareG": container.tare_g,
        "emptyMm": container.empty_mm,
        "fullMm": container.full_mm,
        "uidHex": container.uid,
        "tech": "uhf",
    }


def _facilities(fleet: Fleet, since: str) -> Iterator[_Line]:
    for site in fleet.facilities:
        yield {
            "kind": "facility",
            "name": site.name,
            "validFrom": since,
            "title": site.title,
            "type": site.kind,
            "accepts": site.accepts,
            "lat": site.place[0],
            "lon": site.place[1],
        }
        for bridge in site.weighbridges:
            yield {
                "kind": "weighbridge",
                "name": bridge.name,
                "validFrom": since,
                "facility": site.name,
                "scale": {
                    "accuracy": bridge.accuracy,
                    "divisionG": bridge.division_g,
                    "maxG": bridge.max_g,
                },
            }


def _vehicles(fleet: Fleet, since: str) -> Iterator[_Line]:
    for carrier in fleet.carriers:
        yield {
            "kind": "carrier",
            "name": carrier.name,
            "validFrom": since,
            "title": carrier.title,
            "licence": carrier.licence,
        }
    for vehicle in fleet.vehicles:
        scale = {"accuracy": "Y(b)", "divisionG": vehicle.division_g, "maxG": 1_000_000}
        yield {
            "kind": "vehicle",
            "name": vehicle.name,
            "validFrom": since,
            "carrier": vehicle.carrier,
            "categories": [vehicle.category],
            "tareG": vehicle.tare_g,
            "capacityG": vehicle.capacity_g,
            **({"scale": scale} if vehicle.division_g else {}),
        }


def _route(route: Route, since: str) -> _Line:
    return {
        "kind": "route",
        "name": route.name,
        "validFrom": since,
        "vehicle": route.vehicle,
        "category": route.category,
        "weekdays": route.weekdays,
        "start": _clock(route.start_s),
        "end": _clock(route.end_s),
        "bins": [container.key for container in route.bins],
        "facility": route.facility,
    }


def _clock(second: int) -> str:
    minutes = second // 60 % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"
