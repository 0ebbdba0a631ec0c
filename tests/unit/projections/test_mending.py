"""After an upgrade that can read what was skipped, views end as if they always had been able to."""

import logging
import sqlite3
from pathlib import Path

import msgspec
import pytest

from core import codec
from core.batch import Batch, Head, Journal, parse
from core.catalog import CATALOG, Catalog
from core.event import Data, Event, source_of
from core.events import access, door
from core.events import waste as w
from core.writer import BatchWriter
from infra.hub.views import VIEWS
from projections import shadow, snapshots
from projections.runner import Page
from projections.store import Commit
from projections.store_sqlite import SQLiteViewStore
from projections.unread import NotReadable
from projections.view import Rows, Run, View
from tests.fix_core import signer_of
from tests.fix_runner import dumped, running, settle, undisturbed
from tests.fix_views import NOON, MemoryLog, Said, minutes

SAFE, WASTE, *_ = VIEWS
# What the version before the upgrade knows.
OLD = Catalog([kind for kind in CATALOG.types.values() if kind is not door.Forced])
BATCHES = 30


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 4)
    monkeypatch.setattr(snapshots, "RARELY", 0)  # a snapshot wherever anything has changed
    monkeypatch.setattr(shadow, "_BATCHES", 3)


def event(said: Said, turn: int, compound: str) -> Event:
    """Some of c01 are such that OLD cannot read them."""
    facts: tuple[tuple[Data, str], ...] = (
        (door.Opened(), "door/1"),
        (access.Granted(subject_class="resident"), "door/1"),
        (w.DepositRecorded(category="food", net_g=100 + turn), "point/1"),
        (door.Closed(), "door/1"),
        (w.LevelMeasured(distance_mm=500 + turn), "bin/1"),
    )
    data, subject = facts[turn % len(facts)]
    if compound == "c01" and turn > 20 and turn % 6 == 5:
        data, subject = door.Forced(), "door/1"
    made = said.event(data, subject, at=NOON + minutes(turn))
    source = source_of(compound, said.gateway, made.source.rpartition("/")[2])
    return msgspec.structs.replace(made, source=source)


@pytest.fixture
def log() -> MemoryLog:
    """Two compounds' gateways in turn; c02 says nothing strange."""
    memory = MemoryLog()
    writers = []
    for number in (1, 2):
        signer = signer_of(number)
        writers.append(BatchWriter(Journal(signer.public, 1), signer, Head()))
    said = [Said("gw01"), Said("gw02")]
    for turn in range(BATCHES):
        who = turn % 2
        found = [event(said[who], turn * 2 + one, f"c0{who + 1}") for one in (0, 1)]
        batches = writers[who].batches([codec.encode(one) for one in found], NOON)
        memory.append([batch.stored() for batch in batches], NOON)
        writers[who].advance(batches)
    assert sum(unread(memory, OLD)) == 3
    assert not any(unread(memory, CATALOG))
    return memory


def unread(log: MemoryLog, catalog: Catalog) -> list[int]:
    return [
        sum(isinstance(one, codec.Unread) for one in codec.recorded(parse(n.state), n.id, catalog))
        for n in log.read(0, 1000, 10**9)
    ]


def folded_by_the_old(log: MemoryLog, path: Path, upto: int = BATCHES) -> None:
    store = SQLiteViewStore(path)
    runner = running(log, store, catalog=OLD)
    while runner.step(upto):
        pass
    store.close()


def test_what_is_skipped_is_counted_by_compound(log: MemoryLog, tmp_path: Path) -> None:
    folded_by_the_old(log, tmp_path / "v.db")
    store = SQLiteViewStore(tmp_path / "v.db")
    runner = running(log, store, catalog=OLD)
    counts = unread(log, OLD)
    first = next(at for at, count in enumerate(counts, 1) if count)
    forced = {door.Forced.TYPE: sum(counts)}
    for view in VIEWS:
        found = runner.view(view.name)
        shown = view.scope("c01")
        assert found.unread(shown, BATCHES) == NotReadable(sum(counts), first, forced)
        assert found.unread(shown, first - 1) is None
        assert found.unread("c02", BATCHES) is None
        assert not found.mending
    assert not runner.step(), "the same catalogue: nothing to be read now"
    store.close()


