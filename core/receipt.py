"""The hub's word that batches are committed. Cumulative, idempotent, signed.

A receipt with a `proof` says nothing new about delivery: it shows where a batch that was receipted
before stands in the hub's log. It is only sent to a gateway that says what it knows of that log.
"""

import msgspec

from core.errors import BadFrame
from core.keys import Signer, verify

_DOMAIN = b"menwei receipt v1\n"
_PROVING = b"menwei receipt v2\n"


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything of `journal` up to batch `committed` is durable at the hub.

    `hash` is that batch's hash and `position` its place in the hub's log (0 and empty while
    none is). A refusal is a receipt too: `refused` holds the reason and `number` the batch it
    speaks of, while `committed` stays what it was.

    `proof` (C2SP tlog-proof) shows batch `committed` under a checkpoint, and `consistency` that
    its tree begins with the one of `since` leaves, which the gateway had said it knows. All of it
    is signed: else whoever carries it could make an honest hub look like one that lies.
    """

    journal: str  # UUID hex
    committed: int
    hash: str = ""
    position: int = 0
    refused: str = ""
    number: int = 0
    proof: str = ""
    since: int = 0
    consistency: tuple[str, ...] = ()  # hashes, base64
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
    if not receipt.proof:
        return _DOMAIN + "\n".join(map(str, parts)).encode()
    more = (receipt.since, ",".join(receipt.consistency), receipt.proof)
    return _PROVING + "\n".join(map(str, (*parts, *more))).encode()
