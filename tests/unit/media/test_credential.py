"""Nobody but an enrolled gateway brings a picture, and nobody changes one on its way."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.keys import Signer
from core.media.credential import (
    KEY,
    OFFSET,
    SIGNATURE,
    TOLD_DEVICE,
    TOTAL,
    Piece,
    Unsigned,
    received,
)
from core.trust import Gateway, by_key

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
STRANGER = Signer(Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))
GATEWAY = Gateway(compound="c01", name="gw01", key=SIGNER.public.hex())
WHOSE = by_key([GATEWAY]).whose
PIECE = Piece(sha256="5f" * 32, offset=10, total=20, device="cam-03", content=b"0123456789")


def test_what_a_gateway_signed_is_its_own() -> None:
    headers = PIECE.headers(SIGNER)
    assert received(PIECE.sha256, PIECE.content, headers, WHOSE) == (GATEWAY, PIECE)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (KEY, STRANGER.public.hex()), (KEY, ""), (KEY, "zz" * 32), (SIGNATURE, ""),
        (SIGNATURE, "00" * 64), (TOLD_DEVICE, "cam-04"), (TOLD_DEVICE, "a\nb"), (OFFSET, "0"),
        (OFFSET, "-1"), (OFFSET, "١"), (TOTAL, "21"), (TOTAL, ""),
    ],
)  # fmt: skip
def test_anything_else_about_it_is_not(header: str, value: str) -> None:
    headers = {**PIECE.headers(SIGNER), header: value}
    with pytest.raises(Unsigned):
        received(PIECE.sha256, PIECE.content, headers, WHOSE)


@pytest.mark.parametrize("changed", [{"sha256": "60" * 32}, {"content": b"0123456780"}])
def test_neither_are_other_bytes_nor_another_name(changed: dict[str, object]) -> None:
    other = msgspec.structs.replace(PIECE, **changed)
    with pytest.raises(Unsigned, match="signature"):
        received(other.sha256, other.content, PIECE.headers(SIGNER), WHOSE)


def test_a_key_that_is_not_enrolled_says_nothing() -> None:
    with pytest.raises(Unsigned, match="unknown-key"):
        received(PIECE.sha256, PIECE.content, PIECE.headers(STRANGER), WHOSE)
