"""A fold that fails stops its own view, says at which event, and goes on when it is mended."""

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from core.catalog import CATALOG
from core.codec import Unread
from core.errors import DiskFull, FatalError, MenweiError, Unavailable
from core.event import Recorded
from core.events import access, door
from infra.hub.views import VIEWS
from projections import pages
from projections.follower import Touched
from projections.runner import Page, Runner
from projections.store_sqlite import SQLiteViewStore
from projections.view import Rows, Run, View
from projections.view_follower import ViewFollower
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_runner import dumped, running, settle, undisturbed

SAFE, WASTE, *OTHERS = VIEWS
BAD = 5  # position of the batch that cannot be folded
NAME = "王小明"


def breaking(view: View, error: BaseException, at: tuple[int, int] = (BAD, 1)) -> View:
    def fold(rows: Rows, run: Run) -> None:
        view.fold(rows, run)
        if at in [(item.position, item.index) for item in run]:
            raise error

    return msgspec.structs.replace(view, fold=fold)


@pytest.fixture
def rig(hub_rig: HubRig) -> HubRig:
    """Eight batches of three events."""
    for _ in range(8):
        facts = (access.Granted(), door.Forced(), door.Closed())
        hub_rig.add([hub_rig.event(fact, "door/1") for fact in facts])
    return hub_rig


def started(rig: HubRig, path: Path, *views: View) -> tuple[Runner, SQLiteViewStore]:
    store = SQLiteViewStore(path)
    return running(rig.log, store, views), store


