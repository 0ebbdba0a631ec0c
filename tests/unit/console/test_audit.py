"""The auditor's page: what it asks, what it shows as missing."""

import json
from datetime import UTC, datetime

import pytest
from starlette.datastructures import QueryParams

from projections.audit.gaps import DeviceGap, Gaps, JournalGap
from projections.console.audit import missing, page
from projections.console.texts import Words

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def gaps(**more: object) -> Gaps:
    given = {"first": 1, "last": 9, "complete": True, "journals": [], "declared": [], "devices": []}
    return Gaps(**{**given, **more})  # type: ignore[arg-type]


def text(found: Gaps, language: str = "en") -> str:
    words = Words("en" if language == "en" else "zh")
    return json.dumps(missing.tables(found, words, NOW), ensure_ascii=False)


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [("", "5001", ""), ("to=7", "", "7"), ("from=3&to=4", "3", "4")],
)
def test_newest_batches_are_asked_for_where_nothing_is_said(
    query: str, since: str, until: str
) -> None:
    wish = page.asked(QueryParams(query), 10_000)
    assert (wish.since, wish.until) == (since, until)


def test_an_empty_log_is_asked_for_whole() -> None:
    assert page.asked(QueryParams(""), 0).since == ""


def test_types_are_taken_apart_at_spaces() -> None:
    assert page.asked(QueryParams("types=door.+access."), 9).types == ("access.", "door.")


def test_nothing_missing_is_said_in_words() -> None:
    shown = text(gaps())
    assert "There is no batch in this range." in shown
    assert "No device has missed a record." in shown


def test_missing_numbers_and_records_stand_out() -> None:
    journal = JournalGap(
        journal="ab" * 16, compound="c01", gateway="gw01", epoch=7, lane="urgent",
        first=1, last=9, batches=7, events=20, missing=[(3, 3), (5, 1005)],
    )  # fmt: skip
    device = DeviceGap(
        compound="c01", gateway="gw01", device="d1", method="serialNo", epoch=1,
        first=10, last=12, position=4, at="2026-11-20T04:00:00.000Z", left=[(10, 11)],
    )  # fmt: skip
    shown = text(gaps(journals=[journal], devices=[device]))
    assert "3 · 5–1,005" in shown
    assert "10–11" in shown
    assert shown.count("tr.warm") == 0  # classes are attributes
    assert shown.count('"class": "warm"') == 2
    assert '"href": "/events/4"' in shown


def test_what_came_after_all_is_told_as_such() -> None:
    device = DeviceGap(
        compound="c01", gateway="gw01", device="d1", method="", epoch=1,
        first=10, last=12, position=4, at="2026-11-20T04:00:00.000Z", left=[],
    )  # fmt: skip
    assert "已补齐" in text(gaps(devices=[device]), "zh")
