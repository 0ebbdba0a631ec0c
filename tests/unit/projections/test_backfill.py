"""What comes late counts and is listed; it opens, closes and moves nothing that is present (I9)."""

from datetime import timedelta

import msgspec
import pytest

from core.clock import rfc3339
from core.event import Data, Origin
from core.events import waste as w
from core.events.access import Denied, Granted, Taken
from core.events.camera import RegionEntered, VideoLost, VideoRestored
from core.events.door import Closed, Forced, HeldOpen, Locked, Opened, Tailgated
from core.events.vehicle import Passed, Positioned
from projections.alarms.row import Alarm
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.passages import Flow, Recent
from projections.safe_community.rows.presence import Device
from projections.waste_sorting.rows import Bin, Point, Tonnage, Vehicle
from tests.fix_views import NOON, Folded, minutes

LATE: tuple[Origin, ...] = ("backfill", "replay")
BEFORE = NOON - timedelta(days=1)
DOOR, CAM, BIN, POINT = "door/b1", "camera/1", "bin/a01-food", "point/a01"


def late(view: Folded, fact: Data, subject: str, origin: Origin, after: float = 0) -> None:
    at = BEFORE + minutes(after)
    view.say(fact, subject, at=at, recorded=NOON + minutes(after), origin=origin)


@pytest.mark.parametrize("origin", LATE)
@pytest.mark.parametrize("fact", [Opened(), Forced(), HeldOpen(), Locked(), Tailgated(), Closed()])
def test_a_doors_state_is_not_moved(fact: Data, origin: Origin, safe: Folded) -> None:
    safe.say(Closed(), DOOR)
    before = safe.row("door", DOOR, Door)
    late(safe, fact, DOOR, origin)
    assert msgspec.structs.replace(safe.row("door", DOOR, Door), tailgated=0) == before
    assert not any(safe.row("alarm", key, Alarm).active for key in safe.keys("alarm"))


@pytest.mark.parametrize("origin", LATE)
def test_a_door_known_from_the_past_only_is_unknown(origin: Origin, safe: Folded) -> None:
    late(safe, Opened(), DOOR, origin)
    row = safe.row("door", DOOR, Door)
    assert (row.physical, row.since, row.last) == ("unknown", "", "")


@pytest.mark.parametrize("origin", LATE)
def test_passages_are_counted_in_their_own_hour_and_listed_in_their_place(
    origin: Origin, safe: Folded
) -> None:
    safe.say(Granted(subject_class="resident"), DOOR, id="live")
    late(safe, Granted(subject_class="resident"), DOOR, origin)
    late(safe, Denied(), DOOR, origin)
    late(safe, Taken(), DOOR, origin)
    late(safe, Passed(), "gate/1", origin)
    row = safe.row("door", DOOR, Door)
    assert (row.granted, row.denied, row.taken) == (2, 1, 1)
    assert row.decision is not None
    assert (row.decision.id, row.last) == ("live", rfc3339(NOON))
    passages = safe.row("recent", "passages", Recent).passages
    assert [one.id == "live" for one in passages] == [True, False, False, False]
    assert safe.row("hour", "2026-11-19T12", Flow) == Flow(
        bucket="2026-11-19T12", granted={"resident": 1}, denied=1, vehicles=1
    )
    assert safe.row("hour", "2026-11-20T12", Flow).granted == {"resident": 1}


@pytest.mark.parametrize("origin", LATE)
def test_a_camera_is_not_lost_by_an_old_loss(origin: Origin, safe: Folded) -> None:
    safe.say(RegionEntered(label="car", zone="ramp"), CAM)
    for fact in (VideoLost(), VideoRestored(), RegionEntered(label="dog", zone="yard")):
        late(safe, fact, CAM, origin)
    row = safe.row("camera", CAM, Camera)
    assert (row.state, row.since, row.last) == ("up", "", rfc3339(NOON))
    assert (row.last_label, row.last_zone) == ("car", "ramp")
    assert (row.events, row.lost) == (4, 1), "counted all the same"


@pytest.mark.parametrize("origin", LATE)
def test_an_old_restoration_does_not_hide_a_present_loss(origin: Origin, safe: Folded) -> None:
    safe.say(VideoLost(), CAM)
    late(safe, VideoRestored(), CAM, origin)
    assert safe.row("camera", CAM, Camera).state == "lost"
    assert safe.row("alarm", f"camera.video.lost:{CAM}", Alarm).active


@pytest.mark.parametrize("origin", LATE)
def test_late_events_are_counted_at_the_device(origin: Origin, safe: Folded) -> None:
    safe.say(Opened(), DOOR, device="t1")
    safe.say(Opened(), DOOR, device="t1", origin=origin, at=BEFORE, recorded=NOON + minutes(9))
    row = safe.row("device", "t1", Device)
    assert (row.events, row.late) == (2, 1)
    assert (row.last, row.seen) == (rfc3339(NOON), rfc3339(NOON + minutes(9)))


