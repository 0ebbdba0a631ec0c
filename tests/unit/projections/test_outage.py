"""A database that is away, or full, for a while: no gap, no double, and nobody has to help."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from eventsourcing.persistence import Notification

from core.errors import DiskFull, FatalError, Unavailable
from core.events import access, door
from infra.hub.views import VIEWS
from projections import pages
from projections import runner as runner_module
from projections.runner import Page, Runner
from projections.state import ViewState
from projections.store import Commit
from projections.store_sqlite import SQLiteViewStore
from projections.view import View
from tests.fix_hub import HubRig
from tests.fix_runner import dumped, running, settle, undisturbed
from tests.fix_views import NOON, MemoryLog, as_stored, minutes

BATCHES = 12


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> MemoryLog:
    rig = HubRig(tmp_path_factory.mktemp("log"))
    for turn in range(BATCHES):
        facts = (access.Granted(), (door.Forced(), door.Closed())[turn % 2])
        rig.add([rig.event(fact, "door/1", at=NOON + minutes(turn)) for fact in facts])
    memory = MemoryLog()
    for one in rig.log.read(0, 100, 10_000_000):
        memory.append([as_stored(one)], NOON + timedelta(seconds=one.id))
    rig.close()
    return memory


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_BATCHES", 3)
    monkeypatch.setattr(runner_module, "_WAITS", (0.0, 0.0))


class Line:
    """Counts calls; some of them find nobody, or lose the answer."""

    def __init__(self, fails: Callable[[int], str] = lambda _: "") -> None:
        self.fails = fails
        self.calls = 0
        self.error: type[Exception] = Unavailable

    def next(self) -> str:
        self.calls += 1
        return self.fails(self.calls)


class Flaky(SQLiteViewStore):
    def __init__(self, path: Path, line: Line) -> None:
        super().__init__(path)
        self._line = line

    def commit(self, view: View, commit: Commit) -> None:
        how = self._line.next()
        if how == "before":
            raise self._line.error("nobody there")
        super().commit(view, commit)
        if how == "after":
            raise self._line.error("the answer is lost")

    def load(self, view: View) -> ViewState:
        if self._line.next() == "before":
            raise self._line.error("nobody there")
        return super().load(view)


def run(runner: Runner, head: int) -> list[Page]:
    """As in a hub, until the views stand at the log's end."""
    told: list[Page] = []

    def listener(page: Page) -> None:
        told.append(page)
        if runner.position() >= head:
            runner.stop()

    runner.listen(listener)
    runner.run()
    return told


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("at", range(len(VIEWS) + 1, len(VIEWS) * 5 + 1))  # four pages
def test_any_commit_may_fail_and_may_have_been_done(
    at: int, how: str, log: MemoryLog, tmp_path: Path
) -> None:
    line = Line(lambda call: how if call == at else "")
    store = Flaky(tmp_path / "v.db", line)
    runner = running(log, store)
    told = run(runner, BATCHES)
    assert dumped(store) == undisturbed(log)
    assert [page.position for page in told] == [3, 6, 9, 12], "each page is told once"
    assert not runner.failures
    assert not runner.waiting
    store.close()


def test_a_line_that_breaks_again_and_again(log: MemoryLog, tmp_path: Path) -> None:
    line = Line(lambda call: ("", "before", "", "", "", "after", "")[call % 7] if call > 2 else "")
    store = Flaky(tmp_path / "v.db", line)
    run(running(log, store), BATCHES)
    assert dumped(store) == undisturbed(log)
    assert line.calls > 20
    store.close()


