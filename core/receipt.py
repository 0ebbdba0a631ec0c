"""The hub's word that batches are committed. Cumulative, idempotent, signed."""

import msgspec

from core.errors import BadFrame
from core.keys import Signer, verify

_DOMAIN = b"menwei receipt v1\n"


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything of `journal` up to batch `committed` is durable at the hub.

    `hash` is that batch's hash and `position` its place in the hub's log (0 and empty while
    none is). A refusal is a receipt too: `refused` holds the reason and `number` the batch it
    speaks of, while `committed` stays what it was.
    """

    journal: str  # UUID hex
    committed: int
    hash: str = ""
    position: int = 0
    refused: str = ""
    number: int = 0
    sig: str = ""


def sign(receipt: Receipt, signer: Signer) -> bytes:
    signed = msgspec.structs.replace(receipt, sig=signer.sign(_message(receipt)).hex())
    return msgspec.json.encode(signed)


def open_receipt(payload: bytes, hub_key: bytes) -> Receipt:
    """BadFrame unless it parses and the pinned hub signed it."""
    try:
        receipt = msgspec.json.decode(payload, type=Receipt)
        signature = bytes.fromhex(receipt.sig)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadFrame("receipt", "not a receipt") from error
    if not verify(hub_key, signature, _message(receipt)):
        raise BadFrame("signature", "receipt is not signed by the pinned hub key")
    return receipt


def _message(receipt: Receipt) -> bytes:
    parts = (
        receipt.journal,
        receipt.committed,
        receipt.hash,
        receipt.position,
        receipt.refused,
        receipt.number,
    )
    return _DOMAIN + "\n".join(map(str, parts)).encode()
