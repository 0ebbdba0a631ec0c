"""Orders: on record before they leave, signed, for a while only, to the gateway that can."""

from datetime import timedelta

import pytest

from core.clock import parse_rfc3339
from core.command import CommandRefused, open_command
from core.events.door import Opened
from core.events.policy import CommandIssued
from infra.hub.commands import GOOD
from projections.web.accounts import Account
from projections.web.people import Unfit, Unready, Wish
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_people import PeopleRig
from tests.fix_people import people_rig as people_rig
from tests.unit.hub.test_policies import told

GUARD = Account("guard1", "guard")
OPEN = Wish(verb="open", target="door/south-gate", reason="visitor", gateway="gw01")


def test_on_record_then_signed_and_on_its_way(people_rig: PeopleRig) -> None:
    made = people_rig.people.order("c01", GUARD, OPEN)
    (event,) = told(people_rig.hub, CommandIssued)
    data = event.data
    assert isinstance(data, CommandIssued)
    assert (event.id, data.until, data.gateway) == (made.id, made.until, "gw01")
    assert (data.actor, data.reason, event.subject) == ("guard1", "visitor", "door/south-gate")
    ((compound, gateway, verb, payload, retain),) = people_rig.wire.sent
    assert (compound, gateway, verb, retain) == ("c01", "gw01", "open", False)
    now = people_rig.hub.clock.now()
    order = open_command(payload, people_rig.signer.public, "c01", "gw01", now)
    assert (order.id, order.verb, order.target, order.actor) == (
        made.id, "open", "door/south-gate", "guard1",
    )  # fmt: skip
    good = parse_rfc3339(order.until) - parse_rfc3339(order.issued)
    assert good == GOOD["open"] == timedelta(seconds=10)
    with pytest.raises(CommandRefused, match="late"):
        open_command(payload, people_rig.signer.public, "c01", "gw01", now + timedelta(seconds=11))


def test_the_gateway_is_the_one_that_spoke_of_the_door(people_rig: PeopleRig) -> None:
    hub = people_rig.hub
    hub.add([hub.event(Opened(cause="grant"), "door/south-gate")])
    hub.settle()
    wish = Wish(verb="open", target="door/south-gate", reason="visitor")
    assert people_rig.people.order("c01", GUARD, wish).gateway == "gw01"
    with pytest.raises(Unfit, match="which gateway"):
        people_rig.people.order("c01", GUARD, Wish(verb="open", target="door/x", reason="test"))


def test_a_compound_with_one_gateway_needs_no_telling(people_rig: PeopleRig) -> None:
    wish = Wish(verb="open", target="door/x", reason="test")
    assert people_rig.people.order("c02", GUARD, wish).gateway == "gw01"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(verb="open", target="camera/1", reason="test"), "target of open"),
        (Wish(verb="open", target="door/1", reason="test", args={"ref": "x"}), "no argument"),
        (Wish(verb="open", target="door/1", reason="test", gateway="gw09"), "no gateway"),
        (Wish(verb="mode", target="door/1", reason="test", args={"mode": "ajar"}), "mode needs"),
        (Wish(verb="release", target="door/1", reason="test"), "release needs"),
        (Wish(verb="release", target="door/1", reason="test",
              args={"measured": "m", "outcome": "expired"}), "release needs"),
        (Wish(verb="reset", target="area/compound", reason="test"), "either ref or area"),
        (Wish(verb="reset", target="area/compound", reason="test",
              args={"ref": "s:1"}), "32 hex"),
    ],
)  # fmt: skip
def test_what_no_gateway_would_understand_is_not_sent(
    people_rig: PeopleRig, wish: Wish, said: str
) -> None:
    with pytest.raises(Unfit, match=said):
        people_rig.people.order("c01", GUARD, wish)
    assert people_rig.wire.sent == []
    assert told(people_rig.hub, CommandIssued) == []


def test_when_too_many_wait_it_is_said(people_rig: PeopleRig) -> None:
    people_rig.wire.full = True
    with pytest.raises(Unready, match="not sent"):
        people_rig.people.order("c01", GUARD, OPEN)
