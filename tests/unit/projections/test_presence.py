"""Devices: who is there, since when, with what clock, and which records are missing."""

from datetime import timedelta

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.camera import MotionStarted
from core.events.device import (
    ClockSkewed,
    Connected,
    EpochRaised,
    GapDetected,
    GapFilled,
    Lost,
    SessionClosed,
    SessionOpened,
    Tampered,
    Throttled,
)
from core.events.door import Opened
from core.events.journal import Conflicted
from projections.alarms.row import Alarm
from projections.safe_community.presence import MISSING
from projections.safe_community.rows.presence import Device, Heard, Missing
from tests.fix_views import NOON, Folded, minutes

GW = "gateway/gw01"


def device(safe: Folded, name: str = "t1") -> Device:
    return safe.row("device", name, Device)


def say_of_gateway(safe: Folded, data: Data, *, by: str = "gw01", after: float = 0) -> None:
    speaker = "uplink" if by == "hub" else by
    safe.say(data, GW, gateway=by, device=speaker, at=NOON + minutes(after), quality="gateway")


# --- devices -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        ((Opened(),), "online", ""),
        ((Connected(),), "online", ""),
        ((Lost(reason="timeout"),), "lost", "timeout"),
        ((Lost(reason="timeout"), Opened()), "online", ""),
        ((Tampered(reason="lock-input-short"),), "tampered", "lock-input-short"),
        ((Tampered(), Lost(reason="will")), "lost", "will"),
        ((Lost(), Connected()), "online", ""),
    ],
)
def test_device_states(facts: tuple[Data, ...], state: str, reason: str, safe: Folded) -> None:
    for fact in facts:
        safe.say(fact, "door/b1", device="t1")
    assert (device(safe).state, device(safe).reason) == (state, reason)
    assert device(safe).events == len(facts)


@pytest.mark.parametrize("fact", [Lost(reason="old"), Tampered(reason="old")])
def test_an_old_loss_is_not_a_present_one(fact: Data, safe: Folded) -> None:
    safe.say(Opened(), "door/b1", device="t1")
    safe.say(fact, "device/t1", device="t1", origin="backfill", recorded=NOON + minutes(5))
    row = device(safe)
    assert (row.state, row.reason, row.late, row.events) == ("online", "", 1, 2)
    assert (row.last, row.seen) == (rfc3339(NOON), rfc3339(NOON + minutes(5)))


def test_what_a_row_says_of_a_device(safe: Folded) -> None:
    safe.say(
        Opened(native={"adapter": "hikvision"}), "door/b1", device="t1",
        told="2026-11-20T12:00:01+08:00", recorded=NOON + timedelta(seconds=2),
    )  # fmt: skip
    safe.say(MotionStarted(), "camera/b1", device="t1", at=NOON + minutes(1))
    heard, later = rfc3339(NOON + timedelta(seconds=2)), rfc3339(NOON + minutes(1))
    assert device(safe) == Device(
        device="t1",
        gateway="gw01",
        kind="camera",
        adapter="hikvision",
        first=heard,
        last=later,
        seen=later,
        events=2,
        urgent=Heard(
            gateway="gw01", kind="door", adapter="hikvision", seen=heard, live=heard,
            last="2026-11-20T12:00:01+08:00", believed=heard,
        ),
        bulk=Heard(
            gateway="gw01", kind="camera", seen=later, live=later, last=later, believed=later
        ),
    )  # fmt: skip


def test_last_is_what_the_device_itself_believes(safe: Folded) -> None:
    safe.say(Opened(), "door/b1", device="t1", told="2000-01-01T00:00:30+08:00")
    assert device(safe).last == "2000-01-01T00:00:30+08:00"
    assert device(safe).seen == rfc3339(NOON)


def test_tampering_is_an_alarm_of_the_device(safe: Folded) -> None:
    safe.say(Tampered(reason="case"), "device/t1", device="t1")
    one = safe.row("alarm", "device.tampered:device/t1", Alarm)
    assert (one.priority, one.active, one.open) == (2, False, True)


