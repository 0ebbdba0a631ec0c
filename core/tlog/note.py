"""Signed notes and their keys (C2SP signed-note v1, tlog-cosignature v1). Pure.

A key is written `name+hex key id+base64(type ‖ public key)`. The type byte says what a signature
is and over what: Ed25519 over the text, or a cosignature, Ed25519 or ML-DSA-44, over a checkpoint
and the time at which a witness had seen nothing newer.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from enum import IntEnum

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from core.errors import BadProof
from core.keys import Signer, verify
from core.tlog import head
from core.tlog.lines import decoded, encoded

MAX_NOTE = 128_000  # bytes; room for sixteen post-quantum signatures and more
_DASH = "— "
_TIME = struct.Struct(">Q")


class SignatureType(IntEnum):
    ED25519 = 0x01
    COSIGNATURE_ED25519 = 0x04
    COSIGNATURE_ML_DSA_44 = 0x06


_KEY_SIZES = {
    SignatureType.ED25519: 32,
    SignatureType.COSIGNATURE_ED25519: 32,
    SignatureType.COSIGNATURE_ML_DSA_44: 1312,
}


class Signature(msgspec.Struct, frozen=True):
    """One signature line: `body` is what follows the key id."""

    name: str
    key_id: bytes
    body: bytes

    def line(self) -> str:
        return f"{_DASH}{self.name} {encoded(self.key_id + self.body)}\n"


class Note(msgspec.Struct, frozen=True):
    """`text` ends in a newline; whose signatures hold is for `opened` to say."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        return f"{self.text}\n{''.join(one.line() for one in self.signatures)}".encode()


class VerifierKey(msgspec.Struct, frozen=True):
    """Who may have signed, and how."""

    name: str
    type: SignatureType
    public: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.type, self.public)

    def encode(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded(bytes((self.type,)) + self.public)}"

    def made(self, one: Signature) -> bool:
        """Whether the line claims to be this key's."""
        return one.name == self.name and one.key_id == self.id

    def holds(self, text: str, one: Signature) -> bool:
        if self.type == SignatureType.ED25519:
            return verify(self.public, one.body, text.encode())
        if len(one.body) <= _TIME.size:
            return False
        when, signature = cosigned_at(one), one.body[_TIME.size :]
        if self.type == SignatureType.COSIGNATURE_ED25519:
            return verify(self.public, signature, cosigned_text(text, when))
        return _verify_ml_dsa(self.public, signature, cosigned_message(self.name, text, when))


def key_id(name: str, kind: SignatureType, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes((kind,)) + public).digest()[:4]


def verifier_key(text: str) -> VerifierKey:
    """BadProof("key", …) unless it is a key of a kind known here, with its own id."""
    name, _, rest = text.partition("+")
    identity, _, material = rest.partition("+")
    raw = decoded(material)
    if not valid_name(name) or not raw or raw[0] not in set(SignatureType):
        raise BadProof("key", f"not a verifier key of a known kind: {text[:80]!r}")
    key = VerifierKey(name, SignatureType(raw[0]), raw[1:])
    if len(key.public) != _KEY_SIZES[key.type] or identity != key.id.hex():
        raise BadProof("key", f"its id or length does not belong to it: {text[:80]!r}")
    return key


def parse(raw: bytes) -> Note:
    """BadProof("note", …) unless it is formed like a note. Nothing is verified."""
    if len(raw) > MAX_NOTE:
        raise BadProof("note", f"{len(raw)} bytes, cap {MAX_NOTE}")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadProof("note", "not UTF-8") from error
    if any(ord(one) < 0x20 and one != "\n" for one in whole):
        raise BadProof("note", "a control character")
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise BadProof("note", "no signatures behind an empty line")
    return Note(f"{text}\n", tuple(map(signature, lines[:-1].split("\n"))))


def signature(line: str) -> Signature:
    """One line without its newline; BadProof("note", …)."""
    name, _, material = line.removeprefix(_DASH).partition(" ")
    body = decoded(material)
    if not line.startswith(_DASH) or not valid_name(name) or len(body) < 5:
        raise BadProof("note", f"not a signature line: {line[:80]!r}")
    return Signature(name, body[:4], body[4:])


def opened(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signature, ...]:
    """The signatures that `keys` made, all of which hold. BadProof("signature", …) when one of
    them does not, or there is none. Lines of keys nobody named are nobody's."""
    found = []
    for key in keys:
        for one in filter(key.made, note.signatures):
            if not key.holds(note.text, one):
                raise BadProof("signature", f"that of {key.name} does not hold")
            found.append(one)
    if not found:
        raise BadProof("signature", "none is of a key that is trusted here")
    return tuple(found)


def signed(text: str, name: str, signer: Signer) -> Note:
    """Signed by Ed25519 as itself (type 0x01)."""
    return Note(text, (own_signature(text, name, signer),))


def own_signature(text: str, name: str, signer: Signer) -> Signature:
    identity = key_id(name, SignatureType.ED25519, signer.public)
    return Signature(name, identity, signer.sign(text.encode()))


def cosignature(text: str, name: str, signer: Signer, when: int) -> Signature:
    """A witness's word of the checkpoint `text` at `when` (POSIX seconds), type 0x04."""
    identity = key_id(name, SignatureType.COSIGNATURE_ED25519, signer.public)
    return Signature(name, identity, _TIME.pack(when) + signer.sign(cosigned_text(text, when)))


def cosigned_at(one: Signature) -> int:
    """POSIX seconds at which a cosignature says it was made."""
    when: int = _TIME.unpack_from(one.body)[0]
    return when


def cosigned_text(text: str, when: int) -> bytes:
    """What an Ed25519 cosignature signs (tlog-cosignature)."""
    return f"cosignature/v1\ntime {when}\n{text}".encode()


def cosigned_message(name: str, text: str, when: int) -> bytes:
    """What an ML-DSA-44 cosignature signs: the tree's head, without extension lines."""
    tree = head.parse(text)
    origin = tree.origin.encode()
    parts = (
        b"subtree/v1\n\0",
        bytes((len(name.encode()),)) + name.encode(),
        _TIME.pack(when),
        bytes((len(origin),)) + origin,
        _TIME.pack(0) + _TIME.pack(tree.size),
        tree.root,
    )
    return b"".join(parts)


def valid_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(one.isspace() for one in name)


def _verify_ml_dsa(public: bytes, body: bytes, message: bytes) -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(body, message)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def merged(note: Note, more: Sequence[Signature]) -> Note:
    """With further signatures, of each key the last one. BadProof("note", …) when it becomes
    longer than a note may be."""
    found = {(one.name, one.key_id): one for one in (*note.signatures, *more)}
    made = Note(note.text, tuple(found.values()))
    if (size := len(made.encode())) > MAX_NOTE:
        raise BadProof("note", f"{size} bytes with these signatures, cap {MAX_NOTE}")
    return made
