"""Frames, receipts, references and sealed fields made long ago are read as they were meant."""

import hashlib
from uuid import UUID

import msgspec
import pytest

from core import codec
from core.batch import Batch, parse
from core.catalog import CATALOG
from core.dictionary import DICTIONARY
from core.event import Data, Recorded
from core.keys import verify
from core.receipt import Receipt, open_receipt
from core.sealing import reference, unseal
from core.tlog import checkpoint, inclusion
from core.tlog.tree import check_inclusion
from tests.fix_core import verified
from tests.golden import formats
from tests.golden.make import HERE
from tests.golden.samples.every import SAMPLES

KEY = bytes(range(32))
FRAMES = ("batch.v1.hex", "batch.v1.zstd.hex", "batch.v1.dictionary.hex")
PLAIN_HASH = "50960a22646387e7f4ffba04b99169b44b7cf79eb7642c8768a58b3869e8a95e"
PACKED_HASH = "68d1390be49c267726b8fa692e1b05b9d8710e83d86ab749f1035a1adc3f257b"
DICTIONARY_HASH = "105d4ca2893ee3676f1e35bf921e4e8f976c7ee74f257725d4570cebb6b2c0a0"


def frame(name: str) -> bytes:
    return bytes.fromhex((HERE / name).read_text())


def events(batch: Batch) -> list[tuple[str, Data]]:
    items = codec.recorded(batch, 1, CATALOG)
    return [(item.event.id, item.event.data) for item in items if isinstance(item, Recorded)]


def test_the_frames_are_one_chain() -> None:
    plain, packed, third = verified([frame(name) for name in FRAMES])
    assert [one.codec for one in (plain, packed, third)] == [0, 1, 2]
    assert plain.header.journal.id == UUID("c5eb356e-e6cc-3b37-05d6-e640a247c060")
    assert plain.hash.hex() == PLAIN_HASH
    assert packed.hash.hex() == PACKED_HASH
    assert third.hash.hex() == DICTIONARY_HASH
    assert packed.header.written_us == plain.header.written_us + 250_000


def test_the_frames_hold_the_events_they_held() -> None:
    assert repr([one for name in FRAMES for one in events(parse(frame(name)))]) == (
        "[('d1:1', Opened(native={}, pii=None, media=(), cause='key', duration_s=None)), "
        "('d1:2', Closed(native={}, pii=None, media=(), cause='timer', duration_s=4.5)), "
        "('d1:3', Opened(native={}, pii=None, media=(), cause='button', duration_s=7.0)), "
        "('d1:4', Closed(native={}, pii=None, media=(), cause='sensor', duration_s=2.5)), "
        "('d1:5', Opened(native={}, pii=None, media=(), cause='key', duration_s=None))]"
    )


def test_the_plain_frame_is_made_again_byte_for_byte() -> None:
    assert formats.plain_batch().frame == frame("batch.v1.hex")


def test_the_packed_events_are_written_again_byte_for_byte() -> None:
    assert codec.lines(formats.zstd_events()) == parse(frame("batch.v1.zstd.hex")).lines()


def test_the_frame_with_the_dictionary_is_made_again_up_to_the_packing() -> None:
    """zstd may pack better one day: what is packed, and everything not about it, is the same."""
    old, new = parse(frame("batch.v1.dictionary.hex")), formats.dictionary_batch()
    assert new.header == old.header
    assert new.codec == old.codec
    assert new.lines() == old.lines()


def test_the_dictionary_is_the_one_it_always_was() -> None:
    """Without it no batch of codec 2 can be read again."""
    digest = hashlib.sha256(DICTIONARY.as_bytes()).hexdigest()
    assert digest == "0c42cb1f6a8fe035689a36c6f8941344f5973527985d8b18d19a94280f761379"


def test_the_receipt_opens_with_the_hubs_key() -> None:
    opened = open_receipt((HERE / "receipt.v1.json").read_bytes(), formats.HUB.public)
    assert msgspec.structs.replace(opened, sig="") == Receipt(
        journal="c5eb356ee6cc3b3705d6e640a247c060",
        committed=2,
        hash=PACKED_HASH,
        position=41,
        number=2,
    )
    message = f"menwei receipt v1\nc5eb356ee6cc3b3705d6e640a247c060\n2\n{PACKED_HASH}\n41\n\n2"
    assert verify(formats.HUB.public, bytes.fromhex(opened.sig), message.encode())


def test_the_receipt_is_made_again_byte_for_byte() -> None:
    assert formats.receipt() == (HERE / "receipt.v1.json").read_bytes()


def test_the_receipt_with_a_proof_is_made_again_and_proves_it() -> None:
    kept = (HERE / "receipt.v1.proof.json").read_bytes()
    assert formats.proof_receipt() == kept
    opened = open_receipt(kept, formats.HUB.public)
    proof = inclusion.parse(opened.proof.encode())
    log = checkpoint.log_key("menwei/golden", formats.HUB.public)
    head = checkpoint.opened(proof.checkpoint, "menwei/golden", [log]).head
    assert (head.size, proof.index, opened.since) == (7, 4, 6)
    check_inclusion(4, 7, bytes.fromhex(PACKED_HASH), proof.path, head.root)


@pytest.mark.parametrize(
    ("kind", "identifier", "expected"),
    [
        ("card", "0012345678", "s:cd0c6a4b4f9cbbff9303bfb88100d9e3"),
        ("plate", "京A·12345", "s:474498e156c6d24151f344d4b75bba7c"),
        ("employee", "e1001", "s:22829f7837d206d51114035088dae8a7"),
        ("resident", "R-2002", "s:621a3314e3ff0cd16fba9774c82eee0d"),
        ("name", "张三", "s:cce648e633e8857d11788f64a31cd41e"),
    ],
)
def test_a_reference_is_the_one_it_always_was(kind: str, identifier: str, expected: str) -> None:
    """Otherwise a person known for years would be a stranger after an update."""
    assert reference(KEY, kind, identifier) == expected


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("access.granted.v1", {"card": "0012345678", "name": "测试员"}),
        ("vehicle.passed.v1", {"plate": "京A12345"}),
    ],
)
def test_a_field_sealed_long_ago_opens(name: str, fields: dict[str, str]) -> None:
    sample = SAMPLES[name]
    assert sample.data.pii is not None
    assert unseal(KEY, sample.data.pii, sample.id) == fields
