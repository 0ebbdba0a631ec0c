"""A visitor's pass as the text of a QR code, signed by the hub and read without it.

    MWP1.{base64url of body ‖ Ed25519 signature, no padding}

The body is MessagePack of [compound, id, not before, expiry, doors, uses, plate]. A text has one
form only: bits nobody reads are refused like a wrong signature. What a pass may open is judged by
`core.policy.decide`; here only whether the hub ever wrote it, and for which compound.
"""

import base64
import binascii
import re
from typing import Annotated

import msgspec

from core.config import SLUG
from core.errors import Refused
from core.keys import Signer, verify

PREFIX = "MWP1."
MAX_TEXT = 300
_DOMAIN = b"menwei pass v1\n"
_SIGNATURE = 64
_TEXT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_NEWER = re.compile(r"MWP[2-9]\d*\.", re.ASCII)

Moment = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]  # Unix seconds, to the year 9999
Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]


class PassRefused(Refused):
    """`reason`: forged, elsewhere, malformed, newer; when it is to be issued: too-long."""


class Pass(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`id`: 16 hex. Good from `nbf` until before `exp`. `doors` are keys; empty: every door.
    `uses`: how often it lets in; going out is not counted. `plate`: hash of the vehicle's."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
    compound: Slug
    nbf: Moment
    exp: Moment
    doors: tuple[Slug, ...] = ()
    uses: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    plate: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32})?\Z")] = ""


class _Body(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    compound: str
    id: bytes
    nbf: int
    exp: int
    doors: tuple[str, ...]
    uses: int
    plate: bytes


def issue(signer: Signer, made: Pass) -> str:
    """PassRefused `malformed` for what no gate would take, `too-long` when it names more doors
    than a QR code of 300 characters holds."""
    checked = _checked(made)
    body = msgspec.msgpack.encode(
        _Body(
            checked.compound,
            bytes.fromhex(checked.id),
            checked.nbf,
            checked.exp,
            checked.doors,
            checked.uses,
            bytes.fromhex(checked.plate),
        )
    )
    text = PREFIX + _text(body + signer.sign(_DOMAIN + body))
    if len(text) > MAX_TEXT:
        raise PassRefused("too-long", f"{len(text)} characters; name fewer doors, or none for all")
    return text


def read(text: str, hub_key: bytes, compound: str) -> Pass:
    """PassRefused unless this hub signed exactly this text, for this compound."""
    if not text.startswith(PREFIX):
        raise PassRefused("newer" if _NEWER.match(text) else "malformed")
    if len(text) > MAX_TEXT or not _TEXT.fullmatch(text, len(PREFIX)):
        raise PassRefused("malformed")
    encoded = text[len(PREFIX) :]
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError) as error:
        raise PassRefused("malformed") from error
    body, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if not body or _text(raw) != encoded:
        raise PassRefused("malformed")
    if not verify(hub_key, signature, _DOMAIN + body):
        raise PassRefused("forged")
    made = _opened(body)
    if made.compound != compound:
        raise PassRefused("elsewhere", made.compound)
    return made


def _opened(body: bytes) -> Pass:
    try:
        told = msgspec.msgpack.decode(body, type=_Body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise PassRefused("malformed", "signed, but no pass") from error
    return _checked(
        Pass(
            id=told.id.hex(),
            compound=told.compound,
            nbf=told.nbf,
            exp=told.exp,
            doors=told.doors,
            uses=told.uses,
            plate=told.plate.hex(),
        )
    )


def _checked(made: Pass) -> Pass:
    try:
        whole = msgspec.convert(msgspec.to_builtins(made), Pass)
    except msgspec.ValidationError as error:
        raise PassRefused("malformed", str(error)) from error
    if whole.exp <= whole.nbf:
        raise PassRefused("malformed", "it ends before it begins")
    return whole


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
