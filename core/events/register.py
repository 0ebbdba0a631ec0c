"""What a district has, and from when it holds: compounds, points, bins, carriers, vehicles, routes,
facilities and their weighbridges. People's word, never a device's.

Valid time: an entry holds from `valid_from` until a later one of the same subject does, whenever
either was written; of two for one moment the one written later stands. What ended is entered as
ended, never taken away. Codes are GB/T 19095-2019's four categories, subcategories its eleven.
"""

from typing import Annotated, ClassVar, Literal

import msgspec

from core.event import Data
from core.events.waste import Category, Grams, Millimetres, TagTech

Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]  # WGS-84
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]  # ISO 8601: Monday is 1
HourMinute = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Span = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
FacilityKind = Literal["transfer", "incineration", "composting", "landfill", "sorting", "hazardous"]
EntryKind = Literal[
    "compound", "point", "bin", "carrier", "vehicle", "route", "facility", "weighbridge"
]


class Scale(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False
):
    """OIML R76 classes III and IIII (weighbridges), R134/R51 Y(a) and Y(b) (scales on vehicles)."""

    accuracy: Literal["III", "IIII", "Y(a)", "Y(b)", ""] = ""
    division_g: Grams = 0  # verification scale interval e; 0: not known
    max_g: Grams = 0


class _Entry(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    valid_from: str  # RFC 3339 with offset
    actor: str = ""
    reason: str = ""


class CompoundEntered(_Entry, frozen=True, kw_only=True):
    """Subject `compound/{compound}`."""

    TYPE: ClassVar[str] = "register.compound.entered.v1"
    name: str = ""
    street: str = ""
    households: int = 0
    buildings: tuple[str, ...] = ()
    demonstration: bool = False


class PointEntered(_Entry, frozen=True, kw_only=True):
    """Subject `point/{point}`. `hours`: when deposits are taken, China's time."""

    TYPE: ClassVar[str] = "register.point.entered.v1"
    compound: str
    name: str = ""
    buildings: tuple[str, ...] = ()  # that bring their waste there
    lat: Degrees | None = None
    lon: Degrees | None = None
    hours: tuple[Span, ...] = ()


class BinEntered(_Entry, frozen=True, kw_only=True):
    """Subject `bin/{bin}`. A higher `profile` is another geometry of the same bin:
    fill = (emptyMm - d) / (emptyMm - fullMm)."""

    TYPE: ClassVar[str] = "register.bin.entered.v1"
    compound: str
    point: str = ""
    number: str = ""  # painted on it
    category: Category | None = None
    subcategory: str = ""
    kind: str = ""  # such as wheelie-240, EN 840
    volume_l: int | None = None
    tare_g: Grams | None = None
    empty_mm: Millimetres = 0
    full_mm: Millimetres = 0
    profile: int = 1
    uid_hex: str = ""  # upper-case hex without separators
    tech: TagTech = "unknown"


class CarrierEntered(_Entry, frozen=True, kw_only=True):
    """Subject `carrier/{carrier}`: who may transport."""

    TYPE: ClassVar[str] = "register.carrier.entered.v1"
    name: str = ""
    licence: str = ""


class VehicleEntered(_Entry, frozen=True, kw_only=True):
    """Subject `vehicle/{vehicle}`. Its plate is a keyed reference (I6)."""

    TYPE: ClassVar[str] = "register.vehicle.entered.v1"
    carrier: str = ""
    categories: tuple[Category, ...] = ()  # what it may carry
    plate_ref: str = ""
    tare_g: Grams | None = None
    capacity_g: Grams | None = None
    scale: Scale = Scale()  # on its lifter


class FacilityEntered(_Entry, frozen=True, kw_only=True):
    """Subject `facility/{facility}`; `accepts`: categories it may take."""

    TYPE: ClassVar[str] = "register.facility.entered.v1"
    name: str = ""
    kind: FacilityKind = "transfer"
    accepts: tuple[Category, ...] = ()
    lat: Degrees | None = None
    lon: Degrees | None = None


class WeighbridgeEntered(_Entry, frozen=True, kw_only=True):
    """Subject `weighbridge/{weighbridge}`."""

    TYPE: ClassVar[str] = "register.weighbridge.entered.v1"
    facility: str
    scale: Scale = Scale()


class RouteEntered(_Entry, frozen=True, kw_only=True):
    """Subject `route/{route}`: which vehicle lifts which bins on which days, in that order, between
    `start` and `end` of China's time; an end before the start is on the next day."""

    TYPE: ClassVar[str] = "register.route.entered.v1"
    vehicle: str
    category: Category | None = None
    weekdays: tuple[Weekday, ...] = (1, 2, 3, 4, 5, 6, 7)
    start: HourMinute = "00:00"
    end: HourMinute = "23:59"
    bins: tuple[str, ...] = ()
    facility: str = ""  # where its load is meant to go


class EntryEnded(_Entry, frozen=True, kw_only=True):
    """The subject's entry holds no longer from `valid_from`: scrapped, sold, given up."""

    TYPE: ClassVar[str] = "register.entry.ended.v1"
    kind: EntryKind


TYPES = (
    CompoundEntered, PointEntered, BinEntered, CarrierEntered, VehicleEntered, FacilityEntered,
    WeighbridgeEntered, RouteEntered, EntryEnded,
)  # fmt: skip
