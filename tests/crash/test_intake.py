"""I1 as a table: whatever fails, wherever it fails, nothing was acknowledged that is not durable,
and after the restart every message is in the log exactly once."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.errors import FatalError
from core.events.journal import DamageFound, Opened
from core.keystore import KeyStore
from core.sealing import unseal
from edge.delivery import Answer
from edge.journal import EdgeJournal
from edge.quarantine import Entry, Quarantine
from tests.fix_core import FixedClock
from tests.fix_edge import EdgeRig, Payload, face, native

BROKEN: Payload = ("site/access/door-07", b"{broken")
GROUP = [native(1), BROKEN, face(9001), native(2)]
IDS = ["door-07-1", "hik:025e10aa0007:1:9001", "door-07-2"]


class Power:
    """Goes off `before` or `after` the step named; off is off."""

    def __init__(self, step: str, when: str) -> None:
        self._fails = (step, when)

    def reach(self, step: str, when: str) -> None:
        if (step, when) == self._fails:
            raise FatalError(f"{when} {step}")


STEPS = ("keys for quarantine", "quarantine", "keys for events", "journal")


class FaultyKeys(KeyStore):
    power: Power
    steps: list[str]

    def flush(self) -> None:
        step = STEPS[2] if "quarantine" in self.steps else STEPS[0]
        self.power.reach(step, "before")
        super().flush()
        self.steps.append(step)
        self.power.reach(step, "after")


class FaultyQuarantine(Quarantine):
    power: Power
    steps: list[str]

    def add(self, found: Sequence[Entry], at: datetime, *, short: bool = False) -> None:
        self.power.reach("quarantine", "before")
        super().add(found, at, short=short)
        self.steps.append("quarantine")
        self.power.reach("quarantine", "after")


class FaultyJournal(EdgeJournal):
    power: Power
    steps: list[str]

    def commit(self, *lines: Any, **options: Any) -> int:
        self.power.reach("journal", "before")
        made = super().commit(*lines, **options)
        self.steps.append("journal")
        self.power.reach("journal", "after")
        return made


Faulty = Callable[[Power], EdgeRig]


@pytest.fixture
def faulty(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Faulty:
    def make(power: Power) -> EdgeRig:
        with monkeypatch.context() as patched:
            patched.setattr("tests.fix_edge.KeyStore", FaultyKeys)
            patched.setattr("tests.fix_edge.Quarantine", FaultyQuarantine)
            patched.setattr("tests.fix_edge.EdgeJournal", FaultyJournal)
            rig = EdgeRig(tmp_path, clock)
        for part in (rig.keys, rig.quarantine, rig.journal):
            part.power, part.steps = power, rig.steps  # type: ignore[union-attr]
        return rig

    return make


def test_the_order_of_a_group(faulty: Faulty) -> None:
    """Keys before what they seal, everything before the first acknowledgement."""
    edge = faulty(Power("none", ""))
    edge.take(*GROUP)
    assert edge.steps == [*STEPS, "ack 0", "ack 1", "ack 2", "ack 3"]
    edge.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_a_step(faulty: Faulty, step: str, when: str) -> None:
    edge = faulty(Power(step, when))
    with pytest.raises(FatalError, match=f"{when} {step}"):
        edge.take(*GROUP)
    assert edge.acked == []
    durable = step == "journal" and when == "after"

    edge.reopen()  # whole again; the broker delivers everything again
    assert [event.id for event in edge.events()] == (IDS if durable else [])
    edge.take(*GROUP)
    assert edge.acked == [4, 5, 6, 7]
    assert sorted(event.id for event in edge.events()) == sorted(IDS)
    assert edge.counters.duplicates == (3 if durable else 0)
    (held,) = edge.held()
    assert (held.raw, held.reason) == (BROKEN[1], "malformed")
    opened(edge)
    edge.close()


def opened(edge: EdgeRig) -> None:
    """Every sealed part in the journal opens with a key that is on disk."""
    with sqlite3.connect(edge.folder / "keys.db") as db:
        keys = dict(db.execute("SELECT kid, key FROM keys").fetchall())
    db.close()
    sealed = [event for event in edge.events() if event.data.pii is not None]
    assert sealed
    for event in sealed:
        assert event.data.pii is not None
        assert unseal(keys[event.data.pii.kid], event.data.pii, event.id)


@pytest.mark.parametrize("part", ["keys", "quarantine", "journal"])
def test_a_full_disk(tmp_path: Path, clock: FixedClock, part: str) -> None:
    """SQLite itself says no, in the middle of its own transaction."""
    edge = EdgeRig(tmp_path, clock)
    edge.take(native(0))
    fill(edge, part)
    flood = [
        face(serial, employeeNoString=f"R-{serial}", name=f"x{serial}") for serial in range(300)
    ]
    broken = [(BROKEN[0], b"{%d" % number + b" " * 3000) for number in range(20)]
    with pytest.raises(FatalError, match="full"):
        edge.take(*flood, *broken)
    assert edge.acked == [0]

    edge.reopen()
    assert [event.id for event in edge.events()] == ["door-07-0"]
    edge.take(*flood, *broken)
    assert len(edge.acked) == 1 + 320
    assert len({event.id for event in edge.events()}) == len(edge.events()) == 301
    assert len(edge.held()) == 20
    opened(edge)
    edge.close()


def fill(edge: EdgeRig, part: str) -> None:
    """From now on this part's file may not grow."""
    stop = "PRAGMA max_page_count = 1"  # means: as many as there are
    if part == "journal":
        with edge.journal._recorder.datastore.transaction(commit=False) as c:
            c.execute(stop)
    else:
        owner = edge.keys if part == "keys" else edge.quarantine
        owner._db.execute(stop)


