"""How full a bin is: by the profile that was in force, whenever that was entered."""

import itertools
from datetime import timedelta

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events import register
from core.events import waste as w
from projections.waste_sorting import readings
from projections.waste_sorting.rows import Bin, Level, Profile
from tests.fix_views import NOON, Folded, minutes

BIN = "bin/a01-food"


def bin_(waste: Folded) -> Bin:
    return waste.row("bin", BIN, Bin)


def entry(
    empty: int,
    full: int,
    *,
    hours: float = 0,
    profile: int = 2,
    compound: str = "c01",
    category: w.Category | None = None,
    point: str = "",
) -> Data:
    return register.BinEntered(
        compound=compound,
        valid_from=rfc3339(NOON + timedelta(hours=hours)),
        empty_mm=empty,
        full_mm=full,
        profile=profile,
        category=category,
        point=point,
    )


def test_a_reading_before_any_profile_is_a_distance_only(waste: Folded) -> None:
    waste.say(w.LevelMeasured(distance_mm=540), BIN, at=NOON - minutes(1))
    waste.say(w.BinProfiled(empty_mm=900, full_mm=180), BIN, at=NOON)
    row = bin_(waste)
    assert (row.fill, row.distance_mm, row.empty_mm) == (None, 540, 0)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_profile_that_comes_later_holds_from_when_it_says(
    order: tuple[int, ...], waste: Folded
) -> None:
    """The sensor was mounted higher an hour before the reading; the pad told so the day after."""
    day = timedelta(days=1)
    facts = (
        (w.BinProfiled(empty_mm=900, full_mm=180, profile=1), NOON - day, "pad"),
        (w.LevelMeasured(distance_mm=540), NOON, "sensor"),
        (
            w.BinProfiled(
                empty_mm=1_080, full_mm=180, profile=2, valid_from=rfc3339(NOON - minutes(60))
            ),
            NOON + day,
            "office",
        ),
    )
    for number in order:
        data, at, gateway = facts[number]
        waste.say(data, BIN, at=at, gateway=gateway)
    row = bin_(waste)
    assert (row.fill, row.profile, row.empty_mm) == (0.6, 2, 1_080)


def test_a_profile_of_tomorrow_waits_for_tomorrows_reading(waste: Folded) -> None:
    waste.say(w.BinProfiled(empty_mm=900, full_mm=180), BIN)
    waste.say(entry(1_080, 180, hours=24), BIN, gateway="hub")
    waste.say(w.LevelMeasured(distance_mm=540), BIN, at=NOON + minutes(5))
    assert (bin_(waste).fill, bin_(waste).empty_mm) == (0.5, 900)
    waste.say(w.LevelMeasured(distance_mm=540), BIN, at=NOON + timedelta(hours=25))
    assert (bin_(waste).fill, bin_(waste).empty_mm, bin_(waste).profile) == (0.6, 1_080, 2)


def test_of_two_for_one_moment_the_one_told_later_stands(waste: Folded) -> None:
    waste.say(entry(900, 180, profile=3), BIN, gateway="hub", at=NOON + minutes(9))
    waste.say(entry(700, 180, profile=2), BIN, gateway="hub-2", at=NOON + minutes(8))
    waste.say(w.LevelMeasured(distance_mm=540), BIN, at=NOON + minutes(10))
    assert (bin_(waste).profile, bin_(waste).fill) == (3, 0.5)


def test_a_profile_whose_time_is_none_holds_from_when_it_was_told(waste: Folded) -> None:
    waste.say(w.BinProfiled(empty_mm=900, full_mm=180, valid_from="next week"), BIN)
    waste.say(w.LevelMeasured(distance_mm=540), BIN, at=NOON - minutes(1))
    assert bin_(waste).fill is None
    waste.say(w.LevelMeasured(distance_mm=540), BIN, at=NOON)
    assert bin_(waste).fill == 0.5


def test_the_register_says_where_a_bin_stands_and_devices_do_not(waste: Folded) -> None:
    waste.say(w.BinProfiled(empty_mm=900, full_mm=180, category="food", point="a01"), BIN)
    waste.say(entry(0, 0, category="residual", point="b02"), BIN, gateway="hub")
    waste.say(w.TagAssigned(uid_hex="0A", category="hazardous", point="z"), BIN)
    row = bin_(waste)
    assert (row.category, row.point, row.ended) == ("residual", "b02", False)
    assert (row.empty_mm, row.full_mm) == (900, 180), "an entry without a depth says none"


def test_an_entry_of_another_compound_is_none_of_ours(waste: Folded) -> None:
    waste.say(entry(900, 180, compound="c02"), BIN, gateway="hub")
    assert waste.keys("bin") == []
    assert waste.keys("profile") == []


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("end", [w.BinScrapped(), register.EntryEnded(kind="bin", valid_from="")])
def test_a_bin_that_was_given_up(end: Data, late: bool, waste: Folded) -> None:
    """Whether where it stood is entered before or behind that."""
    told = [entry(900, 180, hours=-1, point="b02"), end]
    for data in reversed(told) if late else told:
        waste.say(data, BIN, gateway="hub")
    assert (bin_(waste).ended, bin_(waste).point) == (True, "b02")
    waste.say(entry(900, 180, hours=1), BIN, gateway="hub")
    assert not bin_(waste).ended, "entered again"


def test_a_route_that_ends_is_no_bin(waste: Folded) -> None:
    waste.say(register.EntryEnded(kind="route", valid_from=rfc3339(NOON)), "route/r1")
    assert waste.keys("bin") == []


def test_what_is_kept_of_a_bin_is_bounded(waste: Folded) -> None:
    for hour in range(200):
        at = NOON + timedelta(hours=hour)
        waste.say(w.LevelMeasured(distance_mm=100 + hour), BIN, at=at)
        waste.say(w.BinProfiled(empty_mm=900, full_mm=hour), BIN, at=at)
        waste.say(w.BinCollected(net_g=1), BIN, at=at)
        waste.say(w.DepositRecorded(category="food", bin="a01-food"), "point/a01", at=at)
    level, profile = waste.row("level", BIN, Level), waste.row("profile", BIN, Profile)
    assert len(level.readings) == 48 * 8
    assert (len(level.lifts), len(level.used), len(profile.geometries)) == (6, 24, 8)


# --- what is kept ---------------------------------------------------------------------------------


def kept(*told: tuple[int, int]) -> list[tuple[int, int]]:
    """Minutes and millimetres, of those that came in this order."""
    window = b""
    for minute, mm in told:
        last, _ = readings.newest(window)
        window = readings.with_reading(window, last, minute, mm, None)
    return [(one.minute, one.mm) for one in readings.unpacked(window)]


def test_of_an_hour_the_newest_is_kept_and_of_a_minute_what_came_last() -> None:
    late = [(600, 1), (30, 2), (20, 3), (30, 4)]
    assert kept(*late) == [(30, 4), (600, 1)]
    assert kept((20, 3), (30, 2), (30, 4), (600, 1)) == [(30, 4), (600, 1)]


def test_what_comes_late_makes_it_no_more_than_are_kept() -> None:
    hours = [(60 * hour, hour) for hour in range(1, readings.KEEP + 2)]
    late = [*hours[1:24], *hours[25:], hours[0], hours[24]]
    assert kept(*late) == hours[1:]
