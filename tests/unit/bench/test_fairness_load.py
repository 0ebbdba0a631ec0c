"""The generator of the fairness figure reads what a broker sends, in whatever pieces it comes."""

from pathlib import Path

import msgspec

from core import topics
from core.batch import parse
from core.receipt import Receipt
from tests.bench.fairness_load import EVENTS, Account, Answers, Frames
from tests.bench.loadgen import varint
from tests.fix_core import signer_of, verified


def receipt(committed: int) -> bytes:
    topic = topics.topic("c01", "gw01", topics.RECEIPT).encode()
    said = msgspec.json.encode(Receipt(journal="00", committed=committed, hash="ab" * 32))
    body = len(topic).to_bytes(2, "big") + topic + said
    assert len(body) > 127, "the length takes two bytes"
    return b"\x30" + varint(len(body)) + body


def test_a_cumulative_receipt_answers_all_before_it() -> None:
    answers = Answers()
    for now in (1.0, 2.0, 3.0):
        answers.went(now)
    first, last = receipt(1), receipt(3)
    for now, piece in enumerate((first[:1], first[1:9], first[9:] + last[:50]), 4):
        answers.hear(piece, now)
    assert (answers.waits, answers.settled) == ([5.0], False)
    answers.hear(last[50:] + first, 10.0)
    assert (answers.waits, answers.settled) == ([5.0, 8.0, 7.0], True)


def test_what_is_sent_is_one_chain() -> None:
    frames = Frames(Account("c01", "gw01", "u", "p", Path()), signer_of(3))
    packets = [*frames.packets(2), *frames.packets(1)]
    found = [packet[packet.index(b"MWB1") :] for packet in packets]
    assert len(verified(found)) == 3
    assert parse(found[2]).header.last == 3 * EVENTS
