"""China's days and hours as milliseconds: one zone without summer time, so plain arithmetic."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

DAY_MS = 86_400_000
_ZONE_MS = 8 * 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def number(ms: int) -> int:
    """Days since 1970 of the day in China."""
    return (ms + _ZONE_MS) // DAY_MS


def started(number: int) -> int:
    """When the day of that number began."""
    return number * DAY_MS - _ZONE_MS


def day_of(ms: int) -> str:
    """YYYY-MM-DD in China of a moment."""
    return _named(number(ms))


@lru_cache(maxsize=4096)
def start_of(day: str) -> int:
    """Its midnight. ValueError when it is no date."""
    moment = datetime.fromisoformat(f"{day}T00:00:00+08:00")
    return round((moment - _EPOCH) / timedelta(milliseconds=1))


def at(day: str, clock: str) -> int:
    """`clock`: HH:MM."""
    return start_of(day) + (int(clock[:2]) * 60 + int(clock[3:5])) * 60_000


def next_day(day: str) -> str:
    return day_of(start_of(day) + DAY_MS)


def previous_day(day: str) -> str:
    return day_of(start_of(day) - DAY_MS)


@lru_cache(maxsize=4096)
def weekday(day: str) -> int:
    """ISO 8601: Monday is 1."""
    return datetime.fromisoformat(day).isoweekday()


def days(since: str, until: str) -> tuple[str, ...]:
    """Both included; empty when the one is after the other."""
    first, last = start_of(since), start_of(until)
    return tuple(day_of(ms) for ms in range(first, last + 1, DAY_MS))


def month_days(month: str) -> tuple[str, ...]:
    """Of YYYY-MM."""
    first = f"{month}-01"
    found = [first]
    while (following := next_day(found[-1])).startswith(month):
        found.append(following)
    return tuple(found)


@lru_cache(maxsize=4096)
def _named(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).strftime("%Y-%m-%d")
