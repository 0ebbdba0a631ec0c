"""The frame's bytes, and what `parse` and `check_signature` say when one of them is wrong."""

import hashlib
import struct
from uuid import UUID

import pytest

from core import codec
from core.batch import (
    CODEC_DICTIONARY,
    CODEC_NONE,
    DOMAIN,
    MAX_FRAME,
    MAX_PLAIN,
    ZERO_HASH,
    Batch,
    Head,
    Journal,
    Lane,
    parse,
    seal,
)
from core.errors import BadFrame
from core.keys import verify
from core.tlog.tree import leaf_hash
from tests.fix_core import Enrolled, changed, signer_of, with_header
from tests.fix_newer import in_codec

HEADER, SIGNATURE = 148, 64


def refusal(frame: bytes) -> str:
    """The reason `parse`, or after it the signature check, gives."""
    with pytest.raises(BadFrame) as caught:
        parse(frame).check_signature()
    return caught.value.reason


@pytest.fixture
def second(gateway: Enrolled) -> Batch:
    """A batch whose header has no field at its default."""
    gateway.batch(3)
    return gateway.batch(2)


def test_every_field_stands_at_its_documented_offset(second: Batch, gateway: Enrolled) -> None:
    frame, header = second.frame, second.header
    payload = frame[HEADER:-SIGNATURE]
    assert frame[0:4] == b"MWB1"
    assert frame[4] == 1  # version
    assert frame[5] == 1  # Ed25519
    assert frame[6] == CODEC_DICTIONARY
    assert frame[7] == Lane.ALL
    assert frame[8:40] == gateway.signer.public
    assert frame[40:44] == struct.pack(">I", 1)  # epoch
    assert frame[44:52] == struct.pack(">Q", 2)  # number
    assert frame[52:60] == struct.pack(">Q", 4)  # first
    assert frame[60:68] == struct.pack(">Q", 5)  # last
    assert frame[68:100] == header.previous != ZERO_HASH
    assert frame[100:108] == struct.pack(">Q", 1_795_248_000_000_000)
    assert frame[108:112] == struct.pack(">I", len(payload))
    assert frame[112:116] == struct.pack(">I", len(second.lines()))
    assert frame[116:148] == hashlib.sha256(payload).digest()
    assert verify(gateway.signer.public, frame[-SIGNATURE:], DOMAIN + frame[:HEADER])


def test_parse_gives_back_what_was_sealed(second: Batch) -> None:
    assert parse(second.frame) == second


def test_every_lane_and_largest_numbers_survive(gateway: Enrolled) -> None:
    for lane in Lane:
        header = changed(
            gateway.next_header(),
            journal=Journal(gateway.signer.public, 2**32 - 1, lane),
            number=2**64 - 1,
            first=2**64 - 2,
            last=2**64 - 1,
            written_us=2**64 - 1,
        )
        assert parse(gateway.forged(header).frame).header == header


def test_hash_is_the_rfc_6962_leaf_hash_of_all_bytes(second: Batch) -> None:
    assert second.hash == hashlib.sha256(b"\x00" + second.frame).digest()
    # RFC 6962 leaf hash of the empty string, a published constant.
    assert leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


def test_journal_id_is_half_a_sha_256_over_domain_key_epoch_and_lane(gateway: Enrolled) -> None:
    key = gateway.signer.public
    digest = hashlib.sha256(b"menwei journal v1\n" + key + b"\x00\x00\x00\x07" + b"\x02").digest()
    assert Journal(key, 7, Lane.BULK).id == UUID(bytes=digest[:16])


def test_key_epoch_and_lane_each_make_another_journal(gateway: Enrolled) -> None:
    key = gateway.signer.public
    journals = {
        Journal(key, 1), Journal(key, 2), Journal(key, 1, Lane.URGENT), Journal(bytes(32), 1),
    }  # fmt: skip
    assert len({journal.id for journal in journals}) == 4


def test_stored_event_is_the_frame_under_journal_and_number(second: Batch) -> None:
    stored = second.stored()
    assert stored.originator_id == second.header.journal.id
    assert stored.originator_version == 2
    assert stored.topic == "menwei.batch.v1"
    assert stored.state == second.frame


def test_head_after_a_batch(second: Batch) -> None:
    assert second.head(9) == Head(number=2, last=5, hash=second.hash, position=9)


def test_what_does_not_shrink_travels_uncompressed(gateway: Enrolled) -> None:
    plain = bytes(range(32, 127))
    batch = gateway.forged(lines=plain)
    assert batch.codec == CODEC_NONE
    assert parse(batch.frame).lines() == plain


def test_the_key_in_the_header_must_be_the_signers(gateway: Enrolled) -> None:
    with pytest.raises(ValueError, match="signed by the key"):
        seal(gateway.next_header(), b"{}\n", signer_of(9))


