"""Sealed fields open with their key and event only; receipts and references hold for any text."""

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadFrame
from core.event import Personal
from core.events.access import Granted
from core.keystore import KeyStore
from core.receipt import Receipt, open_receipt, sign
from core.sealing import reference, seal, unseal
from tests.fix_core import START, signer_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PERSONAL = st.builds(
    Personal,
    kind=st.sampled_from(["employee", "card", "plate", "resident", "name", "phone", "other"]),
    identifier=TEXT,
    fields=st.dictionaries(TEXT, TEXT, min_size=1, max_size=4),
    purpose=st.sampled_from(["access", "vehicle", "waste", "camera"]),
)
HUB = signer_of(3)


@pytest.fixture(scope="module")
def shared_keys() -> Iterator[KeyStore]:
    with tempfile.TemporaryDirectory() as directory:
        keys = KeyStore(Path(directory) / "keys.db")
        yield keys
        keys.close()


@given(PERSONAL, TEXT)
def test_what_is_sealed_opens(shared_keys: KeyStore, personal: Personal, event_id: str) -> None:
    data = seal(shared_keys, personal, Granted(), event_id, START)
    assert isinstance(data, Granted)
    assert data.pii is not None
    assert data.subject_ref == reference(
        shared_keys.reference_key, personal.kind, personal.identifier
    )
    assert unseal(shared_keys.key(data.pii.kid), data.pii, event_id) == personal.fields


@given(PERSONAL, TEXT, TEXT, st.data())
def test_another_event_or_any_flipped_byte_does_not_open(
    shared_keys: KeyStore, personal: Personal, event_id: str, other: str, draws: st.DataObject
) -> None:
    field = seal(shared_keys, personal, Granted(), event_id, START).pii
    assert field is not None
    key = shared_keys.key(field.kid)
    if other != event_id:
        with pytest.raises(ValueError, match="does not open"):
            unseal(key, field, other)
    raw = bytearray(base64.b64decode(field.ct))
    raw[draws.draw(st.integers(0, len(raw) - 1), "byte")] ^= draws.draw(st.integers(1, 255), "flip")
    bent = msgspec.structs.replace(field, ct=base64.b64encode(raw).decode())
    with pytest.raises(ValueError, match="does not open"):
        unseal(key, bent, event_id)


@given(st.text("0123456789ABCDEF京沪粤", min_size=1, max_size=12), st.data())
def test_separators_and_case_do_not_make_another_person(
    identifier: str, draws: st.DataObject
) -> None:
    written = "".join(
        draws.draw(st.sampled_from(["", " ", "-", "·", ":", ".", "\t"]))
        + draws.draw(st.sampled_from([char, char.lower()]))
        for char in identifier
    )
    key = bytes(range(32))
    assert reference(key, "plate", written) == reference(key, "plate", identifier)
    assert reference(key, "plate", written) != reference(key, "plate", identifier + "0")


RECEIPT = st.builds(
    Receipt,
    journal=st.binary(min_size=16, max_size=16).map(bytes.hex),
    committed=st.integers(0, 2**63),
    hash=st.sampled_from(["", "ab" * 32, "cd" * 32]),
    position=st.integers(0, 2**63),
    refused=st.sampled_from(["", "gap", "fork", "signature"]),
    number=st.integers(0, 2**63),
)


@given(RECEIPT)
def test_a_receipt_opens_as_signed(receipt: Receipt) -> None:
    opened = open_receipt(sign(receipt, HUB), HUB.public)
    assert msgspec.structs.replace(opened, sig="") == receipt


@settings(max_examples=1_000)
@given(RECEIPT, st.data())
def test_a_changed_byte_never_changes_what_a_receipt_says(
    receipt: Receipt, draws: st.DataObject
) -> None:
    """A flip may leave another spelling of the same signature; it never leaves another word."""
    payload = bytearray(sign(receipt, HUB))
    payload[draws.draw(st.integers(0, len(payload) - 1), "byte")] ^= draws.draw(
        st.integers(1, 255), "flip"
    )
    said = opened_or_none(bytes(payload))
    assert said is None or msgspec.structs.replace(said, sig="") == receipt


def opened_or_none(payload: bytes) -> Receipt | None:
    try:
        return open_receipt(payload, HUB.public)
    except BadFrame:
        return None
