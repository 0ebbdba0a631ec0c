"""Figures and times as people read them. Times are China's, which has one zone."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from core.clock import parse_rfc3339
from projections.window import CHINA

NONE = "–"


@lru_cache(maxsize=1 << 15)  # the same rows are looked at several times a second
def moment(text: str) -> datetime | None:
    """None for an empty or unreadable time: a screen does not fall over a device's clock."""
    try:
        return parse_rfc3339(text).astimezone(CHINA)
    except (ValueError, OverflowError):
        return None


def clock(text: str, now: datetime) -> str:
    """Time of day for today, with the date for any other day."""
    at = moment(text)
    return clock_of(at, now) if at else text or NONE


def short(text: str, now: datetime) -> str:
    """Like `clock`, to the minute."""
    shown = clock(text, now)
    return shown[:5] if len(shown) == 8 else shown


def clock_of(at: datetime, now: datetime) -> str:
    local, today = at.astimezone(CHINA), now.astimezone(CHINA)
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if local.year == today.year:
        return f"{local:%m-%d %H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def latest(texts: Iterable[str]) -> str:
    """The newest of some times, whatever their offsets; empty if there is none."""
    known = [(at, text) for text in texts if (at := moment(text))]
    return max(known)[1] if known else ""


def milliseconds(text: str) -> str:
    """Unix time in ms, for the browser to count ages from; empty if there is none."""
    at = moment(text)
    return str(round(at.timestamp() * 1000)) if at else ""


def mass(grams: int | None) -> str:
    if grams is None:
        return NONE
    if abs(grams) >= 1_000_000:
        return f"{grams / 1_000_000:,.2f} t"
    return f"{grams / 1000:,.1f} kg"


def exact(grams: int | None) -> str:
    """Every gram of it: what stands on a ticket is compared with the ticket."""
    if grams is None:
        return NONE
    return f"{grams / 1000:,.{3 if grams % 100 else 1}f} kg"


def kilograms(grams: int) -> str:
    """Without the unit: a heading says it."""
    return f"{grams / 1000:,.1f}"


def rounded(grams: int) -> str:
    """Three digits, where there is no room for more."""
    tonnes = abs(grams) / 1_000_000
    if tonnes >= 1:
        return f"{grams / 1_000_000:,.{0 if tonnes >= 100 else 1}f} t"
    return f"{grams / 1000:,.{0 if tonnes >= 0.1 else 1}f} kg"


def percent(fraction: float | None) -> str:
    return NONE if fraction is None else f"{fraction * 100:.0f}%"


def share(part: int, whole: int) -> str:
    """Signed and finer than `percent`: a gap is a small part, and may lie below nothing."""
    return f"{100 * part / whole:+.2f}%" if whole else NONE


def count(number: int) -> str:
    return f"{number:,}"


def size(octets: int) -> str:
    for least, unit in ((1e9, "GB"), (1e6, "MB")):
        if octets >= least:
            return f"{octets / least:.1f} {unit}"
    return f"{octets / 1e3:.1f} kB" if octets else NONE


def seconds(value: float) -> str:
    """A duration: 0.4 s, 12 s, 5 min, 3 h, 2 d."""
    for limit, unit, name in ((86_400, 86_400, "d"), (3600, 3600, "h"), (120, 60, "min")):
        if value >= limit:
            return f"{value / unit:.0f} {name}"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
