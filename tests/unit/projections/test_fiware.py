"""Bins and lifts as a FIWARE context broker takes them in."""

from typing import Any

import msgspec
import pytest

from projections import days
from projections.waste_district.asked import fiware
from projections.waste_district.loads.custody import Custody
from projections.waste_district.register.register import Register
from projections.waste_district.rows.register import Bin, Point
from projections.waste_sorting import rows as sorting
from tests import fix_district as district
from tests.fix_haul import DAY, NEXT, Hauling, key_of, lift

KEY = "c001/c001-p01-f1"
NOON = days.at(district.DAY, "12:00")
# What their schemas 0.3.0 and 0.0.1 allow.
KINDS = {
    "organic", "inorganic", "glass", "oil", "plastic", "metal", "paper", "batteries",
    "electronics", "hazardous", "other",
}  # fmt: skip
LEVEL = sorting.Bin(
    subject="bin/c001-p01-f1",
    device="em400-7",
    fill=0.62,
    level_at="2026-11-20T03:00:00.000Z",
    temperature_cel=7.5,
    position="normal",
    collected_at="2026-11-19T23:00:00.000Z",
)
_replace = msgspec.structs.replace


@pytest.fixture
def rows() -> district.Rows:
    made = district.register()
    district.drive(made, "r001-am", delivered=True)
    return made


def container(
    rows: district.Rows, level: sorting.Bin | None = LEVEL, *, short: bool = False
) -> dict[str, Any]:
    found = fiware.container(Register(rows), KEY, NOON, level, short=short)
    assert found is not None
    return found


def test_a_bin_as_key_values(rows: district.Rows) -> None:
    point = rows["point"]["c001-p01"]
    assert isinstance(point, Point)
    spot = point.versions[-1]
    assert container(rows, short=True) == {
        "id": "urn:ngsi-ld:WasteContainer:c001:c001-p01-f1",
        "type": "WasteContainer",
        "location": {"type": "Point", "coordinates": [spot.lon, spot.lat]},
        "binId": KEY,
        "areaServed": "c001",
        "isleId": "c001-p01",
        "refWasteContainerIsle": "urn:ngsi-ld:WasteContainerIsle:c001-p01",
        "storedWasteKind": "organic",
        "storedWasteOrigin": "household",
        "storedWasteCode": "food",
        "regulation": "GB/T 19095-2019",
        "serialNumber": "001",
        "binCapacity": 240,
        "fillingLevel": 0.62,
        "temperature": 7.5,
        "binLoggedTime": "2026-11-20T03:00:00.000Z",
        "dateLastEmptying": "2026-11-19T23:00:00.000Z",
        "status": "ok",
        "refDevice": ["urn:ngsi-ld:Device:em400-7"],
        "refWasteContainerModel": "urn:ngsi-ld:WasteContainerModel:wheelie-240",
        "@context": [fiware.CONTEXT],
    }


def test_normalized_says_of_each_attribute_what_it_is(rows: district.Rows) -> None:
    short, found = container(rows, short=True), container(rows)
    assert found.keys() == short.keys()
    assert found["location"]["type"] == "GeoProperty"
    assert found["fillingLevel"] == {
        "type": "Property",
        "value": 0.62,
        "observedAt": "2026-11-20T03:00:00.000Z",
    }
    assert found["binCapacity"] == {"type": "Property", "value": 240, "unitCode": "LTR"}
    assert found["binLoggedTime"]["value"] == {
        "@type": "DateTime",
        "@value": "2026-11-20T03:00:00.000Z",
    }
    assert found["refDevice"] == {
        "type": "Relationship",
        "object": ["urn:ngsi-ld:Device:em400-7"],
    }
    for name in found.keys() - {"id", "type", "@context"}:
        value = found[name].get("object", found[name].get("value"))
        assert value in (short[name], {"@type": "DateTime", "@value": short[name]})


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"smoke": True, "lid": "open"}, "burning"),
        ({"position": "tilt", "lid": "open"}, "dropped"),
        ({"lid": "open"}, "lidOpen"),
        ({"lid": "closed", "position": "unknown"}, "ok"),
        ({"position": "unknown"}, "unknown"),
    ],
)
def test_the_worst_that_is_known_is_its_status(
    rows: district.Rows, change: dict[str, Any], status: str
) -> None:
    assert container(rows, _replace(LEVEL, **change), short=True)["status"] == status


