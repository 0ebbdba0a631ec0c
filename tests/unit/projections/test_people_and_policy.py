"""What the hub says and what gateways answer: lists, passes, policies, findings, orders, duty."""

from datetime import datetime, timedelta

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.access import (
    ConflictFound,
    Granted,
    ScreeningHeld,
    ScreeningReleased,
    TemperatureMeasured,
)
from core.events.device import HealthReported
from core.events.door import Opened
from core.events.duty import HandedOver, Taken
from core.events.policy import Adopted, CommandDone, CommandIssued, PolicyRefused, Published
from core.events.subject import Unlisted, WatchListed
from core.events.visitor import PassIssued, PassRevoked, PassUsed
from core.site import Area, Site
from core.site import Door as Described
from projections.safe_community import orders
from projections.safe_community.findings import FACES
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.duty import Duty
from projections.safe_community.rows.findings import Finding
from projections.safe_community.rows.orders import Order
from projections.safe_community.rows.passages import Recent
from projections.safe_community.rows.policy import Rulebook
from projections.safe_community.rows.screening import Held
from projections.safe_community.rows.visitors import Pass
from projections.safe_community.rows.watching import Watched
from projections.safe_community.view import SAFE_COMMUNITY
from tests.fix_views import COMPOUND, NOON, Folded, minutes

GATE = "gate/main"
LISTED = f"access.watchlisted:{GATE}"


def by_hub(view: Folded, data: Data, at: datetime = NOON, about: str = "x/hub") -> str:
    said = view.say(data, about, gateway="hub", origin="manual", quality="gateway", at=at)
    return said.event.id


def listing(until: str = "2026-11-21T00:00:00.000Z") -> WatchListed:
    return WatchListed(subject_ref="s:1", reason="r", basis="b", until=until)


@pytest.mark.parametrize(
    ("until", "passed", "alarms"),
    [
        ("2026-11-21T08:00:00+08:00", NOON + minutes(1), True),
        ("2026-11-21T08:00:00+08:00", NOON - minutes(1), False),
        ("2026-11-20T04:00:30.000Z", NOON + minutes(1), False),
        ("never", NOON + minutes(1), False),
    ],
)
def test_a_listed_person_is_told_of_until_the_entry_expires(
    until: str, passed: datetime, alarms: bool, safe: Folded
) -> None:
    by_hub(safe, listing(until))
    safe.say(Granted(subject_ref="s:1"), GATE, at=passed)
    assert (LISTED in safe.keys("alarm")) is alarms
    assert (safe.row("watch", "s:1", Watched).seen != "") is alarms


def test_what_is_delivered_after_the_entry_was_taken_off(safe: Folded) -> None:
    by_hub(safe, listing())
    by_hub(safe, Unlisted(subject_ref="s:1"), NOON + minutes(10))
    safe.say(Granted(subject_ref="s:1"), GATE, at=NOON + minutes(11))
    assert safe.keys("alarm") == []
    safe.say(Granted(subject_ref="s:1"), GATE, at=NOON + minutes(9))
    assert safe.keys("alarm") == [LISTED]
    assert SAFE_COMMUNITY.present(safe.state.rows(COMPOUND))["watched"] == []


def test_a_pass_is_used_up_revoked_or_expired(safe: Folded) -> None:
    def state(name: str = "p1") -> str:
        shown = SAFE_COMMUNITY.present(safe.state.rows(COMPOUND))["passes"]
        return {one["passId"]: str(one["state"]) for one in shown}[name]

    issued = PassIssued(
        pass_id="p1", valid_from=rfc3339(NOON), valid_to=rfc3339(NOON + minutes(60)), uses=2
    )
    by_hub(safe, issued)
    assert state() == "issued"
    used = PassUsed(pass_id="p1", decision="x", use=1)
    safe.say(used, GATE)
    assert state() == "used"
    safe.say(Opened(), GATE, at=NOON + minutes(61))
    assert state() == "expired"
    safe.say(used, GATE, gateway="gw02", device="d2")
    assert state() == "used-up", "two gates that did not hear of each other"
    by_hub(safe, PassRevoked(pass_id="p1", reason="no"))
    assert (state(), safe.row("pass", "p1", Pass).reason) == ("revoked", "no")


def site(**doors: Described) -> Published:
    described = Site(areas={"compound": Area()}, doors=doors)
    return Published(version=1, sha256="00", site=described, actor="chief")


def findings(view: Folded) -> list[str]:
    return view.keys("finding")


def test_findings_of_a_described_place(safe: Folded) -> None:
    safe.say(Opened(), "door/old")
    assert safe.row("door", "door/old", Door).known
    by_hub(
        safe,
        site(
            main=Described(credentials=("face",)),
            side=Described(),
            ok=Described(credentials=("face", "card")),
        ),
    )
    assert findings(safe) == [
        "credentials-untold:door/side", "face-only:door/main", "unknown-door:door/old",
    ]  # fmt: skip
    assert not safe.row("door", "door/old", Door).known
    safe.say(Opened(), "door/new")
    assert "unknown-door:door/new" in findings(safe)
    assert not safe.row("door", "door/new", Door).known
    safe.say(Opened(), "door/ok")
    assert safe.row("door", "door/ok", Door).known


