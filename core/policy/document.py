"""Who may pass where and when, as one signed document a gateway holds and decides by, offline.

Credentials stand in it as keyed hashes (`digest`), persons as the hub's references. The signature
is Ed25519 by the hub's key over the document's bytes.
"""

import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from core.policy.plates import normal
from core.sealing import reference
from core.site import NO_SITE, Site

CredentialKind = Literal["card", "pin", "face", "fingerprint", "plate", "ble", "idcard", "remote"]
Class = Literal["resident", "visitor", "staff", "courier", "unknown"]
Weekly = Mapping[str, tuple[tuple[str, str], ...]]  # mon … sun, holiday → ("08:00", "18:00")


class _Part(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    pass


class Schedule(_Part, frozen=True, kw_only=True):
    """Local times; an end before its beginning goes on past midnight. `holidays`: dates
    (YYYY-MM-DD) on which "holiday" stands for the day of the week; `workdays`: dates worked
    instead (调休) → the day of the week whose hours they have."""

    weekly: Weekly = {}
    holidays: tuple[str, ...] = ()
    workdays: Mapping[str, str] = {}


class Grant(_Part, frozen=True, kw_only=True):
    """Of a group. A deny stands over every grant. Empty `doors` and `areas`: everywhere."""

    doors: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    schedule: str = ""  # empty: always
    effect: Literal["allow", "deny"] = "allow"
    valid_from: str = ""  # RFC 3339; empty: no bound
    valid_to: str = ""


class Group(_Part, frozen=True, kw_only=True):
    """`includes`: groups whose grants hold here too; compiled documents have none left."""

    grants: tuple[Grant, ...] = ()
    includes: tuple[str, ...] = ()
    escorts: bool = False  # exempt from anti-passback (fire brigade, guards)


class Credential(_Part, frozen=True, kw_only=True):
    kind: CredentialKind
    hash: str
    enabled: bool = True
    valid_from: str = ""  # RFC 3339; empty: no bound
    valid_to: str = ""
    duress: bool = False  # opens as usual and calls for help
    pin: str = ""  # hash of the PIN that must come with it
    duress_pin: str = ""  # hash of the PIN that opens as well, and calls for help


class Person(_Part, frozen=True, kw_only=True):
    ref: str  # the hub's reference: s:…
    number: str = ""  # hash of the office's own number, which devices that decide themselves tell
    subject_class: Class = "resident"
    groups: tuple[str, ...] = ()
    enabled: bool = True
    valid_from: str = ""
    valid_to: str = ""
    credentials: tuple[Credential, ...] = ()


class Listed(_Part, frozen=True, kw_only=True):
    """Blocked or watched: a person's `ref`, or a credential by kind and hash. All four words are
    required; one that has expired does nothing."""

    reason: str
    basis: str
    until: str
    action: Literal["deny", "alert"]
    ref: str = ""
    kind: str = ""
    hash: str = ""


class Plate(_Part, frozen=True, kw_only=True):
    hash: str
    list: Literal["white", "black", "temporary"]
    ref: str = ""
    valid_from: str = ""
    valid_to: str = ""
    reason: str = ""
    basis: str = ""
    groups: tuple[str, ...] = ()  # whose grants it has; none: every gate that takes plates


class Policy(_Part, frozen=True, kw_only=True):
    """`issued`: in force from then on. `salt`: key of the hashes, 32 hex. `since`: the decisions a
    gateway took from then on are looked at again when it adopts this (its `issued`, unless a
    person's right ended earlier)."""

    compound: str
    version: int
    issued: str
    salt: str
    site: Site = NO_SITE
    zone: str = "Asia/Shanghai"
    schedules: Mapping[str, Schedule] = {}
    groups: Mapping[str, Group] = {}
    persons: tuple[Person, ...] = ()
    listed: tuple[Listed, ...] = ()
    plates: tuple[Plate, ...] = ()
    unknown_plates: Literal["allow", "deny"] = "deny"
    revoked: tuple[str, ...] = ()  # passes
    since: str = ""


def digest(salt: str, kind: str, identifier: str) -> str:
    """Of a credential as a person would compare it; 32 hex. Separators and the width of
    characters do not count: E9-F3 is E9F3, 粤B·12345 is 粤B12345."""
    plain = normal(identifier) if kind.endswith("plate") else identifier
    return reference(bytes.fromhex(salt), kind, plain).removeprefix("s:")


def keyed_reference(salt: str, kind: str, identifier: str) -> str:
    """Of a plate, or of somebody no policy knows: hub and gateways of a compound make the same."""
    return f"s:{digest(salt, f'reference/{kind}', identifier)}"


def sha256(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()
