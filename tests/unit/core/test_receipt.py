"""The hub's signed word; only the pinned hub can give it and nothing in it can be changed."""

import msgspec
import pytest

from core.errors import BadFrame
from core.keys import Signer
from core.receipt import Receipt, open_receipt, sign
from tests.fix_core import signer_of

RECEIPT = Receipt(
    journal="0f" * 16, committed=7, hash="ab" * 32, position=123, refused="gap", number=9
)


PROOF = msgspec.structs.replace(RECEIPT, proof="a proof", since=4, consistency=("one", "two"))


def reason(payload: bytes, hub: Signer) -> str:
    with pytest.raises(BadFrame) as caught:
        open_receipt(payload, hub.public)
    return caught.value.reason


def test_a_signed_receipt_opens(signer: Signer) -> None:
    opened = open_receipt(sign(RECEIPT, signer), signer.public)
    assert msgspec.structs.replace(opened, sig="") == RECEIPT


def test_signing_twice_gives_the_same_bytes(signer: Signer) -> None:
    assert sign(RECEIPT, signer) == sign(RECEIPT, signer)


def test_the_signature_is_over_the_documented_message(signer: Signer) -> None:
    message = b"menwei receipt v1\n" + b"0f" * 16 + b"\n7\n" + b"ab" * 32 + b"\n123\ngap\n9"
    opened = open_receipt(sign(RECEIPT, signer), signer.public)
    assert opened.sig == signer.sign(message).hex()


def test_a_receipt_for_nothing_yet_is_short_and_opens(signer: Signer) -> None:
    empty = Receipt(journal="", committed=0, refused="frame")
    payload = sign(empty, signer)
    assert b"position" not in payload
    assert open_receipt(payload, signer.public).refused == "frame"


def test_another_hubs_receipt_is_refused(signer: Signer) -> None:
    assert reason(sign(RECEIPT, signer_of(2)), signer) == "signature"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("journal", "0e" * 16),
        ("committed", 8),
        ("hash", "ac" * 32),
        ("position", 124),
        ("refused", ""),
        ("number", 10),
    ],
)
def test_every_field_is_signed(signer: Signer, field: str, value: object) -> None:
    opened = open_receipt(sign(RECEIPT, signer), signer.public)
    changed = msgspec.structs.replace(opened, **{field: value})
    assert reason(msgspec.json.encode(changed), signer) == "signature"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"journal":"","committed":"7"}',
        b'{"journal":1,"committed":7}',
        b'{"journal":"","committed":7,"sig":"zz"}',
        b'{"journal":"\xff","committed":7}',
        b"\x00\x01\x02",
        pytest.param(b'{"deep":' + b"[" * 100_000, id="100,000 brackets"),
        pytest.param(b'{"committed":' + b"9" * 5_000 + b"}", id="5,000 digits"),
    ],
)
def test_what_is_no_receipt_is_refused_as_such(signer: Signer, payload: bytes) -> None:
    assert reason(payload, signer) == "receipt"


def test_a_receipt_without_signature_is_refused(signer: Signer) -> None:
    assert reason(msgspec.json.encode(RECEIPT), signer) == "signature"


@pytest.mark.parametrize(
    ("field", "value"),
    [("proof", "another"), ("proof", ""), ("since", 5), ("consistency", ("one", "other")),
     ("consistency", ()), ("committed", 8), ("position", 124)],
)  # fmt: skip
def test_a_proof_is_signed_with_all_that_belongs_to_it(
    signer: Signer, field: str, value: object
) -> None:
    """Else whoever carries it could make the hub look like one that lies."""
    opened = open_receipt(sign(PROOF, signer), signer.public)
    changed = msgspec.structs.replace(opened, **{field: value})
    assert reason(msgspec.json.encode(changed), signer) == "signature"


def test_a_gateway_that_knows_no_proofs_reads_the_receipts_of_a_newer_hub(signer: Signer) -> None:
    """Receipts without proof are as they were, byte for byte; it is never sent others."""
    assert b"proof" not in sign(RECEIPT, signer)
    assert b"since" not in sign(RECEIPT, signer)
