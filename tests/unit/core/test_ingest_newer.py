"""A gateway newer than its hub: all it sends is stored and receipted, and waits for nobody."""

from random import Random

import msgspec
import pytest

from core import codec, epochs
from core.batch import DOMAIN, Lane, parse
from core.catalog import CATALOG
from core.errors import BadFrame, FatalError
from core.events.journal import EpochChanged, Opened, Tail
from core.ingest import Ingest
from core.keystore import KeyStore
from core.store.sqlite import SQLiteEventStore
from core.trust import by_key
from tests.fix_core import START, Enrolled, changed, trusting
from tests.fix_epochs import Box, Hub, reasons
from tests.fix_newer import SOURCE, STRANGE, in_codec, newer, strange_lines, written


@pytest.mark.parametrize("name", STRANGE)
def test_words_of_the_future_are_stored_and_block_nothing(
    store: SQLiteEventStore, gateway: Enrolled, name: str
) -> None:
    ingest = trusting(store, [gateway])
    before = gateway.batch()
    odd = written(gateway, gateway.forged(gateway.next_header(1), strange_lines((name,))))
    after = gateway.batch()
    receipts = ingest.accept([gateway.arrival(one) for one in (before, odd, after)], START)
    assert [(one.refused, one.committed) for one in receipts] == [("", 3)] * 3
    assert [one.state for one in store.read(0, 10, 1 << 20)] == [
        before.frame, odd.frame, after.frame,
    ]  # fmt: skip


@pytest.mark.parametrize("name", STRANGE.keys() - {"a type of its own", "data of another shape"})
def test_none_of_these_was_readable(gateway: Enrolled, name: str) -> None:
    """Otherwise the tests here would show nothing."""
    batch = gateway.forged(gateway.next_header(1), strange_lines((name,)))
    try:
        (found,) = codec.envelopes(batch)
        CATALOG.read(found)
    except (BadFrame, msgspec.MsgspecError, UnicodeDecodeError):
        return
    assert name == "a source said twice"


def test_a_neighbour_in_the_same_call_is_untouched(
    store: SQLiteEventStore, gateway: Enrolled, neighbour: Enrolled
) -> None:
    odd = written(gateway, gateway.forged(gateway.next_header(len(STRANGE)), strange_lines()))
    sent = [
        neighbour.arrival(neighbour.batch()),
        gateway.arrival(odd),
        gateway.arrival(newer(gateway)),
        neighbour.arrival(neighbour.batch()),
    ]
    receipts = trusting(store, [gateway, neighbour]).accept(sent, START)
    assert [one.refused for one in receipts] == [""] * 4
    assert store.head() == 4


@pytest.mark.parametrize("number", [2, 3, 77, 255])
def test_a_payload_in_a_codec_of_the_future_is_stored(
    store: SQLiteEventStore, gateway: Enrolled, number: int
) -> None:
    ingest = trusting(store, [gateway])
    batches = [gateway.batch(), newer(gateway, number), gateway.batch()]
    receipts = ingest.accept([gateway.arrival(one) for one in batches], START)
    assert [(one.refused, one.committed) for one in receipts] == [("", 3)] * 3
    again = trusting(store, [gateway])
    assert again.accept([gateway.arrival(batches[1])], START)[0].refused == ""
    assert again.accept([gateway.arrival(gateway.batch())], START)[0].committed == 4


def test_nobody_else_can_hide_behind_an_unknown_codec(
    store: SQLiteEventStore, gateway: Enrolled, neighbour: Enrolled
) -> None:
    """What cannot be looked at still has the gateway's own signature, key and topic."""
    ingest = trusting(store, [gateway, neighbour])
    foreign = newer(neighbour)
    stranger = Enrolled("gw-1", seed=77)
    own = in_codec(gateway.forged(), gateway.signer, 9)
    head = own.frame[:148]
    frame = own.frame[:-64] + neighbour.signer.sign(DOMAIN + head)
    forged = msgspec.structs.replace(own, frame=frame)
    sent = [gateway.arrival(foreign), stranger.arrival(newer(stranger)), gateway.arrival(forged)]
    receipts = ingest.accept(sent, START)
    assert [one.refused for one in receipts] == ["wrong-gateway", "unknown-gateway", "signature"]
    assert store.head() == 0