@pytest.mark.parametrize(
    ("field", "offset", "value", "reason"),
    [
        ("magic", 0, b"MWB2", "frame"),
        ("version", 4, b"\x02", "version"),
        ("algorithm", 5, b"\x02", "version"),
        ("codec other", 6, b"\x09", "signature"),
        ("codec none", 6, b"\x00", "frame"),
        ("lane unknown", 7, b"\x03", "version"),
        ("lane other", 7, b"\x01", "signature"),
        ("key", 8, bytes(32), "signature"),
        ("epoch", 40, b"\x00\x00\x00\x02", "signature"),
        ("number zero", 44, bytes(8), "frame"),
        ("number other", 44, struct.pack(">Q", 3), "signature"),
        ("first zero", 52, bytes(8), "frame"),
        ("first after last", 52, struct.pack(">Q", 6), "frame"),
        ("first other", 52, struct.pack(">Q", 5), "signature"),
        ("last before first", 60, struct.pack(">Q", 3), "frame"),
        ("last other", 60, struct.pack(">Q", 6), "signature"),
        ("previous", 68, bytes(32), "signature"),
        ("written", 100, bytes(8), "signature"),
        ("payload length less", 108, struct.pack(">I", 1), "frame"),
        ("payload length huge", 108, b"\xff\xff\xff\xff", "frame"),
        ("plain length over the cap", 112, struct.pack(">I", MAX_PLAIN + 1), "frame"),
        ("plain length other", 112, struct.pack(">I", 17), "signature"),
        ("payload hash", 116, bytes(32), "payload"),
        ("payload", 148, b"\x00", "payload"),
    ],
)
def test_a_bent_header_field_is_named(
    second: Batch, field: str, offset: int, value: bytes, reason: str
) -> None:
    bent = with_header(second.frame, offset, value)
    assert bent != second.frame, field
    assert refusal(bent) == reason


def test_a_bent_signature_is_named(second: Batch) -> None:
    assert refusal(with_header(second.frame, len(second.frame) - 1, b"\x00")) == "signature"


def test_a_signature_without_the_domain_does_not_hold(second: Batch, gateway: Enrolled) -> None:
    bare = gateway.signer.sign(second.frame[:HEADER])
    assert refusal(second.frame[:-SIGNATURE] + bare) == "signature"


def test_a_payload_in_an_unknown_codec_is_kept_and_not_read(
    second: Batch, gateway: Enrolled
) -> None:
    """A later version's frame: everything holds but what is inside cannot be told."""
    newer = in_codec(second, gateway.signer, 9)
    read = parse(newer.frame)
    read.check_signature()
    assert read.header == second.header
    assert (read.readable, second.readable) == (False, True)
    with pytest.raises(BadFrame) as caught:
        read.lines()
    assert caught.value.reason == "codec"


@pytest.mark.parametrize("size", [0, 1, HEADER, HEADER + SIGNATURE - 1])
def test_a_cut_frame_is_refused(second: Batch, size: int) -> None:
    assert refusal(second.frame[:size]) == "frame"


def test_a_frame_with_bytes_before_or_after_is_refused(second: Batch) -> None:
    assert refusal(second.frame + b"\x00") == "frame"
    assert refusal(b"\x00" + second.frame) == "frame"


def test_a_frame_over_the_cap_is_refused_before_anything_is_read(second: Batch) -> None:
    assert refusal(second.frame + bytes(MAX_FRAME)) == "frame"


def test_a_frame_at_the_cap_is_read(gateway: Enrolled) -> None:
    plain = bytes(MAX_FRAME - HEADER - SIGNATURE)
    # The text shrinks; told not to, it is the longest payload that may travel.
    raw = gateway.forged(lines=b"x").frame
    head = with_header(raw[:HEADER], 108, struct.pack(">II", len(plain), len(plain)))
    head = with_header(head, 116, hashlib.sha256(plain).digest())
    frame = head + plain + gateway.signer.sign(DOMAIN + head)
    assert len(frame) == MAX_FRAME
    batch = parse(frame)
    batch.check_signature()
    assert batch.lines() == plain


def test_count_of_events_must_be_the_headers(gateway: Enrolled) -> None:
    lines = codec.lines(gateway.events(3))
    with pytest.raises(BadFrame) as caught:
        codec.envelopes(gateway.forged(gateway.next_header(2), lines))
    assert caught.value.reason == "count"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(b"x" * (MAX_PLAIN + 1), id="decompresses beyond the cap"),
        pytest.param(
            b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(MAX_FRAME // 32)),
            id="frame beyond the cap",
        ),
    ],
)
def test_seal_makes_no_frame_that_parse_refuses(gateway: Enrolled, lines: bytes) -> None:
    """Such a batch, once committed, could never be delivered and would block its journal."""
    with pytest.raises(ValueError, match="cap"):
        gateway.forged(lines=lines)
