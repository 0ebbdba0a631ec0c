"""Whatever the step at which ingest dies, a resend gets the true receipt and is stored once."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from core.errors import FatalError, Unavailable
from core.ingest import Arrival, Ingest
from core.receipt import Receipt
from core.store.port import Conflict
from core.store.sqlite import SQLiteEventStore
from tests.crash.core_faults import FaultyStore, Plan, inject
from tests.crash.test_store import STEPS, frames, integrity
from tests.fix_core import START, Enrolled, trusting, verified


class Story:
    """Two gateways; one batch of each is stored, the next two of each are on their way."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.gateways = [Enrolled("gw-1", 1), Enrolled("gw-2", 2)]
        self.first = [one.arrival(one.batch()) for one in self.gateways]
        self.second = [one.arrival(one.batch()) for one in self.gateways]
        self.third = [one.arrival(one.batch()) for one in self.gateways]
        store = SQLiteEventStore(log)
        trusting(store, self.gateways).accept(self.first, START)
        store.close()

    def complete(self) -> list[Receipt]:
        """After a restart: everything is sent again, as gateways without receipts do."""
        store = SQLiteEventStore(self.log)
        ingest = trusting(store, self.gateways)
        receipts = [
            receipt
            for sent in (self.first, self.second, self.third)
            for receipt in ingest.accept(sent, START)
        ]
        assert ingest.accept(self.third, START) == receipts[-2:]
        stored = frames(store)
        assert sorted(stored) == sorted(
            arrival.frame for sent in (self.first, self.second, self.third) for arrival in sent
        )
        for gateway in self.gateways:
            own = [frame for frame in stored if frame[8:40] == gateway.signer.public]
            assert len(verified(own)) == 3
        store.close()
        assert integrity(self.log) == "ok"
        return receipts


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "log.db")


def check(receipts: list[Receipt], *, persisted: bool) -> None:
    assert [receipt.refused for receipt in receipts] == [""] * 6
    assert [receipt.number for receipt in receipts] == [1, 1, 2, 2, 3, 3]
    # What was stored before the fault is in the first receipt already.
    before = 2 if persisted else 1
    assert [receipt.committed for receipt in receipts] == [before, before, 2, 2, 3, 3]
    assert [receipt.position for receipt in receipts[2:]] == [3, 4, 5, 6]


@pytest.mark.parametrize("dead", [False, True], ids=["process lives", "machine gone"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(len(STEPS)), ids=[f"{n} {s}" for n, s in enumerate(STEPS)])
def test_a_fault_at_any_statement(story: Story, step: int, *, after: bool, dead: bool) -> None:
    store = SQLiteEventStore(story.log)
    ingest = trusting(store, story.gateways)
    inject(store, Plan(step, after=after, dead=dead))
    with pytest.raises(FatalError):
        ingest.accept(story.second, START)
    store.close()
    check(story.complete(), persisted=after and STEPS[step] == "COMMIT")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", ["journals", "get", "append"])
def test_a_fault_at_any_operation_of_the_store(
    story: Story, operation: str, *, after: bool
) -> None:
    real = SQLiteEventStore(story.log)
    store = FaultyStore(real, operation, after=after)
    with pytest.raises(FatalError, match=operation):
        run_through(store, story)
    assert store.failed
    real.close()
    check(story.complete(), persisted=operation == "append" and after)


def run_through(store: FaultyStore, story: Story) -> None:
    """A start and one call that uses every operation of the store."""
    ingest = trusting(store, story.gateways)
    # The staged second batch makes the first an old one: its bytes are looked up.
    ingest.accept([story.second[0], story.first[0], story.second[1]], START)


def test_the_call_above_without_a_fault_is_good(story: Story) -> None:
    store = FaultyStore(SQLiteEventStore(story.log), "none", after=False)
    run_through(store, story)
    assert store.head() == 4
    store.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_who_goes_on_after_a_fault_is_never_given_a_false_receipt(
    story: Story, *, after: bool
) -> None:
    """The process should have stopped. If it did not: a true receipt or a loud error."""
    store = FaultyStore(SQLiteEventStore(story.log), "append", after=after)
    ingest: Ingest = trusting(store, story.gateways)
    with pytest.raises(FatalError):
        ingest.accept(story.second, START)
    if after:
        with pytest.raises(Unavailable, match="stored already"):
            ingest.accept(story.second, START)
    assert [one.committed for one in ingest.accept(story.second, START)] == [2, 2]
    store.close()
    check(story.complete(), persisted=True)


def test_who_finds_its_numbers_taken_twice_stops(story: Story) -> None:
    """Once, an earlier commit ended late; a second time after a look, the log contradicts
    itself, or somebody else writes to it."""

    class Contrary(SQLiteEventStore):
        def append(self, batches: Sequence[StoredEvent], received: datetime) -> Sequence[int]:
            raise Conflict("taken")

    store = Contrary(story.log)
    ingest = trusting(store, story.gateways)
    with pytest.raises(Unavailable):
        ingest.accept(story.second, START)
    with pytest.raises(FatalError, match="somebody else"):
        ingest.accept(story.second, START)
    store.close()
    check(story.complete(), persisted=False)


def test_a_fault_gives_no_receipt_even_to_those_refused_or_known(story: Story) -> None:
    """One call is one answer: none of it is sent before its commit."""
    store = FaultyStore(SQLiteEventStore(story.log), "append", after=False)
    ingest = trusting(store, story.gateways)
    refused = Arrival("jinxiu", "gw-1", b"")
    with pytest.raises(FatalError):
        ingest.accept([refused, story.first[0], story.second[1]], START)
    store.close()
    check(story.complete(), persisted=False)
