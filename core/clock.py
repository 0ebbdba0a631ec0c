"""Wall clock, passed in. Nobody else asks the operating system for the time of day."""

import re
from datetime import UTC, datetime
from typing import Protocol

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Clock(Protocol):
    def now(self) -> datetime:
        """The gateway's or hub's own time, aware, UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """RFC 3339 with milliseconds; UTC is written `Z`, any other offset is kept."""
    text = moment.isoformat(timespec="milliseconds")
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def parse_rfc3339(text: str) -> datetime:
    """Inverse of `rfc3339` for any RFC 3339 §5.6 date-time; what is finer than a microsecond
    is cut. ValueError for anything else ISO 8601 allows, a missing zone, an impossible date."""
    if len(text) == 24 and text[23] == "Z" and text[4::3][:5] == "--T::" and text[19] == ".":
        return datetime.fromisoformat(text)  # as `rfc3339` writes it; half the time
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text[:40]!r}")
    day, clock, fraction, zone = match.groups()
    return datetime.fromisoformat(f"{day}T{clock}.{fraction or '0':0<6}{zone.upper()}")