def test_after_the_upgrade_views_equal_a_full_rebuild(log: MemoryLog, tmp_path: Path) -> None:
    folded_by_the_old(log, tmp_path / "v.db")
    store = SQLiteViewStore(tmp_path / "v.db")
    assert dumped(store) != undisturbed(log)
    runner = running(log, store)
    settle(runner)
    assert dumped(store) == undisturbed(log)
    for view in VIEWS:
        follower = runner.view(view.name)
        assert (follower.mending, follower.marks()) == (False, [])
        for compound in ("c01", "c02"):
            shown = runner.rows(view.name, compound)[1]
            assert follower.as_of(compound, BATCHES) == shown
    store.close()
    store = SQLiteViewStore(tmp_path / "v.db")
    assert not running(log, store).step(), "done once"
    store.close()


def test_only_what_it_touches_is_read_again_and_from_the_snapshot_before(
    log: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded_by_the_old(log, tmp_path / "v.db")
    seen: list[tuple[str, int]] = []

    def spying(rows: Rows, run: Run) -> None:
        seen.extend((item.compound, item.position) for item in run)
        SAFE.fold(rows, run)

    spied = msgspec.structs.replace(SAFE, fold=spying)
    store = SQLiteViewStore(tmp_path / "v.db")
    settle(running(log, store, (spied, WASTE)))
    first = next(at for at, count in enumerate(unread(log, OLD), 1) if count)
    assert {compound for compound, _ in seen} == {"c01"}
    before = max(at for at in range(0, first, 4))
    assert before > 0, "else this shows nothing"
    assert min(at for _, at in seen) > before
    store.close()


def test_readers_see_the_old_rows_until_the_new_ones_are_whole(
    log: MemoryLog, tmp_path: Path
) -> None:
    folded_by_the_old(log, tmp_path / "v.db")
    store = SQLiteViewStore(tmp_path / "v.db")
    before = dumped(store)
    runner = running(log, store)
    old = runner.rows(SAFE.name, "c01")
    new = undisturbed(log)
    told: list[Page] = []
    runner.listen(told.append)
    seen: list[bool] = []
    while True:
        follower = runner.view(SAFE.name)
        if follower.mending:
            assert runner.rows(SAFE.name, "c01") == old
            assert dumped(store)[SAFE.name] == before[SAFE.name]
            assert follower.unread("c01", BATCHES) is not None
            assert dict(follower.as_of("c01", BATCHES)) != old[1], "the past is read as it is known"
        else:
            assert dumped(store)[SAFE.name] == new[SAFE.name]
        seen.append(follower.mending)
        if not runner.step():
            break
    assert seen.count(True) > 2
    assert not seen[-1]
    assert any(page.touched[SAFE.name] for page in told), "listeners hear of the new rows"
    store.close()


def test_new_events_do_not_wait_for_it(log: MemoryLog, tmp_path: Path) -> None:
    whole = list(log.stored)
    del log.stored[20:]
    folded_by_the_old(log, tmp_path / "v.db", 20)
    store = SQLiteViewStore(tmp_path / "v.db")
    runner = running(log, store)
    log.append(whole[20:], NOON)
    positions = []
    while runner.step():
        positions.append((runner.position(), runner.view(SAFE.name).mending))
    assert (24, True) in positions
    assert dumped(store) == undisturbed(log)
    store.close()


class Killed(BaseException):
    pass


def test_killed_at_every_commit_it_still_ends_right(log: MemoryLog, tmp_path: Path) -> None:
    """Old process, upgrade, new process: killed after the n-th commit of its life, again and
    again, and before it."""

    class Mortal(SQLiteViewStore):
        left = 0
        after = False

        def commit(self, view: View, commit: Commit) -> None:
            self.left -= 1
            if self.left < 0 and not self.after:
                raise Killed
            super().commit(view, commit)
            if self.left < 0:
                raise Killed

    expected = undisturbed(log)
    for lives in (1, 2, 3):
        for after in (False, True):
            path = tmp_path / f"v-{lives}-{after}.db"
            folded_by_the_old(log, path, 17)
            deaths = 0
            while True:
                store = Mortal(path)
                store.left, store.after = lives, after
                try:
                    settle(running(log, store))
                    break
                except Killed:
                    deaths += 1
                    assert deaths < 50
                finally:
                    store.close()
            assert deaths
            plain = SQLiteViewStore(path)
            assert dumped(plain) == expected
            assert not plain.marks(SAFE)
            plain.close()


def test_an_upgrade_that_reads_only_some_of_it(log: MemoryLog, tmp_path: Path) -> None:
    older = Catalog([kind for kind in OLD.types.values() if kind is not access.Granted])
    store = SQLiteViewStore(tmp_path / "v.db")
    settle(running(log, store, catalog=older))
    settle(running(log, store, catalog=OLD))
    assert dumped(store) == undisturbed(log, catalog=OLD)
    fresh = SQLiteViewStore(tmp_path / "fresh.db")
    settle(running(log, fresh, catalog=OLD))
    for view in VIEWS:
        assert store.marks(view) == fresh.marks(view)
    settle(running(log, store))
    assert dumped(store) == undisturbed(log)
    store.close()
    fresh.close()


def test_a_file_that_kept_no_marks_is_folded_again_once(log: MemoryLog, tmp_path: Path) -> None:
    """A views.db of 0.2.0: nobody knows what it skipped."""
    path = tmp_path / "v.db"
    folded_by_the_old(log, path)
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE unread")
        db.execute("DROP TABLE snapshots")
    db.close()
    store = SQLiteViewStore(path)
    runner = running(log, store)
    assert runner.position() == BATCHES, "its rows are shown meanwhile"
    assert runner.view(SAFE.name).unread("c01", BATCHES) is None
    settle(runner)
    assert dumped(store) == undisturbed(log)
    assert not store.marks(SAFE)
    store.close()


class TestAPayloadInAnotherCodec:
    """Nobody can say whose events are in it."""

    POSITION = 11
    reads = False

    @pytest.fixture
    def strange(self, log: MemoryLog, monkeypatch: pytest.MonkeyPatch) -> MemoryLog:
        """The same log, while one of its batches cannot be read."""
        frame = log.stored[self.POSITION - 1].state
        real = Batch.readable
        assert isinstance(real, property)
        monkeypatch.setattr(
            Batch, "readable", property(lambda batch: self.reads or batch.frame != frame)
        )
        return log

    def test_everything_is_folded_again_from_before_it(
        self, strange: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = SQLiteViewStore(tmp_path / "v.db")
        settle(running(strange, store))
        found = running(strange, store).view(SAFE.name)
        for compound in ("c01", "c02"):
            assert found.unread(compound, BATCHES) == NotReadable(1, self.POSITION, {"": 1})
        self.reads = True
        monkeypatch.setattr("projections.unread._version", lambda: "the next one")
        newer = Catalog(CATALOG.types.values())
        runner = running(strange, store, catalog=newer)
        assert all(runner.view(view.name).mending for view in VIEWS)
        settle(runner)
        assert dumped(store) == undisturbed(strange, catalog=newer)
        assert not any(store.marks(view) for view in VIEWS)
        store.close()


def test_a_fold_that_fails_on_what_is_new_stops_the_view(
    log: MemoryLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folded_by_the_old(log, tmp_path / "v.db")

    def fold(rows: Rows, run: Run) -> None:
        if any(isinstance(item.event.data, door.Forced) for item in run):
            raise OverflowError
        SAFE.fold(rows, run)

    broken = msgspec.structs.replace(SAFE, fold=fold)
    store = SQLiteViewStore(tmp_path / "v.db")
    runner = running(log, store, (broken, WASTE))
    before = runner.rows(SAFE.name, "c01")
    settle(runner)
    assert runner.failures[SAFE.name].type == door.Forced.TYPE
    assert runner.rows(SAFE.name, "c01") == before
    assert dumped(store)[WASTE.name] == undisturbed(log)[WASTE.name]
    assert any(one.levelno == logging.ERROR for one in caplog.records)
    store.close()
    store = SQLiteViewStore(tmp_path / "v.db")
    settle(running(log, store))
    assert dumped(store) == undisturbed(log)
    store.close()
