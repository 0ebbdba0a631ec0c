"""Vehicles at gates and on routes. A plate is personal: keyed reference and sealed field only."""

from typing import Annotated, ClassVar, Literal

import msgspec

from core.event import Data
from core.events.access import Direction


class _AtGate(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    direction: Direction = "unknown"
    plate_ref: str = ""
    plate_color: str = ""
    plate_class: str = ""
    vehicle_type: str = ""
    confidence: float | None = None  # 0..1
    lane: str = ""
    list: Literal["white", "black", "temporary", "visitor", "unknown"] = "unknown"
    barrier: str = ""
    picture: str = ""  # as in core.events.camera


class Passed(_AtGate, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "vehicle.passed.v1"


class VehicleDenied(_AtGate, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "vehicle.denied.v1"
    reason: str = ""


class Positioned(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """WGS-84 degrees; speed km/h; heading degrees clockwise from north."""

    TYPE: ClassVar[str] = "vehicle.positioned.v1"
    BULK: ClassVar[bool] = True
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    speed_kmh: float | None = None
    heading_deg: float | None = None
    alarm_bits: int = 0


TYPES = (Passed, VehicleDenied, Positioned)
