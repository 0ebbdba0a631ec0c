"""Nobody is looked up without a reason on record; who may see what; everything is found."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from fastapi import HTTPException

from core.event import Event
from core.events.access import Denied, Granted, Taken
from core.events.device import GapDetected
from core.events.subject import LookedUp
from core.events.vehicle import Passed
from core.sealing import reference
from projections.web import lookups
from projections.web.accounts import Account
from tests.fix_core import SEED
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_people import CARD, LISTED, PLATE, POLICY, PeopleRig
from tests.fix_people import people_rig as people_rig
from tests.unit.hub.test_policies import ADMIN, told
from tests.unit.web.conftest import Caller

TIMELINE, MUSTER = "/api/v1/timeline/c01", "/api/v1/muster/c01"
WATCHLIST = "/api/v1/watchlist/c01"


@pytest.fixture
def caller(people_rig: PeopleRig) -> Caller:
    people_rig.people.publish("c01", ADMIN, POLICY + LISTED, dry_run=False)
    return Caller(people_rig.hub)


def wang(rig: PeopleRig) -> str:
    (found,) = rig.people.references("c01", "person", "e-7-wang")
    return found


def passages(rig: PeopleRig, refs: Sequence[str]) -> list[Event]:
    hub = rig.hub
    made = [
        hub.event(
            Granted(direction="in", credential="card", subject_ref=ref, subject_class="staff"),
            "door/south-gate",
            at=hub.clock.now(),
        )
        for ref in refs
    ]
    hub.add(made)
    return made


def looked(rig: PeopleRig) -> list[LookedUp]:
    return [one.data for one in told(rig.hub, LookedUp) if isinstance(one.data, LookedUp)]


@pytest.mark.parametrize("reason", [None, "", "   ", "x" * 201, "two\nlines"])
@pytest.mark.parametrize("path", [TIMELINE, MUSTER, WATCHLIST, "/api/v1/register/c01/{ref}"])
def test_without_a_reason_nothing_is_shown(
    caller: Caller, people_rig: PeopleRig, path: str, reason: str | None
) -> None:
    params = {} if reason is None else {"reason": reason}
    if path == TIMELINE:
        params["person"] = "e-7-wang"
    answer = caller.get(path.format(ref=wang(people_rig)), role="guard", params=params)
    assert answer.status_code == 422
    assert "wang" not in answer.text
    assert looked(people_rig) == []


def test_on_record_before_anything_is_read(
    caller: Caller, people_rig: PeopleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Exception):
        pass

    def refuse(_: Sequence[Event]) -> None:
        raise Full

    def read(*_: object) -> object:
        raise AssertionError("read before it was recorded")

    people_rig.before = refuse
    monkeypatch.setattr(lookups.LookUps, "trace", read)
    monkeypatch.setattr(lookups.LookUps, "inside", read)
    monkeypatch.setattr(lookups.LookUps, "names", read)
    for path in (TIMELINE, MUSTER, WATCHLIST, f"/api/v1/register/c01/{wang(people_rig)}"):
        params = {"reason": "incident"} | ({"person": "e-7-wang"} if path == TIMELINE else {})
        assert caller.get(path, role="guard", params=params).status_code == 500
    assert looked(people_rig) == []


def test_a_timeline_is_everything_that_names_them(caller: Caller, people_rig: PeopleRig) -> None:
    ref = wang(people_rig)
    mine = passages(people_rig, [ref, "s:" + "1" * 32, ref])
    answer = caller.json(TIMELINE, role="guard", params={"card": CARD, "reason": "incident"})
    assert [one["id"] for one in answer["events"]] == [mine[2].id, mine[0].id]
    assert answer["names"] == {ref: "e-7-wang"}
    assert answer["complete"] is True
    (record,) = looked(people_rig)
    assert (record.what, record.reason, record.subject_ref) == ("timeline", "incident", ref)
    assert record.native == {"role": "guard"}
    assert record.actor.startswith("token:")


def test_by_plate_known_and_unknown(caller: Caller, people_rig: PeopleRig) -> None:
    hub = people_rig.hub
    key = hub.keys.reference_key
    (owner,) = people_rig.people.references("c01", "person", "r-3-2-502")
    stranger = reference(key, "plate", "京A88888")
    hub.add([
        hub.event(Passed(direction="in", plate_ref=owner), "gate/garage"),
        hub.event(Passed(direction="in", plate_ref=reference(key, "plate", PLATE)), "gate/garage"),
        hub.event(Passed(direction="in", plate_ref=stranger), "gate/garage"),
    ])  # fmt: skip
    found = caller.post(TIMELINE, role="guard", json={"plate": "粤B·12345", "reason": "incident"})
    passed = [one for one in found.json()["events"] if one["type"] == "vehicle.passed.v1"]
    assert len(passed) == 2
    found = caller.post(TIMELINE, role="guard", json={"plate": "京A88888", "reason": "incident"})
    assert [one["data"]["plateRef"] for one in found.json()["events"]] == [stranger]


def test_an_auditor_sees_references_and_no_names(caller: Caller, people_rig: PeopleRig) -> None:
    ref = wang(people_rig)
    passages(people_rig, [ref])
    params = {"person": "e-7-wang", "reason": "audit"}
    answer = caller.json(TIMELINE, role="auditor", params=params)
    assert len(answer["events"]) == 1
    assert answer["names"] == {}
    people_rig.hub.settle()
    muster = caller.json(MUSTER, role="auditor", params={"reason": "audit"})
    assert [one["name"] for one in muster["people"]] == [""]
    assert "wang" not in caller.get(WATCHLIST, role="auditor", params={"reason": "audit"}).text


def test_pages_join_to_the_whole(caller: Caller, people_rig: PeopleRig) -> None:
    chance = random.Random(SEED)
    ref = wang(people_rig)
    mine = [
        event.id
        for _ in range(12)
        for event in passages(
            people_rig, [chance.choice([ref, "s:" + "2" * 32]) for _ in range(chance.randint(1, 9))]
        )
        if isinstance(event.data, Granted) and event.data.subject_ref == ref
    ]
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        params = {"person": "e-7-wang", "reason": "incident", "limit": 4, **more}
        page = caller.json(TIMELINE, role="guard", params=params)
        found += [one["id"] for one in page["events"] if one["type"] == "access.granted.v1"]
        if page["complete"]:
            break
        more = {"before": page["next"]}
    assert found == mine[::-1]


def test_a_request_looks_at_a_bounded_number_of_events(
    people_rig: PeopleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "MOST_EVENTS", 5)
    people_rig.people.publish("c01", ADMIN, POLICY, dry_run=False)
    ref = wang(people_rig)
    passages(people_rig, [ref])
    for _ in range(9):
        passages(people_rig, ["s:" + "3" * 32])
    caller = Caller(people_rig.hub)
    params = {"person": "e-7-wang", "reason": "incident"}
    page = caller.json(TIMELINE, role="guard", params=params)
    assert (page["events"], page["complete"]) == ([], False)
    page = caller.json(TIMELINE, role="guard", params={**params, "before": page["next"]})
    assert [one["data"]["subjectRef"] for one in page["events"]] == [ref]


def test_between_two_times(caller: Caller, people_rig: PeopleRig) -> None:
    hub, ref = people_rig.hub, wang(people_rig)
    data = Granted(direction="in", credential="card", subject_ref=ref)
    now = hub.clock.now()
    old, new = (hub.event(data, "door/south-gate", at=now - timedelta(hours=h)) for h in (30, 1))
    hub.add([old, new])
    since = (now - timedelta(hours=24)).isoformat()

    def ask(**params: str) -> list[str]:
        params |= {"person": "e-7-wang", "reason": "incident"}
        return [one["id"] for one in caller.json(TIMELINE, role="guard", params=params)["events"]]

    assert ask(**{"from": since}) == [new.id]
    assert ask(**{"from": since.replace("T", " ")})[-1:] == [new.id]
    assert old.id in ask(to=since)
    assert new.id not in ask(to=since)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"person": "e-7-wang", "card": CARD},
        {"subject": "wang"},
        {"person": ""},
        {"person": "e-7-wang", "from": "yesterday"},
        {"person": "e-7-wang", "from": "2026-11-21T00:00:00Z", "to": "2026-11-20T00:00:00Z"},
        {"person": "e-7-wang", "limit": "0"},
        {"name": "wang"},
    ],
)
def test_refused_timelines(caller: Caller, people_rig: PeopleRig, params: dict[str, str]) -> None:
    answer = caller.get(TIMELINE, role="guard", params={**params, "reason": "incident"})
    assert answer.status_code == 422
    assert looked(people_rig) == []


def test_a_muster_list_names_who_is_inside(caller: Caller, people_rig: PeopleRig) -> None:
    hub, ref = people_rig.hub, wang(people_rig)
    granted = passages(people_rig, [ref])[0]
    hub.add([
        hub.event(
            Taken(direction="in", credential="card", subject_ref=ref, subject_class="staff",
                  grant=granted.id),
            "door/south-gate",
            at=hub.clock.now(),
        )
    ])  # fmt: skip
    hub.settle()
    body = caller.json(MUSTER, role="guard", params={"reason": "evacuation"})
    (one,) = body["people"]
    assert (one["ref"], one["name"], one["area"]) == (ref, "e-7-wang", "compound")
    (place,) = [one for one in body["places"] if one["area"] == "compound"]
    assert place["low"] <= place["count"] <= place["high"]
    answer = caller.get(MUSTER, role="guard", params={"reason": "evacuation", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["area", "name", "reference"]
    assert rows[1][:3] == ["compound", "e-7-wang", ref]
    assert [record.reason for record in looked(people_rig)] == ["evacuation", "evacuation"]


def test_a_muster_list_says_what_its_counts_may_hide(caller: Caller, people_rig: PeopleRig) -> None:
    """Records that a door's device counted and never delivered may be people who went in."""
    hub, ref = people_rig.hub, wang(people_rig)
    hub.add([
        hub.event(Taken(direction="in", credential="card", subject_ref=ref), "door/south-gate"),
        hub.event(GapDetected(from_record=7, to_record=9), "door/south-gate"),
    ])  # fmt: skip
    hub.settle()
    body = caller.json(MUSTER, role="guard", params={"reason": "evacuation"})
    (place,) = body["places"]
    assert (place["area"], place["count"], place["missing"]) == ("compound", 1, 3)
    assert (place["low"], place["high"]) == (0, 4)


