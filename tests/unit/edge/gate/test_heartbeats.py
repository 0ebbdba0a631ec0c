"""Who only says that it is there, is there."""

import json
from datetime import timedelta

from core.events import device
from core.site import Site
from tests.fix_edge import Payload
from tests.fix_gate import GateRig, document

TERMINAL = "025e10aa0007"
EXPECTED = Site(expect_s={TERMINAL: 90.0})


def heartbeat(rig: GateRig) -> Payload:
    alert = {
        "macAddress": TERMINAL,
        "dateTime": rig.clock.now().isoformat(),
        "eventType": "videoloss",
        "eventState": "inactive",
    }
    return f"hikvision/{TERMINAL}/alive", json.dumps(alert).encode()


def told(rig: GateRig) -> list[str]:
    return [one.type for one in rig.events(device.Lost.TYPE, device.Connected.TYPE)]


def test_a_terminal_that_nobody_uses_is_not_lost(rig: GateRig) -> None:
    rig.ask(document(site=EXPECTED))
    for _ in range(10):
        rig.tick(seconds=30)
        rig.ask(heartbeat(rig))
    assert told(rig) == []
    rig.tick(seconds=91)
    assert told(rig) == [device.Lost.TYPE]
    rig.ask(heartbeat(rig))
    assert told(rig) == [device.Lost.TYPE, device.Connected.TYPE]


def test_a_rhythm_is_learned_and_missed(rig: GateRig) -> None:
    rig.ask(document())
    for _ in range(12):
        rig.clock.move(timedelta(seconds=30))
        rig.ask(heartbeat(rig))
    rig.tick(seconds=95)
    (lost,) = rig.events(device.Lost.TYPE)
    assert isinstance(lost.data, device.Lost)
    assert (lost.data.reason, lost.data.expected_s) == ("silent", 90.0)
