"""Bins: how full, what is wrong, whose device, which tag."""

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events import waste as w
from projections.alarms.row import Alarm
from projections.waste_sorting.level import fill_level
from projections.waste_sorting.rows import Bin
from tests.fix_views import NOON, Folded, minutes

BIN = "bin/a01-food"
READER = "vehicle/truck-01"
PROFILE = w.BinProfiled(empty_mm=900, full_mm=180, volume_l=240, category="food", point="a01")


def bin_(waste: Folded, key: str = BIN) -> Bin:
    return waste.row("bin", key, Bin)


@pytest.mark.parametrize(
    ("distance", "empty", "full", "fill"),
    [
        (900, 900, 180, 0.0),
        (180, 900, 180, 1.0),
        (540, 900, 180, 0.5),
        (60, 900, 180, 1.0),  # heaped above the rim
        (1200, 900, 180, 0.0),
        (0, 900, 0, 1.0),
        (600, 900, 0, 0.333),
        (500, 0, 0, None),
        (500, 180, 900, None),  # mounted the wrong way round: not a level
    ],
)
def test_fill_level(distance: int, empty: int, full: int, fill: float | None) -> None:
    assert fill_level(distance, empty, full) == fill


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_profile_before_or_after_the_level(order: tuple[int, int], waste: Folded) -> None:
    facts: tuple[Data, ...] = (PROFILE, w.LevelMeasured(distance_mm=540))
    for index in order:
        waste.say(facts[index], BIN)
    row = bin_(waste)
    assert (row.fill, row.distance_mm, row.category, row.point) == (0.5, 540, "food", "a01")
    assert (row.empty_mm, row.full_mm) == (900, 180)


def test_a_level_without_a_profile_is_a_distance_only(waste: Folded) -> None:
    waste.say(w.LevelMeasured(distance_mm=540), BIN)
    assert (bin_(waste).fill, bin_(waste).distance_mm) == (None, 540)


def test_a_level_is_measured_by_the_profile_then_in_force(waste: Folded) -> None:
    for fact in (PROFILE, w.LevelMeasured(distance_mm=540)):
        waste.say(fact, BIN)
    waste.say(w.BinProfiled(empty_mm=600, full_mm=500), BIN, at=NOON + minutes(1))
    row = bin_(waste)
    assert row.fill == 0.5, "it holds from a minute later"
    assert (row.category, row.point) == ("food", "a01"), "what is not said stays"
    assert (row.level_at, row.empty_mm) == (rfc3339(NOON), 900)
    waste.say(w.LevelMeasured(distance_mm=540), BIN, at=NOON + minutes(2))
    assert (bin_(waste).fill, bin_(waste).empty_mm) == (0.6, 600)
    waste.say(w.BinProfiled(empty_mm=0, full_mm=0), BIN, at=NOON + minutes(2))
    assert bin_(waste).fill is None


def test_an_uplink_tells_what_it_measured_and_no_more(waste: Folded) -> None:
    waste.say(PROFILE, BIN)
    full = w.LevelMeasured(
        distance_mm=540, temperature_cel=11.5, battery_pct=90.0, position="normal"
    )
    waste.say(full, BIN, at=NOON)
    waste.say(w.LevelMeasured(temperature_cel=12.5, position="tilt"), BIN, at=NOON + minutes(5))
    row = bin_(waste)
    assert (row.temperature_cel, row.position) == (12.5, "tilt")
    assert (row.battery_pct, row.distance_mm, row.fill) == (90.0, 540, 0.5)
    assert row.level_at == rfc3339(NOON), "an echo that did not come back measured no level"


def test_the_level_sensor_becomes_the_bins_device(waste: Folded) -> None:
    waste.say(PROFILE, BIN, device="pad-installer")
    assert bin_(waste).device == "pad-installer"
    waste.say(w.LevelMeasured(distance_mm=500), BIN, device="em400-1")
    assert bin_(waste).device == "em400-1"
    waste.say(PROFILE, BIN, device="pad-installer")
    waste.say(w.LidOpened(), BIN, device="lid-1")
    waste.say(w.BinCollected(bin=BIN), "collection/am", device="truck-scale")
    assert bin_(waste).device == "em400-1"
    waste.say(w.LevelMeasured(distance_mm=500), BIN, device="em400-2")
    assert bin_(waste).device == "em400-2", "the sensor was replaced"


def test_a_truck_is_not_the_bins_device(waste: Folded) -> None:
    waste.say(w.BinCollected(bin=BIN, net_g=1), "collection/am", device="truck-scale")
    assert bin_(waste).device == ""
    waste.say(w.LidOpened(), BIN, device="lid-1")
    assert bin_(waste).device == "lid-1"


