"""The events behind a number: what an alarm's evidence, a door's page and a list read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from starlette.datastructures import QueryParams

from core.errors import BadFrame
from core.event import Media
from core.events.access import Denied, Granted, Requested
from core.events.camera import VideoLost
from core.events.door import Closed, Forced, HeldOpen
from core.events.vehicle import Passed
from projections.alarms.row import Alarm
from projections.console import doorlog, dossier, eventlist, searching
from projections.console.behind import behind
from projections.console.doorlog import buckets, door_log
from projections.console.doorpage import decided
from projections.console.handover import proposed
from projections.console.links import listed
from projections.console.since import first_since
from projections.console.texts import Words
from projections.console.wall import STATES, Cells
from projections.safe_community.rows.passages import Passage
from projections.web.accounts import Account
from projections.web.acts import Acts
from projections.web.scan import Found
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.test_alarms import text
from tests.unit.console.test_screens import seen

WORDS = Words("en")
GUARD = Account("guard1", "guard")


def now() -> datetime:
    return datetime.now(UTC)


def alarm_of(rig: HubRig, subject: str) -> Alarm:
    return next(one for one in seen(rig).alarms() if one.subject == subject)


def test_evidence_is_the_causes_and_two_minutes_around_of_that_thing(hub_rig: HubRig) -> None:
    at, event = now(), hub_rig.event
    digest = "cd" * 32
    near = event(Closed(), "door/1", at=at - timedelta(seconds=119))
    far = event(Closed(), "door/1", at=at - timedelta(seconds=121))
    other = event(Closed(), "door/2", at=at)
    cause = event(Forced(media=(Media(sha256=digest),)), "door/1", at=at)
    hub_rig.add([far, near, other, cause])
    again = event(Forced(), "door/1", at=at + timedelta(seconds=3))
    hub_rig.add([again])
    alarm = alarm_of(hub_rig, "door/1")
    found = behind(hub_rig.desk, "c01", alarm)
    assert [line.item.event.id for line in found.causes] == [cause.id, again.id]
    assert [line.item.event.id for line in found.around] == [near.id, cause.id, again.id]
    assert [(one.media.sha256, one.state) for one in found.pictures] == [(digest, "awaited")]
    assert found.looked == 0
    assert list(behind(hub_rig.desk, "c02", alarm).around) == []
    shown = [
        text(item.draw()) for item in dossier.items(seen(hub_rig), WORDS, alarm, found, acts=True)
    ]
    assert any(digest[:12] in one for one in shown)


@pytest.mark.parametrize(
    ("changed", "verbs"),
    [
        ({}, "acknowledge assign clear"),
        ({"priority": 2}, "acknowledge shelve assign clear"),
        ({"priority": 2, "shelved_until": "x"}, "acknowledge unshelve assign clear"),
        ({"acknowledged": True, "priority": 3}, "shelve assign clear"),
        ({"active": False, "cleared": "x"}, "acknowledge assign"),
        ({"active": False, "acknowledged": True}, "reopen"),
    ],
)
def test_what_may_be_done_follows_the_state(changed: dict[str, Any], verbs: str) -> None:
    base = {"id": "a", "kind": "k", "subject": "s", "device": "d", "priority": 1, "active": True}
    assert [verb for verb, _ in dossier.legal(Alarm(**{**base, **changed}))] == verbs.split()


def test_the_buttons_follow_an_alarm_that_stays_on_its_shelf(hub_rig: HubRig) -> None:
    shelved = Alarm(id="a", kind="k", subject="s", device="d", priority=2, active=True,
                    shelved_until="2026-11-20T05:00:00Z")  # fmt: skip
    taken = msgspec.structs.replace(shelved, acknowledged=True)
    sight = seen(hub_rig)
    first, second = (
        {item.key: item for item in dossier.items(sight, WORDS, one, None, acts=True)}["acts"]
        for one in (shelved, taken)
    )
    assert first.seen != second.seen
    assert "Acknowledge" in text(first.draw())
    assert "Acknowledge" not in text(second.draw())


def asked(query: str) -> eventlist.Asked:
    return eventlist.asked(QueryParams(query))


def ids(rig: HubRig, query: str) -> list[str]:
    return [line.item.event.id for line in eventlist.found(rig.desk, asked(query)).lines]


def test_a_list_goes_by_type_thing_and_time_newest_first(hub_rig: HubRig) -> None:
    at, event = now(), hub_rig.event
    old = event(Granted(), "door/1", at=at - timedelta(hours=3))
    new = event(Granted(), "door/1", at=at)
    denied = event(Denied(), "door/1", at=at)
    other = event(Granted(), "door/2", at=at)
    hub_rig.add([old, new, denied, other])
    assert ids(hub_rig, "") == [other.id, denied.id, new.id, old.id]
    assert ids(hub_rig, "type=access.granted&subject=door/1") == [new.id, old.id]
    since = at - timedelta(hours=1)
    link = listed("c01", "access.granted", subject="door/1", since=since)
    assert ids(hub_rig, link.partition("?")[2]) == [new.id]
    plus = since.astimezone().isoformat().replace("Z", "+00:00")
    assert ids(hub_rig, f"subject=door/1&to={plus}") == [old.id]
    assert ids(hub_rig, "compound=c09") == []


def test_a_long_list_goes_on_where_it_stopped(hub_rig: HubRig) -> None:
    events = [hub_rig.event(Closed(), "door/1") for _ in range(eventlist.SHOWN + 30)]
    hub_rig.add(events)
    first = eventlist.found(hub_rig.desk, asked("type=door."))
    assert (len(first.lines), first.complete) == (eventlist.SHOWN, False)
    rest = eventlist.found(hub_rig.desk, asked(f"type=door.&before={first.next}"))
    assert (len(rest.lines), rest.complete) == (30, True)
    both = [line.item.event.id for line in (*first.lines, *rest.lines)]
    assert both == [one.id for one in reversed(events)]


@pytest.mark.parametrize(
    "query",
    ["origin=nonsense", "typ=access.", "from=yesterday", "to=1", "subject=", "before=x",
     "before=1.x", f"before={'9' * 19}", f"before=1.{'9' * 5_000}"],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(query: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        asked(query)


def test_a_list_of_what_is_yet_to_come_is_empty_and_whole(hub_rig: HubRig) -> None:
    hub_rig.add([hub_rig.event(Closed(), "door/1")])
    link = listed("c01", since=now() + timedelta(days=1))
    for query in (link.partition("?")[2], "before=0"):
        answer = eventlist.found(hub_rig.desk, asked(query))
        assert (list(answer.lines), answer.complete) == ([], True)


def test_a_time_leads_to_a_place_in_the_log(hub_rig: HubRig) -> None:
    for number in range(5):
        hub_rig.add([hub_rig.event(Closed(), f"door/{number}")])
    received = [hub_rig.log.received_at(position) for position in range(1, 6)]
    third = received[2]
    assert third is not None
    assert first_since(hub_rig.log, third) <= 3
    assert first_since(hub_rig.log, third + timedelta(days=1)) == 6
    assert first_since(hub_rig.log, third - timedelta(days=1)) == 1


def test_a_door_page_has_its_decisions_and_its_hours(hub_rig: HubRig) -> None:
    at, event = now(), hub_rig.event
    hub_rig.add(
        [
            event(Granted(policy=4, violation="anti-passback"), "door/1", at=at),
            event(Denied(reason="blocked"), "door/1", at=at),
            event(Passed(), "door/1", at=at),
            event(Requested(), "door/1", at=at - timedelta(hours=30)),
            event(Closed(), "door/1", at=at),
            event(Granted(), "door/2", at=at),
        ]
    )
    found = door_log(hub_rig.desk, seen(hub_rig), "door/1")
    assert [one.decision for one in found.passages] == [
        "requested", "granted", "denied", "granted",
    ]  # fmt: skip
    assert (found.passages[3].policy, found.passages[3].violation) == (4, "anti-passback")
    assert found.hours == {buckets(at)[-1]: {"granted": 1, "denied": 1, "vehicles": 1}}
    assert found.counted == 4


def test_a_damaged_batch_leaves_a_door_its_page(
    hub_rig: HubRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Found:
        raise BadFrame("frame", "the batch stored at position 7")

    monkeypatch.setattr(doorlog, "scan", broken)
    found = doorlog.door_log(hub_rig.desk, seen(hub_rig), "door/1")
    assert (list(found.passages), found.damaged) == ([], "frame: the batch stored at position 7")


def test_one_box_finds_by_name_subject_kind_reason_and_id(hub_rig: HubRig) -> None:
    at, event = now(), hub_rig.event
    denied = event(Denied(reason="anti-passback"), "door/gate-south", at=at)
    forced = event(Forced(), "door/door-b7", at=at)
    hub_rig.add([denied, forced, event(VideoLost(), "camera/cam-01", at=at)])
    sight = seen(hub_rig)

    def kinds(query: str) -> list[str]:
        return [hit.kind for hit in searching.found(sight, WORDS, query)]

    assert kinds("south gate")[0] == "door"
    assert kinds("anti-passback") == ["passage"]
    assert kinds("ANTI passback south") == ["passage"]
    assert kinds("camera/cam-01")[:2] == ["alarm", "camera"]
    assert kinds("forced b7")[0] == "alarm"
    assert kinds(denied.id) == ["passage"]
    assert kinds("no such thing") == []
    assert kinds("   ") == []
    for hit in searching.found(sight, WORDS, "b7"):
        assert hit.href.startswith("/")


def test_the_wall_sends_all_once_and_then_changes_only(hub_rig: HubRig) -> None:
    at = now()
    names = [f"door/{n}" for n in range(30)]
    hub_rig.add([hub_rig.event(Closed(), name, at=at) for name in names])
    cells = Cells()
    whole = cells.whole(seen(hub_rig))
    assert whole["names"] == [str(n) for n in range(30)], "in natural order"
    assert whole["states"] == "0" * 30
    assert cells.changes(seen(hub_rig)) is None
    hub_rig.add([hub_rig.event(Closed(), "door/3", at=at)])
    assert cells.changes(seen(hub_rig)) is None, "a state that stays is not sent"
    from_here = seen(hub_rig)
    later = type(from_here)(
        **{key: getattr(from_here, key) for key in from_here.__struct_fields__}
        | {"now": at + timedelta(minutes=20)}
    )
    changed = cells.changes(later)
    assert changed is not None
    assert changed["changed"][:4] == [0, STATES.index("silent"), 1, STATES.index("silent")]
    hub_rig.add([hub_rig.event(Closed(), "door/new", at=at)])
    again = cells.changes(seen(hub_rig))
    assert again is not None
    assert len(again["names"]) == 31


def test_the_note_of_a_watch_says_what_is_open(hub_rig: HubRig) -> None:
    at = now()
    hub_rig.add(
        [
            hub_rig.event(Forced(), "door/gate-south", at=at),
            hub_rig.event(HeldOpen(), "door/door-b2", at=at),
            hub_rig.event(VideoLost(), "camera/cam-01", at=at),
        ]
    )
    hub_rig.settle()
    Acts(hub_rig.desk).take_over("c01", GUARD)
    note = proposed(seen(hub_rig), "guard1", WORDS)
    assert "guard1 on watch since" in note
    assert "Door forced · South gate" in note
    assert "1 cameras in trouble." in note
    assert "2 doors not shut." in note


def test_a_wall_without_devices_has_nothing_to_send(hub_rig: HubRig) -> None:
    sight = seen(hub_rig)
    cells = Cells()
    assert cells.whole(sight)["names"] == []
    assert cells.changes(sight) is None
    cells.forget()
    assert cells.changes(sight) is not None


def passage(**told: Any) -> Passage:
    return Passage(at="2026-11-21T00:00:00.000Z", id="1", subject="door/1", who="resident", **told)


@pytest.mark.parametrize(
    ("shown", "told", "untold"),
    [
        (passage(decision="requested"), (), ("Policy",)),  # nobody has decided it yet
        (passage(decision="granted"), ("Policy device",), ()),
        (
            passage(decision="granted", policy=4, violation="first-person,overstayed"),
            ("Policy 4", "First person not in yet", "Stayed too long"),
            ("first-person", "overstayed"),
        ),
    ],
)
def test_a_door_page_says_by_what_it_was_decided_and_what_was_let_pass(
    shown: Passage, told: tuple[str, ...], untold: tuple[str, ...]
) -> None:
    drawn = str(decided(shown, WORDS, now()))
    assert [word for word in told if word not in drawn] == []
    assert [word for word in untold if word in drawn] == []
