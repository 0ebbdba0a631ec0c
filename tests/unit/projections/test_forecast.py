"""When a bin will be full, and how far such forecasts were off."""

import itertools
import random
from datetime import timedelta

import pytest

from core.events import waste as w
from projections.waste_sorting.forecast import Fill, Forecast, forecast, forecasts, of_fills
from projections.waste_sorting.view import WASTE_SORTING
from tests.fix_views import NOON, Folded

BIN = "bin/a01-food"
HOUR = 60
START = 29_700_000 // 1440 * 1440  # a midnight of UTC


def steady(hours: int, per_hour: float, *, since: float = 0.0) -> list[Fill]:
    return [
        Fill(START + hour * HOUR, min(1.0, since + hour * per_hour)) for hour in range(hours + 1)
    ]


def made(fills: list[Fill], *lifts: int) -> Forecast:
    return of_fills(BIN, fills, lifts)


def test_a_bin_that_fills_steadily() -> None:
    found = made(steady(20, 0.025))
    assert found.fill == pytest.approx(0.5)
    assert found.hours == pytest.approx(20, abs=0.1)
    assert found.per_day == pytest.approx(0.6)
    assert found.pace == 1.0
    assert (found.error_points, found.error_h, found.tested) == (0.0, 0.0, 10)


def test_one_wild_reading_moves_it_little() -> None:
    fills = steady(20, 0.025)
    fills[8] = Fill(fills[8].minute, 0.36)
    assert made(fills).hours == pytest.approx(20, abs=1.5)


def test_days_are_busy_and_nights_are_not() -> None:
    """The rate of the hours ahead counts, not the one of the hours behind."""
    level, fills = 0.0, [Fill(START, 0.0)]
    for hour in range(1, 5 * 24):
        local = (hour - 1 + 8) % 24
        level += 0.04 if 8 <= local < 20 else 0.0
        if local == 7:
            level = 0.0
        fills.append(Fill(START + hour * HOUR, level))
    evening = [one for one in fills if one.minute <= START + (4 * 24 + 9) * HOUR]  # 17:00
    assert evening[-1].fill == pytest.approx(0.36)
    assert made(evening).hours == pytest.approx(3 + 12 + 12 + 12 + 1, abs=0.5), (
        "two nights lie between"
    )


def test_the_present_cycle_is_faster_than_usual() -> None:
    now = [Fill(START + (96 + hour) * HOUR, hour * 0.04) for hour in range(10)]
    found = made([*emptied_daily(), *now])
    assert found.pace > 1.5
    assert found.hours is not None
    assert found.hours < (1 - found.fill) / 0.03


def emptied_daily() -> list[Fill]:
    return [
        Fill(START + (day * 24 + hour) * HOUR, hour * 0.02)
        for day in range(4)
        for hour in range(24)
    ]


@pytest.mark.parametrize(("hours", "pace"), [(1.5, 1.0), (2, 1.2)])
def test_the_less_is_known_of_a_cycle_the_less_is_made_of_its_pace(
    hours: float, pace: float
) -> None:
    """It fills twice as fast; of less than two hours nothing is made at all."""
    now = START + 96 * HOUR
    fills = [*emptied_daily(), Fill(now, 0.0), Fill(now + round(hours * HOUR), hours * 0.04)]
    assert made(fills).pace == pytest.approx(pace, abs=0.05)


def test_hours_that_are_hardly_known_are_like_the_others() -> None:
    """Of the afternoon one hour was seen, in which somebody moved house."""
    found = made([*steady(4, 0.02), Fill(START + 5 * HOUR, 0.38)])
    assert found.hours is not None
    assert found.hours > 4


@pytest.mark.parametrize("lifts", [(), (START + 30,)])
def test_what_was_emptied_begins_anew(lifts: tuple[int, ...]) -> None:
    """By the drop, and where it dropped little by the lift."""
    drop = 0.5 if not lifts else 0.2
    fills = [Fill(START, drop), *(Fill(START + HOUR * n, n * 0.05) for n in range(1, 7))]
    assert of_fills(BIN, fills, lifts).per_day == pytest.approx(1.2, abs=0.01)


def test_nothing_to_tell() -> None:
    assert made(steady(0, 0.1)).hours is None, "one reading has no slope"
    flat = made(steady(10, 0.0, since=0.4))
    assert (flat.hours, flat.full_at) == (None, "")
    slow = made(steady(20, 0.0005))
    assert slow.hours is None, "beyond two weeks"
    full = made(steady(12, 0.1))
    assert (full.hours, full.full_at) == (0.0, full.at)


def test_its_errors_are_those_it_made() -> None:
    """A bin that begins to fill twice as fast: what was said before was wrong by that much."""
    fills = steady(12, 0.02)
    fills += [Fill(START + (12 + n) * HOUR, 0.24 + n * 0.04) for n in range(1, 10)]
    found = made(fills)
    assert found.error_points is not None
    assert found.error_h is not None
    assert 5 < found.error_points < 25
    assert found.error_h > 1
    assert 0 < found.tested <= 10


