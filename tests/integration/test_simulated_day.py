"""A whole day, counted twice: by the views, and from the vendors' bytes by something simple."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from core.events.waste import Category
from infra.hub.views import VIEWS
from projections.alarms.row import Alarm
from projections.past import as_of
from projections.safe_community.rows.cameras import Camera
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.gateways import Gateway
from projections.safe_community.rows.passages import Flow
from projections.safe_community.rows.presence import Device
from projections.view import Kinds
from projections.waste_sorting.rows import Bin, Loads, Point, Tonnage
from tests.fix_day import GROUP, HOURS, START, SimulatedDay
from tests.integration.day_tally import Tally

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def tally(simulated_day: SimulatedDay) -> Tally:
    sent = simulated_day.sent
    groups = (sent[first : first + GROUP] for first in range(0, len(sent), GROUP))
    arrived = [group[-1].at for group in groups for _ in group]
    counted = Tally()
    counted.add(sent, arrived)
    return counted


@pytest.fixture(scope="module")
def safe(simulated_day: SimulatedDay) -> Kinds:
    return simulated_day.hub.runner.rows("safe_community", "c01")[1]


@pytest.fixture(scope="module")
def waste(simulated_day: SimulatedDay) -> Kinds:
    return simulated_day.hub.runner.rows("waste_sorting", "c01")[1]


def of(rows: Kinds, kind: str, row_type: type[Any]) -> dict[str, Any]:
    found = rows[kind]
    assert found
    assert all(isinstance(row, row_type) for row in found.values())
    return dict(found)


def counts(counter: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {key: dict(found) for key, found in counter.items() if found}


def test_the_day_was_a_day(simulated_day: SimulatedDay, tally: Tally) -> None:
    """What is compared below must have happened, faults included."""
    faults = Counter(timed.fault for timed in simulated_day.sent)
    assert all(faults[name] > 50 for name in ("garbage", "duplicate", "late", "clock")), faults
    assert simulated_day.sent[-1].at - START > timedelta(hours=HOURS - 1)
    assert sum(sum(found.values()) for found in tally.granted.values()) > 2_000
    assert min(len(tally.causes), len(tally.lifts), len(tally.purity), len(tally.lost)) > 1
    assert {kind.partition(":")[0] for kind in tally.causes} >= {
        "door.forced", "door.heldopen", "gate.tailgated", "camera.video.lost",
        "waste.bin.overflowed",
    }  # fmt: skip
    assert len(tally.flow) == HOURS


def test_every_message_was_answered_for(simulated_day: SimulatedDay) -> None:
    counters, faults = simulated_day.counters, Counter(t.fault for t in simulated_day.sent)
    assert simulated_day.acked == counters.received == len(simulated_day.sent)
    assert counters.quarantined == faults["garbage"]
    assert counters.duplicates >= faults["duplicate"]
    lanes = simulated_day.journal.streams.values()
    assert counters.recorded == sum(lane.head.last for lane in lanes)
    assert counters.recorded + 1 == len(simulated_day.events), "and one of the hub's own"
    assert simulated_day.hub.runner.unread == 0


def test_passages_by_door_and_class(safe: Kinds, tally: Tally) -> None:
    doors: dict[str, Door] = of(safe, "door", Door)
    for subject, row in doors.items():
        assert row.granted == sum(tally.granted[subject].values()), subject
        assert row.denied == tally.denied[subject], subject
        assert row.taken == tally.taken[subject], subject
        assert row.vehicles == tally.vehicles[subject], subject
    used = {*counts(tally.granted), *tally.denied, *tally.taken, *tally.vehicles}
    assert used <= doors.keys()
    classes: Counter[str] = Counter()
    for found in tally.granted.values():
        classes += found
    flows: Counter[str] = Counter()
    for row in of(safe, "hour", Flow).values():
        flows += Counter(row.granted)
    assert flows == classes
    assert len(classes) == 3


def test_the_flow_of_every_hour(safe: Kinds, tally: Tally) -> None:
    flows: dict[str, Flow] = of(safe, "hour", Flow)
    shown = {
        bucket: {
            **row.granted,
            **({"denied": row.denied} if row.denied else {}),
            **({"vehicles": row.vehicles} if row.vehicles else {}),
        }
        for bucket, row in flows.items()
    }
    assert shown == counts(tally.flow)


def test_cameras(safe: Kinds, tally: Tally) -> None:
    cameras: dict[str, Camera] = of(safe, "camera", Camera)
    assert {subject: row.events for subject, row in cameras.items()} == dict(tally.seen)
    assert {subject: row.lost for subject, row in cameras.items() if row.lost} == dict(tally.lost)


@pytest.mark.parametrize("view", ["safe_community", "waste_sorting"])
def test_alarms(view: str, simulated_day: SimulatedDay, tally: Tally) -> None:
    rows = simulated_day.hub.runner.rows(view, "c01")[1]
    alarms: dict[str, Alarm] = of(rows, "alarm", Alarm)
    expected = {
        key: causes
        for key, causes in tally.causes.items()
        if key.startswith("waste.") == (view == "waste_sorting")
    }
    assert {key: row.causes for key, row in alarms.items()} == expected
    assert {key: row.active for key, row in alarms.items()} == {
        key: tally.active[key] for key in expected
    }
    assert all(key == f"{row.kind}:{row.subject}" for key, row in alarms.items())
    taken_on = [row for row in alarms.values() if row.acknowledged]
    assert [row.acknowledged_by for row in taken_on] == (["guard1"] if view[0] == "s" else [])


def test_deposits_by_point_and_category(waste: Kinds, tally: Tally) -> None:
    points: dict[str, Point] = of(waste, "point", Point)
    shown = {
        subject: {category: one.deposits for category, one in row.categories.items()}
        for subject, row in points.items()
    }
    assert shown == counts(tally.deposits)
    grams = {
        subject: {category: one.net_g for category, one in row.categories.items()}
        for subject, row in points.items()
    }
    assert grams == counts(tally.grams)
    violations = {key: dict(row.violations) for key, row in points.items() if row.violations}
    assert violations == counts(tally.violations)
    assert {key: row.purity for key, row in points.items() if row.purity} == tally.purity


def test_tonnage(waste: Kinds, tally: Tally) -> None:
    days: dict[str, Tonnage] = of(waste, "day", Tonnage)
    for field, expected in (
        ("deposited_g", sum(tally.grams.values(), Counter())),
        ("collected_g", tally.lifted),
        ("weighed_g", tally.weighed),
    ):
        for rows in (days, of(waste, "hour", Tonnage)):
            total: Counter[str] = Counter()
            for row in rows.values():
                total.update(getattr(row, field))
            assert total == expected, field
    assert sum(row.deposits for row in days.values()) == sum(
        found.total() for found in tally.deposits.values()
    )
    assert sum(row.collections for row in days.values()) == tally.lifts.total()
    assert sum(row.violations for row in days.values()) == sum(
        found.total() for found in tally.violations.values()
    )
    hours: dict[str, Tonnage] = of(waste, "hour", Tonnage)
    shown = {bucket: dict(row.deposited_g) for bucket, row in hours.items() if row.deposited_g}
    assert shown == counts(tally.by_hour)
    categories: set[Category] = {"food", "residual", "recyclable", "hazardous"}
    assert set(tally.lifted) == categories


def test_bins(simulated_day: SimulatedDay, waste: Kinds, tally: Tally) -> None:
    bins: dict[str, Bin] = of(waste, "bin", Bin)
    known = {each.subject: each for each in simulated_day.compound.bins}
    assert bins.keys() == known.keys(), "no truck and no reader became a bin"
    for subject, row in bins.items():
        place = known[subject]
        assert row.collections == tally.lifts[subject]
        assert (row.category, row.point, row.uid_hex) == (place.category, place.point, place.tag)
        assert row.device == place.device, "the level sensor's"
        distance = tally.distance[place.device]
        assert row.distance_mm == distance
        span = place.empty_mm - place.full_mm
        assert row.fill == round(min(1, max(0, (place.empty_mm - distance) / span)), 3)
        assert row.identified_at


def test_loads(waste: Kinds, tally: Tally) -> None:
    loads = of(waste, "loads", Loads)["loads"].loads
    assert sorted(one.ticket_no for one in loads) == sorted(tally.tickets)
    assert [one.at for one in loads] == sorted((one.at for one in loads), reverse=True)


def test_the_gateway_told_of_what_it_set_aside(
    simulated_day: SimulatedDay, safe: Kinds, tally: Tally
) -> None:
    row: Gateway = of(safe, "gateway", Gateway)["gw01"]
    torn = sum(timed.fault == "garbage" for timed in simulated_day.sent)
    assert 0 < sum(row.rejected.values()) <= torn, "the last ten seconds may not be told yet"
    assert {kind.rpartition("/")[2] for kind in row.rejected} == {"malformed"}
    assert (row.session, row.boot) == ("open", 1)
    assert row.received == simulated_day.counters.received
    devices: dict[str, Device] = of(safe, "device", Device)
    assert sum(one.events for one in devices.values()) + _of_gateway(simulated_day) == len(
        simulated_day.events
    )
    assert any(one.skew_ms for one in devices.values()), "a clock was wrong and is shown so"


def _of_gateway(day: SimulatedDay) -> int:
    return sum(
        item.event.subject.startswith("gateway/") or item.gateway == "hub" for item in day.events
    )


def test_the_evening_again_from_the_log_alone(simulated_day: SimulatedDay) -> None:
    hub = simulated_day.hub
    for view in VIEWS:
        scope = view.scope("c01")
        position, rows = hub.runner.rows(view.name, scope)
        assert position == hub.log.head()
        past = as_of(hub.log, view, scope, position, hub.desk.catalog)
        assert view.present(past) == view.present(rows)
