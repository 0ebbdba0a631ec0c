"""What was shown at a reader, as the policy knows it: by keyed hash, never in the clear. Lives
between decode and commit only."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from core.event import Draft
from core.events.access import Credential, Requested
from core.policy import passes
from core.policy.document import digest
from core.policy.passes import Pass, PassRefused
from core.policy.request import Request

# Which of the clear fields names the credential; the first that is there.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "card": ("card",),
    "pin": ("pin",),
    "plate": ("plate",),
    "idcard": ("id", "card"),
    "ble": ("id", "card"),
    "face": ("employee", "resident", "id"),
    "fingerprint": ("employee", "resident", "id"),
    "remote": ("employee", "resident", "id"),
}
_GUESSED: tuple[Credential, ...] = ("card", "plate", "pin")  # where the device named none


def request_of(
    data: Requested,
    draft: Draft,
    door: str,
    at: datetime,
    salt: str,
    hub_keys: Sequence[bytes],
    compound: str,
) -> Request:
    fields = draft.personal.fields if draft.personal is not None else {}
    kind = _kind(data.credential, fields)
    shown, refused = None, ""
    if kind == "qr":
        try:
            shown = _pass(fields.get("qr", ""), hub_keys, compound)
        except PassRefused as error:
            refused = error.reason
    return Request(
        door=door,
        kind=kind,
        at=at,
        direction=data.direction,
        hash=hash_of(kind, fields, salt),
        pin=digest(salt, "pin", fields["pin"]) if "pin" in fields and kind != "pin" else "",
        plate=digest(salt, "plate", fields["plate"]) if "plate" in fields else "",
        pass_=shown,
        pass_refused=refused,
    )


def _pass(text: str, hub_keys: Sequence[bytes], compound: str) -> Pass:
    """Also one that a former key of the hub signed: visitors have it in their hands."""
    *former, now = hub_keys
    for key in former:
        with suppress(PassRefused):
            return passes.read(text, key, compound)
    return passes.read(text, now, compound)


def hash_of(kind: str, fields: Mapping[str, str], salt: str) -> str:
    """Empty when there is nothing that names such a credential."""
    for name in _FIELDS.get(kind, ()):
        if fields.get(name):
            return digest(salt, kind, fields[name])
    return ""


def _kind(told: Credential, fields: Mapping[str, str]) -> Credential:
    if told != "unknown":
        return told
    if "qr" in fields:
        return "qr"
    return next((one for one in _GUESSED if one in fields), "unknown")
