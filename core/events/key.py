"""Whose signature is believed, from which place of the log on and up to which. What these mean
together is `core.keyhistory`'s to say."""

from typing import ClassVar, Literal

import msgspec

from core.event import Data
from core.events.journal import Tail

Role = Literal["gateway", "hub", "witness"]
Reason = Literal["lost", "stolen", "retired", "compromised"]


class Enrolled(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The hub believes `key` (64 hex) from here on. `since`: from that position on already, which
    only the beginning of a key history can say. `gateway` is a witness's name where it is one's."""

    TYPE: ClassVar[str] = "key.enrolled.v1"
    role: Role
    key: str
    compound: str = ""
    gateway: str = ""
    actor: str = ""
    since: int = 0
    reason: str = ""


class Rotated(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The last word of the key `from`: `to` speaks for the same from here on. `proof`: signature
    of the new key (hex, `core.handover`), so that nobody hands over to a key that is not there.
    `consent`: the old key's, where it did not sign the batch. `tails`: how far other journals of
    the old key may still be delivered; nothing of it is believed beyond."""

    TYPE: ClassVar[str] = "key.rotated.v1"
    role: Role
    old: str = msgspec.field(name="from")
    new: str = msgspec.field(name="to")
    compound: str = ""
    gateway: str = ""
    actor: str = ""
    proof: str
    consent: str = ""
    tails: tuple[Tail, ...] = ()


class Revoked(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Nothing signed by `key` is believed behind this, ever again."""

    TYPE: ClassVar[str] = "key.revoked.v1"
    role: Role
    key: str
    reason: Reason
    actor: str = ""
    compound: str = ""
    gateway: str = ""


TYPES = (Enrolled, Rotated, Revoked)
