"""What reaches the gate through the intake's queue, beside what devices send. In the queue, because
whatever it changes is changed in the same commit as what is said of it."""

from typing import Literal

import msgspec

State = Literal["connected", "will", "disconnected"]


class Tick(msgspec.Struct, frozen=True):
    """Something is due."""


class Document(msgspec.Struct, frozen=True):
    """A policy as it came from the hub, unread."""

    frame: bytes


class Order(msgspec.Struct, frozen=True):
    """A command frame as it came, unread; `verb` as its topic said."""

    verb: str
    frame: bytes


class Connection(msgspec.Struct, frozen=True):
    """A client of our own endpoint. `will`: it went without a word."""

    client: str
    state: State


class Stepped(msgspec.Struct, frozen=True):
    """The gateway's clock was set by so much."""

    step_ms: int


GateItem = Tick | Document | Order | Connection | Stepped
