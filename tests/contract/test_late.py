"""The index of late batches, wherever views keep their rows."""

from datetime import timedelta

import pytest

from core import codec
from core.batch import Head, Journal
from core.catalog import CATALOG
from core.events.door import Opened
from core.writer import BatchWriter
from projections.late import LATE, LateBatches, folded
from projections.runner import Runner
from projections.store import Moved, ViewStore
from tests.contract.view_stores import Open
from tests.contract.view_stores import opened as opened
from tests.fix_core import signer_of
from tests.fix_runner import settle
from tests.fix_views import NOON, MemoryLog, Said

NOON_MS = round(NOON.timestamp() * 1000)


def log_of(*delays: int) -> MemoryLog:
    """A batch a second from NOON on, each received so many seconds after what it tells."""
    log, said, signer = MemoryLog(), Said(), signer_of(1)
    writer = BatchWriter(Journal(signer.public, 1), signer, Head())
    for second, delay in enumerate(delays):
        at = NOON + timedelta(seconds=second)
        batches = writer.batches([codec.encode(said.event(Opened(), "door/1", at=at))], NOON)
        log.append([one.stored() for one in batches], at + timedelta(seconds=delay))
        writer.advance(batches)
    return log


def followed(log: MemoryLog, store: ViewStore) -> LateBatches:
    late = LateBatches(store, log)
    settle(Runner(log, [late], CATALOG))
    return late


def test_a_row_for_each_late_batch_is_there_for_the_next_process(opened: Open) -> None:
    log = log_of(0, 60, 61, 3600, 3600)
    assert followed(log, opened()).among(0, 9, NOON_MS + 9000) == [3, 4, 5]
    again = LateBatches(opened(), log)
    assert (again.position(), len(again.leaf())) == (5, 32)
    assert again.among(0, 9, NOON_MS + 9000) == [3, 4, 5]
    assert again.among(0, 9, NOON_MS + 2999) == [3]
    assert again.until(2, 9, NOON_MS + 3000) == 4
    assert again.until(1, 9, NOON_MS + 3000) == 1, "batch 2 was not late"


def test_it_goes_on_where_it_stood(opened: Open) -> None:
    log = log_of(3600, 3600)
    first = followed(log, opened())
    more = log_of(3600, 3600, 3601)
    log.append(more.stored[2:], more.received[2])
    assert followed(log, opened()).among(0, 9, NOON_MS + 9000) == [1, 2, 3]
    with pytest.raises(Moved):
        first.take((), 3, b"\1" * 32)
    first.reload()
    assert first.position() == 3


def test_a_log_that_was_put_back_is_begun_again(opened: Open) -> None:
    followed(log_of(3600, 3600, 3600), opened())
    late = followed(log_of(0, 3600), opened())
    assert late.position() == 2
    assert late.among(0, 9, NOON_MS + 9000) == [2]


def test_made_anew_it_is_byte_for_byte_the_same(opened: Open) -> None:
    log = log_of(0, 3600, 0, 61)
    store = opened()
    followed(log, store)
    was = list(store.dump(LATE))
    made = folded(log, CATALOG, 4)
    store.replace(LATE, made)
    assert list(store.dump(LATE)) == was == list(made.rows)
    assert store.position(LATE) == 4
