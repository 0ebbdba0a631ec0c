"""A log that says less of its end than it gives to read has not been put back; and one that lost
its end has mostly lost what was made of it too."""

from pathlib import Path

import pytest

from core.events import access
from infra.hub.views import VIEWS
from projections.store_sqlite import SQLiteViewStore
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_runner import dumped, in_memory, running, settle, undisturbed
from tests.fix_views import NOON, MemoryLog, as_stored

BATCHES = 4


def test_a_head_older_than_what_was_read_is_no_other_log(hub_rig: HubRig) -> None:
    """As between a commit and the moment its appender says so: nothing is folded again."""
    log = MemoryLog()
    for _ in range(BATCHES):
        hub_rig.add([hub_rig.event(access.Granted(), "door/1")])
    log.append([as_stored(one) for one in hub_rig.log.read(0, BATCHES, 1_000_000)], NOON)
    store = in_memory()
    runner = running(log, store)
    settle(runner)
    log.head = lambda: BATCHES - 1  # type: ignore[method-assign]
    assert not runner.step()
    assert runner.positions() == {view.name: BATCHES for view in VIEWS}
    assert runner.folded == {view.name: BATCHES for view in VIEWS}
    store.close()


@pytest.mark.parametrize("committed", [1, 2])
def test_after_a_failover_that_lost_batches_views_go_on_from_where_theirs_stand(
    hub_rig: HubRig, tmp_path: Path, committed: int
) -> None:
    """Log and views fell back together: nothing that is there still is folded again."""
    log = MemoryLog()
    for _ in range(BATCHES):
        hub_rig.add([hub_rig.event(access.Granted(), "door/1")])
    log.append([as_stored(one) for one in hub_rig.log.read(0, BATCHES, 1_000_000)], NOON)
    store = SQLiteViewStore(tmp_path / "views.db")
    before = running(log, store)
    while before.step(committed):
        pass
    runner = running(log, store)
    # What the standby does not have: memory is ahead of what is stored.
    lost, runner_store = log.stored[2:], in_memory()
    ahead = running(log, runner_store)
    settle(ahead)
    for view in VIEWS:
        runner.view(view.name)._state = ahead.view(view.name)._state
    del log.stored[2:], log.received[2:]
    assert runner.positions() == {view.name: BATCHES for view in VIEWS}
    settle(runner)
    assert runner.positions() == {view.name: 2 for view in VIEWS}
    assert runner.folded == {view.name: 2 - committed for view in VIEWS}
    log.append(lost, NOON)
    settle(runner)
    assert dumped(store) == undisturbed(log)
    runner_store.close()
    store.close()
