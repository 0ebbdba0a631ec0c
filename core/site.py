"""A compound as its installer describes it: areas, doors, cameras' zones. Nobody is named in it, so
it may stand in the log. The gateway decides and keeps time by it, views count by it."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

OUTSIDE = "outside"
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Kind = Literal["door", "mantrap", "turnstile", "revolving-door", "barrier"]  # ONVIF DoorType


class Area(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`parent`: the area it lies in; everybody in here is also there."""

    title: str = ""
    parent: str = ""
    capacity: int = 0  # 0: no limit
    antipassback: Literal["", "soft", "hard"] = ""
    reset: str = ""  # local HH:MM at which anti-passback is forgotten; empty: never by itself
    first_person: tuple[str, ...] = ()  # groups, one of which must be in before others may


class Door(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`from_area` → `to_area` is direction "in". Times are ONVIF Door's."""

    title: str = ""
    kind: Kind = "door"
    from_area: str = OUTSIDE
    to_area: str = "compound"
    credentials: tuple[str, ...] = ()  # that its reader takes; empty: not told
    open_s: Seconds = 30.0  # held open after so long
    prealarm_s: Seconds = 10.0  # said so long before
    grant_s: Seconds = 15.0  # a grant is good for so long; then it was not taken
    forced: bool = True  # an opening without a grant is forced
    counts: bool = False  # something counts passages here: more than grants is tailgating
    interlock: str = ""  # doors of one interlock: never two open
    command: str = ""  # MQTT topic that opens it; empty: cmd/{device}/open
    device: str = ""  # whose credential requests and openings these are; empty: any


class Zone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    purpose: Literal["fire-lane", "passage"] = "fire-lane"
    limit_s: Seconds = 120.0
    labels: tuple[str, ...] = ("car", "truck", "bus", "motorcycle", "e-bike")  # () is all


class Camera(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str = ""
    zones: Mapping[str, Zone] = {}


class Screening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body temperature: off unless somebody turns it on."""

    enabled: bool = False
    limit_cel: float = 37.3
    hold_s: Seconds = 1_800.0  # then the hold ends by itself


class Parking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    overstay_h: Mapping[str, float] = msgspec.field(
        default_factory=lambda: {"visitor": 24.0, "temporary": 12.0, "unknown": 4.0}
    )


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keys of doors and cameras are subjects without their kind: `south-gate`."""

    areas: Mapping[str, Area] = {}
    doors: Mapping[str, Door] = {}
    cameras: Mapping[str, Camera] = {}
    screening: Screening = Screening()
    parking: Parking = Parking()
    expect_s: Mapping[str, float] = {}  # device → within what something is heard of it

    def door(self, key: str) -> Door:
        """One that nobody described is like any other."""
        return self.doors.get(key, UNKNOWN_DOOR)

    def meant(self, key: str, device: str) -> str:
        """Key of the door that is meant: by its own name, else the only one of that device, so
        that a reader that speaks under its own name is heard of its door."""
        if key in self.doors:
            return key
        found = [name for name, one in self.doors.items() if one.device == device]
        return found[0] if len(found) == 1 else key

    def heeds(self, key: str, device: str) -> bool:
        """Whose word on a door counts: a described one's own device, if it names one. Whoever else
        can send could open it by knowing a card's number, or by pressing a button that is none."""
        named = self.door(key).device
        return not named or named == device


UNKNOWN_DOOR = Door()
NO_SITE = Site()
