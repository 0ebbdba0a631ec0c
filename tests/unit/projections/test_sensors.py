"""Level sensors that are not to be believed: found from what they say and what is done with their
bins, and believed again when they come to their senses."""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from core.clock import rfc3339
from core.event import Data, Origin
from core.events import waste as w
from projections.state import ViewState
from projections.waste_sorting import readings, sensor
from projections.waste_sorting.rows import Bin, Fault, Level, Profile
from projections.waste_sorting.view import WASTE_SORTING
from tests.fix_views import NOON, Folded, Said

BIN = "bin/a01-food"


def hear(waste: Folded, *mm: int, every: float = 1.0, since: float = 0, **more: float) -> None:
    for number, distance in enumerate(mm):
        data = w.LevelMeasured(distance_mm=distance, temperature_cel=more.get("cel"))
        waste.say(data, BIN, at=NOON + timedelta(hours=since + number * every))


def lift(waste: Folded, hour: float, grams: int = 9_000) -> None:
    data = w.BinCollected(bin=BIN, net_g=grams)
    waste.say(data, "vehicle/v1", gateway="truck", at=NOON + timedelta(hours=hour))


def faults(waste: Folded) -> dict[str, Fault]:
    return dict(waste.row("bin", BIN, Bin).faults)


def test_a_sensor_that_sees_its_bin_fill_and_emptied_is_well(waste: Folded) -> None:
    for day in range(4):
        hear(waste, 900, 700, 500, 300, every=5, since=day * 24)
        lift(waste, day * 24 + 19)
    assert faults(waste) == {}


@pytest.mark.parametrize("late", [True, False])
def test_stuck_though_the_bin_was_emptied_twice(late: bool, waste: Folded) -> None:
    """Whether the truck's gateway tells of it at once or a day later."""
    if not late:
        lift(waste, 2)
        lift(waste, 5)
    hear(waste, *[512] * 8)
    if late:
        assert faults(waste) == {}
        lift(waste, 2)
        lift(waste, 5)
    found = faults(waste)
    assert found == {
        "stuck": Fault(
            since="2026-11-20T04:00:00.000Z", seen="2026-11-20T11:00:00.000Z", mm=512, count=2
        )
    }
    hear(waste, 700, since=9)
    assert faults(waste) == {}, "it moved"


@pytest.mark.parametrize(
    ("hours", "lifts", "grams"),
    [(8, (2,), 9_000), (8, (2, 5), 1_000), (5, (2, 4), 9_000), (8, (2, 30), 9_000)],
)
def test_a_bin_that_nobody_uses_is_not_stuck(
    hours: int, lifts: Sequence[float], grams: int, waste: Folded
) -> None:
    """One lift, lifts of next to nothing, too short a time, lifts after the last reading."""
    hear(waste, *[512] * (hours + 1))
    for hour in lifts:
        lift(waste, hour, grams)
    assert faults(waste) == {}


@pytest.mark.parametrize(("count", "kind"), [(4, "stuck"), (3, "")])
def test_stuck_though_things_are_thrown_in(count: int, kind: str, waste: Folded) -> None:
    hear(waste, *[512, 513, 511] * 3)
    for hour in range(count):
        for _ in range(5):  # within one hour it is said once
            at = NOON + timedelta(hours=1 + hour)
            waste.say(w.DepositRecorded(category="food", bin="a01-food"), "point/a01", at=at)
    assert list(faults(waste)) == ([kind] if kind else [])


@pytest.mark.parametrize(("cel", "kind"), [(-3.0, "frozen"), (0.0, "frozen"), (4.5, "stuck")])
def test_stuck_in_the_cold_is_frozen(cel: float, kind: str, waste: Folded) -> None:
    lift(waste, 2)
    lift(waste, 5)
    hear(waste, *[512] * 8, cel=cel)
    assert list(faults(waste)) == [kind]


def test_nothing_moves_at_all_not_even_the_weather(waste: Folded) -> None:
    hear(waste, *[512] * 5, every=5, cel=7.5)
    assert faults(waste) == {}, "not yet a day"
    hear(waste, 512, since=25, cel=7.5)
    assert list(faults(waste)) == ["frozen"]
    hear(waste, 512, since=30, cel=7.6)
    assert faults(waste) == {}, "the weather moved: an empty bin at a quiet point"