# --- what is wrong with it -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "overflow", "smoke", "lid", "active"),
    [
        ((w.Overflowed(),), True, False, "unknown", {"waste.bin.overflowed"}),
        ((w.SmokeDetected(),), False, True, "unknown", {"waste.bin.smoke"}),
        ((w.Overflowed(), w.SmokeDetected()), True, True, "unknown",
         {"waste.bin.overflowed", "waste.bin.smoke"}),
        ((w.Overflowed(), w.SmokeDetected(), w.Cleared(source="person")), False, False, "unknown",
         set()),
        ((w.Cleared(),), False, False, "unknown", set()),
        ((w.Overflowed(), w.Cleared(), w.Overflowed()), True, False, "unknown",
         {"waste.bin.overflowed"}),
        ((w.LidOpened(),), False, False, "open", set()),
        ((w.LidOpened(), w.LidClosed()), False, False, "closed", set()),
        ((w.Overflowed(), w.LidOpened()), True, False, "open", {"waste.bin.overflowed"}),
        ((w.Overflowed(), w.BinCollected(net_g=9)), False, False, "unknown", set()),
        # A fire is not out because the bin was lifted.
        ((w.SmokeDetected(), w.BinCollected(net_g=9)), False, True, "unknown",
         {"waste.bin.smoke"}),
        ((w.Overflowed(), w.BinCollected(refused_reason="mixed")), True, False, "unknown",
         {"waste.bin.overflowed"}),
    ],
)  # fmt: skip
def test_bin_states(
    facts: tuple[Data, ...], overflow: bool, smoke: bool, lid: str, active: set[str], waste: Folded
) -> None:
    for fact in facts:
        waste.say(fact, BIN)
    row = bin_(waste)
    assert (row.overflow, row.smoke, row.lid) == (overflow, smoke, lid)
    found = [waste.row("alarm", key, Alarm) for key in waste.keys("alarm")]
    assert {one.kind for one in found if one.active} == active


@pytest.mark.parametrize(
    ("fact", "kind", "priority"),
    [(w.Overflowed(), "waste.bin.overflowed", 3), (w.SmokeDetected(), "waste.bin.smoke", 1)],
)
def test_bin_alarms(fact: Data, kind: str, priority: int, waste: Folded) -> None:
    waste.say(fact, BIN, device="cam-7")
    one = waste.row("alarm", f"{kind}:{BIN}", Alarm)
    assert (one.priority, one.subject, one.device, one.open) == (priority, BIN, "cam-7", True)


# --- tags ----------------------------------------------------------------------------------


def test_a_tag_says_which_bin_a_vehicle_saw(waste: Folded) -> None:
    waste.say(w.TagAssigned(uid_hex="E004", category="food", point="a01"), BIN)
    waste.say(w.BinIdentified(uid_hex="E004", reader="r1"), READER, at=NOON + minutes(1))
    row = bin_(waste)
    assert (row.uid_hex, row.identified_at) == ("E004", rfc3339(NOON + minutes(1)))
    assert (row.category, row.point, row.tagged_at) == ("food", "a01", rfc3339(NOON))
    assert waste.keys("bin") == [BIN], "the vehicle is no bin"


def test_a_tag_without_category_leaves_the_profiles(waste: Folded) -> None:
    waste.say(PROFILE, BIN)
    waste.say(w.TagAssigned(uid_hex="E004"), BIN)
    assert (bin_(waste).category, bin_(waste).point) == ("food", "a01")


def test_a_reader_on_the_bin_needs_no_assignment(waste: Folded) -> None:
    waste.say(w.BinIdentified(uid_hex="E004"), BIN)
    assert (bin_(waste).uid_hex, bin_(waste).identified_at) == ("E004", rfc3339(NOON))


def test_a_tag_nobody_assigned_makes_no_bin_of_a_vehicle(waste: Folded) -> None:
    waste.say(w.BinIdentified(uid_hex="E099"), READER)
    assert waste.keys("bin") == []


def test_an_assignment_of_the_past_takes_no_tag_away(waste: Folded) -> None:
    waste.say(w.TagAssigned(uid_hex="E004"), BIN)
    before = NOON - minutes(1)
    waste.say(w.TagAssigned(uid_hex="E004"), "bin/a02-food", at=before, origin="backfill")
    waste.say(w.BinIdentified(uid_hex="E004"), READER, at=NOON + minutes(2))
    assert bin_(waste).identified_at == rfc3339(NOON + minutes(2))


def test_a_tag_moves_with_its_newest_assignment(waste: Folded) -> None:
    waste.say(w.TagAssigned(uid_hex="E004"), BIN)
    waste.say(w.TagAssigned(uid_hex="E004"), "bin/a02-food", at=NOON + minutes(1))
    waste.say(w.TagAssigned(uid_hex="E005"), BIN, at=NOON + minutes(1))
    waste.say(w.BinIdentified(uid_hex="E004"), READER, at=NOON + minutes(2))
    assert bin_(waste).identified_at == ""
    assert bin_(waste).uid_hex == "E005"
    assert bin_(waste, "bin/a02-food").identified_at == rfc3339(NOON + minutes(2))
