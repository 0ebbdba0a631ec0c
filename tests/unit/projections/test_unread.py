"""What this version cannot read: a newer gateway's facts are counted, a damaged log is fatal."""

from pathlib import Path

import pytest

from core import codec
from core.errors import FatalError
from core.events import access
from core.events import waste as w
from infra.hub.views import VIEWS
from projections import pages
from projections.runner import Page
from projections.safe_community.rows.doors import Door
from projections.store_sqlite import SQLiteViewStore
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_runner import running
from tests.fix_views import NOON, MemoryLog, as_stored


def test_a_type_from_the_future_is_counted_and_the_rest_of_the_batch_is_folded(
    hub_rig: HubRig,
) -> None:
    rig = hub_rig
    known = [rig.event(access.Granted(), "door/1"), rig.event(access.Denied(), "door/1")]
    lines = [codec.encode(event) for event in known]
    strange = lines[0].replace(b"access.granted.v1", b"access.dreamt.v9")
    broken = codec.encode(rig.event(w.BinProfiled(empty_mm=9, full_mm=1), "bin/1")).replace(
        b'"emptyMm":9', b'"emptyMm":"nine"'
    )
    assert b"nine" in broken
    batches = rig.writer.batches([lines[0], strange, broken, lines[1]], NOON)
    rig.log.append([batch.stored() for batch in batches], NOON)
    rig.writer.advance(batches)
    told: list[Page] = []
    rig.runner.listen(told.append)
    rig.settle()
    assert rig.runner.unread == 2
    row = rig.runner.rows("safe_community", "c01")[1]["door"]["door/1"]
    assert isinstance(row, Door)
    assert (row.granted, row.denied) == (1, 1)
    assert [item.event.id for item in told[0].events] == [event.id for event in known]
    assert rig.runner.position() == 1


def test_a_damaged_batch_in_the_log_is_fatal_and_named(
    hub_rig: HubRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_BATCHES", 3)
    for _ in range(7):
        hub_rig.add([hub_rig.event(access.Granted(), "door/1")])
    damaged = MemoryLog()
    for one in hub_rig.log.read(0, 100, 10_000_000):
        frame = bytearray(one.state)
        frame[200] ^= one.id == 5
        damaged.append([as_stored(one, bytes(frame))], NOON)
    store = SQLiteViewStore(tmp_path / "other.db")
    runner = running(damaged, store)
    assert runner.step()
    with pytest.raises(FatalError, match="position 5"):
        runner.step()
    assert {store.position(view) for view in VIEWS} == {3}, "nothing of that page is kept"
    store.close()
