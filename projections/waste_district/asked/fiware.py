"""FIWARE Smart Data Models, domain waste management: bins as `WasteContainer`, lifts as
`WasteObserved`, in NGSI-LD as a context broker takes them in. An output, never how we keep them.

Both are made from one list of attributes: normalized, or as key-values for who wants it short.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from projections.alarms.life import text_of
from projections.days import next_day, previous_day
from projections.view import Kinds
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.loads.custody import Custody
from projections.waste_district.register.register import Register
from projections.waste_district.rows.register import BinVersion
from projections.waste_district.rows.trips import Trip
from projections.waste_sorting import rows as sorting

Entity = dict[str, Any]
CONTEXT = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.WasteManagement"
    "/master/context.jsonld"
)
_REGULATION = "GB/T 19095-2019"
# Their kinds by our subcategory, else by our category. What they have no word for is "other".
_KINDS: Mapping[str, str] = {
    "paper": "paper",
    "plastic": "plastic",
    "metal": "metal",
    "glass": "glass",
    "batteries": "batteries",
    "hazardous": "hazardous",
    "food": "organic",
}
_LINK: Literal["Relationship"] = "Relationship"


class _Attribute(msgspec.Struct, frozen=True):
    name: str
    value: Any
    kind: Literal["Property", "GeoProperty", "Relationship", "Time"] = "Property"
    unit: str = ""  # UN/CEFACT
    observed: str = ""


def bins(kinds: Kinds, compound: str, ms: int) -> list[str]:
    """Keys of all that the register has then, of one compound or of all."""
    register = Register(kinds)
    return [
        key
        for key in sorted(kinds.get("bin", {}))
        if compound in ("", key.partition("/")[0]) and register.bin(key, ms)
    ]


def containers(
    kinds: Kinds, keys: Iterable[str], ms: int, levels: Callable[[str], Kinds], *, short: bool
) -> list[Entity]:
    """`levels`: a compound's own rows. Those that stand nowhere are left out."""
    register, found = Register(kinds), []
    for key in keys:
        compound, _, name = key.partition("/")
        level = levels(compound).get("bin", {}).get(f"bin/{name}")
        told = level if isinstance(level, sorting.Bin) else None
        if (made := container(register, key, ms, told, short=short)) is not None:
            found.append(made)
    return found


def observed(
    kinds: Kinds, since: str, until: str, compound: str, *, short: bool
) -> Iterator[Entity]:
    """Lifts that count, by day and vehicle, in order of time."""
    register = Register(kinds)
    custody = Custody(kinds, register)
    days = {
        (trip.day, trip.vehicle)
        for trip in kinds.get("trip", {}).values()
        if isinstance(trip, Trip) and trip.kind == "collection"
        if previous_day(since) <= trip.day <= until
        if not compound or any(one.compound == compound for one in trip.parts)
    }
    # A trip may go on after midnight.
    nights = {(next_day(day), vehicle) for day, vehicle in days}
    for day, vehicle in sorted(days | nights):
        if since <= day <= until:
            for one in custody.lifted(vehicle, day):
                if one.counted and compound in ("", one.compound):
                    yield lifted(register, vehicle, one, short=short)


def container(
    register: Register, key: str, ms: int, level: sorting.Bin | None, *, short: bool
) -> Entity | None:
    """None for a bin that the register does not have then, or that stands nowhere: their schema
    wants a location."""
    version = register.bin(key, ms)
    point = register.point(version.point, ms) if version else None
    if version is None or point is None or point.lat is None or point.lon is None:
        return None
    attributes = [
        _place(point.lat, point.lon),
        _Attribute("binId", key),
        _Attribute("areaServed", version.compound),
        _Attribute("isleId", version.point),
        _Attribute("refWasteContainerIsle", urn("WasteContainerIsle", version.point), _LINK),
        _Attribute("storedWasteKind", _kind(version)),
        _Attribute("storedWasteOrigin", "household"),
        _Attribute("storedWasteCode", version.subcategory or version.category),
        _Attribute("regulation", _REGULATION),
        _Attribute("serialNumber", version.number),
        _Attribute("binCapacity", version.volume_l, unit="LTR"),
        *(_observed(level) if level else (_Attribute("status", "unknown"),)),
    ]
    if version.kind:
        model = urn("WasteContainerModel", version.kind)
        attributes.append(_Attribute("refWasteContainerModel", model, _LINK))
    return _entity("WasteContainer", key, attributes, short=short)


