"""Whatever fails between a request and the word to its door: nobody hears a word whose decision is
not durable, and no request opens twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import DiskFull, FatalError
from edge.gate.keeper import Keeper
from tests.fix_core import FixedClock
from tests.fix_gate import GateRig, document, fact, order, request

STEPS = ("keys", "journal", "word", "acknowledgement")


class Cut(FatalError):
    """The power went."""


def dies(rig: GateRig, step: str, when: str) -> None:
    """The next commit of this life ends `before` or `after` the step."""

    def around(run: Any) -> Any:
        def done(*args: Any, **kwargs: Any) -> Any:
            if when == "before":
                raise Cut(step)
            run(*args, **kwargs)
            raise Cut(step)

        return done

    owner, name = {
        "keys": (rig.keys, "flush"),
        "journal": (rig.journal, "commit"),
        "word": (rig.intake, "_publish"),
        "acknowledgement": (rig.intake, "_acknowledge"),
    }[step]
    setattr(owner, name, around(getattr(owner, name)))


@pytest.fixture
def rig(tmp_path: Path, clock: FixedClock) -> Iterator[GateRig]:
    made = GateRig(tmp_path, clock)
    made.ask(document())
    yield made
    made.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_between_request_and_word(rig: GateRig, step: str, when: str) -> None:
    durable = STEPS.index(step) > 1 or (step, when) == ("journal", "after")
    dies(rig, step, when)
    with pytest.raises(Cut):
        rig.ask(request(1))
    said = len(rig.said)
    if said:
        assert durable
    rig.reopen()
    assert len(rig.events("access.granted.v1")) == int(durable)
    rig.ask(request(1))  # not acknowledged: it comes again
    rig.ask(request(1))
    assert len(rig.events("access.granted.v1")) == 1
    (granted,) = rig.events("access.granted.v1")
    assert len(rig.said) == (said if durable else said + 1) <= 1
    assert all(word["id"] == granted.id for word in rig.words())
    rig.ask(request(2))  # anti-passback stands where the log stands
    assert len(rig.events("access.denied.v1")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS[1:])
def test_between_order_and_word(rig: GateRig, step: str, when: str) -> None:
    durable = STEPS.index(step) > 1 or (step, when) == ("journal", "after")
    dies(rig, step, when)
    with pytest.raises(Cut):
        rig.ask(order("open"))
    said = len(rig.said)
    rig.reopen()
    rig.ask(order("open"))  # the hub says it again
    assert len(rig.events("command.done.v1")) == 1
    assert len(rig.said) == (said if durable else said + 1) <= 1


@pytest.mark.parametrize("step", ["before the file", "after the file", "after the journal"])
def test_between_policy_and_its_event(
    rig: GateRig, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Keeper.keep

    def kept(self: Keeper, frame: bytes) -> None:
        if step != "before the file":
            keep(self, frame)
        raise Cut(step)

    if step == "after the journal":
        dies(rig, "journal", "after")
    else:
        monkeypatch.setattr(Keeper, "keep", kept)
    with pytest.raises(Cut):
        rig.ask(document(2))
    monkeypatch.undo()
    rig.reopen()
    rig.begin()
    assert rig.gate.policy == (1 if step == "before the file" else 2)
    rig.ask(document(2))
    assert [event.data.version for event in rig.events("policy.adopted.v1")] == [1, 2]  # type: ignore[attr-defined]


def test_a_full_disk_says_nothing_until_there_is_room(rig: GateRig) -> None:
    """And the second attempt concludes what the first had, once."""
    commit, full = rig.journal.commit, [True, True]

    def tried(*args: Any, **kwargs: Any) -> int:
        if full:
            full.pop()
            raise DiskFull("no room")
        return commit(*args, **kwargs)

    rig.journal.commit = tried  # type: ignore[method-assign]
    with pytest.raises(DiskFull):
        rig.ask(request(1), fact("door.opened.v1", 2))
    assert not rig.said
    with pytest.raises(DiskFull):
        rig.intake.again()
    assert not rig.said
    rig.intake.again()
    assert len(rig.said) == 1
    assert len(rig.events("access.granted.v1")) == 1
    rig.tick(seconds=5)
    assert not rig.events("door.forced.v1")


def test_timers_fire_at_the_same_second_however_often_it_is_killed(rig: GateRig) -> None:
    rig.ask(request(1), fact("door.opened.v1", 2))
    for _ in range(6):
        rig.tick(seconds=4)
        rig.reopen()
    rig.tick(seconds=60)
    rig.reopen()
    rig.tick(seconds=60)
    times: list[tuple[str, str]] = [
        (event.type, event.time) for event in rig.events("door.prealarmed.v1", "door.heldopen.v1")
    ]
    assert times == [
        ("door.prealarmed.v1", "2026-11-21T08:00:20.000Z"),
        ("door.heldopen.v1", "2026-11-21T08:00:30.000Z"),
    ]