def test_a_bin_nobody_measures_says_nothing_it_does_not_know(rows: district.Rows) -> None:
    found = container(rows, None, short=True)
    assert found["status"] == "unknown"
    assert not {"fillingLevel", "temperature", "refDevice", "binLoggedTime"} & found.keys()


def test_a_level_that_is_not_believed_is_not_passed_on(rows: district.Rows) -> None:
    broken = _replace(LEVEL, faults={"stuck": sorting.Fault(since=LEVEL.level_at)})
    assert "fillingLevel" not in container(rows, broken, short=True)


def test_a_lift_without_a_mass_has_no_weight(rows: district.Rows) -> None:
    first = Custody(rows, Register(rows)).lifted("v001", district.DAY)[0]
    bare = msgspec.structs.replace(first, weighed=False, net_g=0)
    assert "weight" not in fiware.lifted(Register(rows), "v001", bare, short=True)


def test_an_empty_bin_is_empty_and_not_unknown(rows: district.Rows) -> None:
    assert container(rows, _replace(LEVEL, fill=0.0), short=True)["fillingLevel"] == 0.0


@pytest.mark.parametrize("category", district.CATEGORIES)
@pytest.mark.parametrize("subcategory", ["", "paper", "textile", "batteries", "lamps"])
def test_every_kind_is_one_of_theirs(rows: district.Rows, category: str, subcategory: str) -> None:
    row = rows["bin"][KEY]
    assert isinstance(row, Bin)
    version = _replace(row.versions[-1], category=category, subcategory=subcategory)
    district.put(rows, "bin", KEY, _replace(row, versions=(version,)))
    assert container(rows, short=True)["storedWasteKind"] in KINDS


def test_a_bin_that_stands_nowhere_is_none_of_theirs(rows: district.Rows) -> None:
    assert fiware.container(Register(rows), "c001/none", NOON, LEVEL, short=True) is None
    rows["point"].clear()
    assert fiware.container(Register(rows), KEY, NOON, LEVEL, short=True) is None


def test_a_lift_in_kilograms_with_its_vehicle_and_bin(rows: district.Rows) -> None:
    first = Custody(rows, Register(rows)).lifted("v001", district.DAY)[0]
    found = fiware.lifted(Register(rows), "v001", first, short=True)
    assert found["type"] == "WasteObserved"
    assert found["id"].startswith("urn:ngsi-ld:WasteObserved:v001:")
    assert found["weight"] * 1000 == first.net_g
    assert found["grossWeight"] - found["tareWeight"] == pytest.approx(found["weight"])
    assert found["refGarbageTruck"] == "urn:ngsi-ld:Vehicle:v001"
    assert found["seeAlso"] == [fiware.urn("WasteContainer", first.bin)]
    assert found["dateObserved"].endswith("Z")
    long = fiware.lifted(Register(rows), "v001", first, short=False)
    for name in ("weight", "grossWeight", "tareWeight"):
        told = {"unitCode": "KGM", "observedAt": found["dateObserved"]}
        assert long[name] == {"type": "Property", "value": found[name], **told}


def test_what_is_lifted_after_midnight_is_of_that_day() -> None:
    """Its trip is of the day before, and this one has none."""
    hauling = Hauling()
    hauling.say(hauling.lift("23:50", lift(1)), hauling.lift("00:10", lift(2), day=NEXT))
    assert {trip.split("|")[1] for trip in hauling.kinds["trip"]} == {DAY}
    for day, point in ((DAY, 1), (NEXT, 2)):
        found = fiware.observed(hauling.kinds, day, day, "c01", short=True)
        assert [one["seeAlso"] for one in found] == [[fiware.urn("WasteContainer", key_of(point))]]


def test_an_id_is_a_uri_whatever_things_are_called() -> None:
    assert fiware.urn("WasteContainer", "c 1/桶#2") == (
        "urn:ngsi-ld:WasteContainer:c%201:%E6%A1%B6%232"
    )
