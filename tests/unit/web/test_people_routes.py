"""Passes, policies, orders and consents over HTTP: who may, what is refused, what is answered."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import rfc3339
from core.events.policy import CommandIssued, Published
from core.events.subject import ConsentGiven, ConsentWithdrawn
from core.events.visitor import PassIssued
from projections.web import staff
from projections.web.accounts import ROLES, Role
from projections.web.middleware import MAX_BODY, MAX_POLICY
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_people import CARD, PHONE, PLATE, POLICY, VISITOR, PeopleRig
from tests.fix_people import people_rig as people_rig
from tests.unit.hub.test_policies import told
from tests.unit.web.conftest import Caller

PASSES, POLICIES, COMMANDS = (f"/api/v1/{one}/c01" for one in ("passes", "policies", "commands"))
CONSENTS = "/api/v1/consents/c01"
ORDER = {"verb": "open", "target": "door/south-gate", "reason": "visitor", "gateway": "gw01"}
CONSENT = {"person": "r-3-2-502", "given": True, "hours": 30}


@pytest.fixture
def caller(people_rig: PeopleRig) -> Caller:
    return Caller(people_rig.hub)


def new_pass(rig: HubRig, **more: Any) -> dict[str, Any]:
    now = rig.clock.now()
    return {
        "validFrom": rfc3339(now),
        "validTo": rfc3339(now + timedelta(hours=1)),
        "doors": ["south-gate"],
        "plate": PLATE,
        "name": VISITOR,
        "phone": PHONE,
        **more,
    }


def publish(caller: Caller, text: str = POLICY, **more: Any) -> Any:
    more.setdefault("role", "admin")
    return caller.post(POLICIES, content=text.encode(), **more)


def issued(caller: Caller, **more: Any) -> dict[str, Any]:
    publish(caller)
    answer = caller.post(PASSES, role="guard", json=new_pass(caller.rig, **more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


MAY: dict[tuple[str, str], set[str]] = {
    ("GET", PASSES): {"guard", "admin"},
    ("POST", PASSES): {"guard", "admin"},
    ("POST", f"{PASSES}/{'0' * 16}/revoke"): {"guard", "admin"},
    ("GET", f"{PASSES}/{'0' * 16}/qr.svg"): {"guard", "admin"},
    ("GET", POLICIES): {"admin"},
    ("POST", POLICIES): {"admin"},
    ("POST", COMMANDS): {"guard", "admin"},
    ("POST", CONSENTS): {"admin"},
    ("GET", "/api/v1/watchlist/c01"): {"guard", "auditor", "admin"},
    ("GET", "/api/v1/timeline/c01"): {"guard", "auditor", "admin"},
    ("POST", "/api/v1/timeline/c01"): {"guard", "auditor", "admin"},
    ("GET", "/api/v1/muster/c01"): {"guard", "auditor", "admin"},
    ("GET", f"/api/v1/register/c01/s:{'0' * 32}"): {"guard", "admin"},
}


@pytest.mark.parametrize("role", [*ROLES, None])
@pytest.mark.parametrize(("method", "path"), MAY)
def test_who_may(caller: Caller, method: str, path: str, role: Role | None) -> None:
    status = caller.ask(method, path, role=role).status_code
    if role is None:
        assert status == 401
    elif role in MAY[method, path]:
        assert status not in (401, 403)
    else:
        assert status == 403


def test_a_policy_is_published_and_shown(caller: Caller, people_rig: PeopleRig) -> None:
    made = publish(caller)
    assert made.status_code == 200, made.text
    assert (made.json()["version"], made.json()["gateways"]) == (1, ["gw01", "gw02"])
    shown = caller.json(POLICIES, role="admin")
    assert shown["newest"]["version"] == 1
    assert (shown["held"], shown["refused"]) == ({}, {})
    assert len(people_rig.wire.sent) == 2


def test_a_dry_run_over_http(caller: Caller, people_rig: PeopleRig) -> None:
    made = publish(caller, params={"dry_run": "true"})
    assert made.json()["position"] == 0
    assert made.json()["differences"] == ["first policy of this compound"]
    assert people_rig.wire.sent == []


def test_mistakes_are_named_by_their_keys(caller: Caller) -> None:
    wrong = POLICY.replace('groups = ["residents"]', 'groups = ["nobody"]')
    answer = publish(caller, wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        "persons[0].groups: 'nobody' is no group of this file. Describe the group or correct "
        "the name.",
        "persons[1].groups: 'nobody' is no group of this file. Describe the group or correct "
        "the name.",
    ]
    assert CARD not in answer.text
    assert told(caller.rig, Published) == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b"compound = ", b"", b"\x00"])
def test_what_is_no_policy(caller: Caller, content: bytes) -> None:
    assert caller.post(POLICIES, role="admin", content=content).status_code == 422


def test_a_policy_may_be_longer_than_other_bodies(caller: Caller) -> None:
    long = POLICY + "#" * (2 * MAX_BODY)
    assert publish(caller, long).status_code == 200
    assert publish(caller, POLICY + "#" * MAX_POLICY).status_code == 413


def test_a_pass_from_issue_to_revocation(caller: Caller) -> None:
    made = issued(caller)
    path = f"{PASSES}/{made['passId']}"
    assert made["text"].startswith("MWP1.")
    svg, png = (caller.get(f"{path}/qr.{form}", role="guard") for form in ("svg", "png"))
    assert (svg.headers["content-type"], png.headers["content-type"]) == (
        "image/svg+xml", "image/png",
    )  # fmt: skip
    assert b"<svg" in svg.content
    assert png.content.startswith(b"\x89PNG")
    assert caller.get(f"{path}/qr.gif", role="guard").status_code == 422
    caller.rig.settle()
    (row,) = caller.json(PASSES, role="guard")["passes"]
    assert (row["passId"], row["state"]) == (made["passId"], "issued")
    revoked = caller.post(f"{path}/revoke", role="guard", json={"reason": "lost"})
    assert revoked.status_code == 200, revoked.text
    caller.rig.settle()
    (row,) = caller.json(PASSES, role="guard")["passes"]
    assert (row["state"], row["reason"]) == ("revoked", "lost")
    assert caller.post(f"{path}/revoke", role="guard", json={"reason": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"uses": 0}, 422),
        ({"uses": 1.5}, 422),
        ({"doors": ["a/b"]}, 422),
        ({"doors": ["no-such"]}, 422),
        ({"doors": ["south-gate"] * 17}, 422),
        ({"name": "two\nlines"}, 422),
        ({"phone": "1" * 101}, 422),
        ({"validTo": "soon"}, 422),
        ({"plate": "12"}, 422),
        ({"actor": "admin"}, 422),
    ],
)
def test_refused_passes(caller: Caller, change: dict[str, Any], status: int) -> None:
    publish(caller)
    answer = caller.post(PASSES, role="guard", json=new_pass(caller.rig, **change))
    assert answer.status_code == status
    assert not any(one in answer.text for one in (VISITOR, PHONE, PLATE))
    assert told(caller.rig, PassIssued) == []


def test_no_policy_no_pass(caller: Caller) -> None:
    answer = caller.post(PASSES, role="guard", json=new_pass(caller.rig))
    assert answer.status_code == 409
    assert "publish one" in answer.json()["detail"]


def test_an_order_is_accepted_and_named(caller: Caller, people_rig: PeopleRig) -> None:
    answer = caller.post(COMMANDS, role="guard", json=ORDER)
    assert answer.status_code == 202
    (event,) = told(caller.rig, CommandIssued)
    assert answer.json()["id"] == event.id
    assert answer.json()["gateway"] == "gw01"
    assert len(people_rig.wire.sent) == 1
    caller.rig.settle()
    (row,) = caller.json("/api/v1/views/safe_community/c01")["orders"]
    assert (row["verb"], row.get("outcome", "")) == ("open", "")


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "explode"},
        {"target": "door"},
        {"target": "door/a/b"},
        {"target": "door/#"},
        {"reason": ""},
        {"reason": "  "},
        {"args": {"x" * 33: "1"}},
        {"args": {"ref": "x"}},
        {"gateway": "gw77"},
        {"until": "2099-01-01T00:00:00Z"},
    ],
)
def test_refused_orders(caller: Caller, people_rig: PeopleRig, change: dict[str, Any]) -> None:
    assert caller.post(COMMANDS, role="guard", json={**ORDER, **change}).status_code == 422
    assert people_rig.wire.sent == []
    assert told(caller.rig, CommandIssued) == []


def test_care_is_given_and_withdrawn(caller: Caller) -> None:
    publish(caller)
    assert caller.post(CONSENTS, role="admin", json=CONSENT).status_code == 201
    (given,) = told(caller.rig, ConsentGiven)
    assert isinstance(given.data, ConsentGiven)
    assert (given.data.purpose, given.data.hours) == ("care", 30)
    caller.rig.settle()
    (row,) = caller.json("/api/v1/views/safe_community/c01")["care"]
    assert row["hours"] == 30
    assert "ref" not in row, "who it is stands in look-ups, which are on record"
    body = {"subject": given.data.subject_ref, "given": False}
    assert caller.post(CONSENTS, role="admin", json=body).status_code == 201
    assert len(told(caller.rig, ConsentWithdrawn)) == 1
    caller.rig.settle()
    assert caller.json("/api/v1/views/safe_community/c01")["care"] == []


def test_care_is_of_the_person_meant(caller: Caller, people_rig: PeopleRig) -> None:
    both = POLICY.replace('groups = ["residents"]', 'name = "王芳"\ngroups = ["residents"]')
    publish(caller, both)
    two = caller.post(CONSENTS, role="admin", json={**CONSENT, "person": "王芳"})
    assert (two.status_code, "several people" in two.json()["detail"]) == (422, True)
    assert told(caller.rig, ConsentGiven) == []
    one = caller.post(CONSENTS, role="admin", json={**CONSENT, "person": "e-7-wang"})
    assert one.status_code == 201
    (given,) = told(caller.rig, ConsentGiven)
    assert isinstance(given.data, ConsentGiven)
    assert people_rig.people.names("c01", [given.data.subject_ref]) != {}


@pytest.mark.parametrize(
    "body",
    [
        {"given": True},
        {**CONSENT, "subject": "s:" + "0" * 32},
        {**CONSENT, "person": "nobody"},
        {**CONSENT, "hours": 0},
        {"subject": "r-3-2-502", "given": True},
        {**CONSENT, "purpose": "advertising"},
    ],
)
def test_refused_consents(caller: Caller, body: dict[str, Any]) -> None:
    publish(caller)
    assert caller.post(CONSENTS, role="admin", json=body).status_code == 422
    assert told(caller.rig, ConsentGiven) == []


@pytest.mark.parametrize("path", [p.replace("c01", "c77") for p in (PASSES, POLICIES)])
def test_no_such_compound(caller: Caller, path: str) -> None:
    assert caller.get(path, role="admin").status_code == 404


def test_a_token_can_not_go_on_for_ever(
    caller: Caller, people_rig: PeopleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(staff.LIMITS, "command", 3)
    limited = Caller(people_rig.hub)
    codes = [limited.post(COMMANDS, role="guard", json=ORDER).status_code for _ in range(5)]
    assert codes == [202, 202, 202, 429, 429]
    last = limited.post(COMMANDS, role="guard", json=ORDER)
    assert int(last.headers["Retry-After"]) >= 1
    assert limited.post(COMMANDS, role="admin", json=ORDER).status_code == 202, "another account"
    assert len(told(people_rig.hub, CommandIssued)) == 4


def test_a_hub_without_gateways_says_so(hub_rig: HubRig) -> None:
    bare = Caller(hub_rig)
    assert bare.post(COMMANDS, role="guard", json=ORDER).status_code == 503
