"""Visitors and presence: what is drawn of real rows, and what is behind each number."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.access import Granted, ScreeningHeld, ScreeningReleased, Taken
from core.events.door import Closed, FireReleased
from core.events.policy import Adopted, CommandIssued, PolicyRefused, Published
from core.events.visitor import PassIssued, PassRevoked
from core.site import Area, Door, Site
from projections.console import doors, muster, orders, passes, presence, rulebook
from projections.console.muster import List
from projections.console.passform import moment_of, proposed
from projections.console.people_figures import figures
from projections.console.silence import silent
from projections.console.snapshots import Sight, Snapshots
from projections.console.texts import Words
from projections.safe_community.rows.orders import Order
from projections.safe_community.rows.places import Inside
from projections.safe_community.rows.presence import Device
from projections.web.deed import event_of
from projections.window import CHINA
from tests.fix_hub import HubRig
from tests.unit.console.test_alarms import found, text

WORDS = Words("en")
AT = datetime.now(UTC)
OWN = (PassIssued, PassRevoked, Published, CommandIssued)


def seen(rig: HubRig, *events: tuple[Data, str]) -> Sight:
    """What the hub itself says comes by its own journal, the rest by a gateway."""
    at = rfc3339(AT)
    hubs = [event_of("c01", about, data, at) for data, about in events if isinstance(data, OWN)]
    if hubs:
        rig.desk.append(hubs)
    told = [rig.event(data, about, at=AT) for data, about in events if not isinstance(data, OWN)]
    if told:
        rig.add(told)
    rig.settle()
    return asyncio.run(Snapshots(rig.desk).sight("c01"))


def issued(number: int, **more: object) -> tuple[Data, str]:
    one = PassIssued(
        pass_id=f"{number:016x}",
        valid_from=rfc3339(AT),
        valid_to=rfc3339(AT + timedelta(hours=1)),
        uses=2,
        actor="guard1",
    )
    return msgspec.structs.replace(one, **more), f"pass/{one.pass_id}"


def test_passes_in_force_come_first_and_only_they_can_be_shown_or_revoked(hub_rig: HubRig) -> None:
    sight = seen(
        hub_rig,
        issued(1, doors=("door/gate-south",)),
        issued(2),
        (PassRevoked(pass_id=f"{2:016x}", reason="lost", actor="guard1"), f"pass/{2:016x}"),
    )
    made = passes.items(sight, WORDS, acts=True)
    assert [one.key for one in made] == [f"{1:016x}", f"{2:016x}"]
    good, over = (one.draw() for one in made)
    assert "South gate" in text(good)
    assert [one[1]["data-act"] for one in found(good, "button")] == ["show", "revoke"]
    assert "Revoked" in text(over)
    assert "Lost" in text(over)
    assert found(over, "button") == []
    assert found(passes.items(sight, WORDS, acts=False)[0].draw(), "button") == []


def test_a_pass_whose_time_is_over_is_not_in_force(hub_rig: HubRig) -> None:
    past = rfc3339(AT - timedelta(minutes=1))
    sight = seen(hub_rig, issued(1, valid_to=past), issued(2), (Granted(), "door/gate-south"))
    assert [one.pass_id for one in passes.in_force(sight)] == [f"{2:016x}"]


def test_a_held_gate_has_buttons_for_who_acts_and_none_once_released(hub_rig: HubRig) -> None:
    held = ScreeningHeld(measured="m1", temperature_cel=38.25)
    sight = seen(hub_rig, (held, "door/gate-south"))
    (one,) = presence.holds(sight, WORDS, acts=True)
    assert [button[1]["data-act"] for button in found(one.draw(), "button")] == [
        "admitted", "turned-away",
    ]  # fmt: skip
    assert found(presence.holds(sight, WORDS, acts=False)[0].draw(), "button") == []
    released = ScreeningReleased(measured="m1", outcome="turned-away", actor="guard1")
    sight = seen(hub_rig, (released, "door/gate-south"))
    (over,) = presence.holds(sight, WORDS, acts=True)
    assert found(over.draw(), "button") == []
    assert "Turned away" in text(over.draw())
    assert presence.holding(sight) == []


def test_gateways_that_hold_an_older_policy_or_refused_it_are_told(hub_rig: HubRig) -> None:
    sight = seen(
        hub_rig,
        (Published(version=3, sha256="0" * 64, site=Site(), actor="admin"), "compound/c01"),
        (Adopted(version=2, sha256="0" * 64), "gateway/gw01"),
        (PolicyRefused(version=3, reason="older"), "gateway/gw01"),
    )
    (row,) = rulebook.items(sight, WORDS)
    assert "older than what it holds" in text(row.draw())
    assert rulebook.behind(rulebook.book(sight), ["gw01", "gw02"]) == 2
    assert "version 3 · published by admin" in rulebook.note(sight, WORDS)


def test_without_a_policy_it_is_said_that_gates_deny(hub_rig: HubRig) -> None:
    sight = seen(hub_rig, (Granted(), "door/gate-south"))
    assert rulebook.note(sight, WORDS) == "No policy was published: gateways deny everything"


def test_an_area_is_counted_at_the_doors_that_lead_into_it_or_what_lies_in_it() -> None:
    site = Site(
        areas={"compound": Area(), "b1": Area(parent="compound"), "yard": Area()},
        doors={
            "south": Door(),
            "hall": Door(from_area="compound", to_area="b1"),
            "back": Door(to_area="b1"),
            "shed": Door(to_area="yard"),
        },
    )
    asked = parse_qs(urlsplit(presence.counted_at("compound", site, "c01")).query)
    assert asked["subject"] == ["door/back", "gate/back", "door/south", "gate/south"]
    inner = parse_qs(urlsplit(presence.counted_at("b1", site, "c01")).query)
    assert inner["subject"] == ["door/back", "gate/back", "door/hall", "gate/hall"]
    many = Site(areas=site.areas, doors={f"d{n}": Door() for n in range(40)})
    assert "subject" not in parse_qs(urlsplit(presence.counted_at("compound", many, "c01")).query)


def test_an_area_says_how_far_its_count_may_be_off(hub_rig: HubRig) -> None:
    ref = f"s:{7:032x}"
    sight = seen(
        hub_rig,
        (Granted(subject_ref=ref, subject_class="resident", direction="in"), "door/gate-south"),
        (Taken(subject_ref=ref, subject_class="resident", direction="in"), "door/gate-south"),
        (Granted(subject_ref=f"s:{8:032x}", direction="out"), "door/gate-north"),
    )
    (one,) = presence.areas(sight, WORDS)
    said = text(one.draw())
    assert "1 unmatched exits" in said
    assert "1 – 2" in said


def test_every_figure_has_its_source_a_time_and_the_events_behind_it(hub_rig: HubRig) -> None:
    sight = seen(hub_rig, issued(1), (ScreeningHeld(measured="m", temperature_cel=38), "door/a"))
    made = figures(sight, WORDS)
    assert [one.value for one in made] == ["0", "1", "1", "0", "–"]
    for one in made:
        assert one.href.startswith("/events?compound=c01")
        assert f"@ {sight.position}" in one.source
        assert one.as_of not in ("", "–")


def test_who_left_after_the_list_was_read_is_crossed_out(hub_rig: HubRig) -> None:
    sight = seen(hub_rig, (Granted(), "door/gate-south"))
    here, gone = (
        Inside(ref=f"s:{n}", area="compound", who="resident", door="door/gate-south", since="")
        for n in (1, 2)
    )
    sight = msgspec.structs.replace(sight, safe={**sight.safe, "inside": {here.ref: here}})
    listed = List(record=5, position=4, at=rfc3339(AT), people=(here, gone), names={"s:2": "Wang"})
    first, second = (one.draw() for one in muster.items(listed, sight, WORDS))
    assert "left since" not in text(first)
    assert "Wang" in text(second)
    assert "left since" in text(second)


def test_the_list_is_hidden_until_there_was_a_reason_and_from_a_viewer() -> None:
    asking = muster.lead(None, WORDS, AT, allowed=True)
    assert [one[1]["data-act"] for one in found(asking, "button")] == ["muster"]
    assert found(muster.lead(None, WORDS, AT, allowed=False), "button") == []


@pytest.mark.parametrize(
    ("until", "outcome", "said"),
    [
        (timedelta(seconds=9), "", "no answer yet"),
        (timedelta(seconds=-1), "", "no answer in time"),
        (timedelta(seconds=-1), "obeyed", "Obeyed"),
        (timedelta(seconds=9), "late", "Too late"),
    ],
)
def test_an_order_tells_what_became_of_it(
    hub_rig: HubRig, until: timedelta, outcome: str, said: str
) -> None:
    sight = seen(hub_rig, (CommandIssued(verb="open", target="door/a", actor="x"), "door/a"))
    one = Order(verb="open", target="door/a", actor="guard1", at=rfc3339(AT), outcome=outcome,
                until=rfc3339(sight.now + until))  # fmt: skip
    sight = msgspec.structs.replace(sight, safe={"order": {"1": one}})
    (item,) = orders.items(sight, WORDS, "door/a")
    assert said in text(item.draw())
    assert orders.items(sight, WORDS, "door/b") == []


def test_times_of_the_form_are_of_china_and_the_proposed_end_is_evening() -> None:
    assert moment_of("2026-11-22T16:00") == "2026-11-22T16:00:00.000+08:00"
    assert moment_of("soon") == ""
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=CHINA)
    assert proposed(noon)[1].hour == 22
    assert proposed(noon.replace(hour=21))[1] == noon.replace(hour=21) + timedelta(hours=4)


def test_a_door_that_fire_released_says_so_on_its_tile(hub_rig: HubRig) -> None:
    sight = seen(hub_rig, (FireReleased(), "door/door-b2"), (Closed(), "door/door-b1"))
    released, calm = (one.draw() for one in doors.door_items(sight, WORDS))
    assert "Fire release" in text(released)
    assert "Fire release" not in text(calm)


def test_a_gateways_own_word_is_no_silent_device() -> None:
    old = rfc3339(AT - timedelta(hours=1))
    assert silent(Device(device="dev-1", gateway="gw01", seen=old), AT)
    assert not silent(Device(device="gw01", gateway="gw01", seen=old), AT)
