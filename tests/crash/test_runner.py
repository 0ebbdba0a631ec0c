"""The folding process killed at every step: what it finds afterwards is what it would have had."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from core.errors import EnvironmentFault, FatalError
from core.events import access, camera, door
from core.events import waste as w
from infra.hub.views import VIEWS
from projections import pages
from projections.runner import Page
from projections.store import Commit
from projections.store_sqlite import SQLiteViewStore
from projections.view import View
from tests.fix_hub import HubRig
from tests.fix_runner import dumped, running, settle, undisturbed
from tests.fix_views import NOON, MemoryLog, as_stored, minutes

BATCHES = 9


class Killed(BaseException):
    """The process ends here: nothing of ours catches it."""


class Connection:
    """A connection that is cut before or after its n-th statement."""

    def __init__(self, real: sqlite3.Connection, fuse: "Fuse") -> None:
        self._real = real
        self._fuse = fuse

    def execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        with self._fuse:
            return self._real.execute(statement, values)

    def executemany(self, statement: str, values: Sequence[Sequence[object]]) -> sqlite3.Cursor:
        with self._fuse:
            return self._real.executemany(statement, values)

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction

    def close(self) -> None:
        self._real.close()


class Fuse:
    """Burns at one of the steps; each statement has two, before and after. -1: never."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps = 0

    def __enter__(self) -> None:
        self._step()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._step()

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Killed


class FusedStore(SQLiteViewStore):
    """Counts the steps of `commit` only: loading is not what is tested here."""

    def __init__(self, path: Path, fuse: Fuse) -> None:
        super().__init__(path)
        self._fused = Connection(self._db, fuse)
        self._plain = self._db

    def commit(self, view: View, commit: Commit) -> None:
        self._db = self._fused  # type: ignore[assignment]
        try:
            super().commit(view, commit)
        finally:
            self._db = self._plain


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> MemoryLog:
    """Nine batches in which every row is met again by a later one."""
    rig = HubRig(tmp_path_factory.mktemp("log"))
    for turn in range(BATCHES):
        facts = (
            (access.Granted(subject_class="resident"), "door/1"),
            ((door.Forced(), door.Closed())[turn % 2], "door/1"),
            ((camera.VideoLost(), camera.VideoRestored())[turn % 2], "camera/1"),
            (w.DepositRecorded(category="food", net_g=100 + turn), "point/1"),
            (w.LevelMeasured(distance_mm=500 + turn), "bin/1"),
        )
        rig.add(
            [
                rig.event(data, subject, at=NOON + minutes(61 * turn))
                for data, subject in facts[turn % 3 :]
            ]
        )
    memory = MemoryLog()
    for notification in rig.log.read(0, 100, 10_000_000):
        memory.append([as_stored(notification)], NOON)
    rig.close()
    return memory


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_BATCHES", 3)


def steps_of_a_run(log: MemoryLog) -> int:
    fuse = Fuse(-1)
    settle(running(log, FusedStore(Path(":memory:"), fuse)))
    return fuse.steps


def killed_at(log: MemoryLog, path: Path, step: int) -> bool:
    """Whether the run ended there. The file is left as a dead process leaves it."""
    store = FusedStore(path, Fuse(step))
    try:
        settle(running(log, store, VIEWS))
    except Killed:
        return True
    finally:
        store.close()
    return False


def test_killed_at_every_step_of_every_commit(log: MemoryLog, tmp_path: Path) -> None:
    expected = undisturbed(log)
    steps = steps_of_a_run(log)
    statements = 3 * len(VIEWS) * 4 + 1  # pages × views × statements; one page drops a row too
    assert steps == 2 * statements, "before and after each"
    for step in range(1, steps + 1):
        path = tmp_path / f"views-{step}.db"
        assert killed_at(log, path, step)
        store = SQLiteViewStore(path)
        found = dumped(store)
        for name, (position, rows) in found.items():
            assert position in (0, 3, 6, 9), "a page is committed whole or not at all"
            assert rows == [row for row in rows if row[4] <= position], name
            assert bool(rows) == bool(position)
        settle(running(log, store, VIEWS))
        assert dumped(store) == expected, f"killed at step {step}"
        store.close()


