"""Personal data on its way into the log: a keyed reference and a sealed part (I6)."""

import base64
import hmac
import os
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.event import Data, Personal, Sealed
from core.keystore import KeyStore

_NONCE = 12
_PLAIN = msgspec.json.Encoder(order="sorted")
_NOT_SIGNIFICANT = re.compile(r"[\s\-·:.]+")


def reference(key: bytes, kind: str, identifier: str) -> str:
    """`s:` + 32 hex: HMAC-SHA-256 of kind and the identifier as a person would compare it."""
    if not (identifier.isascii() and identifier.isalnum()):
        identifier = _NOT_SIGNIFICANT.sub("", unicodedata.normalize("NFKC", identifier))
    plain = identifier.upper()
    return "s:" + hmac.digest(key, f"{kind}\0{plain}".encode(), "sha256")[:16].hex()


def seal(keys: KeyStore, personal: Personal, data: Data, event_id: str, recorded: datetime) -> Data:
    """`data` with the reference in its field and the clear fields encrypted."""
    ref, pii = sealed(keys, personal, personal.fields, event_id, month_of(recorded))
    changes: dict[str, object] = {personal.into: ref} if personal.into else {}
    if pii is not None:
        changes["pii"] = pii
    return msgspec.structs.replace(data, **changes)


def sealed(
    keys: KeyStore, personal: Personal, fields: Mapping[str, str], event_id: str, month: str
) -> tuple[str, Sealed | None]:
    """The person's reference and, where there are any, the clear fields encrypted. The key is
    the subject's, for this purpose, for this month."""
    ref = reference(keys.reference_key, personal.kind, personal.identifier)
    if not fields:
        return ref, None
    kid = f"{ref}:{personal.purpose}:{month}"
    nonce, plain = os.urandom(_NONCE), _PLAIN.encode(dict(fields))
    cipher = keys.cipher(kid).encrypt(nonce, plain, event_id.encode())
    return ref, Sealed(kid=kid, ct=base64.b64encode(nonce + cipher).decode())


def month_of(recorded: datetime) -> str:
    """In UTC."""
    at = recorded.astimezone(UTC)
    return f"{at.year:04}-{at.month:02}"


def unseal(key: bytes, sealed: Sealed, event_id: str) -> Mapping[str, str]:
    """The clear fields. ValueError when key, event id or bytes are not the ones sealed."""
    raw = base64.b64decode(sealed.ct)
    try:
        plain = AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], event_id.encode())
    except InvalidTag as error:
        raise ValueError(f"sealed field of {event_id!r} does not open with this key") from error
    return msgspec.json.decode(plain, type=dict[str, str])
