"""A frame says what was sealed, and nothing else: no byte of it can be another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.batch import Batch, Header, Journal, Lane, parse, seal
from core.errors import BadFrame
from tests.fix_core import signer_of

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(1, 2**64 - 1)
SIGNER = signer_of(1)


@st.composite
def headers(draw: st.DrawFn) -> Header:
    first, last = sorted((draw(U64), draw(U64)))
    return Header(
        journal=Journal(SIGNER.public, draw(U32), draw(st.sampled_from(Lane))),
        number=draw(U64),
        first=first,
        last=last,
        previous=draw(st.binary(min_size=32, max_size=32)),
        written_us=draw(st.integers(0, 2**64 - 1)),
    )


TEXT = st.one_of(
    st.binary(max_size=400),  # mostly too random to shrink: codec none
    st.text("ab{}\n", max_size=400).map(str.encode),  # zstd
    st.integers(0, 50_000).map(lambda size: b"line\n" * (size // 5)),
)


@given(headers(), TEXT)
def test_what_is_sealed_is_parsed(header: Header, text: bytes) -> None:
    sealed = seal(header, text, SIGNER)
    read = parse(sealed.frame)
    read.check_signature()
    assert read == sealed
    assert read.header == header
    assert read.lines() == text
    assert read.hash == sealed.hash


@given(headers(), TEXT, headers(), TEXT)
def test_two_different_batches_have_different_frames(
    one: Header, text: bytes, other: Header, other_text: bytes
) -> None:
    same = (one, text) == (other, other_text)
    assert (seal(one, text, SIGNER).frame == seal(other, other_text, SIGNER).frame) is same


@settings(max_examples=1_000)
@given(headers(), st.binary(max_size=60), st.data())
def test_a_flipped_byte_is_refused(header: Header, text: bytes, data: st.DataObject) -> None:
    frame = bytearray(seal(header, text, SIGNER).frame)
    where = data.draw(st.integers(0, len(frame) - 1), "byte")
    frame[where] ^= data.draw(st.integers(1, 255), "flip")
    with pytest.raises(BadFrame):
        parse(bytes(frame)).check_signature()


def test_every_single_bit_of_a_frame_counts() -> None:
    header = Header(journal=Journal(SIGNER.public, 1), number=1, first=1, last=2)
    frame = seal(header, b"one\ntwo\n", SIGNER).frame
    for bit in range(len(frame) * 8):
        bent = bytearray(frame)
        bent[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadFrame):
            parse(bytes(bent)).check_signature()


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_batch_or_a_bad_frame(frame: bytes) -> None:
    with pytest.raises(BadFrame):
        parse(frame).check_signature()


@given(headers(), TEXT, st.data())
def test_a_cut_or_grown_frame_is_refused(header: Header, text: bytes, data: st.DataObject) -> None:
    batch: Batch = seal(header, text, SIGNER)
    cut = data.draw(st.integers(0, len(batch.frame) - 1), "kept")
    more = data.draw(st.binary(min_size=1, max_size=5), "more")
    for frame in (batch.frame[:cut], batch.frame + more):
        with pytest.raises(BadFrame):
            parse(frame).check_signature()
