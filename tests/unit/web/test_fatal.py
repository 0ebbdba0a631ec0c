"""Storage that fails under a request is answered, and then the hub is told to stop (I8)."""

from collections.abc import Sequence

import pytest
from eventsourcing.persistence import Notification

from core.errors import FatalError
from tests.unit.web.conftest import Caller


def test_a_log_that_can_not_be_read_is_fatal(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Sequence[Notification]:
        raise FatalError("event store: disk I/O error")

    monkeypatch.setattr(caller.rig.log, "head", lambda: 5)
    monkeypatch.setattr(caller.rig.log, "read", broken)
    answer = caller.ask("GET", "/api/v1/events")
    assert answer.status_code == 500
    assert "disk" not in answer.text
    assert [str(error) for error in caller.rig.fatal] == ["event store: disk I/O error"]


def test_a_refusal_is_not(caller: Caller) -> None:
    body = {"compound": "c01", "alarm": "door.forced:door/x:1"}
    assert (
        caller.ask("POST", "/api/v1/alarms/acknowledge", role="guard", json=body).status_code == 404
    )
    assert caller.rig.fatal == []