def test_who_was_taken_off_the_watch_list_is_not_shown(
    caller: Caller, people_rig: PeopleRig
) -> None:
    people_rig.people.publish("c01", ADMIN, POLICY, dry_run=False)
    people_rig.hub.settle()
    assert caller.json(WATCHLIST, role="guard", params={"reason": "incident"})["watched"] == []


def test_the_watch_list_with_reason_basis_and_end(caller: Caller, people_rig: PeopleRig) -> None:
    people_rig.hub.settle()
    body = caller.json(WATCHLIST, role="guard", params={"reason": "incident"})
    (one,) = body["watched"]
    assert (one["reason"], one["basis"], one["action"]) == ("court order", "case 2026-117", "deny")
    assert one["name"] == "r-3-2-502"
    assert [record.what for record in looked(people_rig)] == ["watch-list"]


def test_the_register_says_whom_a_reference_means(caller: Caller, people_rig: PeopleRig) -> None:
    ref = wang(people_rig)
    path = f"/api/v1/register/c01/{ref}"
    assert caller.json(path, role="guard", params={"reason": "incident"})["name"] == "e-7-wang"
    (record,) = looked(people_rig)
    assert (record.what, record.subject_ref) == ("register", ref)
    unknown = f"/api/v1/register/c01/s:{'0' * 32}"
    assert caller.get(unknown, role="guard", params={"reason": "incident"}).status_code == 404
    wrong = "/api/v1/register/c01/wang"
    assert caller.get(wrong, role="guard", params={"reason": "incident"}).status_code == 422


