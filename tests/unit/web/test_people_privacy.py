"""Names, cards, plates and phones stand nowhere in the clear: not in the log, not in rows, not in
files, not in what is said of errors, not in what is logged."""

import logging
from typing import Any

import pytest

from core.batch import parse
from core.command import open_command
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_people import CARD, LISTED, PHONE, PLATE, POLICY, VISITOR, PeopleRig
from tests.fix_people import people_rig as people_rig
from tests.unit.web.conftest import Caller
from tests.unit.web.test_people_routes import COMMANDS, CONSENTS, ORDER, PASSES, new_pass, publish

FREE = "王奶奶走失了"
SECRETS = (CARD, "0A0B0C0D", "2580", PLATE, PHONE, VISITOR, FREE, "e-7-wang", "r-3-2-502")
# Digits alone stand in any hash: such a secret is looked for as a word of its own.
MARKS = (*(one.encode() for one in SECRETS if one != "2580"), b'"2580"')


def lived(caller: Caller) -> list[Any]:
    """Everything people can do that names somebody; each answer of an auditor or an error."""
    publish(caller, POLICY + LISTED)
    made = caller.post(PASSES, role="guard", json=new_pass(caller.rig, host="r-3-2-502"))
    pass_id = made.json()["passId"]
    caller.post(f"{PASSES}/{pass_id}/revoke", role="guard", json={"reason": FREE})
    caller.post(COMMANDS, role="guard", json={**ORDER, "reason": FREE})
    caller.post(CONSENTS, role="admin", json={"person": "r-3-2-502", "given": True})
    asked: list[Any] = []
    for key, value in (("card", CARD), ("plate", PLATE), ("person", "e-7-wang")):
        query = {key: value, "reason": FREE}
        caller.get("/api/v1/timeline/c01", role="guard", params=query)
        asked.append(caller.get("/api/v1/timeline/c01", role="auditor", params=query))
    wrong = POLICY.replace("[[plates]]", '[[persons]]\nid = "e-7-wang"\n\n[[plates]]')
    asked.append(publish(caller, wrong))
    asked.append(publish(caller, POLICY + POLICY))
    asked.append(caller.post(PASSES, role="guard", json=new_pass(caller.rig, uses=0)))
    asked.append(caller.post(PASSES, role="guard", json=new_pass(caller.rig, host=7)))
    asked.append(caller.get("/api/v1/timeline/c01", role="guard", params={"card": CARD}))
    caller.rig.settle()
    asked += [
        caller.get("/api/v1/events", params={"limit": 1000}),
        caller.get("/api/v1/views/safe_community/c01"),
        caller.get("/api/v1/replay/c01", params={"from": 1, "limit": 500}),
        caller.get(PASSES, role="guard"),
        caller.get("/api/v1/policies/c01", role="admin"),
        caller.get("/metrics"),
    ]
    return asked


@pytest.fixture
def caller(people_rig: PeopleRig) -> Caller:
    return Caller(people_rig.hub)


def test_nothing_in_the_clear(
    caller: Caller, people_rig: PeopleRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the client's own words, not the hub's
    answers = lived(caller)
    hub = people_rig.hub
    log = b"\n".join(batch_lines(people_rig))
    told = {
        "the log": log,
        "rows": str(hub.runner.rows("safe_community", "c01")[1]).encode(),
        "files": b"".join(
            one.read_bytes() for one in sorted(hub.folder.rglob("*")) if one.is_file()
        ),
        "the hub's log": caplog.text.encode(),
        "gateways": b"".join(one[3] for one in people_rig.wire.sent),
    }
    for number, answer in enumerate(answers):
        told[f"answer {number}, {answer.status_code}"] = answer.content
    found = [(where, mark) for where, text in told.items() for mark in MARKS if mark in text]
    assert found == []
    assert b"subject.lookedup.v1" in log
    assert b"visitor.pass.issued.v1" in log


def test_the_marks_would_be_found(caller: Caller, people_rig: PeopleRig) -> None:
    """A guard who asks with a reason is told the name: so the secrets are there to be leaked."""
    lived(caller)
    query = {"card": CARD, "reason": "incident"}
    text = caller.get("/api/v1/timeline/c01", role="guard", params=query).content
    assert any(mark in text for mark in MARKS)


def test_a_pass_is_no_secret_to_its_gateway_only_the_visitor(
    caller: Caller, people_rig: PeopleRig
) -> None:
    """What is signed for gates has no name either."""
    caller.post(COMMANDS, role="guard", json={**ORDER, "reason": FREE})
    order = open_command(
        people_rig.wire.last("open"), people_rig.signer.public, "c01", "gw01",
        caller.rig.clock.now(),
    )  # fmt: skip
    assert FREE not in str(order)


def batch_lines(rig: PeopleRig) -> list[bytes]:
    return [parse(one.state).lines() for one in rig.hub.log.read(0, 10_000, 1 << 26)]
