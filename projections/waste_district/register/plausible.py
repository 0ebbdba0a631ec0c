"""What no bin, vehicle or place can be like: most of it is kilograms written as grams."""

from collections.abc import Iterator

from core.event import Data
from core.events.register import (
    BinEntered,
    FacilityEntered,
    PointEntered,
    RouteEntered,
    VehicleEntered,
)
from projections.waste_district.register.categories import SUBCATEGORIES, category_of

_Doubt = tuple[str, str, str]  # key, what is wrong, remedy

_GRAMS = "Weights are whole grams: 12.5 kg is 12500."
_LITRES = "Volumes are whole litres: 240 L is 240, a cubic metre 1000."
_LARGEST_L = 40_000  # a roll-on container
# EN 840: a bin of 120 L weighs about 10 kg, one of 1100 L in steel 120 kg.
_LIGHTEST_G = 300
_FRAME_G, _LITRE_G = 20_000, 150
_VEHICLE_G = 100_000  # an electric tricycle
_HEAVIEST_G = 60_000_000


def doubts(data: Data) -> Iterator[_Doubt]:
    match data:
        case BinEntered():
            yield from _bin(data)
        case VehicleEntered():
            for key, grams in (("tareG", data.tare_g), ("capacityG", data.capacity_g)):
                if grams is not None and not _VEHICLE_G <= grams <= _HEAVIEST_G:
                    yield key, "is no vehicle's weight", _GRAMS
        case RouteEntered():
            if len(set(data.bins)) < len(data.bins):
                yield "bins", "names a bin twice", "Name each where it is lifted, once."
            if not data.weekdays:
                yield "weekdays", "names no day", "Name some, Monday is 1, or enter its end."
        case PointEntered() | FacilityEntered():
            yield from _place(data.lat, data.lon)
        case _:
            return


def _bin(data: BinEntered) -> Iterator[_Doubt]:
    volume, tare = data.volume_l, data.tare_g
    if volume is not None and not 0 < volume <= _LARGEST_L:
        yield "volumeL", "is no bin's volume", _LITRES
    elif tare is not None and volume is not None and tare > _FRAME_G + _LITRE_G * volume:
        yield "tareG", f"is more than a bin of {volume} L can weigh empty", _GRAMS
    if tare is not None and tare < _LIGHTEST_G:
        yield "tareG", "is less than any bin weighs", _GRAMS
    if (data.empty_mm or data.full_mm) and data.empty_mm <= data.full_mm:
        yield "emptyMm", "is not beyond fullMm", "It is the sensor's distance to the bin's bottom."
    if data.profile < 1:
        yield "profile", "is no version", "Count them from 1."
    if data.subcategory and (belongs := category_of(data.subcategory)) != data.category:
        known = ", ".join(SUBCATEGORIES.get(data.category or "", ())) or "none"
        what = f"is one of {belongs}" if belongs else "is no subcategory of GB/T 19095-2019"
        yield "subcategory", what, f"Its category has {known}."


def _place(lat: float | None, lon: float | None) -> Iterator[_Doubt]:
    if (lat is None) != (lon is None):
        yield "lat" if lat is None else "lon", "is missing beside the other", "Give both, or none."
    elif lat is not None and abs(lat) > 90:
        yield "lat", "is no latitude", "Latitude is at most 90; lat and lon may be interchanged."