def test_a_door_at_which_only_faces_were_ever_seen(safe: Folded) -> None:
    for number in range(FACES):
        assert findings(safe) == []
        safe.say(Granted(credential="face"), GATE, at=NOON + timedelta(seconds=number))
    found = safe.row("finding", f"face-only:{GATE}", Finding)
    assert (found.detail, found.since) == ("seen", rfc3339(NOON + timedelta(seconds=FACES - 1)))
    safe.say(Granted(credential="card"), GATE, at=NOON + minutes(5))
    assert findings(safe) == []


def test_the_rulebook_and_who_decides_by_it(safe: Folded) -> None:
    by_hub(safe, site(main=Described(credentials=("card",))))
    safe.say(Adopted(version=1, sha256="00"), "policy/gw01", device="gw01")
    safe.say(PolicyRefused(version=1, reason="key"), "policy/gw02", gateway="gw02", device="gw02")
    safe.say(Published(version=9, sha256="ff", site=Site()), "policy/c01")
    by_hub(safe, Adopted(version=9, sha256="ff"))
    row = safe.row("policy", "policy", Rulebook)
    assert (row.version, dict(row.gateways), dict(row.refused)) == (
        1, {"gw01": 1}, {"gw02": "key"},
    )  # fmt: skip
    assert list(row.site.doors) == ["main"]


def test_a_grant_that_a_newer_policy_would_not_have_given(safe: Folded) -> None:
    safe.say(Granted(), GATE, id="g1")
    safe.say(ConflictFound(decision="g1", policy=1, newer=2, reason="unauthorized"), GATE)
    (passage,) = safe.row("recent", "passages", Recent).passages
    assert (passage.conflict, safe.row("door", GATE, Door).conflicts) == ("unauthorized", 1)
    assert f"access.conflict:{GATE}" in safe.keys("alarm")


def test_an_order_and_its_answer(safe: Folded) -> None:
    told = CommandIssued(verb="open", target=GATE, actor="guard1", gateway="gw01")
    order = by_hub(safe, told)
    answer = CommandDone(command=order, verb="open", outcome="obeyed")
    safe.say(answer, GATE, gateway="gw02", device="gw02")
    assert safe.row("order", order, Order).outcome == "", "another gateway's word"
    safe.say(answer, GATE, at=NOON + minutes(1), device="gw01")
    row = safe.row("order", order, Order)
    assert (row.outcome, row.answered_by) == ("obeyed", "gw01")


def test_only_the_newest_orders_are_kept(safe: Folded) -> None:
    told = [
        by_hub(safe, CommandIssued(verb="open", target=GATE, actor="g"), NOON - minutes(number))
        for number in range(orders.KEPT + 2)
    ]
    assert safe.keys("order") == sorted(told[: orders.KEPT])


def test_whose_watch_it_is(safe: Folded) -> None:
    by_hub(safe, Taken(actor="guard1"))
    assert safe.row("duty", "duty", Duty).actor == "guard1"
    given = HandedOver(actor="guard1", since=rfc3339(NOON), to="guard2", figures={"b": 1, "a": 2})
    by_hub(safe, given, NOON + minutes(5))
    row = safe.row("duty", "duty", Duty)
    assert (row.actor, row.handed_by, row.handed_to) == ("", "guard1", "guard2")
    by_hub(safe, Taken(actor="guard2"), NOON + minutes(6))
    row = safe.row("duty", "duty", Duty)
    assert (row.actor, row.since, row.handed_by, dict(row.figures)) == (
        "guard2", rfc3339(NOON + minutes(6)), "guard1", {"a": 2, "b": 1},
    )  # fmt: skip


def test_a_screening_chain(safe: Folded) -> None:
    safe.say(TemperatureMeasured(temperature_cel=38.2, abnormal=True), GATE, id="m1")
    safe.say(ScreeningHeld(measured="m1", temperature_cel=38.2), GATE)
    assert safe.row("door", GATE, Door).held == "m1"
    released = ScreeningReleased(measured="m1", outcome="turned-away", actor="guard1")
    by_hub(safe, released, about=GATE)
    assert safe.row("held", "m1", Held).state == "held", "only the gateway can tell"
    safe.say(released, GATE, at=NOON + minutes(1))
    row = safe.row("held", "m1", Held)
    assert (row.state, row.released_by) == ("turned-away", "guard1")
    assert (safe.row("door", GATE, Door).held, safe.row("door", GATE, Door).temperatures) == ("", 1)


def test_health_of_a_gateway_is_no_fact_of_the_place(safe: Folded) -> None:
    safe.say(HealthReported(boot=1, backlog=7), "gateway/gw01", device="gw01")
    assert findings(safe) == []
