"""A proof of logging as text (C2SP tlog-proof v1): index, path, checkpoint; self-contained."""

from collections.abc import Collection

import msgspec

from core.errors import BadProof
from core.tlog import checkpoint
from core.tlog.checkpoint import Checkpoint
from core.tlog.lines import decimal, encoded, hash_of
from core.tlog.note import VerifierKey
from core.tlog.tree import MAX_PROOF, check_inclusion

_FIRST = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index "


class LogProof(msgspec.Struct, frozen=True):
    """`checkpoint` are the bytes as the log and its witnesses signed them: verbatim."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        lines = (_FIRST, f"{_INDEX}{self.index}", *map(encoded, self.path), "", "")
        return "\n".join(lines).encode() + self.checkpoint


def parse(raw: bytes) -> LogProof:
    """BadProof unless it is formed like one. Nothing is verified; `extra` is nobody's word and is
    passed over."""
    above, separator, checkpoint = raw.partition(b"\n\n")
    try:
        first, *lines = above.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise BadProof("proof", "not ASCII above the checkpoint") from error
    if lines and lines[0].startswith(_EXTRA):
        del lines[0]
    if first != _FIRST or not separator or not lines or not lines[0].startswith(_INDEX):
        raise BadProof("proof", f"does not begin with {_FIRST} and an index")
    if len(lines) > 1 + MAX_PROOF:
        raise BadProof("length", "longer than any tree is high")
    index = decimal(lines[0].removeprefix(_INDEX))
    return LogProof(index, tuple(map(hash_of, lines[1:])), checkpoint)


def verified(proof: LogProof, leaf: bytes, keys: Collection[VerifierKey]) -> Checkpoint:
    """The checkpoint that covers `leaf`, signed by one of the log `keys`; BadProof("origin" |
    "signature" | "root", …) says what does not hold."""
    origin = checkpoint.parse(proof.checkpoint).head.origin
    named = [one for one in keys if one.name == origin]
    if not named:
        raise BadProof("origin", f"of the log {origin!r}, and no key of that name is trusted here")
    found = checkpoint.opened(proof.checkpoint, origin, named)
    check_inclusion(proof.index, found.head.size, leaf, proof.path, found.head.root)
    return found
