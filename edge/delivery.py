"""A device message between the socket it came on and the commit that makes it durable.

Both ways in — the agent's own MQTT endpoint and a session at a broker — hand these to one
intake, and hear through `Link.settle` when a message may be acknowledged.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Protocol

import msgspec

from core.event import Media


class Answer(IntEnum):
    """What became of a message; the numbers are PUBACK reason codes (MQTT 5 §3.4.2.1)."""

    STORED = 0x00  # durable: in the journal, in quarantine, or known already
    QUOTA = 0x97  # not stored and never will be; the refusal is durable and is declared as a gap


class Link(Protocol):
    """Where messages came from. Owns their acknowledgement."""

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        """(packet id, answer) of messages of one group, in order of arrival, after its commit.
        Packet id 0 is a QoS 0 message: nothing to send, but it no longer waits. Any thread."""
        ...


class Again(msgspec.Struct, frozen=True):
    """It was set aside when it came: its row in quarantine, and the gateway's time of then."""

    row: int
    first: str


class Delivery(msgspec.Struct, frozen=True):
    """One device message. `client` says who sent it, where the link knows: the session's
    identity at our own endpoint, empty behind a broker. `aged`: it may have waited at a broker for
    nobody knows how long. `will`: said for a client that went. `adapter`: whose it is, where the
    line knows; `media`: pictures that came with it, kept already. `again`: it comes out of
    quarantine, so what it says is history (I9). `deaf`: nothing can be said to who sent it on the
    way it came, so commands go where it is heard otherwise."""

    topic: str
    payload: bytes
    link: Link
    packet: int = 0
    retained: bool = False
    client: str = ""
    aged: bool = False
    will: bool = False
    adapter: str = ""
    media: tuple[Media, ...] = ()
    again: Again | None = None
    deaf: bool = False


Deliver = Callable[[Sequence[Delivery]], None]  # any thread; never blocks
