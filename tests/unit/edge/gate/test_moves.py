"""What a gate remembers of doors and of fire, also where it hears of it late."""

from datetime import timedelta

import msgspec
import pytest

from core.events.access import Denied
from core.policy.standing import EVERYWHERE
from core.site import Area, Door, Screening, Site
from edge.gate import desk
from edge.gate import memory as memories
from edge.gate.items import Document, Stepped
from tests.fix_core import START
from tests.fix_gate import SITE, GateRig, document, fact, request

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


def test_a_grant_that_was_not_taken_shuts_no_open_door(rig: GateRig) -> None:
    """Two were granted and one went through: the door stands open all the same."""
    counting = msgspec.structs.replace(TRAP.doors["a"], counts=True)
    rig.ask(document(site=msgspec.structs.replace(TRAP, doors={**TRAP.doors, "a": counting})))
    rig.ask(request(1, subject="door/a"), fact("door.opened.v1", 2, subject="door/a"))
    rig.ask(fact("door.passage.counted.v1", 3, subject="door/a", data={"direction": "in"}))
    rig.ask(request(4, subject="door/a"))
    rig.tick(seconds=20)
    assert len(rig.events("access.nottaken.v1")) == 1
    assert answer(rig, 5) == "interlock"


def test_of_doors_nobody_described_so_many_are_remembered(
    rig: GateRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their names come off the wire; those of the site have room in any case."""
    monkeypatch.setattr(desk, "STRANGERS", 4)
    rig.ask(document(site=msgspec.structs.replace(TRAP, screening=Screening(enabled=True))))
    for number in range(9):
        door = f"door/x{number}"
        mode, fever = {"mode": "blocked"}, {"temperatureCel": 39.0}
        rig.ask(
            fact("door.mode.changed.v1", 100 + number, data=mode, subject=door),
            fact("door.state.reported.v1", 200 + number, data=mode, subject=door),
            fact("door.fire.released.v1", 300 + number, subject=door),
            fact("access.temperature.measured.v1", 400 + number, data=fever, subject=door),
        )
    rig.ask(
        fact("door.mode.changed.v1", 1, data={"mode": "blocked"}, subject="door/a"),
        fact("door.mode.changed.v1", 2, data={"mode": "locked"}, subject="door/x0"),
        fact("door.fire.released.v1", 3, device="panel", subject="device/panel"),
    )
    with rig.journal.reading() as c:
        standing = memories.load(c).standing
    assert set(standing.modes) == {"x1", "x2", "x3", "a"}
    assert set(standing.fire) == {"x0", "x1", "x2", "x3", EVERYWHERE}
    assert set(standing.holds) == {"x0", "x1", "x2", "x3"}


def test_a_reader_of_several_doors_must_say_which(rig: GateRig) -> None:
    of_both = {
        name: msgspec.structs.replace(one, interlock="", device="reader-1")
        for name, one in TRAP.doors.items()
    }
    rig.ask(document(site=msgspec.structs.replace(TRAP, doors=of_both)))
    rig.ask(request(1, subject="device/reader-1"))
    assert not rig.said
    rig.ask(request(2, subject="door/b"))
    assert [word["door"] for word in rig.words()] == ["door/b"]


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


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_was_wrong_keeps_nobody_where_they_were(
    rig: GateRig, days: int, restart: bool
) -> None:
    """Nobody's passage is taken for one of before; and a hold is as long as it was."""

    def set_by(step: timedelta) -> None:
        rig.clock.move(step)
        if restart:
            rig.reopen()
        else:
            rig.ask(Stepped(round(step.total_seconds() * 1000)))

    def passes(record: int, direction: str) -> str:
        rig.ask(request(record, at=rig.clock.now(), direction=direction))
        data = rig.events("access.granted.v1", "access.denied.v1")[-1].data
        return data.reason if isinstance(data, Denied) else "granted"

    rig.ask(document(site=msgspec.structs.replace(SITE, screening=Screening(enabled=True))))
    assert passes(1, "in") == "granted"
    set_by(timedelta(days=days))
    assert passes(2, "out") == "granted"
    assert passes(3, "in") == "granted"
    rig.ask(
        fact("access.temperature.measured.v1", 4, data={"temperatureCel": 39.0},
             subject="gate/garage", at=rig.clock.now())
    )  # fmt: skip
    set_by(timedelta(days=-days))
    assert passes(5, "out") == "granted"
    assert passes(6, "in") == "granted"
    assert passes(7, "in") == "anti-passback"
    due = rig.gate.next_due
    assert due is not None
    assert due <= rig.clock.now() + timedelta(seconds=1800)


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
