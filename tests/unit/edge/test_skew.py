"""Clocks that cannot be right: at once when absurd, by their steadiness when only slow."""

from datetime import datetime, timedelta

import pytest

from edge.skew import SkewWatch
from tests.fix_core import START

MINUTE = timedelta(minutes=1)


def lagging(watch: SkewWatch, lags: list[timedelta], every: timedelta) -> list[int]:
    """Milliseconds told, of messages that come `every` so often and lag by these."""
    told = []
    for index, lag in enumerate(lags):
        now = START + index * every
        found = watch.look("door-07", now - lag, now)
        told += [found.skew_ms] if found else []
    return told


@pytest.mark.parametrize("year", [1970, 2000, 2024, 2036, 2090])
def test_a_clock_beyond_belief_is_told_at_once(year: int) -> None:
    told = START.replace(year=year)
    found = SkewWatch().look("door-07", told, START)
    assert found is not None
    assert found.skew_ms == round((told - START) / timedelta(milliseconds=1))


def test_punctual_clocks_are_nothing_to_tell() -> None:
    watch = SkewWatch()
    assert lagging(watch, [timedelta(seconds=1), MINUTE, -4 * MINUTE] * 5, MINUTE) == []
    assert watch.devices == 0


@pytest.mark.parametrize("lag", [11 * MINUTE, timedelta(hours=1), timedelta(days=30)])
def test_a_slow_clock_is_told_once_it_has_been_steady(lag: timedelta) -> None:
    watch = SkewWatch()
    told = lagging(watch, [lag, lag + timedelta(seconds=20), lag, lag, lag], MINUTE)
    assert told == [-lag // timedelta(milliseconds=1)]
    assert watch.devices == 1


def test_a_backlog_that_arrives_at_once_is_no_slow_clock() -> None:
    lags = [timedelta(hours=3) - index * timedelta(seconds=1) for index in range(50)]
    assert lagging(SkewWatch(), lags, timedelta(milliseconds=20)) == []


def test_a_backlog_that_drains_slowly_is_no_slow_clock() -> None:
    """Recorded each minute for five hours, delivered ten a second."""
    lags = [timedelta(hours=5) - index * MINUTE for index in range(290)]
    assert lagging(SkewWatch(), lags, timedelta(milliseconds=500)) == []


def test_one_punctual_message_begins_the_count_anew() -> None:
    hour = timedelta(hours=1)
    assert lagging(SkewWatch(), [hour, hour, timedelta(), hour, hour], MINUTE) == []


def test_told_again_after_an_hour() -> None:
    watch, later = SkewWatch(), START + timedelta(hours=2)
    absurd = datetime(2000, 1, 1, tzinfo=START.tzinfo)
    assert watch.look("door-07", absurd, START)
    assert watch.look("door-07", absurd, START + MINUTE) is None
    assert watch.look("door-07", absurd, later)


def test_one_that_stands_still_later_is_taken_for_no_slower() -> None:
    """What it tells, put right by what was found, stays one moment: by that it is known."""
    watch, hour = SkewWatch(), timedelta(hours=1)
    lagging(watch, [hour] * 4, MINUTE)
    begin = START + 4 * MINUTE
    moments = set()
    for seconds in range(0, 300, 10):
        assert watch.look("door-07", begin - hour, begin + timedelta(seconds=seconds)) is None
        moments.add(begin - hour + watch.behind("door-07"))
    assert moments == {begin}