def test_a_line_of_the_future_may_not_name_the_neighbour(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    lines = strange_lines().replace(SOURCE, SOURCE.replace(b"gw-1", b"gw-2"), 1)
    batch = gateway.forged(gateway.next_header(len(STRANGE)), lines)
    (receipt,) = trusting(store, [gateway]).accept([gateway.arrival(batch)], START)
    assert receipt.refused == "source"


class TestOpening:
    """The first batch of an epoch, whose declaration ingest does want to read."""

    def test_one_that_cannot_be_read_declares_nothing_and_stops_nobody(
        self, keys: KeyStore
    ) -> None:
        """Neither when it arrives nor at the next start."""
        for strange_codec in (True, False):
            box = Box("gw-1", seed=1)
            hub = Hub([box], keys, Random(1))
            hub.take(box, box.batches())
            left = box.write(Lane.URGENT)
            box.begin(200, "renewed")
            opening = box.batches(200)[0]
            if strange_codec:
                odd = in_codec(opening, box.signer, 9)
            else:
                gateway = Enrolled("gw-1", 1, epoch=200, lane=Lane.URGENT)
                odd = gateway.forged(gateway.next_header(1), strange_lines(("attributes missing",)))
            box.written[200, Lane.URGENT] = [odd]
            arrival = Enrolled("gw-1", 1).arrival
            (receipt,) = hub.ingest.accept([arrival(odd)], START)
            assert receipt.refused == ""
            hub.start()
            assert hub.ingest.accept([arrival(odd)], START) == [receipt]
            assert hub.ingest.accept([arrival(left)], START)[0].refused == "epoch"
            onward = box.write(Lane.URGENT)
            assert hub.ingest.accept([arrival(onward)], START)[0].committed == 2

    def test_its_declaration_counts_whatever_stands_around_it(self, keys: KeyStore) -> None:
        """Only type and data of the opening are needed: a new timequality hides neither."""
        box = Box("gw-1", seed=1)
        hub = Hub([box], keys, Random(1))
        hub.take(box, box.batches())
        left = box.write(Lane.URGENT)
        tail = Tail(epoch=100, lane=1, number=2, hash=left.hash.hex())
        said = codec.encode(box.own(Opened(epoch=200, reason="renewed", tails=(tail,))))
        line = said.replace(b'"timequality":"gateway"', b'"timequality":"satellite","x":1') + b"\n"
        gateway = Enrolled("gw-1", 1, epoch=200, lane=Lane.URGENT)
        odd = gateway.forged(gateway.next_header(1), line)
        with pytest.raises(BadFrame):
            codec.envelopes(odd)
        for _ in range(2):
            receipts = hub.ingest.accept([gateway.arrival(odd), gateway.arrival(left)], START)
            assert reasons(receipts) == {""}
            hub.start()
        assert hub.notes() == [
            EpochChanged(previous=100, epoch=200, declared=True, reason="renewed")
        ]

    def test_after_the_upgrade_it_is_read(self, gateway: Enrolled) -> None:
        """It is stored as it came, so a version that knows the codec finds the declaration."""
        box = Box("gw-1", seed=1)
        opening = box.batches()[0]
        assert epochs.opening(in_codec(opening, box.signer, 9)) is None
        assert epochs.opening(opening) == Opened(epoch=100, reason="new")

    def test_a_damaged_payload_is_still_damage(
        self, store: SQLiteEventStore, gateway: Enrolled
    ) -> None:
        """A stored opening whose known codec does not open: our own state, not a newer one's."""
        urgent = Enrolled("gw-1", 1, lane=Lane.URGENT)
        batch = urgent.forged(changed(urgent.next_header()), b'{"source":"x"}\n' * 50)
        head = batch.frame[:112] + (51).to_bytes(4, "big") + batch.frame[116:]
        store.append([msgspec.structs.replace(batch, frame=head).stored()], START)
        with pytest.raises(FatalError, match="damaged"):
            Ingest(store, by_key([gateway.gateway]))
        assert parse(head).readable
