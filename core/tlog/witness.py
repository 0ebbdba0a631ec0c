"""What a witness is asked, and whether it may say yes (C2SP tlog-witness). Pure.

A request is `old N`, the hashes of a consistency proof, an empty line and a signed checkpoint.
What is not cosigned is Declined with the status that the protocol has for it.
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus

import msgspec

from core.errors import BadProof
from core.tlog import checkpoint, note
from core.tlog.checkpoint import Checkpoint
from core.tlog.head import TreeHead
from core.tlog.lines import decimal, encoded, hash_of
from core.tlog.note import MAX_NOTE, VerifierKey
from core.tlog.tree import EMPTY_ROOT, MAX_PROOF, check_consistency

MAX_REQUEST = MAX_NOTE + 4_096  # bytes; above the checkpoint stand 64 short lines at most
SIZE_TYPE = "text/x.tlog.size"  # of a 409's body
_OLD = "old "


class Declined(BadProof):
    """`size` is what the witness cosigned last, and is told with a 409 only."""

    def __init__(self, status: HTTPStatus, detail: str, size: int = 0) -> None:
        super().__init__(status.phrase, detail)
        self.status = status
        self.size = size


class Submission(msgspec.Struct, frozen=True):
    """`proof` leads from the first `old` leaves to the checkpoint's."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint

    def encode(self) -> bytes:
        lines = (f"{_OLD}{self.old}", *map(encoded, self.proof), "", "")
        return "\n".join(lines).encode() + self.checkpoint.encode()


def parse(raw: bytes) -> Submission:
    """Declined unless it is formed like one. Nothing is verified."""
    above, separator, signed = raw.partition(b"\n\n")
    try:
        first, *proof = above.decode("ascii").split("\n")
        if not separator or not first.startswith(_OLD) or len(proof) > MAX_PROOF:
            raise BadProof("request", "not an old size, at most 63 hashes and a checkpoint")
        old = decimal(first.removeprefix(_OLD))
        return Submission(old, tuple(map(hash_of, proof)), checkpoint.parse(signed))
    except UnicodeDecodeError as error:
        raise Declined(HTTPStatus.BAD_REQUEST, "not ASCII above the checkpoint") from error
    except BadProof as bad:
        # The root of an empty tree is the one thing about a checkpoint's text that the protocol
        # counts as untrue, not as badly written.
        untrue = bad.reason == "root"
        status = HTTPStatus.UNPROCESSABLE_ENTITY if untrue else HTTPStatus.BAD_REQUEST
        raise Declined(status, bad.detail) from bad


def trusted(asked: Submission, logs: Mapping[str, Collection[VerifierKey]]) -> Submission:
    """With the signatures that count as `verified`. Declined: nobody's log, or not its word."""
    keys = logs.get(asked.checkpoint.head.origin)
    if keys is None:
        raise Declined(HTTPStatus.NOT_FOUND, "this log is not witnessed here")
    try:
        verified = note.opened(asked.checkpoint.note, keys)
    except BadProof as bad:
        raise Declined(HTTPStatus.FORBIDDEN, bad.detail) from bad
    signed = msgspec.structs.replace(asked.checkpoint, verified=verified)
    return msgspec.structs.replace(asked, checkpoint=signed)


def check_extends(asked: Submission, last: TreeHead) -> None:
    """Declined unless the checkpoint's tree begins with the tree of `last`."""
    head = asked.checkpoint.head
    if asked.old > head.size:
        raise Declined(HTTPStatus.BAD_REQUEST, f"from {asked.old} down to {head.size} leaves")
    if asked.old != last.size:
        raise Declined(HTTPStatus.CONFLICT, f"cosigned last: {last.size}", last.size)
    if not asked.old:
        if asked.proof:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY, "a proof from an empty tree")
        return
    try:
        check_consistency(asked.old, head.size, asked.proof, last.root, head.root)
    except BadProof as bad:
        raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY, bad.detail) from bad


def nothing_of(origin: str) -> TreeHead:
    """Where a witness stands with a log of which it never cosigned anything."""
    return TreeHead(origin, 0, EMPTY_ROOT)
