"""One word of the register into its rows, and which vehicles' days it says something new about.

Rows depend on the set of words alone, not on the order in which they come (`versions.beside`);
indexes only ever gain names, so who reads them asks the thing itself what holds.
"""

from collections.abc import Callable, Collection, Mapping

import msgspec

from core.event import Data, Recorded
from core.events import register, waste
from projections.view import Rows
from projections.waste_district.entering import again, bins, edition
from projections.waste_district.lifts import extras
from projections.waste_district.register.names import enlist, listed
from projections.waste_district.register.near import cell
from projections.waste_district.register.plates import unregistered
from projections.waste_district.register.versions import beside, stamp
from projections.waste_district.rows.register import (
    Carrier,
    CarrierVersion,
    Compound,
    CompoundVersion,
    Facility,
    FacilityVersion,
    Point,
    PointVersion,
    Route,
    RouteVersion,
    Vehicle,
    VehicleVersion,
    Version,
    Weighbridge,
    WeighbridgeVersion,
)

_replace = msgspec.structs.replace


def enter(rows: Rows, item: Recorded) -> Collection[str] | None:
    """Keys of the hauls that may look otherwise now, but for those that passed by (`reach`). None:
    it says nothing new."""
    step = _STEPS.get(type(item.event.data))
    kind, _, name = item.event.subject.partition("/")
    return step(rows, item, kind, name) if step and name else None


_Step = Callable[[Rows, Recorded, str, str], Collection[str] | None]


def _entered(rows: Rows, item: Recorded, kind: str, name: str) -> Collection[str] | None:
    data = item.event.data
    assert isinstance(data, _Entered)
    if kind != _KIND[type(data)]:
        return None
    row_type, version_type, fields = _THINGS[kind]
    said = {field: getattr(data, field) for field in fields}
    if said.get("category", "") is None:
        said["category"] = ""
    version = version_type(**stamp(item, data.valid_from), **said)
    return _put(rows, kind, name, row_type, version)


def _ended(rows: Rows, item: Recorded, kind: str, name: str) -> Collection[str] | None:
    data = item.event.data
    assert isinstance(data, register.EntryEnded)
    if kind != data.kind:
        return None
    if kind == "bin":
        return bins.told(rows, item, kind, name)
    row_type, version_type, _ = _THINGS[kind]
    return _put(
        rows, kind, name, row_type, version_type(**stamp(item, data.valid_from), ended=True)
    )


def _put(
    rows: Rows, kind: str, name: str, row_type: type["Thing"], version: Version
) -> Collection[str] | None:
    row = rows.get(kind, name, row_type) or row_type()
    versions = beside(tuple[Version, ...](row.versions), version)
    if versions == row.versions:
        return None
    edition.put(rows, kind, name, _replace(row, versions=versions))
    match version:
        case PointVersion():
            if version.lat is not None and version.lon is not None:
                enlist(rows, "near", cell(version.lat, version.lon), name)
            return again.of_bins(rows, listed(rows, "at", name), version.ms)
        case VehicleVersion():
            if version.plate_ref:
                enlist(rows, "plate", unregistered(version.plate_ref), name)
            return again.of_vehicles(rows, {name}, version.ms)
        case RouteVersion():
            if version.vehicle:
                enlist(rows, "driven", version.vehicle, name)
                extras.enter_route(rows, version.vehicle, version.bins)
            drove = {one.vehicle for one in versions if isinstance(one, RouteVersion)}
            return again.of_vehicles(rows, drove, version.ms)
        case _:
            return ()


Thing = Compound | Point | Carrier | Vehicle | Facility | Weighbridge | Route
_Entered = (
    register.CompoundEntered
    | register.PointEntered
    | register.CarrierEntered
    | register.VehicleEntered
    | register.RouteEntered
    | register.FacilityEntered
    | register.WeighbridgeEntered
)
_TABLE: tuple[tuple[str, type[_Entered], type[Thing], type[Version]], ...] = (
    ("compound", register.CompoundEntered, Compound, CompoundVersion),
    ("point", register.PointEntered, Point, PointVersion),
    ("carrier", register.CarrierEntered, Carrier, CarrierVersion),
    ("vehicle", register.VehicleEntered, Vehicle, VehicleVersion),
    ("route", register.RouteEntered, Route, RouteVersion),
    ("facility", register.FacilityEntered, Facility, FacilityVersion),
    ("weighbridge", register.WeighbridgeEntered, Weighbridge, WeighbridgeVersion),
)
_KIND: Mapping[type[_Entered], str] = {event: kind for kind, event, _, _ in _TABLE}
# A version has the fields of its event under the same names, and those that all versions have.
_THINGS = {
    kind: (row, version, version.__struct_fields__[len(Version.__struct_fields__) :])
    for kind, _, row, version in _TABLE
}
_STEPS: Mapping[type[Data], _Step] = {
    register.BinEntered: bins.entered,
    register.EntryEnded: _ended,
    **dict.fromkeys(_KIND, _entered),
    **dict.fromkeys(
        (
            waste.TagAssigned,
            waste.TagRemoved,
            waste.BinSwapped,
            waste.BinScrapped,
            waste.BinProfiled,
        ),
        bins.told,
    ),
}
ABOUT = frozenset(_STEPS)