def test_jumping_to_and_fro(waste: Folded) -> None:
    hear(waste, *[900, 300] * 3)
    assert faults(waste) == {}
    hear(waste, 900, since=6)
    found = faults(waste)
    assert list(found) == ["jumping"]
    assert (found["jumping"].since, found["jumping"].count) == ("2026-11-20T05:00:00.000Z", 6)
    hear(waste, 890, 880, 870, since=7)
    assert list(faults(waste)) == ["jumping"], "not at once"
    hear(waste, 860, since=10)
    assert faults(waste) == {}


def test_a_bin_emptied_twice_a_day_does_not_jump(waste: Folded) -> None:
    for half in range(8):
        hear(waste, 900, 560, 200, every=5, since=half * 12)
    assert faults(waste) == {}


def test_upside_down_by_its_lifts(waste: Folded) -> None:
    """The distance falls when the bin is emptied."""
    for day in range(2):
        hear(waste, 300, 500, 700, every=5, since=day * 24)
        lift(waste, day * 24 + 19)
    assert faults(waste) == {}, "one such lift may be a bag that fell"
    hear(waste, 300, since=48)
    assert list(faults(waste)) == ["inverted"]
    hear(waste, 250, since=52)
    lift(waste, 53)
    hear(waste, 900, since=54)
    assert faults(waste) == {}, "it was turned round"


def test_upside_down_where_nobody_tells_of_lifts(waste: Folded) -> None:
    for day in range(4):
        hear(waste, 300, 500, 690, 880, every=5, since=day * 24)
    assert list(faults(waste)) == ["inverted"]


@pytest.mark.parametrize("wrong", [5_000, 10, 1_200])
def test_out_of_range_twice_in_a_row(wrong: int, waste: Folded) -> None:
    """Farther than it can hear, nearer than it can see, farther than the bottom of its bin."""
    waste.say(w.BinProfiled(empty_mm=1_000, full_mm=100), BIN)
    hear(waste, 400, wrong)
    assert faults(waste) == {}, "a lid that was held open"
    hear(waste, wrong, since=2)
    assert list(faults(waste)) == ["out-of-range"]
    hear(waste, 380, since=3)
    assert faults(waste) == {}


def test_a_profile_that_is_none_puts_nothing_out_of_range(waste: Folded) -> None:
    waste.say(w.BinProfiled(empty_mm=100, full_mm=100), BIN)
    hear(waste, 900, 910)
    assert faults(waste) == {}


def test_a_deeper_profile_that_comes_late_gives_the_belief_back(waste: Folded) -> None:
    waste.say(w.BinProfiled(empty_mm=1_000, full_mm=100), BIN)
    hear(waste, 1_200, 1_210)
    assert list(faults(waste)) == ["out-of-range"]
    deeper = w.BinProfiled(empty_mm=1_300, full_mm=100, valid_from="2026-11-20T04:00:00Z")
    waste.say(deeper, BIN, at=NOON + timedelta(days=1))
    assert faults(waste) == {}


def test_what_crept_before_a_leap_up_turns_no_sensor_upside_down(waste: Folded) -> None:
    hear(waste, 900, 300, 400, 500, 600, 900, 620, 340, 60, every=6)
    assert faults(waste) == {}


def test_tilted_until_it_stands_again(waste: Folded) -> None:
    waste.say(w.LevelMeasured(position="tilt"), BIN)
    waste.say(w.LevelMeasured(position="tilt"), BIN, at=NOON + timedelta(hours=1))
    assert faults(waste) == {"tilted": Fault(since="2026-11-20T04:00:00.000Z")}
    waste.say(w.LevelMeasured(distance_mm=500), BIN, at=NOON + timedelta(hours=2))
    assert list(faults(waste)) == ["tilted"], "who says nothing of it changes nothing"
    waste.say(w.LevelMeasured(position="normal"), BIN, at=NOON + timedelta(hours=3))
    assert faults(waste) == {}


