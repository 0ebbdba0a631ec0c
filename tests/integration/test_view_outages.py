"""Views in a PostgreSQL that is killed, stopped and cut off while they fold: no gap, no double."""

import threading
import time

import pytest

from core.events import access, door
from core.postgres.database import parse
from projections import pages
from projections.runner import Runner
from projections.store import open_views
from tests.fix_broker import PATIENCE
from tests.fix_hub import HubRig
from tests.fix_postgres import Server
from tests.fix_runner import dumped, running, undisturbed
from tests.fix_views import NOON, MemoryLog, as_stored, minutes
from tests.integration.postgres_proxy import Proxy

BATCHES = 60


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> MemoryLog:
    rig = HubRig(tmp_path_factory.mktemp("log"))
    for turn in range(BATCHES):
        facts = (access.Granted(), (door.Forced(), door.Closed())[turn % 2])
        rig.add([rig.event(fact, f"door/{turn % 7}", at=NOON + minutes(turn)) for fact in facts])
    memory = MemoryLog()
    for one in rig.log.read(0, 1000, 10_000_000):
        memory.append([as_stored(one)], NOON)
    rig.close()
    return memory


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_BATCHES", 2)


def until(runner: Runner, position: int, patience: float = PATIENCE) -> None:
    ends = time.monotonic() + patience
    while runner.position() < position:
        assert time.monotonic() < ends, runner.waiting
        time.sleep(0.005)


def test_killed_and_started_again_under_folding(log: MemoryLog, mortal: Server) -> None:
    growing = MemoryLog()
    store = open_views(parse(mortal.create()))
    runner = running(growing, store)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        for start in range(0, BATCHES, 20):
            growing.append(log.stored[start : start + 10], NOON)
            until(runner, start + 4)
            (mortal.kill, mortal.stop)[start // 20 % 2]()
            growing.append(log.stored[start + 10 : start + 20], NOON)
            mortal.start()
            until(runner, start + 20)
    finally:
        runner.stop()
        thread.join(PATIENCE)
    assert not runner.failures
    assert dumped(store) == undisturbed(log)
    store.close()


@pytest.mark.parametrize("nth", range(4))
def test_an_answer_that_never_comes(nth: int, log: MemoryLog, mortal: Server) -> None:
    """The commit is done, and nobody says so."""
    url = mortal.create()
    with Proxy(mortal.port) as proxy:
        store = open_views(parse(url.replace(str(mortal.port), str(proxy.port))))
        runner = running(log, store)
        cuts = [3, 8, 20, 33]

        def listener(_: object) -> None:
            if cuts and runner.position() >= cuts[0] + nth:
                cuts.pop(0)
                proxy.swallow_the_next_answer()

        runner.listen(listener)
        thread = threading.Thread(target=runner.run)
        thread.start()
        try:
            until(runner, BATCHES)
        finally:
            runner.stop()
            thread.join(PATIENCE)
        assert not cuts
        assert dumped(store) == undisturbed(log)
        store.close()


def test_kept_views_are_read_by_another_process(log: MemoryLog, mortal: Server) -> None:
    """Started again over the same database: nothing is folded twice."""
    database = parse(mortal.create())
    store = open_views(database)
    runner = running(log, store)
    while runner.step(31):
        pass
    store.close()
    again = open_views(database)
    runner = running(log, again)
    assert runner.position() == 31
    while runner.step():
        pass
    assert dumped(again) == undisturbed(log)
    again.close()
