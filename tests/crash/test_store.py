"""Whatever the step at which appending dies, the file holds all of it or none, and what was
acknowledged for ever (I1, D2, D5)."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from core.errors import FatalError
from core.store.port import Conflict
from core.store.sqlite import SQLiteEventStore
from tests.crash.core_faults import Plan, inject
from tests.fix_core import START, Enrolled, verified

STEPS = [
    "BEGIN",
    "INSERT INTO stored_events",
    "INSERT INTO stored_events",
    "INSERT INTO arrivals",
    "COMMIT",
]
ROUNDS = 16
ROOT = Path(__file__).parents[2]


def frames(store: SQLiteEventStore) -> list[bytes]:
    found = store.read(0, 100_000, 10**9)
    assert [one.id for one in found] == list(range(1, len(found) + 1))
    return [one.state for one in found]


def three(gateway: Enrolled) -> list[StoredEvent]:
    return [batch.stored() for batch in gateway.batches(3)]


def integrity(log: Path) -> str:
    looking = sqlite3.connect(log)
    try:
        return str(looking.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        looking.close()


def test_the_table_below_has_every_step(store: SQLiteEventStore, gateway: Enrolled) -> None:
    plan = Plan()
    inject(store, plan)
    _, *two = three(gateway)
    store.append(two, START)
    assert plan.steps == STEPS


@pytest.mark.parametrize("dead", [False, True], ids=["process lives", "machine gone"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(len(STEPS)), ids=[f"{n} {s}" for n, s in enumerate(STEPS)])
def test_append_is_all_or_nothing_and_a_restart_goes_on(
    tmp_path: Path, gateway: Enrolled, step: int, *, after: bool, dead: bool
) -> None:
    log = tmp_path / "log.db"
    first, *two = three(gateway)
    store = SQLiteEventStore(log)
    store.append([first], START)
    woken: list[int] = []
    store.subscribe(woken.append)
    inject(store, Plan(step, after=after, dead=dead))

    with pytest.raises(FatalError):
        store.append(two, START)
    assert woken == []  # nobody is told of what may not be there
    store.close()

    persisted = after and STEPS[step] == "COMMIT"
    again = SQLiteEventStore(log)
    assert again.head() == (3 if persisted else 1)
    assert again.received_at(2) == (START if persisted else None)
    if persisted:
        with pytest.raises(Conflict):
            again.append(two, START)
    else:
        assert list(again.append(two, START)) == [2, 3]
    assert frames(again) == [first.state, two[0].state, two[1].state]
    assert len(verified(frames(again))) == 3
    again.close()
    assert integrity(log) == "ok"


@pytest.mark.parametrize("step", range(3))
def test_dying_while_the_file_is_made_leaves_one_that_opens(tmp_path: Path, step: int) -> None:
    """Tables are made one by one at the first start; any of them may be the last."""
    log = tmp_path / "log.db"
    made = sqlite3.connect(log)
    made.execute("PRAGMA journal_mode=WAL")
    if step > 0:
        made.execute(
            "CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, "
            "topic TEXT, state BLOB, PRIMARY KEY (originator_id, originator_version))"
        )
    if step > 1:
        made.execute("CREATE TABLE arrivals (position INTEGER PRIMARY KEY, at_us INTEGER NOT NULL)")
    made.close()
    store = SQLiteEventStore(log)
    assert list(store.append([StoredEvent(Enrolled("g", 1).journal.id, 1, "t", b"x")], START)) == [
        1
    ]
    store.close()


def test_a_subscriber_that_fails_undoes_nothing(tmp_path: Path, gateway: Enrolled) -> None:
    first, *_ = three(gateway)
    store = SQLiteEventStore(tmp_path / "log.db")

    def fail(_head: int) -> None:
        raise ZeroDivisionError

    store.subscribe(fail)
    with pytest.raises(ZeroDivisionError):
        store.append([first], START)
    assert frames(store) == [first.state]
    store.close()


def killed(log: Path, acknowledgements: int, wait: float, *extra: str) -> list[int]:
    """Numbers a child printed before it was killed, at that many and `wait` seconds more."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.core_append", str(log), *extra],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
    ) as child:
        assert child.stdout is not None
        printed = [int(child.stdout.readline()) for _ in range(acknowledgements)]
        try:
            child.wait(wait)
        except subprocess.TimeoutExpired:
            child.kill()
        printed += [int(line) for line in child.stdout if line.endswith("\n")]
    assert child.returncode == -9
    return printed


def stored_numbers(log: Path) -> list[int]:
    store = SQLiteEventStore(log)
    try:
        return [batch.header.number for batch in verified(frames(store))]
    finally:
        store.close()


def missing(printed: Sequence[int], stored: Sequence[int]) -> set[int]:
    return set(printed) - set(stored)


def test_kill_9_at_any_point_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    log = tmp_path / "log.db"
    chance = random.Random(seed)
    acknowledged: list[int] = []
    for turn in range(ROUNDS):
        count, wait = chance.randint(1, 90), chance.random() * 0.004
        print(f"round {turn}: killed {wait * 1000:.2f} ms after {count} acknowledgements")
        acknowledged += killed(log, count, wait)
        assert integrity(log) == "ok"
        stored = stored_numbers(log)
        assert missing(acknowledged, stored) == set()
        assert stored == list(range(1, len(stored) + 1))
        # A batch may be stored whose number was not printed yet: at most the one under way.
        assert len(stored) - acknowledged[-1] <= 1
    assert acknowledged == sorted(set(acknowledged))
    with sqlite3.connect(log) as looking:
        (arrivals,) = looking.execute("SELECT COUNT(*) FROM arrivals").fetchone()
    looking.close()
    assert arrivals == len(stored_numbers(log))


def test_the_harness_sees_a_loss(tmp_path: Path, seed: int) -> None:
    """The control: who acknowledges before it stores is caught."""
    chance = random.Random(seed)
    lost = [
        missing(killed(log, 8 * chance.randint(0, 3) + 5, 0, "write-behind"), stored_numbers(log))
        for log in (tmp_path / "1.db", tmp_path / "2.db")
    ]
    assert any(lost)
