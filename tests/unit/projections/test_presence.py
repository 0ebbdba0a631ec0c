"""Devices and gateways: who is there, since when, with what clock, and what was set aside."""

from datetime import timedelta

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.camera import MotionStarted
from core.events.device import (
    ClockSkewed,
    Connected,
    GapDetected,
    GapFilled,
    HealthReported,
    Lost,
    Rejected,
    SessionClosed,
    SessionOpened,
    Tampered,
)
from core.events.door import Opened
from projections.alarm import Alarm
from projections.safe_community.rows import Device, Gateway, Heard
from tests.fix_views import NOON, Folded, minutes

GW = "gateway/gw01"


def device(safe: Folded, name: str = "t1") -> Device:
    return safe.row("device", name, Device)


def gateway(safe: Folded) -> Gateway:
    return safe.row("gateway", "gw01", Gateway)


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


def test_a_device_that_claims_absurd_gaps_stays_a_number_json_can_write(safe: Folded) -> None:
    for _ in range(3):
        safe.say(GapDetected(from_record=0, to_record=2**53 - 1), "device/t1", device="t1")
    assert device(safe).gaps == 2**53 - 1


def test_gateway_and_hub_are_no_devices(safe: Folded) -> None:
    say_of_gateway(safe, SessionOpened(boot=1))
    say_of_gateway(safe, SessionClosed(boot=1), by="hub")
    assert safe.keys("device") == []
    assert safe.keys("gateway") == ["gw01"]


# --- gateways ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "boot", "session", "reason"),
    [
        ([("gw01", SessionOpened(boot=1, reason="start"))], 1, "open", "start"),
        (
            [("gw01", SessionOpened(boot=1)), ("gw01", SessionClosed(boot=1, reason="stop"))],
            1, "closed", "stop",
        ),
        (
            [("gw01", SessionOpened(boot=1)), ("hub", SessionClosed(boot=1, reason="uplink-lost"))],
            1, "closed", "uplink-lost",
        ),
        # The will of boot 1 arrives when boot 2 is at work.
        (
            [("gw01", SessionOpened(boot=2, reason="start")),
             ("hub", SessionClosed(boot=1, reason="uplink-lost"))],
            2, "open", "start",
        ),
        (
            [("gw01", SessionOpened(boot=2, reason="start")),
             ("gw01", SessionClosed(boot=1, reason="stop"))],
            2, "open", "start",
        ),
        (
            [("gw01", SessionOpened(boot=2, reason="start")),
             ("hub", SessionOpened(boot=1, reason="uplink-back"))],
            2, "open", "start",
        ),
        # A gateway that lost its journal counts anew; its own word is true.
        (
            [("gw01", SessionOpened(boot=7)), ("hub", SessionClosed(boot=7)),
             ("gw01", SessionOpened(boot=1, reason="start"))],
            1, "open", "start",
        ),
    ],
)  # fmt: skip
def test_sessions(
    facts: list[tuple[str, Data]], boot: int, session: str, reason: str, safe: Folded
) -> None:
    for by, fact in facts:
        say_of_gateway(safe, fact, by=by)
    row = gateway(safe)
    assert (row.boot, row.session, row.reason) == (boot, session, reason)


def test_since_is_of_the_session_and_seen_of_its_own_words(safe: Folded) -> None:
    say_of_gateway(safe, SessionOpened(boot=1))
    say_of_gateway(safe, HealthReported(boot=1, backlog=3), after=1)
    say_of_gateway(safe, SessionClosed(boot=1, reason="uplink-lost"), by="hub", after=5)
    row = gateway(safe)
    assert row.since == rfc3339(NOON + minutes(5))
    assert row.seen == rfc3339(NOON + minutes(1)), "the hub's word is no sign of life"


def test_health_is_the_last_report(safe: Folded) -> None:
    say_of_gateway(safe, SessionOpened(boot=3))
    say_of_gateway(safe, HealthReported(boot=3, backlog=1, received=5, quarantined=2))
    report = HealthReported(
        boot=3, backlog=9, oldest_unreceipted_s=1.5, received=100, recorded=90, duplicates=8,
        quarantined=2, journal_bytes=1000, disk_free_bytes=2000, resident_bytes=3000,
    )  # fmt: skip
    say_of_gateway(safe, report)
    row = gateway(safe)
    for field in HealthReported.__struct_fields__:
        if field not in ("native", "pii", "media"):
            assert getattr(row, field) == getattr(report, field)
    assert row.session == "open"


def test_what_was_set_aside_is_counted_by_adapter_and_reason(safe: Folded) -> None:
    for adapter, reason, count in (
        ("native", "malformed", 1), ("hikvision", "time", 2), ("native", "malformed", 40),
    ):  # fmt: skip
        say_of_gateway(safe, Rejected(adapter=adapter, reason=reason, count=count))
    assert gateway(safe).rejected == {"hikvision/time": 2, "native/malformed": 41}
    assert list(gateway(safe).rejected) == ["hikvision/time", "native/malformed"]
