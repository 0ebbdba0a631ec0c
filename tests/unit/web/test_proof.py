"""One event with its batch: what an auditor checks by hand, and what a changed store shows."""

import base64
import hashlib
import json
import sqlite3

import pytest

from core.batch import parse
from core.events.door import Closed, Opened
from tests.unit.web.conftest import Caller, add_lines


def fill(caller: Caller) -> None:
    rig = caller.rig
    rig.add([rig.event(Opened(cause="grant"), "door/1"), rig.event(Closed(), "door/1")])
    rig.add([rig.event(Opened(), "door/2")])


def test_everything_that_proves_it(caller: Caller) -> None:
    fill(caller)
    found = caller.json("/api/v1/events/1/1")
    batch, frame = found["batch"], base64.b64decode(found["batch"]["frame"])
    (stored,) = caller.rig.log.read(0, 1, 1)
    assert frame == stored.state
    assert batch["hash"] == hashlib.sha256(b"\x00" + frame).hexdigest()
    assert batch["key"] == caller.rig.signer.public.hex()
    assert (batch["number"], batch["epoch"], batch["lane"]) == (1, 1, "all")
    assert (batch["first"], batch["last"], batch["position"]) == (1, 2, 1)
    assert batch["previous"] == "00" * 32
    assert (batch["signed"], batch["chained"]) == (True, True)
    assert found["line"] == parse(frame).lines().splitlines()[1].decode()
    assert json.loads(found["line"])["id"] == found["event"]["id"] == "test:1:1:2"
    assert found["event"] == caller.json("/api/v1/events?id=test:1:1:2")["events"][0]


def test_batches_chain(caller: Caller) -> None:
    fill(caller)
    first = caller.json("/api/v1/events/1/0")["batch"]
    second = caller.json("/api/v1/events/2/0")["batch"]
    assert second["previous"] == first["hash"]
    assert second["chained"] is True


@pytest.mark.parametrize("place", ["3/0", "1/2", "2/1", "999999999999999999/0"])
def test_no_such_event(caller: Caller, place: str) -> None:
    fill(caller)
    assert caller.get(f"/api/v1/events/{place}").status_code == 404


@pytest.mark.parametrize(
    "place", ["0/0", "-1/0", "1/-1", "x/0", "1/x", "1.0/0.5", "9" * 19 + "/0", "1/1%20OR%201"]
)
def test_no_such_place(caller: Caller, place: str) -> None:
    fill(caller)
    answer = caller.get(f"/api/v1/events/{place}")
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


def tamper(caller: Caller, position: int, offset: int) -> None:
    """Flips one bit of a stored frame, as somebody with the database's rights could."""
    with sqlite3.connect(caller.rig.folder / "log.db") as db:
        (state,) = db.execute(
            "SELECT state FROM stored_events WHERE rowid = ?", (position,)
        ).fetchone()
        changed = bytearray(state)
        changed[offset] ^= 1
        db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (bytes(changed), position))
    db.close()


def test_a_changed_signature_or_clock_shows(caller: Caller) -> None:
    fill(caller)
    tamper(caller, 1, -1)
    assert caller.json("/api/v1/events/1/0")["batch"]["signed"] is False
    assert caller.json("/api/v1/events/2/0")["batch"]["chained"] is False
    tamper(caller, 2, 107)  # the writer's clock, in the signed header
    assert caller.json("/api/v1/events/2/0")["batch"]["signed"] is False


@pytest.mark.parametrize("path", ["/api/v1/events/1/0", "/api/v1/events", "/api/v1/events?after=0"])
def test_a_damaged_payload_is_named_and_not_hidden(caller: Caller, path: str) -> None:
    fill(caller)
    tamper(caller, 1, 160)
    answer = caller.get(path)
    assert answer.status_code == 500
    assert "position 1" in answer.json()["detail"]
    assert "Traceback" not in answer.text


def test_a_line_another_writer_broke_up_is_not_guessed(caller: Caller) -> None:
    event = {
        "id": "x:1",
        "source": "/c/c01/gw/gw01/dev/d",
        "type": "door.opened.v1",
        "subject": "door/1",
        "time": "2026-11-20T04:00:00Z",
        "recordedtime": "2026-11-20T04:00:00Z",
        "data": {},
    }
    add_lines(caller.rig, [json.dumps(event, indent=1).encode()])
    found = caller.json("/api/v1/events/1/0")
    assert (found["line"], found["event"]["id"]) == (None, "x:1")
