"""Which instant to show, and what a source says."""

from datetime import datetime

import msgspec
import pytest

from core.clock import parse_rfc3339
from core.event import Event, TimeQuality, occurred, parse_source, source_of
from tests.fix_core import door_opened

RECORDED = "2026-11-21T08:00:00.000Z"


def told(time: str, recorded: str = RECORDED, quality: TimeQuality = "device-zone") -> Event:
    return msgspec.structs.replace(
        door_opened(1), time=time, recordedtime=recorded, timequality=quality
    )


@pytest.mark.parametrize(
    "time",
    [
        RECORDED,
        "2026-11-21T16:00:00+08:00",
        "2026-11-21T08:05:00Z",  # exactly the lead allowed
        "2026-11-18T08:00:00Z",  # three days late is late, not wrong
        "2025-11-20T08:00:00Z",  # exactly the lag allowed
    ],
)
def test_a_possible_device_time_is_shown(time: str) -> None:
    assert occurred(told(time)) == parse_rfc3339(time)


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
    assert occurred(told(time)) == parse_rfc3339(RECORDED)


@pytest.mark.parametrize("quality", ["device-zone", "device-assumed"])
def test_both_device_qualities_are_believed(quality: TimeQuality) -> None:
    at = "2026-11-21T07:59:00Z"
    assert occurred(told(at, quality=quality)) == parse_rfc3339(at)


def test_a_device_without_clock_happened_when_the_gateway_heard() -> None:
    assert occurred(told("", quality="gateway")) == parse_rfc3339(RECORDED)


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_a_gateway_clock_at_the_calendars_end_is_no_crash(end: str) -> None:
    assert occurred(told(end, recorded=end)) == parse_rfc3339(end)


def test_occurred_is_aware() -> None:
    shown: datetime = occurred(told(RECORDED))
    assert shown.tzinfo is not None


@pytest.mark.parametrize("device", ["door-1", "a/b", "锁", ""])
def test_source_and_back(device: str) -> None:
    assert parse_source(source_of("jinxiu", "gw-1", device)) == ("jinxiu", "gw-1", device)


def test_a_fragment_is_not_part_of_the_device() -> None:
    assert parse_source("/c/a/gw/b/dev/c#urn:x/y") == ("a", "b", "c")


@pytest.mark.parametrize(
    "source",
    ["", "/", "c/a/gw/b/dev/c", "/c/a/gw/b", "/c/a/gw/b/dev", "/x/a/gw/b/dev/c", "/c/a/xx/b/dev/c"],
)
def test_another_form_of_source_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="menwei source"):
        parse_source(source)
