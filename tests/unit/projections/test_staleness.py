"""Late is not live (I9): by origin, or by the gateway's time where the device's clock can be
believed. What is late never sounds, opens or switches; a wrong clock does not make it late."""

from datetime import datetime, timedelta

import pytest

from core.clock import rfc3339
from core.event import Origin
from core.events.camera import RegionEntered, VideoLost
from core.events.device import ClockSkewed
from core.events.door import Closed, Forced, Opened
from core.events.waste import Overflowed, SmokeDetected
from core.moment import TimeQuality
from projections.alarms.row import Alarm
from projections.instant import STALE
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.presence import Device
from projections.waste_sorting.rows import Bin
from tests.fix_views import NOON, Folded

DOOR = "door/b1"
H8 = timedelta(hours=8)


def hours(count: float) -> str:
    return rfc3339(NOON + timedelta(hours=count))


def forced(
    safe: Folded,
    told: str,
    *,
    origin: Origin = "live",
    quality: TimeQuality = "device-zone",
    recorded: datetime = NOON,
) -> Alarm:
    safe.say(
        Forced(), DOOR, device="t1", told=told, recorded=recorded, origin=origin, quality=quality
    )
    return safe.row("alarm", f"door.forced:{DOOR}", Alarm)


@pytest.mark.parametrize(
    ("told", "sounds"),
    [
        (rfc3339(NOON), True),
        (rfc3339(NOON - STALE), True),
        (rfc3339(NOON - STALE - timedelta(seconds=1)), False),
        (hours(-1), False),
        (hours(-24 * 30), False),
        (rfc3339(NOON + timedelta(minutes=4)), True),
        # Clocks beyond belief say nothing of when it was: the gateway's time does.
        ("2000-01-01T00:00:30+08:00", True),
        ("1970-01-01T00:00:00Z", True),
        ("2036-02-07T06:28:16Z", True),
        (hours(+8), True),
        (hours(-24 * 400), True),
        # Eight hours behind is a clock in another zone, or eight hours of waiting: nobody has
        # said which, so it does not sound.
        (hours(-8), False),
    ],
)
def test_what_sounds_by_the_clock(told: str, *, sounds: bool, safe: Folded) -> None:
    one = forced(safe, told)
    assert (one.active, one.late, one.open) == (sounds, not sounds, True), "shown all the same"
    door = safe.row("door", DOOR, Door)
    assert door.alarm == ("forced" if sounds else "normal")
    assert safe.row("device", "t1", Device).late == (not sounds)


@pytest.mark.parametrize("origin", ["backfill", "replay"])
@pytest.mark.parametrize("told", [rfc3339(NOON), "2000-01-01T00:00:30+08:00", hours(8)])
def test_an_origin_that_is_not_live_never_sounds(origin: Origin, told: str, safe: Folded) -> None:
    assert not forced(safe, told, origin=origin).active


def test_a_time_the_gateway_gave_is_present(safe: Folded) -> None:
    assert forced(safe, hours(-5), quality="gateway").active


def test_a_gateway_whose_own_clock_was_set_does_not_silence_its_devices(safe: Folded) -> None:
    """Stepped back by a year and a half, or ahead: the device's clock is then beyond belief."""
    for step in (timedelta(days=-500), timedelta(days=500)):
        assert forced(safe, rfc3339(NOON), recorded=NOON + step).active
        safe.say(Closed(), DOOR, device="t1", told=rfc3339(NOON), recorded=NOON + step)
        assert safe.row("door", DOOR, Door).physical == "closed"


def test_a_clock_in_another_zone_is_corrected_once_the_gateway_tells_of_it(safe: Folded) -> None:
    assert not forced(safe, rfc3339(NOON - H8)).active
    skew = -round(H8 / timedelta(milliseconds=1))
    safe.say(ClockSkewed(skew_ms=skew), "device/t1", device="t1", quality="gateway")
    assert forced(safe, rfc3339(NOON - H8)).active
    safe.say(Closed(), DOOR, device="t1", told=rfc3339(NOON - H8), recorded=NOON)
    assert safe.row("door", DOOR, Door).physical == "closed"
    waited = NOON - H8 - timedelta(minutes=30)
    safe.say(Opened(), DOOR, device="t1", told=rfc3339(waited), recorded=NOON)
    assert safe.row("door", DOOR, Door).physical == "closed", "late by its corrected clock"


def test_a_clock_set_right_is_corrected_no_more(safe: Folded) -> None:
    safe.say(ClockSkewed(skew_ms=-28_800_000), "device/t1", device="t1", quality="gateway")
    assert safe.row("device", "t1", Device).skew_ms == -28_800_000
    safe.say(Closed(), DOOR, device="t1")
    assert safe.row("device", "t1", Device).skew_ms == 0
    assert not forced(safe, rfc3339(NOON - H8)).active, "now this is eight hours late"


def test_one_devices_clock_is_not_anothers(safe: Folded) -> None:
    safe.say(ClockSkewed(skew_ms=-28_800_000), "device/t2", device="t2", quality="gateway")
    safe.say(ClockSkewed(skew_ms=-28_800_000), "device/t1", device="t1", quality="gateway",
             gateway="gw02")  # fmt: skip
    assert not forced(safe, rfc3339(NOON - H8)).active


def test_bins_too(waste: Folded) -> None:
    def say(data: Overflowed | SmokeDetected, told: str) -> Bin:
        waste.say(data, "bin/a", device="s1", told=told, recorded=NOON)
        return waste.row("bin", "bin/a", Bin)

    assert not say(SmokeDetected(), hours(-1)).smoke
    assert not waste.row("alarm", "waste.bin.smoke:bin/a", Alarm).active
    waste.say(ClockSkewed(skew_ms=-3_600_000), "device/s1", device="s1", quality="gateway")
    assert say(SmokeDetected(), hours(-1)).smoke
    assert say(Overflowed(), "2000-01-01T00:00:30Z").overflow


def test_a_late_loss_of_picture_is_listed_and_a_late_sighting_is_not_asked(safe: Folded) -> None:
    """Bulk facts switch nothing: only their origin decides."""
    safe.say(VideoLost(), "camera/1", told=hours(-2), recorded=NOON)
    safe.say(RegionEntered(label="car"), "camera/1", told=hours(-2), recorded=NOON)
    row = safe.row("camera", "camera/1", Camera)
    assert (row.state, row.lost, row.last_label) == ("up", 1, "car")
    assert not safe.row("alarm", "camera.video.lost:camera/1", Alarm).active
