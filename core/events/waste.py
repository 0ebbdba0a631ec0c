"""Bins, deposits, collection and weighing. Weights are integer grams, levels millimetres.

Categories are GB/T 19095-2019's four; `subcategory` holds one of its eleven.
"""

from typing import Annotated, ClassVar, Literal

import msgspec

from core.event import Data

Category = Literal["recyclable", "hazardous", "food", "residual"]
TagTech = Literal["lf134", "hf", "uhf", "qr", "unknown"]
Grams = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Millimetres = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class LevelMeasured(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The sensor's distance to the waste, not a fill level: that needs the bin's profile."""

    TYPE: ClassVar[str] = "waste.bin.level.measured.v1"
    BULK: ClassVar[bool] = True
    distance_mm: Millimetres | None = None
    temperature_cel: float | None = None
    battery_pct: float | None = None
    battery_v: float | None = None
    position: Literal["normal", "tilt", "unknown"] = "unknown"
    weight_g: Grams | None = None  # of what is in it, by a scale under it
    fullness: float | None = None  # 0..1, where the bin itself tells that


class _Bin(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    source: Literal["sensor", "camera", "person"] = "sensor"
    zone: str = ""  # of a camera's picture
    confidence: float | None = None  # 0..1
    picture: str = ""  # as in core.events.camera


class Overflowed(_Bin, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "waste.bin.overflowed.v1"


class Cleared(_Bin, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "waste.bin.cleared.v1"


class SmokeDetected(_Bin, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "waste.bin.smoke.detected.v1"


class LidOpened(_Bin, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "waste.bin.lid.opened.v1"


class LidClosed(_Bin, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "waste.bin.lid.closed.v1"


class BinIdentified(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A reader saw a tag: evidence, not truth."""

    TYPE: ClassVar[str] = "waste.bin.identified.v1"
    uid_hex: str  # upper-case hex without separators
    tech: TagTech = "unknown"
    reader: str = ""
    zone: str = ""  # of a camera's picture
    picture: str = ""  # as in core.events.camera


class TagAssigned(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "waste.bin.tag.assigned.v1"
    uid_hex: str
    tech: TagTech = "unknown"
    category: Category | None = None
    point: str = ""
    valid_from: str = ""  # RFC 3339 with offset; empty: when it happened
    reason: str = ""
    actor: str = ""  # who entered it; empty: a device told it


class TagRemoved(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The bin no longer carries that tag: lost, broken, taken to another bin."""

    TYPE: ClassVar[str] = "waste.bin.tag.removed.v1"
    uid_hex: str
    valid_from: str = ""
    reason: str = ""
    actor: str = ""  # who entered it; empty: a device told it


class BinSwapped(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Another bin stands in its place from now on, and is lifted on its routes."""

    TYPE: ClassVar[str] = "waste.bin.swapped.v1"
    replaced_by: str
    valid_from: str = ""
    reason: str = ""
    actor: str = ""  # who entered it; empty: a device told it


class BinScrapped(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "waste.bin.scrapped.v1"
    valid_from: str = ""
    reason: str = ""
    actor: str = ""  # who entered it; empty: a device told it


class BinProfiled(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The geometry and place of a bin from now on: fill = (emptyMm - d) / (emptyMm - fullMm)."""

    TYPE: ClassVar[str] = "waste.bin.profiled.v1"
    empty_mm: Millimetres
    full_mm: Millimetres
    volume_l: int | None = None
    category: Category | None = None
    point: str = ""
    tare_g: Grams | None = None
    profile: int = 0  # its version; 0: not counted
    valid_from: str = ""  # RFC 3339 with offset; empty: when it happened


class DepositRecorded(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "waste.deposit.recorded.v1"
    category: Category
    bin: str = ""
    subcategory: str = ""
    net_g: Grams | None = None
    gross_g: Grams | None = None
    tare_g: Grams | None = None
    resident_ref: str = ""
    quality: float | None = None  # 0..1


class DepositViolated(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "waste.deposit.violated.v1"
    kind: Literal["mixed", "outside-hours", "dumped", "bag-not-broken"]
    bin: str = ""
    confidence: float | None = None


class InspectionRecorded(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "waste.inspection.recorded.v1"
    purity: Annotated[float, msgspec.Meta(ge=0, le=1)]
    inspector_ref: str = ""
    bin: str = ""


class BinCollected(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A lift: evidence, not truth. `tare_g` is the empty bin's weight after it."""

    TYPE: ClassVar[str] = "waste.bin.collected.v1"
    bin: str = ""
    vehicle_ref: str = ""
    category: Category | None = None
    net_g: Grams | None = None
    gross_g: Grams | None = None
    tare_g: Grams | None = None
    refused_reason: str = ""
    vehicle: str = ""  # its number in the fleet; of a plate there is only the reference
    uid_hex: str = ""  # the tag the lifter's reader saw; empty: none
    tech: TagTech = "unknown"
    lat: Latitude | None = None  # where it was lifted, WGS-84
    lon: Longitude | None = None


class BinTared(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The empty bin was weighed after a lift that was told before with its gross weight only.
    `collection`: id of that event; both have one `correlationid`."""

    TYPE: ClassVar[str] = "waste.bin.tared.v1"
    collection: str
    bin: str = ""
    tare_g: Grams | None = None


class LoadWeighed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    TYPE: ClassVar[str] = "waste.load.weighed.v1"
    site: str = ""
    ticket_no: str = ""
    category: Category | None = None
    vehicle_ref: str = ""
    gross_g: Grams | None = None
    tare_g: Grams | None = None
    net_g: Grams | None = None
    vehicle: str = ""  # its number in the fleet
    weighbridge: str = ""
    # "in": brought to the site; "out": taken from it, from a transfer station to a facility
    direction: Literal["in", "out"] = "in"
    # where the tare is from: weighed empty, or one that was kept ("" where nobody says)
    tare_from: Literal["weighed", "stored", ""] = ""


TYPES = (
    LevelMeasured, Overflowed, Cleared, SmokeDetected, LidOpened, LidClosed, BinIdentified,
    TagAssigned, TagRemoved, BinProfiled, BinSwapped, BinScrapped, DepositRecorded,
    DepositViolated, InspectionRecorded, BinCollected, BinTared, LoadWeighed,
)  # fmt: skip
