"""Which instant is shown, how late it came, and that the quick way agrees with the slow one."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest

from core.clock import parse_rfc3339, rfc3339
from core.moment import CLOCK_LAG, CLOCK_LEAD, Moment, TimeQuality, millis, moment_of

RECORDED = "2026-11-21T08:00:00.000Z"
SHOWN = Moment(RECORDED, millis(RECORDED), None)
SEED = 20261122


@pytest.mark.parametrize(
    ("time", "at", "late_ms"),
    [
        (RECORDED, RECORDED, 0),
        ("2026-11-21T16:00:00+08:00", RECORDED, 0),
        ("2026-11-21T08:05:00Z", "2026-11-21T08:05:00.000Z", -300_000),  # the lead allowed
        ("2026-11-18T08:00:00Z", "2026-11-18T08:00:00.000Z", 259_200_000),  # late, not wrong
        ("2025-11-20T08:00:00Z", "2025-11-20T08:00:00.000Z", 366 * 86_400_000),  # the lag allowed
        ("2026-11-21t07:59:59.123456789z", "2026-11-21T07:59:59.123Z", 877),
    ],
)
def test_a_possible_device_time_is_shown(time: str, at: str, late_ms: int) -> None:
    assert moment_of(time, RECORDED, "device-zone") == Moment(at, millis(at), late_ms)


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-21T08:05:00.001Z",
        "2025-11-20T07:59:59.999Z",
        "2000-01-01T00:00:00Z",
        "2099-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
    ],
)
def test_an_impossible_device_time_gives_way_to_the_gateways(time: str) -> None:
    assert moment_of(time, RECORDED, "device-zone") == SHOWN


@pytest.mark.parametrize("quality", ["device-zone", "device-assumed"])
def test_both_device_qualities_are_believed(quality: TimeQuality) -> None:
    at = "2026-11-21T07:59:00Z"
    shown = Moment("2026-11-21T07:59:00.000Z", millis(at), 60_000)
    assert moment_of(at, RECORDED, quality) == shown


def test_a_device_without_clock_happened_when_the_gateway_heard() -> None:
    assert moment_of("2026-11-21T07:00:00Z", RECORDED, "gateway") == SHOWN


@pytest.mark.parametrize("recorded", ["1969-12-31T23:59:59.999Z", "9001-01-01T00:00:00.000Z"])
def test_a_gateway_clock_at_the_calendars_end_is_refused(recorded: str) -> None:
    with pytest.raises(ValueError, match="a gateway's clock at"):
        moment_of(RECORDED, recorded, "device-zone")


@pytest.mark.parametrize("recorded", ["1970-01-01T00:00:00.000Z", "9000-12-31T23:59:59.999Z"])
def test_up_to_there_it_is_shown(recorded: str) -> None:
    assert moment_of(recorded, recorded, "gateway").at == recorded


@pytest.mark.parametrize(
    "stamp",
    [
        "", "2026-11-21", "2026-11-21T08:00:00", "2026-11-21T08:00Z", "2026-11-21T08:00:60Z",
        "2026-11-21T24:00:00Z", "2026-02-30T08:00:00Z", "2026-11-21T08:00:0٣Z",
        "2026-11-21T08:00:00.12٣Z", "2026-11-21T08:00:-1.000Z", "2026-11-21T08:00: 1Z",
        "2026-11-21T08:00:00.000+0800", "2026-11-21T08:00:00+24:00", "2026-11-21T08:00:00.Z",
        "2026-11-21X08:00:00Z", "2026-11-21T08:00:00.000Z ", "2026-W47-6T08:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_as_by_the_slow_way(stamp: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_rfc3339(stamp)
    with pytest.raises(ValueError, match=r"."):
        millis(stamp)


def test_the_quick_way_is_the_slow_way() -> None:
    chance = Random(SEED)
    for _ in range(3_000):
        zone = timezone(timedelta(minutes=chance.randrange(-23 * 60, 23 * 60)))
        at = datetime(1970, 1, 2, tzinfo=UTC) + timedelta(milliseconds=chance.randrange(2**47))
        fraction = chance.choice(
            ("", f".{chance.randrange(10**6):06d}", f".{at.microsecond // 1000:03d}")
        )
        stamp = at.astimezone(zone).replace(microsecond=0, tzinfo=None).isoformat() + fraction
        stamp += chance.choice(("Z", "z", rfc3339(at.astimezone(zone))[-6:]))
        told = parse_rfc3339(stamp)
        whole = told - timedelta(microseconds=told.microsecond % 1000)
        since = whole - datetime(1970, 1, 1, tzinfo=UTC)
        assert millis(stamp) == round(since.total_seconds() * 1000), stamp
        shown = moment_of(stamp, stamp, "device-zone")
        assert shown == Moment(rfc3339(whole.astimezone(UTC)), millis(stamp), 0), stamp


@pytest.mark.parametrize("digits", range(1, 13))
@pytest.mark.parametrize("zone", ["Z", "z", "+08:00", "-00:30"])
def test_a_fraction_of_any_length_is_cut(digits: int, zone: str) -> None:
    stamp = f"2026-11-20T04:00:00.{'123456789012'[:digits]}{zone}"
    whole = millis(f"2026-11-20T04:00:00{zone.upper()}")
    assert millis(stamp) == whole + int("123456789012"[:digits].ljust(3, "0")[:3])


def test_lead_and_lag_are_to_the_millisecond() -> None:
    recorded = parse_rfc3339(RECORDED)
    for edge, step in ((CLOCK_LEAD, 1), (-CLOCK_LAG, -1)):
        inside = recorded + edge
        outside = inside + timedelta(milliseconds=step)
        assert moment_of(rfc3339(inside), RECORDED, "device-zone").late_ms is not None
        assert moment_of(rfc3339(outside), RECORDED, "device-zone") == SHOWN
