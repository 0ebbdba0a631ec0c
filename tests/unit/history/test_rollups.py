"""Sums over rows: the same whatever the order, and with China's days."""

from datetime import UTC, datetime, timedelta
from random import Random

from core.event import Recorded
from core.events import access, device, waste
from projections.history import rollups
from projections.history.rollups import Groups, Sums, summed
from projections.history.rows import Rows
from tests.contract.history_backends import Facts
from tests.fix_views import NOON, Said

SAID = Said()
MINUTE = timedelta(minutes=1)


def sums(*pages: list[Recorded]) -> Sums:
    rows = Rows()
    groups = Groups()
    for page in pages:
        for chunk in rows.chunks(page, []):
            groups.add(chunk)
    return summed(groups)


def at(moment: datetime, data: object = None, device_name: str = "d") -> Recorded:
    event = SAID.event(data or access.Granted(), "door/1", at=moment, device=device_name)  # type: ignore[arg-type]
    return SAID.stands(event, 1)


def test_no_order_changes_a_sum(seed: int) -> None:
    items = Facts(seed).many(600)
    shuffled = list(items)
    Random(seed).shuffle(shuffled)
    assert sums(items) == sums(shuffled[:200], shuffled[200:])


def test_bits_of_a_day_begin_at_midnight_in_china() -> None:
    midnight = datetime(2026, 11, 19, 16, tzinfo=UTC)
    found = sums(
        [
            at(midnight),
            at(midnight + 29 * MINUTE),
            at(midnight + 30 * MINUTE),
            at(midnight - MINUTE),
        ]
    ).devices
    day = rollups.day_of(rollups.micros(midnight))
    assert rollups.day_text(day) == "2026-11-20"
    today, before = found["c01", "gw01", "d", day], found["c01", "gw01", "d", day - 1]
    assert (today.heard, today.events) == (0b11, 3)
    assert (before.heard, before.events) == (1 << 47, 1)
    assert today.first == rollups.micros(midnight)
    assert today.last == rollups.micros(midnight + 30 * MINUTE)


def test_a_lost_device_was_not_heard() -> None:
    found = sums([at(NOON, device.Lost()), at(NOON, device.Lost())])
    (one,) = found.devices.values()
    assert (one.events, one.lost, one.heard, one.first, one.last) == (0, 2, 0, 0, 0)


def test_what_the_hub_does_itself_is_no_devices_day() -> None:
    own = Said("hub")
    found = sums([own.stands(own.event(access.Granted(), "door/1"), 1)])
    assert found.devices == {}
    assert len(found.passages) == 1


def test_hours_are_whole_and_kept_apart() -> None:
    ends = NOON + timedelta(hours=1)
    found = sums(
        [at(NOON), at(ends - timedelta(milliseconds=1)), at(ends), at(NOON, access.Taken())]
    )
    noon, after = rollups.micros(NOON), rollups.micros(ends)
    assert found.passages == {
        ("c01", "door/1", noon): [2, 0, 1, 0],
        ("c01", "door/1", after): [1, 0, 0, 0],
    }


def test_deposits_by_category_with_those_not_weighed() -> None:
    food = waste.DepositRecorded(category="food", net_g=700)
    found = sums([at(NOON, food), at(NOON, waste.DepositRecorded(category="food"))])
    assert found.deposits == {("c01", "door/1", rollups.micros(NOON), "food"): [2, 700, 1]}


def test_the_first_day_that_does_not_begin_before() -> None:
    midnight = rollups.micros(datetime(2026, 11, 19, 16, tzinfo=UTC))
    day = rollups.day_of(midnight)
    assert [rollups.first_day(midnight + off) for off in (-1, 0, 1)] == [day, day, day + 1]
    assert rollups.moment(midnight) == datetime(2026, 11, 19, 16, tzinfo=UTC)