# --- bins ----------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", LATE)
@pytest.mark.parametrize(
    "fact",
    [
        w.Overflowed(),
        w.SmokeDetected(),
        w.LidOpened(),
        w.LevelMeasured(distance_mm=1, temperature_cel=80.0, battery_pct=1.0, position="tilt"),
        w.BinProfiled(empty_mm=500, full_mm=100, category="hazardous", point="elsewhere"),
        w.TagAssigned(uid_hex="0B", category="hazardous", point="elsewhere"),
        w.BinIdentified(uid_hex="0B"),
    ],
)
def test_a_bins_state_is_not_moved(fact: Data, origin: Origin, waste: Folded) -> None:
    for known in (
        w.BinProfiled(empty_mm=900, full_mm=180, category="food", point="a01"),
        w.TagAssigned(uid_hex="0A"),
        w.BinIdentified(uid_hex="0A"),
        w.LevelMeasured(distance_mm=540, temperature_cel=12.0, battery_pct=90.0),
        w.LidClosed(),
    ):
        waste.say(known, BIN)
    before = waste.row("bin", BIN, Bin)
    late(waste, fact, BIN, origin)
    assert waste.row("bin", BIN, Bin) == before
    assert not any(waste.row("alarm", key, Alarm).active for key in waste.keys("alarm"))


@pytest.mark.parametrize("origin", LATE)
def test_what_is_not_known_later_is_filled(origin: Origin, waste: Folded) -> None:
    """A search of the past answers oldest first: the newest of it stands, not the first."""
    late(waste, w.BinProfiled(empty_mm=900, full_mm=180), BIN, origin)
    for after, distance in ((0, 900), (60, 540), (30, 720)):
        late(waste, w.LevelMeasured(distance_mm=distance), BIN, origin, after)
    row = waste.row("bin", BIN, Bin)
    assert (row.fill, row.level_at) == (0.5, rfc3339(BEFORE + minutes(60)))


@pytest.mark.parametrize("origin", LATE)
def test_an_old_clearing_or_lift_ends_no_present_overflow(origin: Origin, waste: Folded) -> None:
    waste.say(w.Overflowed(), BIN)
    late(waste, w.Cleared(), BIN, origin)
    late(waste, w.BinCollected(net_g=9_000), BIN, origin)
    row = waste.row("bin", BIN, Bin)
    assert row.overflow
    assert waste.row("alarm", f"waste.bin.overflowed:{BIN}", Alarm).active
    assert (row.collections, row.collected_g) == (1, 9_000), "nothing later is known of lifts"


@pytest.mark.parametrize("origin", LATE)
def test_old_lifts_and_deposits_are_counted(origin: Origin, waste: Folded) -> None:
    waste.say(w.BinCollected(category="food", net_g=5_000), BIN)
    late(waste, w.BinCollected(category="food", net_g=9_000), BIN, origin)
    late(waste, w.DepositRecorded(category="food", net_g=700), POINT, origin)
    row = waste.row("bin", BIN, Bin)
    assert (row.collections, row.collected_g, row.collected_at) == (2, 5_000, rfc3339(NOON))
    assert waste.row("day", "2026-11-19", Tonnage) == Tonnage(
        bucket="2026-11-19",
        collected_g={"food": 9_000},
        deposited_g={"food": 700},
        collections=1,
        deposits=1,
    )


@pytest.mark.parametrize("origin", LATE)
def test_an_inspection_moves_only_forward(origin: Origin, waste: Folded) -> None:
    late(waste, w.InspectionRecorded(purity=0.1), POINT, origin)
    late(waste, w.InspectionRecorded(purity=0.2), POINT, origin, after=5)
    assert waste.row("point", POINT, Point).purity == 0.2
    waste.say(w.InspectionRecorded(purity=0.9), POINT)
    late(waste, w.InspectionRecorded(purity=0.3), POINT, origin, after=9)
    row = waste.row("point", POINT, Point)
    assert (row.purity, row.inspected_at) == (0.9, rfc3339(NOON))


@pytest.mark.parametrize("origin", LATE)
def test_a_later_deposit_does_not_hide_a_late_inspection(origin: Origin, waste: Folded) -> None:
    late(waste, w.InspectionRecorded(purity=0.1), POINT, origin)
    waste.say(w.DepositRecorded(category="food"), POINT)
    late(waste, w.InspectionRecorded(purity=0.4), POINT, origin, after=60)
    assert waste.row("point", POINT, Point).purity == 0.4


@pytest.mark.parametrize("origin", LATE)
def test_a_truck_does_not_go_back(origin: Origin, waste: Folded) -> None:
    truck = "vehicle/truck-01"
    late(waste, Positioned(lat=30.0, lon=120.0), truck, origin)
    assert waste.row("vehicle", truck, Vehicle).lat == 30.0
    waste.say(Positioned(lat=31.0, lon=121.0, speed_kmh=20.0, heading_deg=90.0), truck)
    late(waste, Positioned(lat=29.0, lon=119.0), truck, origin, after=30)
    assert waste.row("vehicle", truck, Vehicle) == Vehicle(
        subject=truck, lat=31.0, lon=121.0, speed_kmh=20.0, heading_deg=90.0, at=rfc3339(NOON)
    )
