"""`facts` beside `hash`: what happened, however late the log heard of it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.event import Event
from core.events.access import Granted
from core.events.device import SessionOpened
from core.events.door import Closed, Forced, Opened
from projections.web.asof import digest, facts
from tests.fix_hub import NOW, HubRig
from tests.unit.web.conftest import Caller

PATH = "/api/v1/views/safe_community/c01"


def told(folder: Path, batches: Sequence[Sequence[Event]]) -> dict[str, Any]:
    folder.mkdir()
    rig = HubRig(folder)
    try:
        for batch in batches:
            rig.add(batch)
        rig.settle()
        body: dict[str, Any] = Caller(rig).json(PATH)
        return body
    finally:
        rig.close()


@pytest.fixture
def happened(tmp_path: Path) -> list[Event]:
    (tmp_path / "maker").mkdir()
    rig = HubRig(tmp_path / "maker")
    made = [
        rig.event(data, f"door/{number % 3}", at=NOW + timedelta(minutes=number))
        for number, data in enumerate(
            (Opened(), Forced(), Granted(subject_ref="s:1", direction="in"), Closed(), Forced())
        )
    ]
    rig.close()
    return made


def test_late_batches_have_the_facts_of_timely_ones(tmp_path: Path, happened: list[Event]) -> None:
    """Offline, a gateway's events come in one piece; else each came by itself."""
    timely = told(tmp_path / "timely", [[event] for event in happened])
    late = told(tmp_path / "late", [happened])
    assert timely["hash"] != late["hash"], "alarms name where they stand in the log"
    assert timely["facts"] == late["facts"]


def test_other_facts_are_another_hash(tmp_path: Path, happened: list[Event]) -> None:
    whole = told(tmp_path / "whole", [happened])
    fewer = told(tmp_path / "fewer", [happened[:-1]])
    assert whole["facts"] != fewer["facts"]


def test_the_health_of_a_gateway_is_none(caller: Caller) -> None:
    caller.rig.add([caller.rig.event(Opened(), "door/1")])
    caller.rig.settle()
    before = caller.json(PATH)
    caller.rig.add([caller.rig.event(SessionOpened(boot=3), "gateway/gw01")])
    caller.rig.settle()
    after = caller.json(PATH)
    assert before["hash"] != after["hash"]
    assert before["facts"] == after["facts"]


def test_what_is_left_out() -> None:
    shown = {
        "gateways": [{"backlog": 4}],
        "alarms": [{"id": "a", "position": 7, "acknowledgedAt": "t", "acknowledgedBy": "g"}],
        "bins": [{"position": "tilt"}],
    }
    kept = facts(shown)
    assert kept == {
        "alarms": [{"id": "a", "acknowledgedBy": "g"}], "bins": [{"position": "tilt"}],
    }  # fmt: skip
    assert digest(kept) != digest(shown)
