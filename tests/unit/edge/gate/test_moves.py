"""What a gate remembers of doors and of fire, also where it hears of it late."""

from datetime import timedelta

import pytest

from core.events.access import Denied
from core.site import Area, Door, Site
from edge.gate.items import Document
from tests.fix_core import START
from tests.fix_gate import GateRig, document, fact, request

TRAP = Site(
    areas={"trap": Area(), "compound": Area()},
    doors={
        "a": Door(to_area="trap", interlock="trap"),
        "b": Door(from_area="trap", interlock="trap"),
    },
)
LATER = timedelta(minutes=30)


def trap() -> Document:
    return document(site=TRAP)


def answer(rig: GateRig, record: int, door: str = "b") -> str:
    rig.ask(request(record, subject=f"door/{door}", at=rig.clock.now()))
    data = rig.events("access.granted.v1", "access.denied.v1")[-1].data
    return data.reason if isinstance(data, Denied) else "granted"


def test_a_closing_that_comes_late_frees_the_interlock(rig: GateRig) -> None:
    rig.ask(trap(), fact("door.opened.v1", 1, subject="door/a"))
    rig.clock.move(LATER)
    assert answer(rig, 2) == "interlock"
    rig.ask(fact("door.closed.v1", 3, subject="door/a", at=START - timedelta(seconds=60)))
    assert answer(rig, 4) == "interlock"  # of before it was opened
    rig.ask(fact("door.closed.v1", 5, subject="door/a", at=START + timedelta(seconds=60)))
    assert answer(rig, 6) == "granted"


@pytest.mark.parametrize("physical", ["open", "closed"])
def test_a_snapshot_is_as_good_as_the_opening(rig: GateRig, physical: str) -> None:
    rig.ask(trap(), fact("door.opened.v1", 1, subject="door/a"))
    rig.ask(fact("door.state.reported.v1", 2, subject="door/a", data={"physical": physical}))
    assert answer(rig, 3) == ("interlock" if physical == "open" else "granted")


def test_a_fire_relay_that_speaks_for_no_door_speaks_for_all(rig: GateRig) -> None:
    rig.ask(trap(), fact("door.opened.v1", 1, subject="door/a"))
    rig.ask(fact("door.fire.released.v1", 2, device="panel", subject="device/panel"))
    assert answer(rig, 3) == "granted"
    rig.reopen()
    rig.clock.move(LATER)
    assert answer(rig, 4) == "granted"
    over = START + timedelta(seconds=60)
    rig.ask(fact("door.fire.ended.v1", 5, device="panel", subject="device/panel", at=over))
    assert answer(rig, 6) == "interlock"


def test_only_the_device_a_door_names_is_heeded(rig: GateRig) -> None:
    own = Site(
        areas=TRAP.areas,
        doors={
            "a": Door(to_area="trap", interlock="trap", device="reader-1"),
            "b": Door(from_area="trap", interlock="trap", credentials=("button",),
                      device="reader-2", command="relays/b"),
        },
    )  # fmt: skip
    rig.ask(document(site=own), fact("door.opened.v1", 1, device="other", subject="door/a"))
    rig.ask(request(9, subject="door/b", device="other", credential="button"))
    denied = rig.events("access.denied.v1")[0].data
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.policy) == ("unauthorized", 1)
    assert not rig.said
    rig.ask(request(2, subject="door/b", device="reader-2", credential="button"))
    assert [word.topic for word in rig.said] == ["relays/b"]
