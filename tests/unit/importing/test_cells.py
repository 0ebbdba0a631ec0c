"""Cells as people fill them in."""

from zoneinfo import ZoneInfo

import pytest

from infra.importing import cells
from infra.importing.aside import Unfit
from infra.importing.columns import COLUMNS, headers, words

CHINA = ZoneInfo("Asia/Shanghai")
FIELDS = words(COLUMNS.fields)


@pytest.mark.parametrize(
    ("told", "unit", "grams"),
    [
        ("98.6", "kg", 98_600),
        ("1,098.65", "kg", 1_098_650),
        ("98600", "g", 98_600),
        ("12.34", "t", 12_340_000),
        ("98.6kg", "g", 98_600),  # the cell's own word
        ("98.6 公斤", "", 98_600),
        ("３５", "jin", 17_500),
        (".5", "kg", 500),
        ("0", "kg", 0),
    ],
)
def test_weights_are_whole_grams(told: str, unit: str, grams: int) -> None:
    assert cells.weight(told, unit, "net").grams == grams


@pytest.mark.parametrize(
    ("told", "unit", "reason"),
    [
        ("-3", "kg", "negative-weight"),
        ("n/a", "kg", "number"),
        ("1e400", "kg", "number"),
        ("3 lb", "kg", "unit"),
        ("3", "", "no-unit"),
        ("1.2.3", "kg", "number"),
        ("1" + " " * 100_000 + "5", "kg", "number"),  # at once: no blank is looked at twice
    ],
)
def test_what_is_no_weight_says_why(told: str, unit: str, reason: str) -> None:
    with pytest.raises(Unfit) as unfit:
        cells.weight(told, unit, "net")
    assert unfit.value.reason == reason


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-10-03 05:20:44", "2026-10-03T05:20:44+08:00"),
        ("2026/10/3 5:20", "2026-10-03T05:20:00+08:00"),
        ("2026.10.03 05:20:44.25", "2026-10-03T05:20:44.250+08:00"),
        ("2026年10月3日 5时20分44秒", "2026-10-03T05:20:44+08:00"),
        ("2026年10月3日5点20分", "2026-10-03T05:20:00+08:00"),
        ("20261003052044", "2026-10-03T05:20:44+08:00"),
        ("2026-10-03T05:20:44+0700", "2026-10-03T05:20:44+07:00"),
        ("2026-10-03T05:20:44Z", "2026-10-03T05:20:44Z"),
    ],
)
def test_times_as_districts_write_them(told: str, at: str) -> None:
    assert cells.stamp(cells.moment(told, CHINA, "time")) == at


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("2026-02-30 05:20", "no-date"),
        ("2026-10-03 25:20", "no-date"),
        ("2026-10-03", "date-only"),
        ("yesterday", "time"),
        ("45962.22", "time"),
    ],
)
def test_what_is_no_time_says_why(told: str, reason: str) -> None:
    with pytest.raises(Unfit) as unfit:
        cells.moment(told, CHINA, "time")
    assert unfit.value.reason == reason


def test_a_time_without_a_zone_is_nobodys_to_guess() -> None:
    with pytest.raises(Unfit) as unfit:
        cells.moment("2026-10-03 05:20", None, "time")
    assert unfit.value.reason == "no-zone"
    assert cells.moment("2026-10-03 05:20Z", None, "time").isoformat().endswith("+00:00")


@pytest.mark.parametrize(("told", "value"), [("0.95", 0.95), ("95%", 0.95), ("95", 0.95), ("1", 1)])
def test_a_share_may_be_a_percentage(told: str, value: float) -> None:
    assert cells.fraction(told, "purity") == value


@pytest.mark.parametrize("told", ["101%", "-1", "good"])
def test_no_share_is_beyond_one(told: str) -> None:
    with pytest.raises(Unfit):
        cells.fraction(told, "purity")


@pytest.mark.parametrize(
    ("told", "category"),
    [
        ("厨余垃圾", "food"),
        ("干垃圾", "residual"),
        ("Recyclables", "recyclable"),
        ("有害", "hazardous"),
    ],
)
def test_categories_by_any_of_their_names(told: str, category: str) -> None:
    assert cells.category(told) == category


@pytest.mark.parametrize(
    ("cell", "field", "unit"),
    [
        ("毛重(kg)", "gross", "kg"),
        ("毛重（公斤）", "gross", "kg"),
        ("毛重kg", "gross", "kg"),
        ("毛重千克", "gross", "kg"),
        ("皮重吨", "tare", "t"),
        ("净重/吨", "net", "t"),
        ("Gross_Weight [kg]", "gross", "kg"),
        ("gross_g", "gross", "g"),
        (" 车牌号 ", "plate", ""),
        ("Ticket No", "ticket", ""),
    ],
)
def test_headers_in_both_languages(cell: str, field: str, unit: str) -> None:
    (found,) = headers([cell], FIELDS)
    assert found is not None
    assert (found.field, found.unit) == (field, unit)


@pytest.mark.parametrize("cell", ["备注", "毛重(磅)", "毛重磅", "备注kg", "", "粤B12345"])
def test_a_header_that_is_not_known_is_no_column(cell: str) -> None:
    assert headers([cell], FIELDS) == [None]


def test_no_spelling_means_two_fields() -> None:
    every = [word for some in COLUMNS.fields.values() for word in some]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("kind", COLUMNS.kinds, ids=[one.name for one in COLUMNS.kinds])
def test_what_a_kind_names_are_fields(kind: object) -> None:
    for name in ("device", "key", "otherwise", "weighs", "data"):
        assert set(getattr(kind, name)) <= set(COLUMNS.fields)