@pytest.mark.parametrize("seed", range(60))
def test_what_is_looked_at_rarely_is_what_is_found_always(seed: int, waste: Folded) -> None:
    """The fold looks only where a reading, lift or deposit could matter. It must find no less
    than looking again at everything after every fact."""
    rnd = random.Random(seed)
    waste.say(w.BinProfiled(empty_mm=1_000, full_mm=100), BIN)
    hour, mm, seen = 0.0, 900, set()
    for _ in range(150):
        hour += rnd.choice((0.1, 0.5, 2, 5))
        turn = rnd.random()
        if turn < 0.15:
            lift(waste, hour - rnd.choice((0, 0, 3, 30)), rnd.choice((1_000, 9_000)))
        elif turn < 0.25:
            at = NOON + timedelta(hours=hour - rnd.choice((0, 4)))
            waste.say(w.DepositRecorded(category="food", bin="a01-food"), "point/a01", at=at)
        else:
            mm = rnd.choice((mm, mm, mm, mm - 120, mm + 130, 900, 300, 1_300))
            hear(
                waste,
                max(mm, 10),
                since=hour - rnd.choice((0, 0, 0, 0, 7)),
                cel=rnd.choice((-1, 8)),
            )
        row, profile = waste.row("bin", BIN, Bin), waste.row("profile", BIN, Profile)
        level = waste.state.compounds["c01"].get("level", BIN, Level) or Level()
        assert row.faults == sensor.faults(level, profile.geometries, row.tilted_at)
        seen |= set(row.faults)
    assert seen, "a history in which nothing is wrong shows nothing"


# --- bins and sensors as they are -----------------------------------------------------------------


def test_a_bin_that_fills_very_slowly_is_not_stuck(waste: Folded) -> None:
    """A millimetre an hour, while things are thrown in."""
    for hour in range(48):
        hear(waste, 900 - hour, since=hour)
        at = NOON + timedelta(hours=hour, minutes=5)
        waste.say(w.DepositRecorded(category="food", bin="a01-food"), "point/a01", at=at)
        assert faults(waste) == {}, hour


@pytest.mark.parametrize(("grams", "kind"), [(499, ""), (500, "stuck"), (None, "stuck")])
def test_batteries_move_no_level(grams: int | None, kind: str, waste: Folded) -> None:
    """What is light is no proof that the sensor should have moved."""
    hear(waste, *[512] * 10)
    for hour in range(6):
        data = w.DepositRecorded(category="hazardous", bin="a01-food", net_g=grams)
        waste.say(data, "point/a01", at=NOON + timedelta(hours=1 + hour))
    assert list(faults(waste)) == ([kind] if kind else [])


@pytest.mark.parametrize("late", [True, False])
def test_what_is_laid_on_a_full_bin_brings_nothing_nearer(late: bool, waste: Folded) -> None:
    """Whether its profile is known at once or later."""
    profile = w.BinProfiled(empty_mm=1_000, full_mm=100, valid_from="2026-11-20T04:00:00Z")
    if not late:
        waste.say(profile, BIN)
    hear(waste, *[102] * 10)
    for hour in range(6):
        at = NOON + timedelta(hours=1 + hour)
        waste.say(w.DepositRecorded(category="food", bin="a01-food"), "point/a01", at=at)
    if late:
        assert list(faults(waste)) == ["stuck"]
        waste.say(profile, BIN, at=NOON + timedelta(hours=10))
    assert faults(waste) == {}


def test_one_lift_that_is_read_twice_is_one(waste: Folded) -> None:
    hear(waste, *[512] * 9)
    lift(waste, 2)
    lift(waste, 2.1)
    assert faults(waste) == {}
    lift(waste, 5)
    assert list(faults(waste)) == ["stuck"]


def test_a_bag_that_hangs_before_the_sensor_for_two_readings(waste: Folded) -> None:
    hear(waste, 900, 880, 60, 62, 870, 850, 840)
    assert faults(waste) == {}


def test_a_sensor_that_speaks_twice_a_day_can_not_be_seen_to_jump(waste: Folded) -> None:
    """Full in the evening, emptied in the night by a truck of which nobody here is told."""
    hear(waste, *[900, 200] * 8, every=12)
    assert faults(waste) == {}


def test_a_rush_behind_each_lift_does_not_turn_a_sensor_upside_down(waste: Folded) -> None:
    """Emptied while nearly empty, and half full before the next reading."""
    for day in range(5):
        hear(waste, 600, 560, 520, every=5, since=day * 24)
        hear(waste, 510, since=day * 24 + 15)
        lift(waste, day * 24 + 16)
        hear(waste, 390, 900, every=2, since=day * 24 + 20)
    assert "inverted" not in faults(waste)


