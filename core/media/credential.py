"""How a gateway shows that a picture comes from it: no secret is shared, and none travels.

Each request is signed with the gateway's own Ed25519 key over what it asks for and the hash of the
bytes that go with it, so that nobody on the way can change either; the domain keeps a signature of
anything else from being one of these. There is no time in it: what is brought twice is there once,
what was removed is not taken again, and a gateway whose clock is wrong by years loses nothing.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from core.errors import Refused
from core.keys import verify
from core.trust import Gateway

PIECE = 1 << 20  # bytes that go in one request at most
_DOMAIN = b"menwei/media/v1\n"
_HEX64, _HEX128 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{128}")
DEVICE = re.compile(r"[A-Za-z0-9_.:-]{0,64}")
KEY, TOLD_DEVICE, OFFSET, TOTAL, SIGNATURE = (
    "Menwei-Key", "Menwei-Device", "Menwei-Offset", "Menwei-Total", "Menwei-Signature",
)  # fmt: skip


class Unsigned(Refused):
    """Nobody enrolled asked for this, or not for exactly this."""


class Signs(Protocol):
    """core.keys.Signer."""

    public: bytes

    def sign(self, message: bytes) -> bytes: ...


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a file on its way. `device` took the picture; empty: not told."""

    sha256: str
    offset: int
    total: int
    device: str
    content: bytes

    def message(self) -> bytes:
        piece = hashlib.sha256(self.content).hexdigest()
        words = ("PUT", self.sha256, str(self.offset), str(self.total), self.device, piece)
        return _DOMAIN + "\n".join(words).encode()

    def headers(self, signer: Signs) -> Mapping[str, str]:
        return {
            KEY: signer.public.hex(),
            TOLD_DEVICE: self.device,
            OFFSET: str(self.offset),
            TOTAL: str(self.total),
            SIGNATURE: signer.sign(self.message()).hex(),
        }


def received(
    sha256: str,
    content: bytes,
    headers: Mapping[str, str],
    whose: Callable[[bytes], Gateway | None],
) -> tuple[Gateway, Piece]:
    """Who sent it, and what; `headers` by name in any case, as a web server gives them. Unsigned
    names what does not hold."""
    key, signature = headers.get(KEY, ""), headers.get(SIGNATURE, "")
    device = headers.get(TOLD_DEVICE, "")
    if not _HEX64.fullmatch(key) or not _HEX128.fullmatch(signature):
        raise Unsigned("unsigned", "the request is not signed by a gateway")
    gateway = whose(bytes.fromhex(key))
    if gateway is None:
        raise Unsigned("unknown-key", "this hub has enrolled no gateway of that key")
    if not DEVICE.fullmatch(device):
        raise Unsigned("device", f"{TOLD_DEVICE} is no device's name")
    offset, total = _count(headers, OFFSET), _count(headers, TOTAL)
    piece = Piece(sha256=sha256, offset=offset, total=total, device=device, content=content)
    if not verify(bytes.fromhex(key), bytes.fromhex(signature), piece.message()):
        raise Unsigned("signature", "the signature is not of this request")
    return gateway, piece


def _count(headers: Mapping[str, str], name: str) -> int:
    told = headers.get(name, "")
    if not (told.isascii() and told.isdecimal() and len(told) <= 15):
        raise Unsigned("count", f"{name} is no number of bytes")
    return int(told)
