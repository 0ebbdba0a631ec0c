"""Frames, receipts, references and sealed fields made long ago are read as they were meant."""

from uuid import UUID

import msgspec
import pytest

from core import codec
from core.batch import CODEC_NONE, CODEC_ZSTD, Batch, parse
from core.catalog import CATALOG
from core.event import Data, Recorded
from core.keys import verify
from core.receipt import Receipt, open_receipt
from core.sealing import reference, unseal
from tests.fix_core import verified
from tests.golden import formats
from tests.golden.make import HERE
from tests.golden.samples.every import SAMPLES

KEY = bytes(range(32))
PLAIN_HASH = "50960a22646387e7f4ffba04b99169b44b7cf79eb7642c8768a58b3869e8a95e"
PACKED_HASH = "68d1390be49c267726b8fa692e1b05b9d8710e83d86ab749f1035a1adc3f257b"


def frame(name: str) -> bytes:
    return bytes.fromhex((HERE / name).read_text())


def events(batch: Batch) -> list[tuple[str, Data]]:
    items = codec.recorded(batch, 1, CATALOG)
    return [(item.event.id, item.event.data) for item in items if isinstance(item, Recorded)]


def test_the_two_frames_are_one_chain() -> None:
    plain, packed = verified([frame("batch.v1.hex"), frame("batch.v1.zstd.hex")])
    assert (plain.codec, packed.codec) == (CODEC_NONE, CODEC_ZSTD)
    assert plain.header.journal.id == UUID("c5eb356e-e6cc-3b37-05d6-e640a247c060")
    assert plain.hash.hex() == PLAIN_HASH
    assert packed.hash.hex() == PACKED_HASH
    assert packed.header.written_us == plain.header.written_us + 250_000


def test_the_frames_hold_the_events_they_held() -> None:
    plain, packed = parse(frame("batch.v1.hex")), parse(frame("batch.v1.zstd.hex"))
    assert repr(events(plain) + events(packed)) == (
        "[('d1:1', Opened(native={}, pii=None, media=(), cause='key', duration_s=None)), "
        "('d1:2', Closed(native={}, pii=None, media=(), cause='timer', duration_s=4.5)), "
        "('d1:3', Opened(native={}, pii=None, media=(), cause='button', duration_s=7.0))]"
    )


def test_the_plain_frame_is_made_again_byte_for_byte() -> None:
    assert formats.plain_batch().frame == frame("batch.v1.hex")


def test_the_packed_frame_is_made_again_up_to_the_packing() -> None:
    """zstd may pack better one day: what is packed, and everything not about it, is the same."""
    old, new = parse(frame("batch.v1.zstd.hex")), formats.zstd_batch()
    assert new.header == old.header
    assert new.lines() == old.lines()


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
    if formats.zstd_batch().frame == frame("batch.v1.zstd.hex"):
        assert formats.receipt() == (HERE / "receipt.v1.json").read_bytes()


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