class DyingLink:
    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        raise FatalError("killed here")


def test_an_acknowledgement_that_fails_loses_nothing(edge: EdgeRig) -> None:
    """Dying between the commit and the last acknowledgement: the rest comes again."""
    first, second = edge.delivery(native(1)), edge.delivery(native(2))
    with pytest.raises(FatalError):
        edge.intake.take([first, msgspec.structs.replace(second, link=DyingLink())])
    assert edge.acked == [0]
    edge.reopen()
    edge.take(native(2))
    assert [event.id for event in edge.events()] == ["door-07-1", "door-07-2"]
    assert edge.counters.duplicates == 1


def test_a_failed_commit_leaves_no_second_history(faulty: Faulty) -> None:
    """The number of the batch that was not stored is used again, by the batch that is."""
    edge = faulty(Power("journal", "before"))
    with pytest.raises(FatalError):
        edge.take(*GROUP)
    edge.reopen()
    edge.take(native(7))
    assert [batch.header.number for batch in edge.batches()] == [1]


def test_only_what_is_in_the_group_is_acknowledged(edge: EdgeRig) -> None:
    waiting = edge.delivery(native(1))
    edge.take(native(2))
    assert edge.acked == [1]
    edge.intake.take([waiting])
    assert edge.acked == [1, 0]


def test_a_damaged_journal_is_left_alone(edge: EdgeRig, clock: FixedClock) -> None:
    """I8: never renamed away, reset or recreated; a new epoch begins beside it."""
    for record in range(50):
        edge.take(native(record))
    edge.close()
    path = edge.folder / "journal.db"
    damaged = bytearray(path.read_bytes())
    damaged[0:16] = b"not a database!!"
    path.write_bytes(damaged)
    clock.move(timedelta(days=1))
    edge.open()
    assert path.read_bytes() == bytes(damaged)
    assert edge.journal.path.name == f"journal-{int(clock.now().timestamp())}.db"
    opened, broken = edge.journals.findings
    assert (type(opened), type(broken)) == (Opened, DamageFound)
    edge.take(native(51))
    assert edge.acked[-1] == 50