def test_a_full_disk_is_waited_for(
    log: MemoryLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    line = Line(lambda call: "before" if 4 <= call < 24 and call % 3 == 1 else "")
    line.error = DiskFull
    store = Flaky(tmp_path / "v.db", line)
    runner = running(log, store)
    waited: list[str] = []
    runner.listen(lambda _: waited.append(runner.waiting))
    run(runner, BATCHES)
    assert dumped(store) == undisturbed(log)
    assert "nobody there" in caplog.text
    assert not runner.waiting
    store.close()


def test_what_is_waited_for_is_said_meanwhile(log: MemoryLog, tmp_path: Path) -> None:
    line = Line(lambda call: "before" if call > len(VIEWS) else "")
    store = Flaky(tmp_path / "v.db", line)
    runner = running(log, store)
    said: list[str] = []

    def fails(call: int) -> str:
        said.append(runner.waiting)
        if call == 20:
            runner.stop()
        return "before"

    line.fails = fails
    runner.run()
    assert said[0] == ""
    assert set(said[1:]) == {"nobody there"}
    store.close()


def test_damage_still_ends_it(log: MemoryLog, tmp_path: Path) -> None:
    line = Line(lambda call: "before" if call == 4 else "")
    line.error = FatalError
    store = Flaky(tmp_path / "v.db", line)
    with pytest.raises(FatalError, match="nobody there"):
        running(log, store).run()
    store.close()


def test_a_log_that_does_not_answer_is_waited_for(log: MemoryLog, tmp_path: Path) -> None:
    line = Line(lambda call: "before" if call % 4 == 0 else "")

    class Away(MemoryLog):
        def read(self, after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
            if line.next():
                raise Unavailable("the log is away")
            return super().read(after, limit, max_bytes)

    away = Away()
    away.stored, away.received = log.stored, log.received
    store = SQLiteViewStore(tmp_path / "v.db")
    run(running(away, store), BATCHES)
    assert dumped(store) == undisturbed(log)
    store.close()


def test_a_server_that_comes_back_with_less_is_folded_from_there(
    log: MemoryLog, tmp_path: Path
) -> None:
    """A crash of a server takes back commits that need not reach the disk; then rows and position
    are older than what is in memory here."""
    whole = SQLiteViewStore(tmp_path / "v.db")
    runner = running(log, whole)
    while runner.step(6):
        pass
    older = SQLiteViewStore(tmp_path / "older.db")
    settled = running(log, older)
    while settled.step(3):
        pass
    older.close()
    whole._db.close()
    (tmp_path / "older.db").replace(tmp_path / "v.db")
    for left in ("v.db-wal", "v.db-shm"):
        (tmp_path / left).unlink(missing_ok=True)
    whole._db = SQLiteViewStore(tmp_path / "v.db")._db
    run(runner, BATCHES)
    assert dumped(whole) == undisturbed(log)
    whole.close()


def test_a_log_that_came_back_with_less_is_folded_again(log: MemoryLog, tmp_path: Path) -> None:
    """Failed over to a copy that was behind."""
    short = MemoryLog()
    short.append(log.stored, NOON)
    calls = [0]
    store = SQLiteViewStore(tmp_path / "v.db")
    runner = running(short, store)
    settle(runner)
    real = short.head

    def head() -> int:
        calls[0] += 1
        if calls[0] == 1:
            del short.stored[5:]
            raise Unavailable("failing over")
        return real()

    short.head = head  # type: ignore[method-assign]
    run(runner, 5)
    assert dumped(store) == undisturbed(short)
    store.close()


def test_lag_is_batches_and_the_age_of_the_first(log: MemoryLog, tmp_path: Path) -> None:
    store = SQLiteViewStore(tmp_path / "v.db")
    runner = running(log, store)
    runner.step(3)
    name = next(iter(runner.views))
    lag = runner.lag(name, NOON + timedelta(seconds=10))
    assert (lag.batches, lag.seconds) == (9, 6.0)
    settle(runner)
    lag = runner.lag(name, NOON + timedelta(seconds=99))
    assert (lag.batches, lag.seconds) == (0, 0.0)
    assert runner.folded == dict.fromkeys(runner.views, 2 * BATCHES)
    store.close()
