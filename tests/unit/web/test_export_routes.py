"""An audit pack is on record before it is made, and only who audits may have one."""

import hashlib
import io
import sqlite3
import zipfile
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from core.clock import rfc3339
from core.events.access import Granted
from projections.web.witnessing import Witnessing
from tests.fix_broker import eventually
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

EXPORTS = "/api/v1/audit/exports"


@pytest.fixture
def caller(hub_rig: HubRig) -> Iterator[Caller]:
    hub_rig.desk = msgspec.structs.replace(hub_rig.desk, pack_files={"verify.py": b"print()\n"})
    for _ in range(3):
        hub_rig.add([hub_rig.event(Granted(credential="card"), "door/south-gate")])
    hub_rig.sign()
    found = Caller(hub_rig)
    yield found
    found.app.state.exports.close()


def asked(caller: Caller, **body: Any) -> Any:
    answer = caller.post(EXPORTS, role="auditor", json={"reason": "audit", **body})
    assert answer.status_code == 202, answer.text
    return answer.json()


def made(caller: Caller, state: Any) -> Any:
    caller.rig.sign()  # now a checkpoint covers the export's own event

    def ended() -> Any:
        found = caller.json(f"{EXPORTS}/{state['id']}", role="auditor")
        return found if found["stage"] in ("done", "failed") else None

    return eventually(ended)


def test_pack_is_on_record_then_made_then_taken(caller: Caller) -> None:
    state = asked(caller, compound="c01", types=["access."], unit="街道办")
    told = caller.json("/api/v1/events?type=audit.exported.v1")["events"]
    assert [(one["position"], one["data"]["unit"]) for one in told] == [(4, "街道办")]
    found = made(caller, state)
    assert found["stage"] == "done", found
    assert (found["position"], found["batches"], found["events"]) == (4, 3, 3)
    answer = caller.get(f"{EXPORTS}/{state['id']}/file", role="auditor")
    assert hashlib.sha256(answer.content).hexdigest() == found["sha256"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert file.read("verify.py") == b"print()\n"
        assert file.testzip() is None


def test_a_pack_waits_for_the_witnesses_of_its_checkpoint(hub_rig: HubRig) -> None:
    """The first look finds it covered and not yet cosigned; the second, cosigned."""
    told: list[Witnessing] = []

    def standing() -> Witnessing:
        size = hub_rig.desk.signed()
        told.append(Witnessing(published=size, witnessed=size if told else 0))
        return told[-1]

    hub_rig.desk = msgspec.structs.replace(hub_rig.desk, witnesses=standing)
    hub_rig.add([hub_rig.event(Granted(credential="card"), "door/south-gate")])
    hub_rig.sign()
    caller = Caller(hub_rig)
    state = asked(caller)
    hub_rig.sign()
    assert made(caller, state)["stage"] == "done"
    assert [one.witnessed for one in told[:2]] == [0, 2]
    caller.app.state.exports.close()


@pytest.mark.parametrize("role", ["viewer", "guard", None])
def test_who_does_not_audit_gets_none_and_nothing_is_recorded(caller: Caller, role: Any) -> None:
    answer = caller.post(EXPORTS, role=role, json={"reason": "audit"})
    assert answer.status_code in (401, 403)
    assert caller.rig.log.head() == 3


@pytest.mark.parametrize(
    "body",
    [
        {"reason": ""},
        {"reason": "audit", "from": "9"},
        {"reason": "audit", "from": "3", "to": "2"},
        {"reason": "audit", "to": "99"},
        {"reason": "audit", "to": "yesterday"},
        {"reason": "audit", "kind": "x"},
        {},
    ],
)
def test_what_cannot_be_made_is_refused_and_not_recorded(caller: Caller, body: Any) -> None:
    answer = caller.post(EXPORTS, role="auditor", json=body)
    assert answer.status_code == 422, answer.text
    assert caller.rig.log.head() == 3


def test_unknown_compound_and_unknown_export_are_404(caller: Caller) -> None:
    body = {"reason": "audit", "compound": "nowhere"}
    assert caller.post(EXPORTS, role="auditor", json=body).status_code == 404
    for tail in ("", "/file"):
        assert caller.get(f"{EXPORTS}/{'0' * 32}{tail}", role="auditor").status_code == 404


def test_a_damaged_log_fails_the_export_and_names_the_place(caller: Caller) -> None:
    with sqlite3.connect(caller.rig.folder / "log.db") as db:
        db.execute("UPDATE stored_events SET state = substr(state, 1, 100) WHERE rowid = 2")
    db.close()
    found = made(caller, asked(caller))
    assert found["stage"] == "failed"
    assert "position 2" in found["error"]
    answer = caller.get(f"{EXPORTS}/{found['id']}/file", role="auditor")
    assert answer.status_code == 404
    assert "position 2" in answer.json()["detail"]


def test_what_an_earlier_life_left_is_removed(hub_rig: HubRig) -> None:
    left = hub_rig.folder / "exports"
    left.mkdir()
    (left / "old.menwei-audit.zip").write_bytes(b"x")
    Caller(hub_rig).app.state.exports.close()
    assert not list(left.iterdir())


def test_gaps_are_told_to_whoever_may_read(caller: Caller) -> None:
    for role in ("viewer", "guard", "auditor", "admin"):
        found = caller.json("/api/v1/audit/gaps?from=2&compound=c01", role=role)
        assert (found["first"], found["last"], found["complete"]) == (2, 3, True)
        assert [one["batches"] for one in found["journals"]] == [2]
    assert caller.get("/api/v1/audit/gaps", role=None).status_code == 401
    assert caller.get("/api/v1/audit/gaps?from=4").status_code == 422
    assert caller.get("/api/v1/audit/gaps?compound=nowhere").status_code == 404


def test_a_time_is_in_the_stretch_that_begins_with_it(caller: Caller) -> None:
    received = caller.rig.log.received_at(1)
    assert received is not None
    at = rfc3339(received)
    found = caller.json("/api/v1/audit/gaps", role="auditor", params={"from": at})
    assert (found["first"], found["last"]) == (1, 3)
