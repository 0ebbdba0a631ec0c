"""The store goes away in the middle of a run. Whatever became of the commit under way: nothing
that was receipted is lost, nothing is stored twice, every chain is whole, and it goes on."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from core.batch import Lane, parse
from core.codec import envelopes
from core.errors import Unavailable
from core.event import Event
from core.ingest import Arrival, Ingest
from core.keystore import KeyStore
from core.ownjournal import GATEWAY, OwnJournal
from core.receipt import Receipt
from core.store.port import EventStore
from core.store.sqlite import SQLiteEventStore
from core.trust import by_key
from tests.contract import test_event_store as contract
from tests.contract.backends import Open
from tests.fix_core import COMPOUND, START, FixedClock, door_opened, verified
from tests.fix_epochs import HUB, Box
from tests.fix_outage import Fault, Outages

# What a store promises, the one below promises too, as long as nothing breaks.
globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Open]:
    opened: list[EventStore] = []

    def opening() -> EventStore:
        opened.append(Outages(SQLiteEventStore(tmp_path / "log.db")))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Open) -> EventStore:
    return reopen()


Step = Sequence[Arrival] | Sequence[Event]


class Run:
    """Two gateways with lanes and a new epoch each, so that the hub has notes of its own to
    write beside their batches, and people who act in between."""

    def __init__(self) -> None:
        self.boxes = [Box("gw-1", seed=1), Box("gw-2", seed=2)]
        for box in self.boxes:
            box.write(Lane.BULK)
            box.write(Lane.URGENT)
            box.begin(200, "renewed")
            box.write(Lane.BULK)
            box.write(Lane.URGENT)
        self.acts = [door_opened(record, GATEWAY) for record in range(1, 7)]

    def steps(self) -> list[Step]:
        one, two = (
            [Arrival(COMPOUND, box.name, batch.frame) for batch in box.batches()]
            for box in self.boxes
        )
        return [
            one[:2], self.acts[:1], [*one[2:4], *two[:3]], self.acts[1:4], [one[4]],
            [*two[3:], *one[5:]], self.acts[4:], [one[1], two[-1], *one[-2:]],
        ]  # fmt: skip


class Hub:
    """Ingest and own journal over a store that may go away. Who has no answer asks again;
    `restarts`: gateways ask a new process, which knows nothing of what was under way."""

    def __init__(self, store: Outages, run: Run, keys: KeyStore, *, restarts: bool) -> None:
        self.store, self.run, self.keys, self.restarts = store, run, keys, restarts
        self.outages = 0
        self._start()

    def _start(self) -> None:
        trust = by_key(box.gateway for box in self.run.boxes)
        self.own = OwnJournal(self.store, HUB, FixedClock(), self.keys)
        self.ingest = Ingest(self.store, trust, self.own)

    def take(self, step: Step) -> None:
        for _ in range(20):
            try:
                self._take(step)
                return
            except Unavailable:
                self.outages += 1
                if self.restarts and isinstance(step[0], Arrival):
                    self._again()
        raise AssertionError("it never came back")

    def _take(self, step: Step) -> None:
        arrivals = [one for one in step if isinstance(one, Arrival)]
        if arrivals:
            check(self.store, arrivals, self.ingest.accept(arrivals, START))
        else:
            position = self.own.append([one for one in step if isinstance(one, Event)])
            assert position <= self.store.head()

    def _again(self) -> None:
        while True:
            try:
                return self._start()
            except Unavailable:
                self.outages += 1


def check(store: EventStore, sent: Sequence[Arrival], receipts: Sequence[Receipt]) -> None:
    """A receipt is given for what is there, and for nothing else."""
    for arrival, receipt in zip(sent, receipts, strict=True):
        header = parse(arrival.frame).header
        assert receipt.refused == ""
        assert stored(store, header.journal.id, header.number).state == arrival.frame
        newest = stored(store, header.journal.id, receipt.committed)
        assert parse(newest.state).hash.hex() == receipt.hash
        assert store.read(receipt.position - 1, 1, 1 << 20)[0].state == newest.state


def stored(store: EventStore, journal: object, number: int) -> StoredEvent:
    (found,) = (
        one
        for one in store.read(0, 1000, 1 << 30)
        if one.originator_id == journal and one.originator_version == number
    )
    return found


def complete(store: EventStore, run: Run) -> None:
    journals: dict[object, list[bytes]] = {}
    for one in store.read(0, 1000, 1 << 30):
        journals.setdefault(one.originator_id, []).append(one.state)
    held = {frame: 1 for frames in journals.values() for frame in frames}
    for frames in journals.values():
        verified(frames)
    sent = [batch.frame for box in run.boxes for batch in box.batches()]
    own = [frame for frame in held if frame[8:40] == HUB.public]
    assert sorted(frame for frame in held if frame not in own) == sorted(sent)
    ids = [line.id for frame in own for line in envelopes(parse(frame))]
    notes = [f"hub:epoch:{box.name}:200" for box in run.boxes]
    assert sorted(ids) == sorted([*notes, *(one.id for one in run.acts)])


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    made = KeyStore(tmp_path / "keys.db")
    yield made
    made.close()


def whole_run(path: Path, keys: KeyStore, make: Callable[[EventStore], Outages], *,
              restarts: bool) -> Outages:  # fmt: skip
    run = Run()
    store = make(SQLiteEventStore(path / "log.db"))
    hub = Hub(store, run, keys, restarts=restarts)
    for step in run.steps():
        hub.take(step)
    assert hub.outages >= store.unanswered
    store.close()
    again = SQLiteEventStore(path / "log.db")
    complete(again, run)
    again.close()
    return store


APPENDS = 8


def test_the_run_without_a_fault(tmp_path: Path, keys: KeyStore) -> None:
    store = whole_run(tmp_path, keys, Outages, restarts=False)
    assert (store.appends, store.unanswered) == (APPENDS - 1, 0), "the last step is all resends"


@pytest.mark.parametrize("restarts", [False, True], ids=["goes on", "restarts"])
@pytest.mark.parametrize("away", [0, 1, 2, 5])
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("at", range(APPENDS - 1))
def test_an_outage_at_any_append(
    tmp_path: Path, keys: KeyStore, at: int, fault: Fault, away: int, *, restarts: bool
) -> None:
    store = whole_run(
        tmp_path, keys, lambda real: Outages(real, at, fault, away), restarts=restarts
    )
    assert store.unanswered > away