def test_a_wrong_clock_is_shown_until_it_is_right(safe: Folded) -> None:
    def opens(told: str = "") -> None:
        safe.say(Opened(), "door/b1", device="t1", told=told)

    opens(told="2000-01-01T00:00:30+08:00")
    safe.say(ClockSkewed(skew_ms=-849_000_000_000), "device/t1", device="t1", quality="gateway")
    opens(told="2000-01-01T00:07:00+08:00")
    assert device(safe).skew_ms == -849_000_000_000
    safe.say(Opened(), "door/b1", device="t1", origin="backfill")
    assert device(safe).skew_ms == -849_000_000_000, "an old record says nothing of the clock now"
    safe.say(Opened(), "door/b1", device="t1", quality="gateway")
    assert device(safe).skew_ms == -849_000_000_000, "the gateway's own time says nothing of it"
    opens()
    assert device(safe).skew_ms == 0


def test_gaps_are_what_is_still_missing(safe: Folded) -> None:
    safe.say(GapDetected(from_record=11, to_record=20), "device/t1", device="t1")
    safe.say(GapDetected(from_record=31, to_record=31), "device/t1", device="t1")
    assert device(safe).gaps == 11
    safe.say(GapFilled(from_record=11, to_record=20), "device/t1", device="t1")
    assert device(safe).gaps == 1
    safe.say(GapFilled(from_record=1, to_record=500), "device/t1", device="t1")
    assert device(safe).gaps == 0, "more was filled than was known to be missing"


def test_gaps_are_kept_as_the_ranges_that_are_missing(safe: Folded) -> None:
    def say(data: Data) -> None:
        safe.say(data, "device/t1", device="t1", quality="gateway")

    say(GapDetected(from_record=11, to_record=20, method="serialNo"))
    say(GapDetected(from_record=11, to_record=20, method="fCnt"))
    say(GapFilled(from_record=14, to_record=15, method="serialNo"))
    say(GapFilled(from_record=20, to_record=20, method="serialNo"))
    say(GapFilled(from_record=1, to_record=99, method="serialNo", epoch=2))
    assert device(safe).missing == (
        Missing(method="serialNo", epoch=1, first=11, last=13),
        Missing(method="serialNo", epoch=1, first=16, last=19),
        Missing(method="fCnt", epoch=1, first=11, last=20),
    )
    for number in range(100):
        say(GapDetected(from_record=1000 + 2 * number, to_record=1000 + 2 * number))
    assert len(device(safe).missing) == MISSING


def test_what_befell_its_numbers_and_its_share_is_counted(safe: Folded) -> None:
    for fact in (
        EpochRaised(method="serialNo", epoch=2, last_record=90, record=1),
        Throttled(count=9, waited_s=1.5, rate=50),
        Throttled(count=1, waited_s=0.1, rate=50),
        Conflicted(record_id="t1:1", record_type="door.opened.v1", record_time="t", said={"a": 1}),
    ):
        safe.say(fact, "device/t1", device="t1", quality="gateway")
    row = device(safe)
    assert (row.epoch, row.resets, row.throttled, row.conflicts) == (2, 1, 10, 1)


def test_the_newer_lane_says_how_a_device_is(safe: Folded) -> None:
    """By the gateway's clock, not by which lane the hub got first; the urgent one if equal."""
    safe.say(MotionStarted(), "camera/b1", device="t1", at=NOON + minutes(2))
    safe.say(Lost(reason="will"), "camera/b1", device="t1", at=NOON + minutes(1))
    assert (device(safe).state, device(safe).seen) == ("online", rfc3339(NOON + minutes(2)))
    safe.say(Lost(reason="will"), "camera/b1", device="t1", at=NOON + minutes(2))
    assert (device(safe).state, device(safe).reason) == ("lost", "will")
    safe.say(MotionStarted(), "camera/b1", device="t1", at=NOON + minutes(3))
    assert device(safe).state == "online"


def test_a_device_that_claims_absurd_gaps_stays_a_number_json_can_write(safe: Folded) -> None:
    for _ in range(3):
        safe.say(GapDetected(from_record=0, to_record=2**53 - 1), "device/t1", device="t1")
    assert device(safe).gaps == 2**53 - 1


def test_gateway_and_hub_are_no_devices(safe: Folded) -> None:
    say_of_gateway(safe, SessionOpened(boot=1))
    say_of_gateway(safe, SessionClosed(boot=1), by="hub")
    assert safe.keys("device") == []
    assert safe.keys("gateway") == ["gw01"]
