"""The location report (0x0200) and its items, as numbers with units. Pure."""

from datetime import datetime, timedelta, timezone

import msgspec

from core.errors import Undecodable

GMT8 = timezone(timedelta(hours=8))  # of all times in this protocol, wherever the vehicle is
_FIXED = 28
_POSITIONED, _SOUTH, _WEST = 1 << 1, 1 << 2, 1 << 3


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """WGS-84 degrees, metres, km/h, degrees clockwise from north, kilometres, litres.

    `lat` and `lon` are magnitudes, as the protocol writes them: see `signed`."""

    alarm: int
    status: int
    lat: float
    lon: float
    altitude: int
    speed: float
    heading: int
    time: str  # RFC 3339; empty where the terminal has no clock yet
    mileage: float | None = None
    fuel: float | None = None

    @property
    def positioned(self) -> bool:
        """Zero in both is in the sea off Africa, and what a receiver without a fix fills in."""
        return bool(self.status & _POSITIONED) and (self.lat, self.lon) != (0, 0)

    def signed(self) -> tuple[float, float]:
        """With the hemisphere its status tells: south and west are negative."""
        south, west = self.status & _SOUTH, self.status & _WEST
        return -self.lat if south else self.lat, -self.lon if west else self.lon


def read(body: bytes) -> Location:
    """Undecodable("malformed") when it is too short, "field" for a place that is none,
    "time" for a date that is none."""
    if len(body) < _FIXED:
        raise Undecodable("malformed", f"a location of {len(body)} bytes, {_FIXED} at least")
    status = _number(body, 4, 4)
    lat, lon = _number(body, 8, 4) / 1e6, _number(body, 12, 4) / 1e6
    if status & _POSITIONED and (lat > 90 or lon > 180):
        raise Undecodable("field", "latitude or longitude beyond the globe")
    altitude = _number(body, 16, 2)
    items = _items(body[_FIXED:])
    mileage, fuel = items.get(0x01, b""), items.get(0x02, b"")
    return Location(
        alarm=_number(body, 0, 4),
        status=status,
        lat=lat,
        lon=lon,
        altitude=altitude - 65_536 if altitude & 0x8000 else altitude,  # terminals below the sea
        speed=_number(body, 18, 2) / 10,
        heading=_number(body, 20, 2) % 360,
        time=_time(body[22:_FIXED]),
        mileage=int.from_bytes(mileage, "big") / 10 if len(mileage) == 4 else None,
        fuel=int.from_bytes(fuel, "big") / 10 if len(fuel) == 2 else None,
    )


def batch(body: bytes) -> tuple[bool, list[bytes]]:
    """Of 0x0704: whether these come from a blind area, and the bodies of its reports."""
    if len(body) < 3:
        raise Undecodable("malformed", "a batch of locations without its head")
    told, kind, at = _number(body, 0, 2), body[2], 3
    made: list[bytes] = []
    while at + 2 <= len(body) and len(made) < told:
        length = _number(body, at, 2)
        one = body[at + 2 : at + 2 + length]
        if len(one) != length:
            break
        made.append(one)
        at += 2 + length
    if len(made) != told or at != len(body):
        raise Undecodable("malformed", f"a batch that says {told} locations and holds {len(made)}")
    return kind == 1, made


def _number(body: bytes, at: int, width: int) -> int:
    return int.from_bytes(body[at : at + width], "big")


def _items(rest: bytes) -> dict[int, bytes]:
    """Id, length, value; unknown ones are skipped by their length. What is cut short ends it:
    the report itself stands without."""
    made: dict[int, bytes] = {}
    at = 0
    while at + 2 <= len(rest):
        length = rest[at + 1]
        value = rest[at + 2 : at + 2 + length]
        if len(value) == length:
            made[rest[at]] = value
        at += 2 + length
    return made


def _time(bcd: bytes) -> str:
    digits = bcd.hex()
    if not digits.strip("0"):
        return ""
    try:
        if not digits.isdecimal():
            raise ValueError
        told = datetime.strptime(f"20{digits}+0800", "%Y%m%d%H%M%S%z")
    except ValueError as error:
        raise Undecodable("time", "not a date and time in decimal digits") from error
    return told.astimezone(GMT8).isoformat()
