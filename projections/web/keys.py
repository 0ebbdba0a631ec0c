"""Keys as the API and the console ask for them; the hub implements it. Everything that changes
something blocks for a sync: call it on a worker thread."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from core.events.key import Reason, Role
from projections.web.accounts import Account


class Enrol(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: 64 hex digits, as the agent prints it."""

    compound: str
    gateway: str
    key: str
    reason: str


class Rotate(msgspec.Struct, frozen=True, kw_only=True):
    """`key` hands over to `new`: both signatures in hex, of `core.handover.statement`."""

    key: str
    new: str
    consent: str
    proof: str


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """As things stand. Positions of the log; 0: it has not happened."""

    role: Role
    key: str
    compound: str
    gateway: str
    begins: int
    rotated: int
    successor: str
    revoked: int
    reason: str
    believed: bool


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A key event. `by`: the key in whose journal it is; `disbelieved`: why it has no effect."""

    position: int
    at: str
    type: str
    role: Role
    key: str
    successor: str
    compound: str
    gateway: str
    actor: str
    reason: str
    by: str
    disbelieved: str


class Keys(Protocol):
    """Unfit, Unheard, Unready (projections.web.people) where it cannot be."""

    def enrol(self, account: Account, wish: Enrol) -> int: ...
    def rotate(self, account: Account, wish: Rotate) -> int: ...
    def revoke(self, account: Account, key: str, reason: Reason) -> int: ...
    def known(self) -> Sequence[Key]: ...
    def history(self) -> Sequence[KeyLine]: ...
