from core.events.device import (
    ClockRuns,
    ClockSkewed,
    ClockStepped,
    ClockStopped,
    ConditionChanged,
    Connected,
    EpochRaised,
    Flapping,
    GapDetected,
    GapFilled,
    HealthReported,
    Lost,
    Rejected,
    SessionClosed,
    SessionOpened,
    Settled,
    Tampered,
    Throttled,
)
from tests.golden.samples.envelope import NATIVE, event

SAMPLES = (
    event(Connected(native=NATIVE, model="DS-K1T671", reason="birth"), "device/door-1"),
    event(Lost(reason="will"), "device/door-1", quality="gateway"),
    event(Tampered(reason="cover-opened"), "device/door-1"),
    event(
        ConditionChanged(
            condition="temperature-high", active=True, value=61.5, threshold=60.0, part="temp-1"
        ),
        "device/door-1",
    ),
    event(ClockSkewed(skew_ms=-5400000), "device/door-1"),
    event(GapDetected(from_record=1001, to_record=1007, method="counter"), "device/door-1"),
    event(GapFilled(from_record=1001, to_record=1007, method="pull"), "device/door-1"),
    event(
        SessionOpened(boot=17, reason="power", buffered=4321),
        "gateway/gw-1",
        device="agent",
        quality="gateway",
    ),
    event(
        SessionClosed(boot=17, reason="signal", buffered=3),
        "gateway/gw-1",
        device="agent",
        quality="gateway",
    ),
    event(
        HealthReported(
            boot=17,
            backlog=12,
            oldest_unreceipted_s=3.5,
            received=1000,
            recorded=990,
            duplicates=8,
            quarantined=2,
            journal_bytes=1_048_576,
            disk_free_bytes=9_000_000_000,
            resident_bytes=52_428_800,
        ),
        "gateway/gw-1",
        device="agent",
        quality="gateway",
    ),
    event(
        Rejected(
            adapter="hikvision",
            reason="malformed",
            rawsha256="c0" * 32,
            count=3,
            detail="line 1 column 7",
        ),
        "gateway/gw-1",
        device="agent",
        quality="gateway",
    ),
    event(
        EpochRaised(method="serialNo", epoch=2, last_record=9041, record=1),
        "device/door-1",
        quality="gateway",
    ),
    event(Throttled(count=120, waited_s=2.5, rate=50), "device/door-1", quality="gateway"),
    event(ClockStepped(step_ms=-86_400_000), "gateway/gw-1", device="gw-1", quality="gateway"),
    event(Flapping(count=6, window_s=600.0), "device/door-1", quality="gateway"),
    event(Settled(online=True, flaps=4), "device/door-1", quality="gateway"),
    event(
        ClockStopped(told="2026-11-21T15:40:00.000+08:00", since="2026-11-21T07:40:00.000Z"),
        "device/door-1",
        quality="gateway",
    ),
    event(ClockRuns(), "device/door-1", quality="gateway"),
)

# Fields that a released type gained later stand in a line of their own: the first stays frozen.
LATER = {
    "device.lost.v1+expected": event(
        Lost(reason="silent", silent_s=95.5, expected_s=60.0), "device/door-1", quality="gateway"
    ),
    "device.gap.detected.v1+epoch": event(
        GapDetected(from_record=1001, to_record=1007, method="serialNo", epoch=2),
        "device/door-1",
        quality="gateway",
    ),
    "device.gap.filled.v1+epoch": event(
        GapFilled(from_record=1001, to_record=1007, method="serialNo", epoch=2),
        "device/door-1",
        quality="gateway",
    ),
    "gateway.health.reported.v1+lanes": event(
        HealthReported(
            boot=17,
            backlog=12,
            backlog_urgent=2,
            backlog_bulk=10,
            oldest_urgent_s=0.5,
            conflicts=1,
            refused=40,
            throttled=7,
            skewed_devices=3,
            open_gaps=4,
            quarantine_rows=25,
            damaged=1,
            disk_full=True,
        ),
        "gateway/gw-1",
        device="gw-1",
        quality="gateway",
    ),
}
