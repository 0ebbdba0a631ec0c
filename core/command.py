"""A person's order to a gateway, as the hub signs it: JSON of the command in base64, and an Ed25519
signature over those bytes. Topic: …/cmd/{verb}.

Opening one judges the bytes only. Whether it is obeyed (I9: not late, not twice) is the gateway's.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from core.clock import parse_rfc3339
from core.errors import Refused
from core.keys import Signer, verify

Verb = Literal["open", "release", "reset", "mode"]
MAX_BYTES = 16_384
_DOMAIN = b"menwei command v1\n"
_LEAD_S = 300.0  # a hub's clock may be ahead of ours by so much
_LONGEST_S = 3600.0  # whatever an order says of itself, it is late after this


class CommandRefused(Refused):
    """`reason`: forged, elsewhere, late, malformed."""

    def __init__(self, reason: str, detail: str = "", id: str = "", verb: str = "") -> None:
        """`id` and `verb` of an order that can be answered: the hub's signature was right."""
        super().__init__(reason, detail)
        self.id, self.verb = id, verb


Text = Annotated[str, msgspec.Meta(max_length=256)]


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id`: of the hub's command.issued event. `target`: a subject such as door/south-gate.
    `issued`, `until`: RFC 3339; it is obeyed until then and not after."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    verb: Verb
    compound: Text
    gateway: Text
    target: Text
    issued: Text
    until: Text
    actor: Text = ""
    args: Annotated[Mapping[Text, Text], msgspec.Meta(max_length=16)] = {}


class _Frame(msgspec.Struct, frozen=True):
    command: str  # base64 of the command's JSON
    sig: str  # hex


def sign(command: Command, signer: Signer) -> bytes:
    body = msgspec.json.encode(command)
    return msgspec.json.encode(
        _Frame(base64.b64encode(body).decode(), signer.sign(_DOMAIN + body).hex())
    )


def open_command(
    payload: bytes, hub_key: bytes, compound: str, gateway: str, now: datetime
) -> Command:
    """CommandRefused unless the pinned hub signed it, for this gateway, to be done by `now`."""
    if len(payload) > MAX_BYTES:
        raise CommandRefused("malformed", f"{len(payload)} bytes")
    try:
        frame = msgspec.json.decode(payload, type=_Frame)
        body = base64.b64decode(frame.command, validate=True)
        signature = bytes.fromhex(frame.sig)
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError) as error:
        raise CommandRefused("malformed", "not a command frame") from error
    if not verify(hub_key, signature, _DOMAIN + body):
        raise CommandRefused("forged", "not signed by the pinned hub key")
    try:
        command = msgspec.json.decode(body, type=Command)
        issued, until = parse_rfc3339(command.issued), parse_rfc3339(command.until)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CommandRefused("malformed", "signed, but no command") from error
    if (command.compound, command.gateway) != (compound, gateway):
        raise CommandRefused("elsewhere", f"{command.compound}/{command.gateway}")
    age = (now - issued).total_seconds()
    if now > until or age > _LONGEST_S or age < -_LEAD_S:
        raise CommandRefused("late", command.until, command.id, command.verb)
    return command
