"""What reaches the gate through the intake's queue, beside what devices send. In the queue, because
whatever it changes is changed in the same commit as what is said of it."""

import msgspec

from edge.watch.presence import State as State


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
    """A client of our own endpoint."""

    client: str
    state: State


class Alive(msgspec.Struct, frozen=True):
    """A device said that it is there, and nothing else."""

    device: str


class Stepped(msgspec.Struct, frozen=True):
    """The gateway's clock was set by so much."""

    step_ms: int


GateItem = Tick | Document | Order | Connection | Alive | Stepped
