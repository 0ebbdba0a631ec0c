"""Figures and times as people read them."""

from datetime import UTC, datetime

import pytest

import projections.console.format as shown_as
from projections.console.places import name, natural, place
from projections.console.texts import Words

NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)  # 01:30 on the 21st in China


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-21T01:29:58+08:00", "01:29:58"),
        ("2026-11-20T17:29:58.123Z", "01:29:58"),
        ("2026-11-20T15:59:59Z", "11-20 23:59"),
        ("2025-11-21T01:29:58+08:00", "2025-11-21 01:29"),
        ("", "–"),
        ("yesterday", "yesterday"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_times_are_chinas_and_carry_a_date_when_it_is_not_today(text: str, shown: str) -> None:
    assert shown_as.clock(text, NOW) == shown


def test_the_newest_time_is_found_across_offsets() -> None:
    early, late = "2026-11-21T09:00:00+08:00", "2026-11-21T02:00:00Z"
    assert shown_as.latest([late, early, "", "never"]) == late
    assert shown_as.latest([]) == ""


def test_ages_are_counted_from_milliseconds() -> None:
    assert shown_as.milliseconds("1970-01-01T00:00:01.500Z") == "1500"
    assert shown_as.milliseconds("") == ""


def test_a_tile_shows_minutes_and_keeps_a_date() -> None:
    assert shown_as.short("2026-11-21T01:29:58+08:00", NOW) == "01:29"
    assert shown_as.short("2026-11-20T01:29:58+08:00", NOW) == "11-20 01:29"


@pytest.mark.parametrize(
    ("grams", "shown"),
    [(None, "–"), (0, "0.0 kg"), (49_649, "49.6 kg"), (1_285_000, "1.28 t"), (-500, "-0.5 kg")],
)
def test_mass(grams: int | None, shown: str) -> None:
    assert shown_as.mass(grams) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.42, "0.4 s"),
        (12, "12 s"),
        (119, "119 s"),
        (180, "3 min"),
        (7200, "2 h"),
        (200_000, "2 d"),
    ],
)
def test_durations(value: float, shown: str) -> None:
    assert shown_as.seconds(value) == shown


def test_shares_counts_and_sizes() -> None:
    assert (shown_as.percent(0.935), shown_as.percent(None)) == ("94%", "–")
    assert shown_as.count(1234567) == "1,234,567"
    assert [shown_as.size(octets) for octets in (0, 61_000_000, 41_200_000_000)] == [
        "–", "61.0 MB", "41.2 GB",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "zh", "en"),
    [
        ("door/gate-south", "南门", "South gate"),
        ("door/gate-vehicle", "车行门", "Vehicle gate"),
        ("door/door-b03", "3号楼", "Building 3"),
        ("camera/cam-12", "12号摄像头", "Camera 12"),
        ("point/point-a01", "A01 投放点", "Point A01"),
        ("point-a01", "A01 投放点", "Point A01"),
        ("bin/bin-a03-food", "A03 厨余垃圾桶", "A03 Food"),
        ("point/东门投放点", "东门投放点", "东门投放点"),
        ("door/gate-south-2", "gate-south-2", "gate-south-2"),
        ("<b>a/b</b>", "<b>a/b</b>", "<b>a/b</b>"),
        ("door/", "door/", "door/"),
        ("", "", ""),
    ],
)
def test_places_by_the_installers_convention_or_as_they_are(subject: str, zh: str, en: str) -> None:
    assert (place(subject, Words("zh")), place(subject, Words("en"))) == (zh, en)


def test_a_name_keeps_the_slashes_behind_its_kind() -> None:
    assert name("door/a/b") == "a/b"


def test_ten_comes_after_nine() -> None:
    named = ["door-b10", "door-b9", "门2", "门10", "door-b9a", "door-²"]
    assert sorted(named, key=natural) == [
        "door-b9", "door-b9a", "door-b10", "door-²", "门2", "门10",
    ]  # fmt: skip
