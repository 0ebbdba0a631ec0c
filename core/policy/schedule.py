"""Hours of the week in local time. A span belongs to the day it begins on: one that runs past
midnight goes on into a holiday, and one of a holiday into the day after.

A span is half open: 08:00-18:00 begins with 08:00:00 and is over at 18:00:00. What counts is what
a clock on the wall shows, so where clocks change, an hour shown twice counts twice.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

import msgspec

from core.policy.document import Schedule

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_DAY_MINUTES = 1440
Span = tuple[int, int]  # minutes from its day's midnight; past midnight the end is over 1,440


class Hours(msgspec.Struct, frozen=True, gc=False):
    """A schedule ready to be asked: spans by the day of the week (seventh: holiday), and the dates
    (as ordinals) that have another day's spans."""

    spans: tuple[tuple[Span, ...], ...]
    dates: Mapping[int, int]
    zone: tzinfo


def minutes(text: str) -> int:
    """Of the day; ValueError when it is no HH:MM."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("is no time of day; write HH:MM, 00:00 to 24:00")
    return _DAY_MINUTES if match[1] is None else int(match[1]) * 60 + int(match[2])


def span(begin: str, end: str) -> Span:
    """ValueError when it is empty."""
    first, last = minutes(begin), minutes(end)
    if first in (last, _DAY_MINUTES):
        raise ValueError(f"{begin}-{end} is empty; the whole day is 00:00-24:00")
    return first, last if last > first else last + _DAY_MINUTES


def compiled(schedule: Schedule, zone: tzinfo) -> Hours:
    """ValueError for days, times or dates that are none, and for spans that overlap."""
    found: dict[str, tuple[Span, ...]] = {}
    for day, pairs in schedule.weekly.items():
        if day not in DAYS and day != HOLIDAY:
            raise ValueError(f"{day!r} is no day; use {' '.join(DAYS)} or {HOLIDAY}")
        spans = tuple(sorted(span(*pair) for pair in pairs))
        for (_, end), (begin, _) in pairwise(spans):
            if begin < end:
                raise ValueError(f"{day}: two spans overlap")
        if spans and spans[-1][1] - _DAY_MINUTES > spans[0][0]:
            raise ValueError(f"{day}: a span runs past midnight for more than a day's round")
        found[day] = spans
    dates = {date.fromisoformat(day).toordinal(): 7 for day in schedule.holidays}
    for day, instead in schedule.workdays.items():
        if instead not in DAYS:
            raise ValueError(f"{day}: {instead!r} is no day of the week")
        dates[date.fromisoformat(day).toordinal()] = DAYS.index(instead)
    return Hours(tuple(found.get(day, ()) for day in (*DAYS, HOLIDAY)), dates, zone)


def holds(hours: Hours, at: datetime) -> bool:
    """Whether the schedule is on at that moment; outside of all calendars it is not."""
    try:
        local = at.astimezone(hours.zone)
    except (OverflowError, ValueError):
        return False
    today = local.toordinal()
    minute = local.hour * 60 + local.minute
    return _within(hours, today, minute) or _within(hours, today - 1, minute + _DAY_MINUTES)


def _within(hours: Hours, ordinal: int, minute: int) -> bool:
    day = hours.dates.get(ordinal, (ordinal + 6) % 7)
    return any(begin <= minute < end for begin, end in hours.spans[day])


def last_daily(clock: str, zone: tzinfo, at: datetime) -> datetime:
    """When the wall clock last showed this time of day; UTC. The beginning of time where that
    is outside of all calendars."""
    minute = minutes(clock) % _DAY_MINUTES
    try:
        local = at.astimezone(zone)
        then = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0, fold=0)
        if then.astimezone(UTC) > at:
            then = (then.replace(tzinfo=None) - timedelta(days=1)).replace(tzinfo=zone)
        return then.astimezone(UTC)
    except (OverflowError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
