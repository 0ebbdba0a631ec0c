"""A log that says less of its end than it gives to read has not been put back."""

from core.events import access
from infra.hub.views import VIEWS
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_runner import in_memory, running, settle
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
