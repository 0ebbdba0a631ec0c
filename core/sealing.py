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
_NOT_SIGNIFICANT = re.compile(r"[\s\-·:.]+")


def reference(key: bytes, kind: str, identifier: str) -> str:
    """`s:` + 32 hex: HMAC-SHA-256 of kind and the identifier as a person would compare it."""
    plain = _NOT_SIGNIFICANT.sub("", unicodedata.normalize("NFKC", identifier)).upper()
    return "s:" + hmac.digest(key, f"{kind}\0{plain}".encode(), "sha256")[:16].hex()


def seal(keys: KeyStore, personal: Personal, data: Data, event_id: str, recorded: datetime) -> Data:
    """`data` with the reference in its field and the clear fields encrypted.

    The key is the subject's, for this purpose, for the month of `recorded` (UTC).
    """
    ref = reference(keys.reference_key, personal.kind, personal.identifier)
    changes: dict[str, object] = {}
    if personal.into:
        changes[personal.into] = ref
    if personal.fields:
        kid = f"{ref}:{personal.purpose}:{recorded.astimezone(UTC):%Y-%m}"
        nonce = os.urandom(_NONCE)
        plain = msgspec.json.encode(dict(personal.fields), order="sorted")
        cipher = AESGCM(keys.key(kid)).encrypt(nonce, plain, event_id.encode())
        changes["pii"] = Sealed(kid=kid, ct=base64.b64encode(nonce + cipher).decode())
    return msgspec.structs.replace(data, **changes)


def unseal(key: bytes, sealed: Sealed, event_id: str) -> Mapping[str, str]:
    """The clear fields. ValueError when key, event id or bytes are not the ones sealed."""
    raw = base64.b64decode(sealed.ct)
    try:
        plain = AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], event_id.encode())
    except InvalidTag as error:
        raise ValueError(f"sealed field of {event_id!r} does not open with this key") from error
    return msgspec.json.decode(plain, type=dict[str, str])