def test_killed_again_and_again(log: MemoryLog, tmp_path: Path) -> None:
    """A machine that never lives longer than one page still gets to the end."""
    expected = undisturbed(log)
    path = tmp_path / "views.db"
    lives = 0
    while killed_at(log, path, 11 + lives % 9):
        lives += 1
        assert lives < 50
    store = SQLiteViewStore(path)
    assert lives > 2
    assert dumped(store) == expected
    store.close()


def test_killed_between_the_commit_and_the_listeners(log: MemoryLog, tmp_path: Path) -> None:
    """Listeners are told after the commit: whoever was not told asks with its last position."""
    store = SQLiteViewStore(tmp_path / "views.db")
    runner = running(log, store, VIEWS)

    def dies(page: Page) -> None:
        assert all(store.position(view) == page.position for view in VIEWS)
        raise Killed

    runner.listen(dies)
    with pytest.raises(Killed):
        runner.step()
    store.close()
    again = SQLiteViewStore(tmp_path / "views.db")
    assert [again.position(view) for view in VIEWS] == [3] * len(VIEWS)
    told: list[int] = []
    runner = running(log, again, VIEWS)
    runner.listen(lambda page: told.append(page.position))
    settle(runner)
    assert told == [6, 9]
    assert dumped(again) == undisturbed(log)
    again.close()


def test_a_new_version_is_folded_anew(log: MemoryLog, tmp_path: Path) -> None:
    safe, *others = VIEWS
    store = SQLiteViewStore(tmp_path / "views.db")
    settle(running(log, store, VIEWS))
    store.close()
    # What an older fold left behind may not remain.
    with sqlite3.connect(tmp_path / "views.db") as db:
        db.execute(
            "INSERT INTO rows VALUES (?, 'c01', 'door', 'door/ghost', '{}', 1)", (safe.name,)
        )
    db.close()
    newer = msgspec.structs.replace(safe, version=safe.version + 1)
    store = SQLiteViewStore(tmp_path / "views.db")
    runner = running(log, store, (newer, *others))
    assert store.position(newer) == 0
    for other in others:
        assert store.position(other) == BATCHES
        assert runner.rows(other.name, "c01")[0] == BATCHES, "another view is not folded again"
    settle(runner)
    assert dumped(store, (newer, *others)) == undisturbed(log)
    store.close()


def test_views_that_are_gone_are_folded_again(log: MemoryLog, tmp_path: Path) -> None:
    path = tmp_path / "views.db"
    store = SQLiteViewStore(path)
    settle(running(log, store, VIEWS))
    store.close()
    for left in tmp_path.glob("views.db*"):
        left.unlink()
    store = SQLiteViewStore(path)
    assert store.position(VIEWS[0]) == 0
    settle(running(log, store, VIEWS))
    assert dumped(store) == undisturbed(log)
    store.close()


@pytest.mark.parametrize("value", [b"{", b"{}", b"null", b'{"subject": 7, "device": "d"}'])
def test_rows_that_are_not_ours_stop_the_start_and_say_what_to_do(
    value: bytes, log: MemoryLog, tmp_path: Path
) -> None:
    path = tmp_path / "views.db"
    store = SQLiteViewStore(path)
    settle(running(log, store, VIEWS))
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE rows SET value = ? WHERE kind = 'door'", (value,))
    db.close()
    store = SQLiteViewStore(path)
    with pytest.raises(EnvironmentFault, match="menwei rebuild"):
        running(log, store, VIEWS)
    store.close()


def test_a_file_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "views.db"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(EnvironmentFault, match="move the file away"):
        SQLiteViewStore(path)
    assert path.read_bytes().startswith(b"no database"), "never reset or renamed"


def test_storage_that_fails_is_fatal(log: MemoryLog, tmp_path: Path) -> None:
    store = SQLiteViewStore(tmp_path / "views.db")
    runner = running(log, store, VIEWS)
    store._db.execute("PRAGMA query_only=ON")
    with pytest.raises(FatalError, match="readonly"):
        runner.step()
    store.close()
