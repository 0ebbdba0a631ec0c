"""Time buckets are China's, filled by when a thing happened, and bounded from the old end."""

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import rfc3339
from core.events.access import Granted
from core.events.waste import DepositRecorded
from core.moment import Moment
from projections import window
from projections.safe_community import passages as safe_passages
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.passages import Flow, Recent
from projections.waste_sorting import tonnage
from projections.waste_sorting.rows import Point, Tonnage
from tests.fix_views import NOON, Folded

DOOR, POINT = "door/b1", "point/a01"
RESIDENT = Granted(subject_class="resident")


def test_bucket_keys_are_chinas() -> None:
    moment = Moment("2026-12-31T16:00:59.000Z", 0, None)
    assert window.buckets(moment) == ("2027-01-01T00:00", "2027-01-01T00", "2027-01-01")
    assert window.buckets(Moment("2026-12-31T15:59:59.999Z", 0, None)).day == "2026-12-31"


@pytest.mark.parametrize(
    ("keys", "bucket", "keep", "gone"),
    [
        (["c", "a"], "b", 2, ["a"]),
        (["c", "b"], "a", 2, ["a"]),
        (["a", "b"], "c", 2, ["a"]),
        (["c", "a"], "b", 3, []),
        (["c", "a"], "b", 9, []),
        ([], "a", 1, []),
        (["b"], "a", 1, ["a"]),
        (["d", "c", "a"], "b", 1, ["a", "b", "c"]),
    ],
)
def test_surplus_is_the_oldest(keys: list[str], bucket: str, keep: int, gone: list[str]) -> None:
    assert window.surplus(keys, bucket, keep) == gone


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2026-11-20T23:59:59.999+08:00", "2026-11-20"),
        ("2026-11-21T00:00:00.000+08:00", "2026-11-21"),
        ("2026-11-20T15:59:59.999Z", "2026-11-20"),
        ("2026-11-20T16:00:00.000Z", "2026-11-21"),
        ("2026-11-21T01:00:00.000+09:00", "2026-11-21"),
        ("2026-11-20T11:00:00.000-05:00", "2026-11-21"),
    ],
)
def test_a_day_ends_at_midnight_in_china(told: str, day: str, safe: Folded, waste: Folded) -> None:
    midnight = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    waste.say(DepositRecorded(category="food", net_g=100), POINT, told=told, at=midnight)
    safe.say(RESIDENT, DOOR, told=told, at=midnight)
    assert waste.keys("day") == [day]
    assert waste.keys("hour") == safe.keys("hour")
    assert safe.keys("hour")[0].startswith(day)


@pytest.mark.parametrize(
    "told",
    [
        "2000-01-01T00:00:30.000+08:00",  # never set
        "2036-02-07T14:28:16.000+08:00",  # rolled over
        rfc3339(NOON + timedelta(minutes=6)),
        rfc3339(NOON - timedelta(days=367)),
    ],
)
def test_an_impossible_clock_is_replaced_by_the_gateways(
    told: str, safe: Folded, waste: Folded
) -> None:
    safe.say(RESIDENT, DOOR, told=told)
    waste.say(DepositRecorded(category="food", net_g=5), POINT, told=told)
    assert safe.keys("hour") == waste.keys("hour") == ["2026-11-20T12"]
    assert safe.keys("minute") == ["2026-11-20T12:00"]
    assert safe.row("door", DOOR, Door).last == rfc3339(NOON)
    assert safe.row("recent", "passages", Recent).passages[0].at == rfc3339(NOON)
    assert waste.row("point", POINT, Point).last == rfc3339(NOON)


@pytest.mark.parametrize(
    ("away", "bucket"),
    [(timedelta(minutes=4), "2026-11-20T12"), (timedelta(days=-300), "2026-01-24T12")],
)
def test_a_possible_clock_is_believed(away: timedelta, bucket: str, safe: Folded) -> None:
    safe.say(RESIDENT, DOOR, told=rfc3339(NOON + away))
    assert safe.keys("hour") == [bucket]


def test_a_device_without_a_clock_counts_when_the_gateway_heard_it(safe: Folded) -> None:
    early = rfc3339(NOON - timedelta(hours=5))
    safe.say(RESIDENT, DOOR, told=early, quality="gateway")
    assert safe.keys("hour") == ["2026-11-20T12"]


def test_minutes_are_bounded_and_the_oldest_go(safe: Folded) -> None:
    for count in range(safe_passages.MINUTES + 3):
        safe.say(RESIDENT, DOOR, at=NOON + timedelta(minutes=count))
    keys = safe.keys("minute")
    assert len(keys) == safe_passages.MINUTES
    assert keys[0] == "2026-11-20T12:03"
    safe.say(RESIDENT, DOOR, at=NOON + timedelta(minutes=1), recorded=NOON + timedelta(hours=4))
    assert safe.keys("minute") == keys, "a late fact does not bring a dropped minute back"
    assert sum(safe.row("hour", key, Flow).granted["resident"] for key in safe.keys("hour")) == (
        safe_passages.MINUTES + 4
    ), "the hour has it"


def test_a_late_fact_fills_a_minute_that_is_kept(safe: Folded) -> None:
    for count in (0, 5):
        safe.say(RESIDENT, DOOR, at=NOON + timedelta(minutes=count))
    safe.say(RESIDENT, DOOR, at=NOON + timedelta(minutes=2), recorded=NOON + timedelta(minutes=9))
    safe.say(RESIDENT, DOOR, at=NOON + timedelta(minutes=5))
    counts = {key: safe.row("minute", key, Flow).granted["resident"] for key in safe.keys("minute")}
    assert counts == {"2026-11-20T12:00": 1, "2026-11-20T12:02": 1, "2026-11-20T12:05": 2}


@pytest.mark.parametrize("backwards", [False, True])
def test_hours_and_days_are_bounded_whatever_the_order(
    backwards: bool, safe: Folded, waste: Folded
) -> None:
    hours = tonnage.HOURS + 5
    order = range(hours - 1, -1, -1) if backwards else range(hours)
    for count in order:
        at = NOON + timedelta(hours=count)
        safe.say(RESIDENT, DOOR, at=at)
        waste.say(DepositRecorded(category="food", net_g=1), POINT, at=at)
    newest = [window.hour(NOON + timedelta(hours=count)) for count in range(5, hours)]
    assert safe.keys("hour") == waste.keys("hour") == newest
    assert safe_passages.HOURS == tonnage.HOURS
    point = waste.row("point", POINT, Point)
    assert point.categories["food"].deposits == hours, "totals forget nothing"


def test_days_are_bounded(waste: Folded) -> None:
    for count in range(tonnage.DAYS + 2):
        waste.say(DepositRecorded(category="food", net_g=1), POINT, at=NOON + timedelta(days=count))
    keys = waste.keys("day")
    assert (len(keys), keys[0]) == (tonnage.DAYS, "2026-11-22")
    waste.say(DepositRecorded(category="food"), POINT, at=NOON, recorded=NOON + timedelta(days=9))
    assert waste.keys("day") == keys
    assert all(waste.row("day", key, Tonnage).deposits == 1 for key in keys)
