"""Hours of the week against an oracle that walks the minutes."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy.document import Schedule
from core.policy.schedule import DAYS, compiled, holds, last_daily, span

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
WEEK = date(2026, 10, 19)  # a Monday; clocks change in Berlin on the 25th


def oracle(schedule: Schedule, first: date, days: int) -> set[datetime]:
    """Every minute of the wall clock that is on: each span walked from its beginning."""
    on: set[datetime] = set()
    for n in range(-1, days):
        day = first + timedelta(days=n)
        name = DAYS[day.weekday()]
        name = schedule.workdays.get(day.isoformat(), name)
        if day.isoformat() in schedule.holidays and day.isoformat() not in schedule.workdays:
            name = "holiday"
        for begin, end in schedule.weekly.get(name, ()):
            hour, minute = map(int, begin.split(":"))
            clock = datetime.combine(day, time(hour, minute))
            while True:
                on.add(clock)
                clock += timedelta(minutes=1)
                if f"{clock:%H:%M}" == end or (end == "24:00" and f"{clock:%H:%M}" == "00:00"):
                    break
    return on


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    weekly = {}
    for day in (*DAYS, "holiday"):
        marks = draw(st.lists(st.integers(0, 95), unique=True, max_size=4).map(sorted))
        marks = [mark * 15 for mark in marks[: len(marks) // 2 * 2]]
        text = [f"{mark // 60:02}:{mark % 60:02}" for mark in marks]
        pairs = list(zip(text[::2], text[1::2], strict=True))
        if len(text) > 1 and draw(st.booleans()):
            pairs = [*zip(text[1:-1:2], text[2:-1:2], strict=True), (text[-1], text[0])]
        elif draw(st.booleans()) and not pairs:
            pairs = [("00:00", "24:00")]
        weekly[day] = tuple(pairs)
    dates = [(WEEK + timedelta(days=n)).isoformat() for n in range(8)]
    return Schedule(
        weekly=weekly,
        holidays=tuple(draw(st.lists(st.sampled_from(dates), unique=True, max_size=3))),
        workdays=draw(st.dictionaries(st.sampled_from(dates), st.sampled_from(DAYS), max_size=2)),
    )


@given(schedules(), st.sampled_from(ZONES), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_agrees_with_the_oracle(schedule: Schedule, zone: str, random: Random) -> None:
    hours = compiled(schedule, ZoneInfo(zone))
    on = oracle(schedule, WEEK, 8)
    begin = datetime(2026, 10, 19, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for minute in range(random.randrange(5), 7 * 1440, 5):
        at = begin + timedelta(minutes=minute, seconds=random.randrange(60))
        wall = at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0, tzinfo=None, fold=0)
        assert holds(hours, at) == (wall in on), (wall, schedule)


def test_an_hour_shown_twice_counts_twice_and_one_left_out_not_at_all() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = compiled(Schedule(weekly={"sun": (("02:00", "03:00"),)}), berlin)
    october = datetime(2026, 10, 25, tzinfo=UTC)
    on = [m for m in range(0, 300, 10) if holds(hours, october + timedelta(minutes=m))]
    assert on == list(range(0, 120, 10))
    march = datetime(2026, 3, 29, tzinfo=UTC)
    assert not any(holds(hours, march + timedelta(minutes=m)) for m in range(0, 300, 10))


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(weekly={"mon": (("08:00", "08:00"),)}),
        Schedule(weekly={"mon": (("24:00", "08:00"),)}),
        Schedule(weekly={"mon": (("08:00", "12:00"), ("11:59", "13:00"))}),
        Schedule(weekly={"mon": (("22:00", "09:00"), ("08:00", "12:00"))}),
        Schedule(weekly={"mon": (("8:00", "12:00"),)}),
        Schedule(weekly={"mon": (("08:00", "25:00"),)}),
        Schedule(weekly={"monday": (("08:00", "12:00"),)}),
        Schedule(weekly={}, holidays=("2026-02-30",)),
        Schedule(weekly={}, workdays={"2026-02-28": "holiday"}),
    ],
)
def test_refused(schedule: Schedule) -> None:
    with pytest.raises(ValueError, match=r"."):
        compiled(schedule, UTC)


def test_spans_that_touch_are_fine() -> None:
    both = Schedule(weekly={"mon": (("08:00", "12:00"), ("12:00", "24:00"))})
    assert compiled(both, UTC).spans[0] == ((480, 720), (720, 1440))
    assert span("22:00", "06:00") == (1320, 1800)


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_outside_of_all_calendars_nothing_is_on(at: datetime) -> None:
    always = compiled(
        Schedule(weekly=dict.fromkeys(DAYS, (("00:00", "24:00"),))), ZoneInfo("America/New_York")
    )
    east = compiled(
        Schedule(weekly=dict.fromkeys(DAYS, (("00:00", "24:00"),))), ZoneInfo("Asia/Shanghai")
    )
    answers = {holds(always, at), holds(east, at)}
    assert False in answers


def test_last_time_the_clock_showed_four() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    at = datetime(2026, 3, 2, 4, 0, tzinfo=zone)
    assert last_daily("04:00", zone, at) == at
    assert last_daily("04:00", zone, at - timedelta(seconds=1)) == at - timedelta(days=1)
    assert last_daily("04:00", zone, at + timedelta(hours=23)) == at
    assert last_daily("04:00", zone, datetime.min.replace(tzinfo=UTC)).year == 1