def test_a_reason_in_ones_own_words_is_sealed(caller: Caller, people_rig: PeopleRig) -> None:
    words = "王奶奶走失了"
    caller.json(TIMELINE, role="guard", params={"person": "e-7-wang", "reason": words})
    (event,) = told(people_rig.hub, LookedUp)
    assert isinstance(event.data, LookedUp)
    assert event.data.reason == "other"
    assert people_rig.hub.own.unseal(event) == {"note": words}


def test_a_look_up_is_itself_in_the_next_timeline(caller: Caller, people_rig: PeopleRig) -> None:
    params = {"person": "e-7-wang", "reason": "incident"}
    assert caller.json(TIMELINE, role="guard", params=params)["events"] == []
    (event,) = caller.json(TIMELINE, role="guard", params=params)["events"]
    assert event["type"] == "subject.lookedup.v1"


def test_denials_count_too(caller: Caller, people_rig: PeopleRig) -> None:
    ref = wang(people_rig)
    hub = people_rig.hub
    hub.add([hub.event(Denied(reason="blocked", subject_ref=ref), "door/south-gate")])
    params = {"subject": ref, "reason": "incident"}
    (event,) = caller.json(TIMELINE, role="guard", params=params)["events"]
    assert event["type"] == "access.denied.v1"


def test_look_ups_are_limited(people_rig: PeopleRig) -> None:
    caller = Caller(people_rig.hub)
    allowance = caller.app.state.staff.allowance
    account = Account("x", "guard")
    for _ in range(120):
        allowance.take("look-up", account)
    with pytest.raises(HTTPException) as refused:
        allowance.take("look-up", account)
    assert refused.value.status_code == 429