def test_no_forecast_is_looked_at_across_a_lift() -> None:
    fills = [Fill(START + n * 5 * HOUR, (n % 2) * 0.4) for n in range(12)]
    assert made(fills).tested == 0


# --- of a folded bin ---------------------------------------------------------------------------


def filled(waste: Folded, order: tuple[int, ...] = (0, 1)) -> None:
    def profiled() -> None:
        data = w.BinProfiled(empty_mm=1_000, full_mm=100)
        waste.say(data, BIN, gateway="pad", at=NOON - timedelta(days=9))

    def read() -> None:
        for hour in range(10):
            data = w.LevelMeasured(distance_mm=1_000 - 45 * hour)
            waste.say(data, BIN, at=NOON + timedelta(hours=hour))

    for number in order:
        (profiled, read)[number]()


def test_it_is_shown_beside_the_bins(waste: Folded) -> None:
    filled(waste)
    (shown,) = WASTE_SORTING.present(waste.state.rows("c01"))["forecasts"]
    assert (shown["subject"], shown["fill"], shown["hours"]) == (BIN, 0.45, 11.0)
    assert shown["fullAt"] == "2026-11-21T00:00:00.000Z"
    assert (shown["errorPoints"], shown["tested"]) == (None, 0), "nothing came so long after"


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_a_profile_that_comes_later_gives_the_same(order: tuple[int, ...], waste: Folded) -> None:
    filled(waste, order)
    found = forecast(waste.state.rows("c01"), BIN)
    assert found is not None
    assert found.hours == 11.0


def test_none_of_a_sensor_that_is_not_believed(waste: Folded) -> None:
    filled(waste)
    waste.say(w.LevelMeasured(position="tilt"), BIN, at=NOON + timedelta(hours=11))
    assert forecasts(waste.state.rows("c01")) == []


def test_none_without_a_profile(waste: Folded) -> None:
    waste.say(w.LevelMeasured(distance_mm=500), BIN)
    assert forecast(waste.state.rows("c01"), BIN) is None


@pytest.mark.parametrize("seed", range(20))
def test_whatever_was_measured_it_stays_in_bounds(seed: int) -> None:
    rnd = random.Random(seed)
    minute, fills = START, []
    for _ in range(rnd.randint(1, 48)):
        minute += rnd.choice((1, 60, 300, 3_000))
        fills.append(Fill(minute, round(rnd.random(), 3)))
    found = made(fills, *sorted(rnd.randrange(START, minute + 1) for _ in range(4)))
    assert found.hours is None or 0 <= found.hours <= 336
    assert 0.5 <= found.pace <= 2.0
    assert found.error_points is None or 0 <= found.error_points <= 100


# --- bins of whose lifts nobody tells, and errors that are honest ---------------------------------


def test_a_bin_that_is_full_flatters_no_error() -> None:
    """What stays full is easily foretold."""
    uneven = [0.0, 0.02, 0.3, 0.32, 0.35, 0.6, 0.61, 0.62, 0.9, 0.91, 0.92, 0.93]
    fills = [Fill(START + n * HOUR, fill) for n, fill in enumerate(uneven)]
    honest = made(fills)
    assert honest.error_points is not None
    assert honest.error_points > 1
    last = fills[-1].minute
    full = [*fills, *(Fill(last + n * HOUR, 1.0) for n in range(1, 40))]
    found = made(full)
    assert found.error_points is not None
    assert found.error_points > 1
    assert found.hours == 0.0


def test_a_bin_that_was_never_anything_but_full_shows_no_error() -> None:
    found = made(steady(30, 0.0, since=1.0))
    assert (found.hours, found.error_points, found.error_h, found.tested) == (0.0, None, None, 0)


@pytest.mark.parametrize("most", [0.2, 0.8])
def test_emptied_each_night_by_a_truck_that_is_not_known_here(most: float) -> None:
    """Lifts that are told under another compound are seen by the level alone."""
    fills = [
        Fill(START + (day * 24 + hour) * HOUR, round(most * hour / 20, 3))
        for day in range(4)
        for hour in range(0, 24, 2)
        if hour <= 20
    ]
    found = made(fills)
    assert found.per_day == pytest.approx(most / 20 * 24, rel=0.05)
    assert found.error_points == pytest.approx(0, abs=1)


def test_nothing_is_learned_from_days_of_silence() -> None:
    """It may have been emptied three times."""
    before = steady(10, 0.03)
    late = before[-1].minute + 5 * 24 * HOUR
    after = [Fill(late + n * HOUR, 0.4 + n * 0.03) for n in range(10)]
    found = made([*before, *after])
    assert found.per_day == pytest.approx(0.72, rel=0.02)
    assert found.error_points is not None
    assert found.error_points < 1


def test_of_one_reading_nothing_is_told() -> None:
    found = made(steady(0, 0.0, since=0.4))
    assert (found.hours, found.per_day, found.error_points, found.tested) == (None, None, None, 0)
