"""What is drawn upon a camera's picture: lines that are crossed and regions things are in.

One JSON document a camera, `zones.json`. Who draws it sees a picture, so points are fractions of
the frame; it is as true at any resolution. It is taken whole or refused whole, with every reason.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from core.errors import Refused
from devices.fields import reveals
from edge.camera.geometry import Point, area, simple

MOST = 32  # lines, and as many regions
_CORNERS = 64
_SHORTEST = 0.01  # of a line
_SMALLEST = 0.0001  # area of a region: a hundredth of the frame's width by one of its height
_NAME = re.compile(r"[\w.-]{1,64}")
_LONGEST = 256 * 1024

Purpose = Literal["", "fire-lane", "passage", "bin-point", "entrance"]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Labels = Annotated[
    tuple[Annotated[str, msgspec.Meta(max_length=64)], ...], msgspec.Meta(max_length=64)
]


class BadZones(Refused):
    """A zones document that cannot be worked with; the one in force stays in force."""


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`in_side`: the side of it, walking from `from` to `to`, on which one has come in."""

    name: str
    start: Point = msgspec.field(name="from")
    end: Point = msgspec.field(name="to")
    labels: Labels = ()  # whose crossings count; () is all
    in_side: Literal["left", "right"] = "right"


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A 0 turns its rule off."""

    name: str
    polygon: tuple[Point, ...]
    labels: Labels = ()  # what it looks at; () is all
    purpose: Purpose = ""
    presence: bool = True  # say who comes and goes
    loiter_s: Seconds = 0.0  # somebody stays for so long
    occupied_s: Seconds = 0.0  # ... and the gateway concludes that it is occupied
    crowd: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0  # so many at once ...
    crowd_s: Seconds = 10.0  # ... for so long
    left_s: Seconds = 0.0  # something stands for so long and nobody is near
    bin: str = ""  # whose rim it is drawn above, or whose code is read in it
    overflow: Share = 0.0  # so much of it is covered ...
    overflow_s: Seconds = 60.0  # ... for so long
    qr: bool = False  # read bins' codes
    plates: bool = False  # read plates of the vehicles in it


class Zones(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Literal[1] = 1
    lines: tuple[Line, ...] = ()
    regions: tuple[Region, ...] = ()


NO_ZONES = Zones()


def read(document: bytes) -> Zones:
    """BadZones: it is not of that form, or `faults` finds something."""
    if len(document) > _LONGEST:
        raise BadZones("size", f"a zones document has {_LONGEST} bytes at most; draw less")
    try:
        zones = msgspec.json.decode(document, type=Zones)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadZones("form", f"not a zones document: {error}") from error
    found = faults(zones)
    if found:
        raise BadZones("geometry", "; ".join(found))
    return zones


def written(zones: Zones) -> bytes:
    """The same document for the same zones, as a person can read it."""
    return msgspec.json.format(msgspec.json.encode(zones), indent=2) + b"\n"


def faults(zones: Zones) -> Sequence[str]:
    """Everything that is wrong with it, each with the name it is wrong of."""
    found: list[str] = []
    if len(zones.lines) > MOST or len(zones.regions) > MOST:
        found.append(f"at most {MOST} lines and {MOST} regions can be watched")
    taken: set[str] = set()
    drawn: tuple[Line | Region, ...] = (*zones.lines, *zones.regions)
    for zone in drawn:
        if not _NAME.fullmatch(zone.name) or reveals(zone.name):
            found.append(
                f"{zone.name[:64]!r} is no name: letters, digits, `.`, `_` and `-`, at most 64, "
                "and nobody's plate or number"
            )
        if zone.name in taken:
            found.append(f"{zone.name!r} is the name of two; give one of them another")
        taken.add(zone.name)
    for line in zones.lines:
        found += _of_line(line)
    for region in zones.regions:
        found += _of_region(region)
    return found


def _of_line(line: Line) -> Sequence[str]:
    if not _within((line.start, line.end)):
        return [f"line {line.name!r} leaves the frame: points are from 0 to 1"]
    wide, high = line.end[0] - line.start[0], line.end[1] - line.start[1]
    if wide * wide + high * high < _SHORTEST * _SHORTEST:
        return [f"line {line.name!r} is too short to be crossed: draw it longer"]
    return ()


def _of_region(region: Region) -> Sequence[str]:
    name, corners = region.name, region.polygon
    if not 3 <= len(corners) <= _CORNERS:
        return [f"region {name!r} has {len(corners)} corners: give it 3 to {_CORNERS}"]
    if not _within(corners):
        return [f"region {name!r} leaves the frame: points are from 0 to 1"]
    found = []
    if not simple(corners):
        found.append(f"region {name!r} crosses or touches itself: move a corner")
    elif area(corners) < _SMALLEST:
        found.append(f"region {name!r} is too small for anything to be in it: draw it larger")
    if region.bin and (not _NAME.fullmatch(region.bin) or reveals(region.bin)):
        found.append(f"region {name!r}: its bin's name is none a subject can have")
    if region.overflow and not region.bin:
        found.append(f"region {name!r} watches for overflow: say of which bin")
    return found


def _within(points: Sequence[Point]) -> bool:
    return all(0 <= number <= 1 for point in points for number in point)