def test_only_the_view_that_fails_stops_and_says_where(
    rig: HubRig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runner, store = started(rig, tmp_path / "v.db", breaking(SAFE, KeyError(NAME)), WASTE)
    told: list[Page] = []
    runner.listen(told.append)
    settle(runner)
    event = [item for page in told for item in page.events if item.position == BAD][1].event
    found = runner.failures[SAFE.name]
    assert (found.view, found.position, found.index) == (SAFE.name, BAD, 1)
    assert (found.event, found.type) == (event.id, event.type)
    assert "KeyError" in found.error
    assert "test_failing.py" in found.error
    said = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(said) == 1
    assert event.id in said[0]
    assert SAFE.name in said[0]
    assert NAME not in said[0] + found.error, "what an exception quotes may be personal"
    assert runner.positions() == {SAFE.name: BAD - 1, WASTE.name: 8}
    assert runner.position() == 8, "who has failed holds nobody up"
    assert told[-1].position == 8
    expected = undisturbed(rig.log)
    assert dumped(store)[WASTE.name] == expected[WASTE.name]
    store.close()


def test_everything_before_the_batch_is_committed_and_shown(rig: HubRig, tmp_path: Path) -> None:
    runner, store = started(rig, tmp_path / "v.db", breaking(SAFE, ValueError("x")))
    settle(runner)
    there = runner.rows(SAFE.name, "c01")
    assert there[0] == BAD - 1
    whole = SQLiteViewStore(tmp_path / "w.db")
    before = running(rig.log, whole, (SAFE,))
    while before.step(BAD - 1):
        pass
    assert dumped(store, (SAFE,)) == dumped(whole, (SAFE,))
    assert before.rows(SAFE.name, "c01") == there, "nothing of the failing batch is in memory"
    store.close()
    whole.close()


def test_the_first_batch_of_all_can_fail(rig: HubRig, tmp_path: Path) -> None:
    runner, store = started(rig, tmp_path / "v.db", breaking(SAFE, ValueError(), (1, 0)), WASTE)
    settle(runner)
    assert runner.failures[SAFE.name].position == 1
    assert runner.rows(SAFE.name, "c01") == (0, {})
    assert store.position(WASTE) == 8
    store.close()


def test_a_new_start_with_a_mended_fold_goes_on(rig: HubRig, tmp_path: Path) -> None:
    runner, store = started(rig, tmp_path / "v.db", breaking(SAFE, RecursionError()), WASTE)
    settle(runner)
    store.close()
    runner, store = started(rig, tmp_path / "v.db", SAFE, WASTE, *OTHERS)
    assert not runner.failures
    settle(runner)
    assert dumped(store) == undisturbed(rig.log)
    store.close()


def test_retry_goes_on_without_a_new_start(rig: HubRig, tmp_path: Path) -> None:
    broken = [True]

    def fold(rows: Rows, run: Run) -> None:
        SAFE.fold(rows, run)
        if broken[0] and run[0].position >= BAD:
            raise AttributeError(NAME)

    view = msgspec.structs.replace(SAFE, fold=fold)
    runner, store = started(rig, tmp_path / "v.db", view, WASTE, *OTHERS)
    settle(runner)
    runner.retry(SAFE.name)
    settle(runner)
    assert runner.failures[SAFE.name].position == BAD, "tried again, and failed again"
    broken[0] = False
    assert not runner.step(), "nobody tries again unasked"
    runner.retry(SAFE.name)
    settle(runner)
    assert not runner.failures
    assert dumped(store) == undisturbed(rig.log)
    with pytest.raises(KeyError):
        runner.retry("weather")
    store.close()


@pytest.mark.parametrize("error", [Unavailable("away"), DiskFull("full"), FatalError("damage")])
def test_storage_is_not_a_fold(error: MenweiError, rig: HubRig, tmp_path: Path) -> None:
    runner, store = started(rig, tmp_path / "v.db", breaking(SAFE, error))
    with pytest.raises(type(error)):
        settle(runner)
    assert not runner.failures
    store.close()


class Stubborn:
    """A follower that is no view, and that refuses one batch without saying which event."""

    name = "stubborn"

    def __init__(self) -> None:
        self.taken: list[tuple[int, int]] = []
        self.at = 0
        self.refuses = BAD

    def position(self) -> int:
        return self.at

    def leaf(self) -> bytes:
        return b""

    def take(self, items: Sequence[Recorded | Unread], position: int, leaf: bytes) -> Touched:
        if any(one.position == self.refuses for one in items):
            raise ZeroDivisionError(NAME)
        self.taken += [(one.position, one.index) for one in items]
        self.at = position
        return {}

    def reload(self) -> None: ...

    def forget(self) -> None: ...


def test_a_follower_that_names_no_event_is_given_batches_one_by_one(rig: HubRig) -> None:
    stubborn = Stubborn()
    view = ViewFollower(WASTE, rig.store, rig.log, CATALOG)
    runner = Runner(rig.log, [stubborn, view], CATALOG)
    settle(runner)
    found = runner.failures["stubborn"]
    assert (found.position, found.index, found.event) == (BAD, -1, "")
    assert "ZeroDivisionError" in found.error
    assert NAME not in found.error
    assert runner.positions() == {"stubborn": BAD - 1, WASTE.name: 8}
    stubborn.refuses = 0
    runner.retry("stubborn")
    settle(runner)
    assert stubborn.taken == [(at, index) for at in range(1, 9) for index in range(3)]


def test_a_retry_asked_for_in_an_outage_is_not_forgotten(
    rig: HubRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = Stubborn()
    runner = Runner(rig.log, [stubborn], CATALOG)
    settle(runner)
    stubborn.refuses = 0
    runner.retry("stubborn")
    with monkeypatch.context() as away:
        away.setattr(Stubborn, "reload", _away)
        with pytest.raises(Unavailable):
            runner.step()
    settle(runner)
    assert not runner.failures
    assert stubborn.at == 8


def _away(_: Stubborn) -> None:
    raise Unavailable("away")


def test_who_catches_up_does_not_hold_up_the_newest(
    rig: HubRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_BATCHES", 3)
    runner, store = started(rig, tmp_path / "v.db", WASTE, *OTHERS)
    settle(runner)
    store.close()
    runner, store = started(rig, tmp_path / "v.db", SAFE, WASTE, *OTHERS)
    rig.add([rig.event(door.Opened(), "door/1")])
    runner._paces[1].bytes = 1
    runner.step()
    assert runner.positions() == {
        SAFE.name: 1,
        **dict.fromkeys((one.name for one in (WASTE, *OTHERS)), 9),
    }
    settle(runner)
    assert dumped(store) == undisturbed(rig.log)
    store.close()
