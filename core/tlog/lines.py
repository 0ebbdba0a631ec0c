"""How numbers and hashes stand in notes, proofs and requests: one form each, so that nothing can
be written in two ways."""

import base64
import binascii
import re

from core.errors import BadProof
from core.tlog.tree import HASH

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_MOST = 2**63 - 1


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def decoded(text: str) -> bytes:
    """Standard base64 in its one form; empty for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if encoded(raw) == text else b""


def decimal(text: str) -> int:
    """No sign, no leading zero, below 2**63; BadProof("number", …)."""
    if not _DECIMAL.fullmatch(text) or int(text) > _MOST:
        raise BadProof("number", f"not a decimal number: {text[:40]!r}")
    return int(text)


def hash_of(text: str) -> bytes:
    """BadProof("hash", …) unless it is 32 bytes in base64."""
    raw = decoded(text)
    if len(raw) != HASH:
        raise BadProof("hash", f"not a SHA-256 hash in base64: {text[:60]!r}")
    return raw
