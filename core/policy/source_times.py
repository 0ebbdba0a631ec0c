"""Dates and times as an office writes them, into RFC 3339."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from core.clock import rfc3339
from core.policy.findings import Findings

_REMEDY = "Write 2026-12-31, 2026-12-31 18:00 or 2026-12-31T18:00:00+08:00."
_LONGEST = 366  # days of one range of holidays


def moment(found: Findings, key: str, value: Any, zone: tzinfo, *, last: bool = False) -> str:
    """A day alone is the beginning of that day; as a `last` one it counts in full. Empty stays
    empty, what cannot be read too."""
    if value == "":
        return ""
    try:
        when = _parsed(value)
        if not isinstance(when, datetime):
            day = when + timedelta(days=1) if last else when
            when = datetime(day.year, day.month, day.day, tzinfo=zone)
        elif when.tzinfo is None:
            when = when.replace(tzinfo=zone)
        when.astimezone(UTC)  # beyond year 1 or 9999
        return rfc3339(when)
    except (ValueError, OverflowError):
        found.error(key, "is no date", _REMEDY)
        return ""


def window(found: Findings, key: str, begin: Any, end: Any, zone: tzinfo) -> tuple[str, str]:
    first = moment(found, f"{key}.valid_from", begin, zone)
    last = moment(found, f"{key}.valid_to", end, zone, last=True)
    if first and last and datetime.fromisoformat(first) >= datetime.fromisoformat(last):
        found.error(f"{key}.valid_to", "lies before valid_from", "Correct one of the two.")
    return first, last


def narrowed(one: tuple[str, str], other: tuple[str, str]) -> tuple[str, str] | None:
    """What both windows have in common, never more than either; None: nothing."""
    begin = max((t for t in (one[0], other[0]) if t), key=datetime.fromisoformat, default="")
    end = min((t for t in (one[1], other[1]) if t), key=datetime.fromisoformat, default="")
    if begin and end and datetime.fromisoformat(begin) >= datetime.fromisoformat(end):
        return None
    return begin, end


def days(found: Findings, key: str, values: Any) -> Iterator[str]:
    """Dates of a list; "2026-10-01..2026-10-07" is seven of them."""
    for value in values if isinstance(values, list | tuple) else [values]:
        try:
            first, _, last = str(value).partition("..")
            day, end = (
                date.fromisoformat(first.strip()),
                date.fromisoformat((last or first).strip()),
            )
            if not 0 <= (end - day).days < _LONGEST:
                raise ValueError
        except ValueError:
            found.error(key, f"{str(value)[:40]!r} is no date", "Write 2026-10-01 or a range "
                        "2026-10-01..2026-10-07 of at most a year.")  # fmt: skip
            continue
        yield from (date.fromordinal(one).isoformat()
                    for one in range(day.toordinal(), end.toordinal() + 1))  # fmt: skip


def _parsed(value: Any) -> date | datetime:
    if isinstance(value, date):  # and so a datetime
        return value
    if not isinstance(value, str):
        raise ValueError(value)
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
