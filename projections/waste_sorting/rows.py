"""Rows of the waste-sorting view. Grams are integers, levels millimetres, fill 0..1."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from projections.view import Row


class Told(Row, frozen=True, kw_only=True):
    """Through which gateway a fact came, and when that gateway was told of it."""

    gateway: str = ""
    seen: str = ""


class Fault(Row, frozen=True, kw_only=True):
    """Why a level sensor is not believed, and what shows it."""

    since: str  # of what is kept: it may have begun earlier
    seen: str = ""  # of the newest reading
    mm: int | None = None  # which said this
    count: int = 0  # lifts, hours of deposits, leaps or readings that show it


class Said(Row, frozen=True, kw_only=True):
    """Somebody's word that a bin overflows."""

    at: str
    id: str
    by: Literal["sensor", "camera", "person"]
    told: Told
    position: int = 0


class Ended(Row, frozen=True, kw_only=True):
    """How the last overflow ended."""

    at: str
    id: str
    by: Literal["sensor", "camera", "person", "collected"]
    position: int = 0


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
    fullness: float | None = None  # as the bin itself says: the fill, where no distance tells
    weight_g: int | None = None  # of what is in it, by its own scale
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
    collected_gross_g: int | None = None  # ... or its full weight, while its tare is not known
    lift: str = ""  # key of the last lift, where its tare is told apart
    collected_told: Told = Told()
    collections: int = 0
    refused: int = 0
    profile: int = 0  # version in force at the last reading; 0: not counted
    volume_l: int | None = None
    tilted_at: str = ""  # since when it does not stand as it should
    faults: Mapping[str, Fault] = {}  # stuck, frozen, jumping, inverted, tilted, out-of-range
    overflows: tuple[Said, ...] = ()  # whose word stands, oldest first; the first: since when
    overflow_ended: Ended | None = None
    ended: bool = False  # scrapped, or given up in the register


class Geometry(Row, frozen=True, kw_only=True):
    """Holds from `ms` on; of two for one moment the later `told` stands: the gateway's time and
    the gateway, and within one gateway the order there."""

    ms: int
    told: tuple[str, str]
    empty_mm: int
    full_mm: int
    volume_l: int | None = None
    profile: int = 0


class Entry(Row, frozen=True, kw_only=True):
    """What the register says of a bin from `ms` on."""

    ms: int
    told: tuple[str, str]
    category: str = ""
    point: str = ""
    ended: bool = False


class Profile(Row, frozen=True, kw_only=True):
    """What is known of a bin by valid time: the newest of each."""

    geometries: tuple[Geometry, ...] = ()
    entries: tuple[Entry, ...] = ()


class Flat(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """For how long the distance has not moved. Minutes since 1970; tenths of a degree."""

    since: int = 0
    mm: int = 0
    count: int = 0  # readings
    cel_low: int | None = None
    cel_high: int | None = None


class Leaps(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Steps too large to be waste. Minutes since 1970."""

    way: int = 0  # of the last one: -1, 1; 0: none yet
    turns: int = 0  # each the other way than the one before, not yet made up for
    turns_since: int = 0
    jumping: bool = False
    falls: int = 0  # downwards since the last one up
    falls_since: int = 0
    crept_mm: int = 0  # what small steps added up to since the first of these


class Level(Row, frozen=True, kw_only=True):
    """What a bin's level sensor said, in the order in which it came, and what was done with the
    bin meanwhile. A row of its own, packed, because every reading writes it."""

    readings: bytes = b""  # see `readings`
    flat: Flat = Flat()
    leaps: Leaps = Leaps()
    lifts: tuple[tuple[int, int], ...] = ()  # minute, grams; the newest
    used: tuple[int, ...] = ()  # hours since 1970 in which something was thrown in, the newest
    since: int = 0  # minute from which on the present sensor speaks; 0: no other spoke before


class Lift(Row, frozen=True, kw_only=True):
    """A lift whose full and empty weights come in two messages: one of them, or both."""

    day: str = ""  # under which it is kept
    ms: int = 0  # when it was lifted; 0: only the tare was told
    subject: str = ""
    category: str = ""
    gross_g: int | None = None
    tare: tuple[int, str, int] | None = None  # when, id, grams: the earliest


class Lifts(Row, frozen=True, kw_only=True):
    """Keys of one day's."""

    keys: tuple[str, ...] = ()


class Tag(Row, frozen=True, kw_only=True):
    """Which bin a tag stands for, keyed by its UID."""

    subject: str
    assigned_at: str = ""


class Tally(Row, frozen=True, kw_only=True):
    deposits: int = 0
    net_g: int = 0
    unweighed: int = 0  # deposits without a weight
    faulty: int = 0  # of these, whose tare was more than their gross


class Month(Row, frozen=True, kw_only=True):
    """Who brought something in a month, as a bit map that names nobody; see `participation`."""

    residents: bytes = b""


class Point(Row, frozen=True, kw_only=True):
    subject: str
    categories: Mapping[str, Tally] = {}
    subcategories: Mapping[str, Tally] = {}  # GB/T 19095's eleven, where they were told
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


class Seen(Row, frozen=True, kw_only=True):
    """An event that a figure rests on."""

    ms: int
    id: str
    position: int = 0


class Deeds(Row, frozen=True, kw_only=True):
    """One compound's day at its points: `{compound}|{day}`. Sums, so order is no matter. In the
    view of one compound: a point's or a bin's day, `{day}|{subject}`."""

    compound: str
    day: str
    subject: str = ""
    deposits: Mapping[str, int] = {}  # category → how many
    deposited_g: Mapping[str, int] = {}
    violations: Mapping[str, int] = {}  # kind → how many
    inspections: int = 0
    purity_ppm: int = 0  # sum over inspections, so that adding is exact
    faulty: int = 0  # deposits whose tare was more than their gross
    overflowed: Mapping[str, int] = {}  # subject of a bin → how often somebody said so
    # Point → minutes of the day of its deposits, in order: which of them were outside its hours
    # follows from the register as it is known when somebody asks.
    minutes: Mapping[str, tuple[int, ...]] = {}
    evidence: Mapping[str, tuple[Seen, ...]] = {}  # what was done wrong → the newest LAST_SEEN
