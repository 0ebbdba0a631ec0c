"""Rows of the waste-sorting view. Grams are integers, levels millimetres, fill 0..1."""

from collections.abc import Mapping
from typing import Literal

from projections.view import Row


class Told(Row, frozen=True, kw_only=True):
    """Through which gateway a fact came, and when that gateway was told of it."""

    gateway: str = ""
    seen: str = ""


class Bin(Row, frozen=True, kw_only=True):
    subject: str
    device: str  # the level sensor's once it spoke; before that, of who first told of the bin
    category: str = ""
    point: str = ""
    profiled_at: str = ""
    empty_mm: int = 0  # sensor to bottom; 0: no profile known
    full_mm: int = 0
    distance_mm: int | None = None
    fill: float | None = None
    level_at: str = ""  # of the distance
    position: Literal["normal", "tilt", "unknown"] = "unknown"
    temperature_cel: float | None = None
    battery_pct: float | None = None
    lid: Literal["open", "closed", "unknown"] = "unknown"
    overflow: bool = False
    overflow_told: Told = Told()  # of the newest one, over or not
    smoke: bool = False
    uid_hex: str = ""
    tagged_at: str = ""
    identified_at: str = ""
    collected_at: str = ""
    collected_g: int | None = None  # net of the last lift
    collected_told: Told = Told()
    collections: int = 0
    refused: int = 0


class Tag(Row, frozen=True, kw_only=True):
    """Which bin a tag stands for, keyed by its UID."""

    subject: str
    assigned_at: str = ""


class Tally(Row, frozen=True, kw_only=True):
    deposits: int = 0
    net_g: int = 0
    unweighed: int = 0  # deposits without a weight


class Point(Row, frozen=True, kw_only=True):
    subject: str
    categories: Mapping[str, Tally] = {}
    violations: Mapping[str, int] = {}
    purity: float | None = None  # of the last inspection
    inspected_at: str = ""
    last: str = ""


class Tonnage(Row, frozen=True, kw_only=True):
    """One hour or day: category → grams. `weighed` is the weighbridge's net."""

    bucket: str
    deposited_g: Mapping[str, int] = {}
    collected_g: Mapping[str, int] = {}
    weighed_g: Mapping[str, int] = {}
    deposits: int = 0
    violations: int = 0
    collections: int = 0


class Load(Row, frozen=True, kw_only=True):
    at: str
    id: str
    site: str = ""
    ticket_no: str = ""
    category: str = ""
    net_g: int | None = None
    position: int = 0


class Loads(Row, frozen=True, kw_only=True):
    """Newest weighings first."""

    loads: tuple[Load, ...] = ()


class Vehicle(Row, frozen=True, kw_only=True):
    subject: str
    lat: float
    lon: float
    speed_kmh: float | None = None
    heading_deg: float | None = None
    at: str = ""
