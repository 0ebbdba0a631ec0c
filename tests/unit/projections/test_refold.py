"""Views that stand on another history than the log's: derived, so folded again, and said so."""

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from eventsourcing.persistence import Notification, StoredEvent

from core.event import Data
from core.events import access, door
from infra.hub.views import VIEWS
from projections.runner import Page, Runner
from projections.store import Folded
from projections.store_sqlite import SQLiteViewStore
from tests.fix_hub import HubRig
from tests.fix_runner import running
from tests.fix_views import NOON, MemoryLog, as_stored, minutes

Rows = dict[str, tuple[int, list[tuple[str, str, str, bytes, int]]]]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Sequence[StoredEvent]:
    """Six batches: six facts of one door."""
    return told(tmp_path_factory.mktemp("history"), door.Forced(), "door/1", 6)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> MemoryLog:
    """Eight batches of another history."""
    return cut(told(tmp_path_factory.mktemp("other"), access.Granted(), "door/2", 8), 8)


@pytest.fixture
def log(history: Sequence[StoredEvent]) -> MemoryLog:
    return cut(history, 6)


def told(folder: Path, data: Data, subject: str, count: int) -> Sequence[StoredEvent]:
    rig = HubRig(folder)
    for turn in range(count):
        rig.add([rig.event(data, subject, at=NOON + minutes(turn))])
    found = [as_stored(one) for one in rig.log.read(0, count, 10_000_000)]
    rig.close()
    assert len(found) == count
    return found


def cut(stored: Sequence[StoredEvent], count: int) -> MemoryLog:
    """A log of the first `count` batches: an older copy."""
    made = MemoryLog()
    made.append(stored[:count], NOON)
    return made


def started(log: MemoryLog, path: Path) -> tuple[Runner, SQLiteViewStore]:
    store = SQLiteViewStore(path)
    return running(log, store), store


def settled(log: MemoryLog, path: Path) -> Rows:
    """The stored rows after a whole life of the process."""
    runner, store = started(log, path)
    while runner.step():
        pass
    found = {view.name: (store.position(view), list(store.dump(view))) for view in VIEWS}
    store.close()
    return found


@pytest.mark.parametrize("kept", [0, 1, 5])
def test_a_log_put_back_or_gone_is_folded_from_its_beginning(
    kept: int, log: MemoryLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "views.db"
    settled(log, path)
    older = cut(log.stored, kept)
    runner, store = started(older, path)
    assert runner.position() == 0
    assert runner.compounds() == [], "rows of facts the log does not hold are not shown"
    store.close()
    said = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(said) == len(VIEWS)
    assert "position 6" in said[0].getMessage()
    assert settled(older, path) == settled(older, tmp_path / "fresh.db")


def test_another_history_that_grew_past_the_position_is_seen(
    log: MemoryLog, other: MemoryLog, tmp_path: Path
) -> None:
    path = tmp_path / "views.db"
    settled(log, path)
    assert settled(other, path) == settled(other, tmp_path / "fresh.db")


def test_the_same_log_is_not_folded_again(
    log: MemoryLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "views.db"
    before = settled(cut(log.stored, 4), path)
    runner, store = started(log, path)
    assert runner.position() == 4
    assert {v.name: (store.position(v), list(store.dump(v))) for v in VIEWS} == before
    store.close()
    assert not caplog.records


def test_one_read_at_the_start_for_all_views(
    log: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "views.db"
    settled(log, path)
    asked: list[tuple[int, int]] = []
    read = log.read

    def counted(after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
        asked.append((after, limit))
        return read(after, limit, max_bytes)

    monkeypatch.setattr(log, "read", counted)
    started(log, path)[1].close()
    assert asked == [(5, 1)]


def test_only_the_view_that_stands_elsewhere_is_folded_again(
    log: MemoryLog, tmp_path: Path
) -> None:
    path = tmp_path / "views.db"
    settled(log, path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE positions SET leaf = x'00' WHERE view = ?", (VIEWS[0].name,))
    db.close()
    _, store = started(log, path)
    assert [store.position(view) for view in VIEWS] == [0, *(6 for _ in VIEWS[1:])]
    store.close()
    assert settled(log, path) == settled(log, tmp_path / "fresh.db")


def test_a_log_that_shrinks_under_a_running_hub_is_folded_again(
    log: MemoryLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runner, store = started(log, tmp_path / "views.db")
    while runner.step():
        pass
    pages: list[Page] = []
    runner.listen(pages.append)
    del log.stored[2:]
    while runner.step():
        pass
    assert (runner.position(), pages[-1].position) == (2, 2)
    assert "position 6" in caplog.text
    found = {view.name: (store.position(view), list(store.dump(view))) for view in VIEWS}
    store.close()
    assert found == settled(log, tmp_path / "fresh.db")


class TestWithoutALeaf:
    """A views.db written before leaves were kept."""

    @pytest.fixture
    def path(self, log: MemoryLog, tmp_path: Path) -> Path:
        path = tmp_path / "views.db"
        settled(cut(log.stored, 4), path)
        with sqlite3.connect(path) as db:
            db.execute("ALTER TABLE positions DROP COLUMN leaf")
        db.close()
        return path

    def test_is_folded_again_beyond_the_log(self, path: Path, log: MemoryLog) -> None:
        runner, store = started(cut(log.stored, 3), path)
        assert runner.position() == 0
        store.close()

    def test_is_taken_and_gets_one_with_the_next_page(self, path: Path, log: MemoryLog) -> None:
        runner, store = started(log, path)
        assert runner.position() == 4
        assert store.leaf(VIEWS[0]) == b""
        assert runner.step()
        assert len(store.leaf(VIEWS[0])) == 32
        store.close()


def test_rows_put_in_place_by_a_rebuild_keep_their_leaf(log: MemoryLog, tmp_path: Path) -> None:
    settled(log, tmp_path / "fresh.db")
    live, fresh = SQLiteViewStore(tmp_path / "views.db"), SQLiteViewStore(tmp_path / "fresh.db")
    live.replace(VIEWS[0], Folded(position=3, leaf=bytes(32), rows=()))
    view = VIEWS[0]
    position, leaf = fresh.position(view), fresh.leaf(view)
    live.replace(view, Folded(position=position, leaf=leaf, rows=fresh.dump(view)))
    assert list(live.dump(view)) == list(fresh.dump(view))
    assert live.leaf(VIEWS[0]) == fresh.leaf(VIEWS[0]) != bytes(32)
    live.close()
    fresh.close()