def test_another_sensor_is_not_blamed_for_the_one_before(waste: Folded) -> None:
    for day in range(2):
        hear(waste, 300, 500, 700, every=5, since=day * 24)
        lift(waste, day * 24 + 19)
    hear(waste, 300, since=48)
    assert list(faults(waste)) == ["inverted"]
    new = w.LevelMeasured(distance_mm=850)
    waste.say(new, BIN, at=NOON + timedelta(hours=50), device="new-sensor")
    assert (faults(waste), waste.row("bin", BIN, Bin).device) == ({}, "new-sensor")
    old = w.LevelMeasured(distance_mm=320)
    waste.say(old, BIN, at=NOON + timedelta(hours=49), device="a01-food", origin="backfill")
    assert waste.row("bin", BIN, Bin).device == "new-sensor", "a late word of the old one"


def test_a_new_sensor_may_tell_of_its_battery_first(waste: Folded) -> None:
    hear(waste, *[512] * 8)
    waste.say(w.LevelMeasured(battery_pct=99), BIN, at=NOON + timedelta(hours=8), device="new")
    waste.say(w.LevelMeasured(distance_mm=513), BIN, at=NOON + timedelta(hours=9), device="new")
    lift(waste, 2)
    lift(waste, 5)
    assert faults(waste) == {}, "what it says now is its first word"


def test_the_first_sensor_of_a_bin_has_nobody_before_it(waste: Folded) -> None:
    """What it said before its first live word, and is back-filled, is its own."""
    hear(waste, 5_000, since=5)
    late = w.LevelMeasured(distance_mm=5_000)
    waste.say(late, BIN, at=NOON + timedelta(hours=4), origin="backfill")
    assert list(faults(waste)) == ["out-of-range"]


def test_a_good_sensors_successor_goes_on_with_its_readings(waste: Folded) -> None:
    hear(waste, 900, 800, 700)
    new = w.LevelMeasured(distance_mm=650)
    waste.say(new, BIN, at=NOON + timedelta(hours=4), device="new-sensor")
    assert len(readings.unpacked(waste.row("level", BIN, Level).readings)) == 4


@pytest.mark.parametrize("seed", range(40))
def test_a_run_is_what_its_facts_are_one_by_one(seed: int, waste: Folded) -> None:
    rnd, said, truck = random.Random(seed), Said(), Said("truck")
    hour, items = 0.0, []
    for number in range(120):
        hour += rnd.choice((0.1, 0.5, 2, 5))
        at = NOON + timedelta(hours=hour - rnd.choice((0, 0, 0, 3, 30)))
        who, about = said, BIN
        data: Data = w.LevelMeasured(distance_mm=rnd.choice((50, 300, 512, 900)))
        turn = rnd.random()
        if turn < 0.1:
            who, about, data = truck, "vehicle/v1", w.BinCollected(bin=BIN, net_g=9_000)
        elif turn < 0.25:
            category: w.Category = rnd.choice(("food", "residual"))
            about = "point/a01"
            data = w.DepositRecorded(
                category=category, bin="a01-food", net_g=rnd.choice((None, 800)),
                resident_ref=f"r{number % 7}", subcategory=rnd.choice(("", "home-kitchen")),
            )  # fmt: skip
        elif turn < 0.3:
            ago = rfc3339(at - timedelta(hours=rnd.choice((0, 20))))
            data = w.BinProfiled(empty_mm=rnd.choice((600, 1_000)), full_mm=100, valid_from=ago)
        elif turn < 0.35:
            data = rnd.choice((w.Overflowed(), w.Cleared(source="person"), w.LidOpened()))
        device = rnd.choice(("s1", "s1", "s1", "s2")) if about == BIN else ""
        origin: Origin = rnd.choice(("live", "live", "live", "backfill"))
        items.append(who.stands(who.event(data, about, at=at, device=device, origin=origin), 7))
    whole, alone = ViewState(WASTE_SORTING), ViewState(WASTE_SORTING)
    start = 0
    while start < len(items):
        size = rnd.randrange(1, 40)
        whole.fold(items[start : start + size], {})
        start += size
    for item in items:
        alone.fold([item], {})
    assert whole.rows("c01") == alone.rows("c01")