def lifted(register: Register, vehicle: str, one: Resolved, *, short: bool) -> Entity:
    """One that counts, as it is judged now: whose it is stands in `seeAlso` and `areaServed`."""
    told = one.lift
    at = text_of(told.ms)
    attributes = [
        _Attribute("dateObserved", at, "Time"),
        _Attribute("weight", _kg(one.net_g if one.weighed else None), unit="KGM", observed=at),
        _Attribute("grossWeight", _kg(told.gross_g), unit="KGM", observed=at),
        _Attribute("tareWeight", _kg(told.tare_g), unit="KGM", observed=at),
        _Attribute("refGarbageTruck", urn("Vehicle", vehicle), _LINK),
        _Attribute("areaServed", one.compound),
        _Attribute("seeAlso", [urn("WasteContainer", one.bin)] if one.bin else None),
    ]
    point = register.point(one.point, told.ms) if one.point else None
    if told.lat is not None and told.lon is not None:
        attributes.append(_place(told.lat, told.lon))
    elif point is not None and point.lat is not None and point.lon is not None:
        attributes.append(_place(point.lat, point.lon))
    # An event's id is unique with its source only.
    source = hashlib.sha256(told.source.encode()).hexdigest()[:8]
    return _entity("WasteObserved", f"{vehicle}/{told.id}/{source}", attributes, short=short)


def urn(kind: str, name: str) -> str:
    """NGSI-LD wants a URI; a slash would be taken for a path by brokers."""
    return f"urn:ngsi-ld:{kind}:{quote(name.replace('/', ':'), safe=':')}"


def _observed(level: sorting.Bin) -> Iterator[_Attribute]:
    if not level.faults:  # a sensor that is not believed here is not passed on either
        yield _Attribute("fillingLevel", level.fill, observed=level.level_at)
    yield _Attribute("temperature", level.temperature_cel, unit="CEL", observed=level.level_at)
    yield _Attribute("binLoggedTime", level.level_at, "Time")
    yield _Attribute("dateLastEmptying", level.collected_at, "Time")
    yield _Attribute("status", _status(level))
    if level.device:
        yield _Attribute("refDevice", [urn("Device", level.device)], _LINK)


def _status(level: sorting.Bin) -> str:
    if level.smoke:
        return "burning"
    if level.position == "tilt":
        return "dropped"
    if level.lid == "open":
        return "lidOpen"
    return "ok" if level.position == "normal" or level.lid == "closed" else "unknown"


def _kind(version: BinVersion) -> str:
    return _KINDS.get(version.subcategory) or _KINDS.get(version.category, "other")


def _entity(kind: str, name: str, attributes: Sequence[_Attribute], *, short: bool) -> Entity:
    """What is not known is left out, as NGSI-LD wants it."""
    made: Entity = {"id": urn(kind, name), "type": kind}
    for one in attributes:
        if one.value not in (None, ""):
            made[one.name] = one.value if short else _normalized(one)
    return {**made, "@context": [CONTEXT]}


def _normalized(one: _Attribute) -> dict[str, Any]:
    match one.kind:
        case "Relationship":
            return {"type": one.kind, "object": one.value}
        case "Time":
            return {"type": "Property", "value": {"@type": "DateTime", "@value": one.value}}
        case _:
            made = {"type": one.kind, "value": one.value}
    if one.unit:
        made["unitCode"] = one.unit
    if one.observed:
        made["observedAt"] = one.observed
    return made


def _place(lat: float, lon: float) -> _Attribute:
    return _Attribute("location", {"type": "Point", "coordinates": [lon, lat]}, "GeoProperty")


def _kg(grams: int | None) -> float | None:
    return None if grams is None else grams / 1000
