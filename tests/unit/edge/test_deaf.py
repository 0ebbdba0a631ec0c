"""What comes on a way by which nothing can be said back: HTTP, devices that are asked."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.fix_core import FixedClock
from tests.fix_edge import Payload, native
from tests.fix_gate import GateRig, document, request


@pytest.fixture
def rig(tmp_path: Path, clock: FixedClock) -> Iterator[GateRig]:
    made = GateRig(tmp_path, clock)
    made.ask(document())
    yield made
    made.close()


def came(rig: GateRig, message: Payload, client: str, *, deaf: bool) -> None:
    delivery = rig.delivery(message)
    rig.intake.take([msgspec.structs.replace(delivery, client=client, deaf=deaf)])


@pytest.mark.parametrize("deaf", [False, True])
def test_a_door_is_told_where_it_listens(rig: GateRig, deaf: bool) -> None:
    """Its controller is signed in by MQTT; the same reader's pictures come by HTTP."""
    came(rig, request(1), "controller", deaf=False)
    came(rig, request(2, direction="out"), "camera", deaf=deaf)
    came(rig, request(3), "", deaf=False)
    topics = [one.topic for one in rig.said]
    other = "controller" if deaf else "camera"
    assert [topic.split("/")[1] for topic in topics] == ["controller", other, other]


def test_it_is_no_echo_of_ours(rig: GateRig) -> None:
    """Behind a broker what stands on a door's command topic was said by us."""
    payload = native(1)[1]
    came(rig, ("barriers/garage/do", payload), "", deaf=False)
    assert (rig.counters.uplink, rig.events("door.opened.v1")) == (1, [])
    came(rig, ("barriers/garage/do", payload), "", deaf=True)
    assert len(rig.events("door.opened.v1")) == 1
