"""Every reason a batch is refused with; each changes nothing and leaves its neighbours alone."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import pytest

from core import codec
from core.ingest import Arrival, Ingest
from core.keyhistory import Enrolment, KeyHistory
from core.store.sqlite import SQLiteEventStore
from core.trust import Trust, by_key
from tests.fix_core import (
    COMPOUND,
    START,
    Enrolled,
    changed,
    door_opened,
    signer_of,
    trusting,
    with_header,
)
from tests.fix_newer import in_codec


class Refusal(NamedTuple):
    reason: str
    known: bool
    arrival: Callable[[Enrolled], Arrival]  # of a gateway whose batch 1 is stored


def framed(frame: bytes) -> Arrival:
    return Arrival(COMPOUND, "gw-1", frame)


def bent(**fields: object) -> Callable[[Enrolled], Arrival]:
    def arrival(gateway: Enrolled) -> Arrival:
        header = changed(gateway.next_header(), **fields)
        return gateway.arrival(gateway.forged(header, codec.lines(gateway.events(2))))

    return arrival


def unreadable(**fields: object) -> Callable[[Enrolled], Arrival]:
    def arrival(gateway: Enrolled) -> Arrival:
        batch = gateway.forged(changed(gateway.next_header(), **fields))
        return gateway.arrival(in_codec(batch, gateway.signer, 9))

    return arrival


def lines(*encoded: bytes) -> Callable[[Enrolled], Arrival]:
    def arrival(gateway: Enrolled) -> Arrival:
        text = b"".join(line + b"\n" for line in encoded)
        return gateway.arrival(gateway.forged(gateway.next_header(len(encoded)), text))

    return arrival


def flipped(offset: int, value: bytes) -> Callable[[Enrolled], Arrival]:
    return lambda gateway: framed(with_header(gateway.forged().frame, offset, value))


def stranger(_gateway: Enrolled) -> Arrival:
    return Enrolled("gw-1", seed=77).arrival(Enrolled("gw-1", seed=77).batch())


REVOKED, ROTATED = 78, 79


def formerly(seed: int) -> Callable[[Enrolled], Arrival]:
    """By a key of the gateway that is believed no more."""
    former = Enrolled("gw-1", seed=seed)
    return lambda _gateway: former.arrival(Enrolled("gw-1", seed=seed).batch())


def trust(gateways: Sequence[Enrolled]) -> Trust:
    """And what became of two former keys of the first."""
    former = {
        seed: Enrolment(
            role="gateway", key=signer_of(seed).public.hex(), compound=COMPOUND, gateway="gw-1"
        )
        for seed in (REVOKED, ROTATED)
    }
    return Trust(
        KeyHistory(
            [
                *by_key(one.gateway for one in gateways).history.enrolments(),
                msgspec.structs.replace(former[REVOKED], revoked=1, reason="stolen"),
                msgspec.structs.replace(former[ROTATED], rotated=1, successor="00" * 32),
            ]
        )
    )


def on_the_topic_of_another(compound: str, name: str) -> Callable[[Enrolled], Arrival]:
    return lambda gateway: Arrival(compound, name, gateway.forged().frame)


def signed_by_another(gateway: Enrolled) -> Arrival:
    frame = gateway.forged().frame
    return framed(frame[:-64] + signer_of(9).sign(b"menwei batch v1\n" + frame[:148]))


def epoch_before(_gateway: Enrolled) -> Arrival:
    old = Enrolled("gw-1", seed=1, epoch=0)
    return old.arrival(old.batch())


def gap(gateway: Enrolled) -> Arrival:
    ahead = Enrolled("gw-1", seed=1, head=gateway.writer.head)
    ahead.batch()
    return ahead.arrival(ahead.batch())


def fork_of_the_newest(_gateway: Enrolled) -> Arrival:
    clone = Enrolled("gw-1", seed=1)
    return clone.arrival(clone.batch(5))


def foreign(source: str) -> bytes:
    return codec.encode(msgspec.structs.replace(door_opened(3), source=source))


# Whether the frame could be read as far as its journal and number.
KNOWN, UNKNOWN = True, False

REFUSALS = {
    "empty": Refusal("frame", UNKNOWN, lambda _gateway: framed(b"")),
    "not a batch": Refusal("frame", UNKNOWN, lambda _gateway: framed(b"\x00" * 300)),
    "cut": Refusal("frame", UNKNOWN, lambda gateway: framed(gateway.forged().frame[:-1])),
    "newer version": Refusal("version", UNKNOWN, flipped(4, b"\x02")),
    "unknown lane": Refusal("version", UNKNOWN, flipped(7, b"\x09")),
    "payload hash": Refusal("payload", UNKNOWN, flipped(116, bytes(32))),
    "line is no event": Refusal("payload", KNOWN, lines(codec.encode(door_opened(3)), b"[]")),
    "line lacks a source": Refusal("payload", KNOWN, lines(b'{"id":"1","type":"t"}')),
    "source is no text": Refusal("payload", KNOWN, lines(b'{"source":["/c/jinxiu/gw/gw-1/"]}')),
    "source is not UTF-8": Refusal("payload", KNOWN, lines(b'{"source":"/c/jinxiu/gw/gw-1/\xff"}')),
    "line is no JSON": Refusal("payload", KNOWN, lines(b'{"source":"/c/jinxiu/gw/gw-1/",}')),
    "line is nested 50,000 deep": Refusal("payload", KNOWN, lines(b'{"data":' + b"[" * 50_000)),
    "unknown key": Refusal("unknown-gateway", KNOWN, stranger),
    "revoked key": Refusal("revoked", KNOWN, formerly(REVOKED)),
    "behind its handover": Refusal("rotated", KNOWN, formerly(ROTATED)),
    "topic of the neighbour": Refusal(
        "wrong-gateway", KNOWN, on_the_topic_of_another(COMPOUND, "gw-2")
    ),
    "topic of another compound": Refusal(
        "wrong-gateway", KNOWN, on_the_topic_of_another("other", "gw-1")
    ),
    "signed by another": Refusal("signature", KNOWN, signed_by_another),
    "header changed after signing": Refusal("signature", KNOWN, flipped(100, bytes(8))),
    "epoch gone back": Refusal("epoch", KNOWN, epoch_before),
    "number skipped": Refusal("gap", KNOWN, gap),
    "other previous hash": Refusal("chain", KNOWN, bent(previous=bytes(32))),
    "sequence skipped": Refusal("sequence", KNOWN, bent(first=4, last=5)),
    "sequence repeated": Refusal("sequence", KNOWN, bent(first=2, last=3)),
    "fewer events than said": Refusal("count", KNOWN, bent(last=5)),
    "more events than said": Refusal("count", KNOWN, bent(last=3)),
    "event of the neighbour": Refusal(
        "source", KNOWN, lines(foreign("/c/jinxiu/gw/gw-2/dev/door-1"))
    ),
    "event of a name this one starts": Refusal(
        "source", KNOWN, lines(foreign("/c/jinxiu/gw/gw-10/dev/door-1"))
    ),
    "event of nobody": Refusal("source", KNOWN, lines(foreign(""))),
    "own source first, then the neighbour's": Refusal(
        "source",
        KNOWN,
        lines(b'{"source":"/c/jinxiu/gw/gw-1/dev/d","source":"/c/jinxiu/gw/gw-2/dev/d"}'),
    ),
    "unknown codec, signed by another": Refusal("signature", KNOWN, flipped(6, b"\x0b")),
    "unknown codec, other previous hash": Refusal("chain", KNOWN, unreadable(previous=bytes(32))),
    "unknown codec, sequence skipped": Refusal("sequence", KNOWN, unreadable(first=4, last=5)),
    "unknown codec, number skipped": Refusal("gap", KNOWN, unreadable(number=3)),
    "unknown codec over the known newest": Refusal("fork", KNOWN, unreadable(number=1)),
    "fork of the newest": Refusal("fork", KNOWN, fork_of_the_newest),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_between_good_neighbours(
    store: SQLiteEventStore, gateway: Enrolled, neighbour: Enrolled, name: str
) -> None:
    refusal = REFUSALS[name]
    ingest = Ingest(store, trust([gateway, neighbour]))
    first = gateway.batch()
    ingest.accept([gateway.arrival(first)], START)
    before, after = neighbour.batches(2)

    good, bad, also_good = ingest.accept(
        [neighbour.arrival(before), refusal.arrival(gateway), neighbour.arrival(after)], START
    )

    assert bad.refused == refusal.reason
    assert (bad.journal != "", bad.number > 0) == (refusal.known, refusal.known)
    assert (good.refused, also_good.refused) == ("", "")
    assert {good.committed, also_good.committed} == {2}
    stored = [found.state for found in store.read(0, 100, 10**9)]
    assert stored == [first.frame, before.frame, after.frame]
    (onward,) = ingest.accept([gateway.arrival(gateway.batch())], START)
    assert (onward.refused, onward.committed) == ("", 2)


def test_every_reason_is_covered() -> None:
    assert {refusal.reason for refusal in REFUSALS.values()} == {
        "frame", "version", "payload", "unknown-gateway", "wrong-gateway", "signature", "epoch",
        "gap", "chain", "sequence", "count", "source", "fork", "revoked", "rotated",
    }  # fmt: skip


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_fork_of_any_stored_batch_is_found(
    store: SQLiteEventStore, gateway: Enrolled, number: int
) -> None:
    ingest = trusting(store, [gateway])
    clone = Enrolled("gw-1", seed=1)
    clone.batches(number - 1)
    ingest.accept([gateway.arrival(batch) for batch in gateway.batches(3)], START)
    (receipt,) = ingest.accept([clone.arrival(clone.batch(4))], START)
    assert (receipt.refused, receipt.number, receipt.committed) == ("fork", number, 3)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_fork_that_arrives_with_the_original_is_found(
    store: SQLiteEventStore, gateway: Enrolled, number: int
) -> None:
    """Otherwise the clone is told that its batch is safe, and drops it."""
    clone = Enrolled("gw-1", seed=1)
    clone.batches(number - 1)
    fork = clone.batch(4)
    batches = [*gateway.batches(3), fork]
    receipts = trusting(store, [gateway]).accept([gateway.arrival(b) for b in batches], START)
    assert [receipt.refused for receipt in receipts] == ["", "", "", "fork"]


def test_an_epoch_that_goes_back_in_the_same_call_is_refused(store: SQLiteEventStore) -> None:
    old, new = (Enrolled("gw-1", seed=1, epoch=epoch) for epoch in (1, 2))
    receipts = trusting(store, [old]).accept(
        [new.arrival(new.batch()), old.arrival(old.batch())], START
    )
    assert [receipt.refused for receipt in receipts] == ["", "epoch"]


def test_an_epoch_that_goes_back_after_a_restart_is_refused(store: SQLiteEventStore) -> None:
    old, new = (Enrolled("gw-1", seed=1, epoch=epoch) for epoch in (1, 2))
    trusting(store, [old]).accept([new.arrival(new.batch())], START)
    (receipt,) = trusting(store, [old]).accept([old.arrival(old.batch())], START)
    assert receipt.refused == "epoch"


def test_a_refused_batch_holds_back_the_ones_after_it(
    store: SQLiteEventStore, gateway: Enrolled
) -> None:
    one, two, three = gateway.batches(3)
    spoiled = Arrival(COMPOUND, "gw-1", with_header(two.frame, 100, bytes(8)))
    ingest = trusting(store, [gateway])
    receipts = ingest.accept([gateway.arrival(one), spoiled, gateway.arrival(three)], START)
    assert [receipt.refused for receipt in receipts] == ["", "signature", "gap"]
    receipts = ingest.accept([gateway.arrival(two), gateway.arrival(three)], START)
    assert [receipt.committed for receipt in receipts] == [3, 3]
