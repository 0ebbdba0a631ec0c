"""The typed looks: what counts as a number, a name, a time, and as somebody's name."""

from datetime import timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.clock import parse_rfc3339
from core.errors import Undecodable
from devices import fields

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (5, 5), (5.0, 5), ("5", 5), (" 5 ", 5), ("0x4b", 75), ("-3", -3), (0, 0),
        (5.5, None), (True, None), ("five", None), ("٥", None), (None, None), ([5], None),
        (2**53, None), (10**400, None), ("9" * 40, None), ("", None),
    ],
)  # fmt: skip
def test_whole_numbers(told: Any, expected: int | None) -> None:
    assert fields.integer({"n": told}, "n") == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (0.5, 0.5), ("0.5", 0.5), (7, 7.0), (True, None), ("nan", None), ("inf", None),
        (10**400, None), ({}, None), ("", None),
    ],
)  # fmt: skip
def test_numbers_are_finite(told: Any, expected: float | None) -> None:
    assert fields.number({"n": told}, "n") == expected


def test_the_first_usable_of_several_names_counts() -> None:
    record = {"a": "", "b": None, "c": "x", "d": "y"}
    assert fields.text(record, "a", "b", "c", "d") == "x"
    assert fields.integer({"a": "no", "b": "7"}, "a", "b") == 7
    assert fields.section({"a": [], "b": {"k": 1}}, "a", "b") == {"k": 1}
    assert fields.section({"a": []}, "a") == {}


@pytest.mark.parametrize(
    ("told", "expected"),
    [(True, True), ("true", True), (1, True), ("0", False), ("False", False), (None, None),
     ("maybe", None), ([], None)],
)  # fmt: skip
def test_truth_in_all_its_spellings(told: Any, expected: bool | None) -> None:
    assert fields.truth({"t": told}, "t") is expected


def test_text_carries_no_control_or_bidi_characters() -> None:
    assert fields.clean("  a\x00b\u202ec\n ") == "abc"
    assert fields.clean("李\u3000雨") == "李\u3000雨"
    assert len(fields.clean("x" * 10_000)) == 256


def test_code_words_only() -> None:
    assert fields.code({"c": "MIFARE 1KB"}, "c") == "MIFARE 1KB"
    assert fields.code({"c": "李小雨"}, "c") == ""
    assert fields.code({"c": "x" * 65}, "c") == ""


def test_slugs_fit_into_a_source() -> None:
    assert fields.slug("南门 #1/../x") == "南门-1-..-x"
    assert fields.slug("..") == ""
    assert fields.slug("\ud800") == ""
    assert len(fields.slug("x" * 100)) == 64


@pytest.mark.parametrize(
    ("told", "expected", "quality"),
    [
        ("2026-02-24T19:45:13+08:00", "2026-02-24T19:45:13+08:00", "device-zone"),
        ("2026-02-24T19:45:13+0800", "2026-02-24T19:45:13+08:00", "device-zone"),
        ("2026-02-24t11:45:13.5z", "2026-02-24T11:45:13.500Z", "device-zone"),
        ("2026-02-24T11:45:13.123456789Z", "2026-02-24T11:45:13.123Z", "device-zone"),
        ("2026-02-24T19:45:13", "2026-02-24T19:45:13+08:00", "device-assumed"),
        ("2026/02/24 19:45:13", "2026-02-24T19:45:13+08:00", "device-assumed"),
        ("20260224T194513", "2026-02-24T19:45:13+08:00", "device-assumed"),
    ],
)
def test_wall_clocks(told: str, expected: str, quality: str) -> None:
    assert fields.moment(told, SHANGHAI) == (expected, quality)


@pytest.mark.parametrize(
    "told",
    ["", "yesterday", "2026-02-30T00:00:00Z", "2026-02-24", "19:45:13", "1760000000",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-24T25:00:00Z"],
)  # fmt: skip
def test_times_nobody_can_mean(told: str) -> None:
    with pytest.raises(Undecodable) as refusal:
        fields.moment(told, SHANGHAI)
    assert refusal.value.reason == "time"
    assert told not in refusal.value.detail or not told


def test_offsets_with_seconds_become_utc() -> None:
    time, _quality = fields.moment("1890-01-01T08:05:43", SHANGHAI)  # local mean time then
    assert time == "1890-01-01T00:00:00Z"
    odd = timezone(timedelta(hours=8, seconds=30))
    assert parse_rfc3339(fields.moment("2026-01-01T00:00:00", odd)[0]).utcoffset() == timedelta()


def test_unix_times() -> None:
    assert fields.unix(1607123962.082975) == "2020-12-04T23:19:22.082Z"
    for impossible in (1e300, -1e300, 4e11):
        with pytest.raises(Undecodable):
            fields.unix(impossible)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("E9F35959", "E9F35959"), ("74-10-37-94", "74103794"), ("0xe9:f3:59:59", "E9F35959"),
        (7616525, "0074380D"), (2**32 - 1, "FFFFFFFF"), ("A5B2C", "0A5B2C"),
        (0, ""), (-1, ""), (2**64, ""), ("", ""), ("hello", ""), ("12", ""), ("F" * 33, ""),
    ],
)  # fmt: skip
def test_tags_are_upper_case_hex(told: str | int, expected: str) -> None:
    assert fields.uid_hex(told) == expected


@pytest.mark.parametrize(
    ("value", "secrets", "expected"),
    [
        ("gate/粤B12345", (), True),
        ("粤B·D12345", (), True),
        ("粤b-12345", (), True),
        ("京东-locker-3", (), False),
        ("bin/川A区", (), False),
        ("visitor-13800138000", (), True),
        ("1760000000123", (), False),
        ("door-0012345678-7", ("0012345678",), True),
        ("door-001234-5678", ("0012345678",), True),
        ("evt-0007", ("7",), False),
        ("李小雨-7", ("李小雨",), True),
        ("evt-1", (), False),
    ],
)
def test_names_that_give_somebody_away(
    value: str, secrets: tuple[str, ...], expected: bool
) -> None:
    assert fields.reveals(value, secrets) is expected


def test_native_codes_are_flat_and_only_what_was_sent() -> None:
    made = fields.native("x", a=0, b=None, c="", d=1.0, e=1.5, f=False)
    assert made == {"adapter": "x", "a": 0, "d": 1, "e": 1.5, "f": False}
    assert isinstance(made["d"], int)
