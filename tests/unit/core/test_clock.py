"""RFC 3339 both ways; a wall time without a zone is no instant."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.clock import SystemClock, parse_rfc3339, rfc3339

BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 21, 8, 0, tzinfo=UTC), "2026-11-21T08:00:00.000Z"),
        (datetime(2026, 11, 21, 16, 0, 0, 5_999, BEIJING), "2026-11-21T16:00:00.005+08:00"),
        (
            datetime(2026, 1, 1, tzinfo=timezone(-timedelta(hours=9, minutes=30))),
            "2026-01-01T00:00:00.000-09:30",
        ),
        (datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00.000Z"),
    ],
)
def test_written(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T08:00:00Z", datetime(2026, 11, 21, 8, tzinfo=UTC)),
        ("2026-11-21T16:00:00+08:00", datetime(2026, 11, 21, 8, tzinfo=UTC)),
        ("2026-11-21T08:00:00.5Z", datetime(2026, 11, 21, 8, 0, 0, 500_000, UTC)),
        ("2026-11-21T08:00:00.123456Z", datetime(2026, 11, 21, 8, 0, 0, 123_456, UTC)),
        ("2026-11-21T08:00:00.123456789Z", datetime(2026, 11, 21, 8, 0, 0, 123_456, UTC)),
        ("2026-11-21T16:00:00.1234567+08:00", datetime(2026, 11, 21, 8, 0, 0, 123_456, UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_read(text: str, moment: datetime) -> None:
    assert parse_rfc3339(text) == moment


def test_the_offset_told_is_kept() -> None:
    assert parse_rfc3339("2026-11-21T16:00:00+08:00").utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-21",
        "2026-11-21T08:00:00",
        "2026-11-21T08:00:00.5",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T08:00:00+24:00",
        "2026-11-21T08:00:00.Z",
        "2026-W47-6T08:00:00Z",  # ISO 8601, not RFC 3339; and so are the next four
        "20261121T080000Z",
        "2026-11-21T08Z",
        "2026-11-21T08:00:00,5Z",
        "2026-11-21T08:00:00+0800",
    ],
)
def test_anything_else_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_rfc3339(text)


def test_the_system_clock_is_aware_and_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
