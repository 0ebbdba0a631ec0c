"""A signed tree head (C2SP tlog-checkpoint v1): who signed it, and who cosigned. Pure."""

from collections.abc import Collection, Iterable

import msgspec

from core.errors import BadProof
from core.keys import Signer
from core.tlog import head, note
from core.tlog.head import TreeHead
from core.tlog.note import Note, Signature, VerifierKey


class Checkpoint(msgspec.Struct, frozen=True):
    """As read; `verified` are the signatures of keys that were asked for, all of which hold."""

    head: TreeHead
    note: Note
    verified: tuple[Signature, ...] = ()

    def encode(self) -> bytes:
        return self.note.encode()


def parse(raw: bytes) -> Checkpoint:
    """BadProof unless it is formed like one. Nothing is verified."""
    found = note.parse(raw)
    return Checkpoint(head.parse(found.text), found)


def opened(raw: bytes, origin: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """BadProof("origin" | "signature", …) unless it is of that log, signed by one of `keys`."""
    found = parse(raw)
    if found.head.origin != origin:
        raise BadProof("origin", f"of the log {found.head.origin!r}, not {origin!r}")
    return msgspec.structs.replace(found, verified=note.opened(found.note, keys))


def cosigners(found: Checkpoint, witnesses: Iterable[VerifierKey]) -> Collection[VerifierKey]:
    """Those of `witnesses` whose cosignature is there. BadProof when one does not hold."""
    return {
        key
        for key in witnesses
        if any(map(key.made, found.note.signatures)) and note.opened(found.note, (key,))
    }


def signed(of: TreeHead, signer: Signer) -> Checkpoint:
    """By the log itself, under its origin as name."""
    text = of.text()
    return Checkpoint(of, note.signed(text, of.origin, signer))


def log_key(origin: str, public: bytes) -> VerifierKey:
    return VerifierKey(origin, note.SignatureType.ED25519, public)


def default_origin(public: bytes) -> str:
    """The log's name where its house gave it none: of the hub's first key."""
    return f"menwei/{public.hex()[:16]}"
