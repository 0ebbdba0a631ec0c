"""Rows of the register: a row a thing, its versions by valid time."""

from typing import Literal

from core.events.register import FacilityKind, Scale
from projections.view import Row

EDITION = "register"  # the key of the only one


class Version(Row, frozen=True, kw_only=True):
    """Holds from `ms` on. Of two for one moment the later `told` stands: the gateway's time, the
    gateway and the sequence there, so that no order of arrival matters."""

    ms: int
    told: tuple[str, str, int]
    ended: bool = False
    position: int = 0
    id: str = ""  # of the event: one that comes again is no other version


class CompoundVersion(Version, frozen=True, kw_only=True):
    name: str = ""
    street: str = ""
    households: int = 0
    buildings: tuple[str, ...] = ()
    demonstration: bool = False


class PointVersion(Version, frozen=True, kw_only=True):
    compound: str = ""
    name: str = ""
    buildings: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None
    hours: tuple[str, ...] = ()


class Described(Version, frozen=True, kw_only=True):
    """What can be said of a bin."""

    point: str = ""
    number: str = ""
    category: str = ""
    subcategory: str = ""
    kind: str = ""
    volume_l: int | None = None
    tare_g: int | None = None
    empty_mm: int = 0  # both 0: nothing said of its geometry
    full_mm: int = 0
    profile: int = 0
    replaced_by: str = ""  # key of the bin that stands in its place


class BinVersion(Described, frozen=True, kw_only=True):
    compound: str = ""
    swapped_ms: int = 0  # since when `replaced_by` stands in its place


class TagVersion(Version, frozen=True, kw_only=True):
    """`bin`: key of the bin that carries it, of several the one it was bound to last; empty: none
    does. `bins`: all that it is bound to from then on. Two are one too many."""

    bin: str = ""
    tech: str = "unknown"
    bins: tuple[str, ...] = ()


class TagWord(Version, frozen=True, kw_only=True):
    """Of `bin`: it carries the tag from then on, or does so no longer."""

    bin: str
    on: bool
    tech: str = "unknown"


class BinWord(Described, frozen=True, kw_only=True):
    """What one event says of a bin: an entry says everything, all others only what they name."""

    what: Literal["entered", "profiled", "assigned", "removed", "swapped", "ended"]
    uid: str = ""
    tech: str = "unknown"


class CarrierVersion(Version, frozen=True, kw_only=True):
    name: str = ""
    licence: str = ""


class VehicleVersion(Version, frozen=True, kw_only=True):
    carrier: str = ""
    categories: tuple[str, ...] = ()
    plate_ref: str = ""
    tare_g: int | None = None
    capacity_g: int | None = None
    scale: Scale = Scale()


class FacilityVersion(Version, frozen=True, kw_only=True):
    name: str = ""
    kind: FacilityKind = "transfer"
    accepts: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None


class WeighbridgeVersion(Version, frozen=True, kw_only=True):
    facility: str = ""
    scale: Scale = Scale()


class RouteVersion(Version, frozen=True, kw_only=True):
    vehicle: str = ""
    category: str = ""
    weekdays: tuple[int, ...] = ()
    start: str = "00:00"
    end: str = "23:59"
    bins: tuple[str, ...] = ()  # keys, in the order of the stops
    facility: str = ""


class Compound(Row, frozen=True, kw_only=True):
    versions: tuple[CompoundVersion, ...] = ()


class Point(Row, frozen=True, kw_only=True):
    versions: tuple[PointVersion, ...] = ()


class Bin(Row, frozen=True, kw_only=True):
    versions: tuple[BinVersion, ...] = ()  # what follows from the words
    uids: tuple[str, ...] = ()  # every tag it ever had
    words: tuple[BinWord, ...] = ()
    instead: tuple[str, ...] = ()  # keys of bins in whose place it was ever put


class Tag(Row, frozen=True, kw_only=True):
    versions: tuple[TagVersion, ...] = ()  # what follows from the words
    words: tuple[TagWord, ...] = ()
    readers: tuple[str, ...] = ()  # vehicles that ever read it


class Carrier(Row, frozen=True, kw_only=True):
    versions: tuple[CarrierVersion, ...] = ()


class Vehicle(Row, frozen=True, kw_only=True):
    versions: tuple[VehicleVersion, ...] = ()


class Facility(Row, frozen=True, kw_only=True):
    versions: tuple[FacilityVersion, ...] = ()


class Weighbridge(Row, frozen=True, kw_only=True):
    versions: tuple[WeighbridgeVersion, ...] = ()


class Route(Row, frozen=True, kw_only=True):
    versions: tuple[RouteVersion, ...] = ()


class Edition(Row, frozen=True, kw_only=True):
    """Of the register: there is one, under EDITION. While `of` is the same, so are everybody's
    plans and where points are."""

    of: str = ""  # 32 hex digits


class Names(Row, frozen=True, kw_only=True):
    """An index: what is to be found under a name. Kinds `named` (bare bin name → bin keys),
    `at` (point → bin keys ever there), `near` (cell of a hundredth of a degree → points),
    `driven` (vehicle → routes ever its own), `plate` (what stands for it → vehicles), `day` (day →
    vehicles of which something is known), `planned` (bare bin name → vehicles that ever were to
    lift it)."""

    names: tuple[str, ...] = ()
