"""Vehicles that stay and people who do not show: timers armed by what is known, come due by the
hub's word alone, stamped with the second that was due."""

from datetime import datetime, timedelta

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.access import Granted
from core.events.device import SessionOpened
from core.events.policy import Published
from core.events.subject import ConsentGiven, ConsentWithdrawn
from core.events.timer import Fired
from core.events.vehicle import Passed
from core.site import Area, Parking, Site
from projections.alarms.row import Alarm, Timer
from projections.safe_community.rows.care import Care
from projections.safe_community.rows.vehicles import Parked
from tests.fix_views import NOON, Folded

PLATE, SOMEBODY, GATE = "s:0a", "s:01", "gate/main"
OVERSTAYED = f"vehicle.overstayed:vehicle/{PLATE}"
SILENT = f"care.no-passage:person/{SOMEBODY}"


def by_hub(view: Folded, data: Data, at: datetime = NOON) -> None:
    view.say(data, "x/hub", gateway="hub", origin="manual", quality="gateway", at=at)


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


@pytest.fixture
def garage(safe: Folded) -> Folded:
    site = Site(areas={"compound": Area()}, parking=Parking(overstay_h={"visitor": 2.0}))
    by_hub(safe, Published(version=1, sha256="00", site=site))
    return safe


def drive(view: Folded, way: str, after: float, **how: str) -> None:
    passed = Passed(direction="in" if way == "in" else "out", plate_ref=PLATE, list="visitor")
    view.say(passed, GATE, at=hours(after), id=f"{way}{after}", **how)


def due(view: Folded, written: float = 100) -> list[str]:
    """Everything armed comes due; the keys it had."""
    keys = view.keys("timer")
    own = [key for key in keys if key.startswith(("overstay", "care"))]
    for key in own:
        timer = view.row("timer", key, Timer)
        by_hub(view, Fired(view="safe_community", timer=key, due=timer.due), hours(written))
    return own


def test_a_visitor_that_stays(garage: Folded) -> None:
    drive(garage, "in", 0)
    parked = garage.row("parked", PLATE, Parked)
    assert (parked.due, parked.overstayed, parked.gate) == (rfc3339(hours(2)), False, GATE)
    (key,) = garage.keys("timer")
    assert garage.row("timer", key, Timer) == Timer(
        name="overstay", about=PLATE, due=rfc3339(hours(2)), cause="in0", gateways=("gw01",)
    )
    due(garage)
    alarm = garage.row("alarm", OVERSTAYED, Alarm)
    assert (alarm.raised, alarm.active, alarm.cause) == (rfc3339(hours(2)), True, "in0")
    assert garage.row("parked", PLATE, Parked).overstayed
    drive(garage, "out", 5)
    assert garage.row("alarm", OVERSTAYED, Alarm).cleared == rfc3339(hours(5))
    assert garage.keys("parked") == []


def test_one_that_left_in_time_arms_nothing(garage: Folded) -> None:
    drive(garage, "out", 1, gateway="gw02", device="d2")
    drive(garage, "in", 0)
    assert garage.keys("timer") == garage.keys("parked") == []


def test_an_exit_beyond_the_due_is_no_evidence_that_there_was_none_before(garage: Folded) -> None:
    """It waits for what other gateways may know; then the stay was as long as it was."""
    drive(garage, "in", 0)
    drive(garage, "out", 5)
    assert len(garage.keys("timer")) == 1
    assert OVERSTAYED not in garage.keys("alarm")
    due(garage)
    alarm = garage.row("alarm", OVERSTAYED, Alarm)
    assert (alarm.raised, alarm.cleared) == (rfc3339(hours(2)), rfc3339(hours(5)))


def test_a_due_of_another_second_changes_nothing(garage: Folded) -> None:
    drive(garage, "in", 0)
    (key,) = garage.keys("timer")
    by_hub(garage, Fired(view="safe_community", timer=key, due=rfc3339(hours(3))), hours(3))
    armed = garage.row("timer", key, Timer)
    garage.say(
        Fired(view="safe_community", timer=key, due=armed.due), "x/gw01", at=hours(3), device="gw01"
    )
    assert OVERSTAYED not in garage.keys("alarm"), "nor does what a gateway says of it"
    assert garage.keys("timer") == [key]


def test_a_gateway_heard_of_later_must_be_heard_too(garage: Folded) -> None:
    drive(garage, "in", 0)
    garage.say(SessionOpened(boot=1), "gateway/gw09", gateway="gw09", device="gw09")
    (key,) = garage.keys("timer")
    assert garage.row("timer", key, Timer).gateways == ("gw01", "gw09")


def test_nobody_overstays_where_no_place_is_described(safe: Folded) -> None:
    drive(safe, "in", 0)
    assert (safe.keys("timer"), safe.row("parked", PLATE, Parked).due) == ([], "")


# --- care ----------------------------------------------------------------------------------


@pytest.fixture
def cared(safe: Folded) -> Folded:
    by_hub(safe, ConsentGiven(subject_ref=SOMEBODY, purpose="care", basis="form", hours=12.0))
    return safe


def pass_by(view: Folded, after: float, **how: str) -> None:
    view.say(Granted(subject_ref=SOMEBODY), GATE, at=hours(after), id=f"p{after}", **how)


def test_silence_is_told_once_and_a_passage_ends_it(cared: Folded) -> None:
    pass_by(cared, 3)
    row = cared.row("care", SOMEBODY, Care)
    assert (row.due, row.last) == (rfc3339(hours(15)), rfc3339(hours(3)))
    assert len(cared.keys("timer")) == 1
    due(cared)
    alarm = cared.row("alarm", SILENT, Alarm)
    assert (alarm.raised, alarm.active) == (rfc3339(hours(15)), True)
    pass_by(cared, 16)
    assert not cared.row("alarm", SILENT, Alarm).active
    assert cared.row("care", SOMEBODY, Care).due == rfc3339(hours(28))


def test_a_passage_that_is_delivered_late_makes_the_silence_untrue(cared: Folded) -> None:
    pass_by(cared, 3)
    pass_by(cared, 20)
    assert len(cared.keys("timer")) == 2
    pass_by(cared, 10, gateway="gw02", device="d2")
    (key,) = cared.keys("timer")
    assert cared.row("timer", key, Timer).due == rfc3339(hours(32))


def test_nothing_is_kept_without_consent_and_nothing_after_it(cared: Folded) -> None:
    cared.say(Granted(subject_ref="s:02"), GATE)
    assert cared.keys("care") == [SOMEBODY]
    pass_by(cared, 3)
    by_hub(cared, ConsentWithdrawn(subject_ref=SOMEBODY, purpose="care"), hours(4))
    assert cared.keys("care") == cared.keys("timer") == []
    pass_by(cared, 5)
    assert cared.keys("care") == []


def test_a_gateway_can_consent_for_nobody(safe: Folded) -> None:
    consent = ConsentGiven(subject_ref=SOMEBODY, purpose="care", basis="form", hours=12.0)
    safe.say(consent, "subject/x")
    assert safe.keys("care") == []
