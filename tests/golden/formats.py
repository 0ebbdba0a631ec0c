"""The frames and the receipts that are frozen, from fixed keys and a fixed time."""

import hashlib
import struct
from pathlib import Path

from core import codec
from core.batch import Batch, Header, Journal, Lane, parse, seal
from core.event import Event
from core.events.door import Closed, Opened
from core.receipt import Receipt, sign
from core.tlog.lines import encoded
from core.tlog.tree import leaf_hash
from tests.fix_core import START, signer_of
from tests.fix_tlog import published

GATEWAY = signer_of(1)
HUB = signer_of(3)
WRITTEN_US = round(START.timestamp() * 1_000_000)


def _event(record: int, data: Opened | Closed, time: str) -> Event:
    return Event(
        id=f"d1:{record}",
        source="/c/jinxiu/gw/gw-1/dev/d1",
        type=data.TYPE,
        subject="door/1",
        time=f"2026-11-21T{time}+08:00",
        recordedtime="2026-11-21T08:00:00Z",
        data=data,
    )


def plain_batch() -> Batch:
    """The worked example of docs/batch-format.md, written field by field without core's writer.

    Uncompressed, so that it can be read as it is and is the same whatever zstd's release.
    """
    lines = codec.lines([_event(1, Opened(cause="key"), "15:59:58.123")])
    head = b"".join(
        (
            b"MWB1",
            bytes([1, 1, 0, 0]),  # version, Ed25519, codec none, lane all
            GATEWAY.public,
            struct.pack(">I", 1),  # epoch
            struct.pack(">QQQ", 1, 1, 1),  # number, first, last
            bytes(32),  # no batch before
            struct.pack(">Q", WRITTEN_US),
            struct.pack(">II", len(lines), len(lines)),
            hashlib.sha256(lines).digest(),
        )
    )
    return parse(head + lines + GATEWAY.sign(b"menwei batch v1\n" + head))


def zstd_batch() -> Batch:
    """The batch after it, as up to version 0.2.0 they were packed: it can be read, and is not
    made any more."""
    return parse(bytes.fromhex(Path(__file__).with_name("batch.v1.zstd.hex").read_text()))


def zstd_events() -> list[Event]:
    return [
        _event(2, Closed(cause="timer", duration_s=4.5), "16:00:01.000"),
        _event(3, Opened(cause="button", duration_s=7.0), "16:00:08.000"),
    ]


def dictionary_batch() -> Batch:
    """The third of the chain, packed with the dictionary."""
    head = zstd_batch().head()
    header = Header(
        journal=Journal(GATEWAY.public, 1, Lane.ALL),
        number=head.number + 1,
        first=head.last + 1,
        last=head.last + 2,
        previous=head.hash,
        written_us=WRITTEN_US + 500_000,
    )
    events = [
        _event(4, Closed(cause="sensor", duration_s=2.5), "16:00:11.000"),
        _event(5, Opened(cause="key"), "16:00:20.500"),
    ]
    return seal(header, codec.lines(events), GATEWAY)


def receipt() -> bytes:
    """The hub's answer to both."""
    batch = zstd_batch()
    return sign(
        Receipt(
            journal=batch.header.journal.id.hex,
            committed=2,
            hash=batch.hash.hex(),
            position=41,
            number=2,
        ),
        HUB,
    )


def proof_receipt() -> bytes:
    """Of the same batch, fifth of seven under a checkpoint; the gateway knew six."""
    batch = zstd_batch()
    leaves = [leaf_hash(b"%d" % one) for one in range(4)] + [batch.hash]
    tree = published([*leaves, leaf_hash(b"5"), leaf_hash(b"6")], HUB, "menwei/golden")
    return sign(
        Receipt(
            journal=batch.header.journal.id.hex,
            committed=2,
            hash=batch.hash.hex(),
            position=5,
            proof=tree.proof(5).encode().decode(),
            since=6,
            consistency=tuple(map(encoded, tree.consistency(6))),
        ),
        HUB,
    )


def hex_lines(frame: bytes) -> bytes:
    """Sixteen bytes a line."""
    text = frame.hex()
    return "".join(f"{text[at : at + 32]}\n" for at in range(0, len(text), 32)).encode()
