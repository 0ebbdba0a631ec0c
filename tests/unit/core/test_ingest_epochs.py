"""Older epochs deliver what the newest one declared and nothing else; each new one is noted."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from core.batch import Lane
from core.errors import FatalError
from core.events.journal import EpochChanged, Opened, Tail
from core.ingest import Ingest
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.sqlite import SQLiteEventStore
from core.trust import by_key
from tests.crash.core_faults import FaultyStore
from tests.fix_core import START, Enrolled, FixedClock
from tests.fix_epochs import HUB, Box, Hub, reasons


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    made = KeyStore(tmp_path / "keys.db")
    yield made
    made.close()


@pytest.fixture
def box() -> Box:
    return Box("gw-1", seed=1)


@pytest.fixture
def hub(box: Box, keys: KeyStore) -> Hub:
    return Hub([box], keys, Random(1))


def note(previous: int, epoch: int, *, declared: bool = True, reason: str = "") -> EpochChanged:
    return EpochChanged(previous=previous, epoch=epoch, declared=declared, reason=reason)


def test_the_first_epoch_of_all_is_no_change(hub: Hub, box: Box) -> None:
    box.write(Lane.BULK)
    assert reasons(hub.take(box, box.batches())) == {""}
    assert hub.notes() == []


@pytest.mark.parametrize("bulk_first", [False, True])
def test_a_declared_epoch_is_noted_once_and_old_tails_still_come(
    hub: Hub, box: Box, *, bulk_first: bool
) -> None:
    hub.take(box, box.batches())
    late = [box.write(Lane.BULK), box.write(Lane.URGENT)]
    box.begin(200, "damaged")
    opening = box.batches(200)[0]
    bulk = box.write(Lane.BULK)
    first, second = (bulk, opening) if bulk_first else (opening, bulk)
    assert reasons(hub.take(box, [first])) == {""}
    if bulk_first:
        assert reasons(hub.take(box, late)) == {"epoch"}, "not known yet how far they may go"
        assert hub.notes() == []
    assert reasons(hub.take(box, [second, *late])) == {""}
    hub.start()
    assert reasons(hub.take(box, box.batches())) == {""}
    assert hub.notes() == [note(100, 200, reason="damaged")]


def test_behind_the_declared_end_nothing_is_taken(hub: Hub, box: Box) -> None:
    hub.take(box, box.batches())
    old = box.clone(apart=0)
    old.write(Lane.URGENT)
    box.write(Lane.URGENT)
    box.begin(200, "renewed")
    hub.take(box, box.batches(200))
    beyond = old.write(Lane.URGENT)
    assert reasons(hub.take(old, old.batches()[:2])) == {""}, "up to the tail, which is the same"
    (receipt,) = hub.take(old, [beyond])
    assert (receipt.refused, receipt.number, receipt.committed) == ("epoch", 3, 2)


def test_another_batch_in_the_place_of_the_declared_end(hub: Hub, box: Box) -> None:
    hub.take(box, box.batches())
    clone = box.clone()
    end = box.write(Lane.URGENT)
    box.begin(200, "renewed")
    hub.take(box, box.batches(200))
    assert reasons(hub.take(clone, [clone.write(Lane.URGENT)])) == {"epoch"}
    assert reasons(hub.take(box, [end])) == {""}


def test_only_the_newest_epochs_word_counts(hub: Hub, box: Box) -> None:
    """What the second declared of the first is over once the third leaves it out."""
    hub.take(box, box.batches())
    left = box.write(Lane.URGENT)
    box.begin(200, "damaged")
    hub.take(box, box.batches(200))
    forgotten = box.clone(apart=0)
    del forgotten.written[100, Lane.URGENT]
    forgotten.begin(300, "damaged")
    assert reasons(hub.take(box, forgotten.batches(300))) == {""}
    assert reasons(hub.take(box, [left])) == {"epoch"}
    hub.start()
    assert reasons(hub.take(box, [left])) == {"epoch"}


def test_a_lane_nobody_declared_is_closed(hub: Hub, box: Box) -> None:
    hub.take(box, box.batches())
    box.begin(200, "renewed")
    hub.take(box, box.batches(200))
    stray = box.clone()
    stray.epoch = 100
    assert reasons(hub.take(box, [stray.write(Lane.BULK), stray.write(Lane.ALL)])) == {"epoch"}


def test_an_epoch_without_a_word_is_noted_as_such(hub: Hub, box: Box) -> None:
    hub.take(box, box.batches())
    box.begin(200, "", declared=False)
    assert reasons(hub.take(box, [box.write(Lane.URGENT), box.write(Lane.BULK)])) == {""}
    assert hub.notes() == [note(100, 200, declared=False)]


def test_an_opening_that_names_nothing_of_the_known_epoch_is_no_declaration(
    hub: Hub, box: Box
) -> None:
    """The folder was wiped, the key kept: the agent believes it is new, and says so."""
    hub.take(box, box.batches())
    box.written.clear()
    box.begin(200, "new")
    hub.start()
    assert reasons(hub.take(box, box.batches())) == {""}
    assert hub.notes() == [note(100, 200, declared=False, reason="new")]


def test_naming_an_older_epoch_does_not_declare_the_known_one(hub: Hub, box: Box) -> None:
    """An image from before epoch 200 begins epoch 300: the hub holds 200, it names only 100."""
    hub.take(box, box.batches())
    image = box.clone(apart=0)
    box.begin(200, "damaged")
    hub.take(box, box.batches(200))
    image.begin(300, "renewed")
    assert reasons(hub.take(image, image.batches(300))) == {""}
    assert hub.notes()[-1] == note(200, 300, declared=False, reason="renewed")


def test_an_epoch_the_hub_never_got_may_lie_between(hub: Hub, box: Box) -> None:
    hub.take(box, box.batches())
    box.begin(200, "damaged")
    box.begin(300, "damaged")
    assert reasons(hub.take(box, box.batches(300))) == {""}
    assert hub.notes() == [note(200, 300, reason="damaged")]


def test_a_journal_from_before_the_lanes_drains_into_its_successor(hub: Hub, box: Box) -> None:
    box.written.clear()
    early = [box.write(Lane.ALL) for _ in range(4)]
    assert reasons(hub.take(box, early[:2])) == {""}
    box.begin(200, "renewed")
    assert reasons(hub.take(box, [*box.batches(200), *early[2:]])) == {""}
    assert hub.notes() == [note(100, 200, reason="renewed")]


def test_an_old_agent_that_begins_anew_is_noted(hub: Hub, box: Box) -> None:
    hub.take(box, box.batches())
    box.begin(200, "", declared=False)
    assert reasons(hub.take(box, [box.write(Lane.ALL)])) == {""}
    assert hub.notes() == [note(100, 200, declared=False)]
    assert reasons(hub.take(box, [box.write(Lane.URGENT)])) == {""}
    assert len(hub.notes()) == 1, "one epoch, however many lanes lead it"


def test_a_hub_that_heard_nothing_before_still_knows_from_the_tails(hub: Hub, box: Box) -> None:
    """A gateway enrolled late, or a hub that lost its database: the old epoch comes whole."""
    box.write(Lane.BULK)
    box.begin(200, "renewed")
    assert reasons(hub.take(box, [*box.batches(200), *box.batches(100)])) == {""}
    assert hub.notes() == [note(100, 200, reason="renewed")]


def test_an_opening_elsewhere_decides_nothing(hub: Hub, box: Box) -> None:
    """In a later batch, in the bulk lane, or naming another epoch, it is an event like others."""
    hub.take(box, box.batches())
    left = box.write(Lane.URGENT)
    tail = Tail(epoch=100, lane=1, number=2, hash=left.hash.hex())
    said = box.own(Opened(epoch=200, reason="renewed", tails=(tail,)))
    box.begin(200, "", declared=False)
    plain = box.write(Lane.URGENT)
    late = box.write(Lane.URGENT, [said])
    bulk = box.write(Lane.BULK, [said])
    assert reasons(hub.take(box, [plain, late, bulk])) == {""}
    assert reasons(hub.take(box, [left])) == {"epoch"}
    box.begin(300, "", declared=False)
    assert reasons(hub.take(box, [box.write(Lane.URGENT, [said])])) == {""}
    assert reasons(hub.take(box, [left])) == {"epoch"}
    assert [one.declared for one in hub.notes()] == [False, False]


def test_an_opening_in_words_of_the_future_declares_nothing(hub: Hub, box: Box) -> None:
    hub.take(box, box.batches())
    left = box.write(Lane.URGENT)
    box.begin(200, "", declared=False)
    tail = Tail(epoch=100, lane=1, number=2, hash=left.hash.hex())
    said = box.own(Opened(epoch=200, reason="renewed", tails=(tail,)))
    newer = msgspec.structs.replace(said, type="journal.opened.v9")
    assert reasons(hub.take(box, [box.write(Lane.URGENT, [newer])])) == {""}
    assert reasons(hub.take(box, [left])) == {"epoch"}
    assert [one.declared for one in hub.notes()] == [False]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_batch_and_note_are_one_commit(tmp_path: Path, keys: KeyStore, *, after: bool) -> None:
    """Dying at the commit leaves both or neither, and the resend changes nothing any more."""
    box = Box("gw-1", seed=1)
    trust = by_key([box.gateway])
    path = tmp_path / "log.db"

    def opened(store: SQLiteEventStore | FaultyStore) -> Ingest:
        return Ingest(store, trust, OwnJournal(store, HUB, FixedClock(), keys))

    arrival = Enrolled("gw-1", seed=1).arrival
    store = SQLiteEventStore(path)
    opened(store).accept([arrival(one) for one in box.batches()], START)
    box.begin(200, "renewed")
    sent = [arrival(one) for one in box.batches(200)]
    with pytest.raises(FatalError):
        opened(FaultyStore(store, "append", after=after)).accept(sent, START)
    assert store.head() == (3 if after else 1)
    store.close()
    store = SQLiteEventStore(path)
    for _ in range(2):
        (receipt,) = opened(store).accept(sent, START)
        assert (receipt.refused, receipt.committed, receipt.position) == ("", 1, 2)
    assert store.head() == 3
    store.close()
