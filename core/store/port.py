"""The event store as the hub and the edge see it: append-only batches in commit order."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent

from core.errors import MenweiError


class Conflict(MenweiError):
    """A batch of this journal and number is stored already."""


class Log(Protocol):
    """The log as who follows it sees it, in the process that appends or in another.

    Trust: the store is not trusted to be unchanged; signatures, chain and Merkle proofs
    say so. It is trusted to give back what it said it committed, or to fail loudly
    (core.errors.FatalError), never to answer with less. A server that does not answer is
    core.errors.Unavailable, from every method; the next call may find it back.
    """

    def read(self, after: int, limit: int, max_bytes: int) -> Sequence[Notification]:
        """Batches with position > `after`, in order; stops after `limit` or `max_bytes`
        of frames, whichever comes first, but returns at least one if there is one."""
        ...

    def frames(self, after: int, limit: int, max_bytes: int) -> Sequence[tuple[int, bytes]]:
        """(position, frame), bounded as `read` is: for who needs no more of them than their
        bytes, in a quarter of the time."""
        ...

    def head(self) -> int:
        """Highest position, 0 for an empty store. As committed, whoever has appended."""
        ...

    def journals(self) -> Sequence[Notification]:
        """The newest batch of every journal."""
        ...

    def get(self, journal: UUID, number: int) -> StoredEvent | None: ...

    def position_at(self, moment: datetime) -> int:
        """Highest position received at or before `moment`, 0 if none: what was known then."""
        ...

    def received_at(self, position: int) -> datetime | None: ...

    def close(self) -> None: ...


class EventStore(Log, Protocol):
    """Durability: when `append` returns, the batches survive power loss. All or none.

    One process appends; several threads of it may. Its `head` costs nothing.
    """

    def append(self, batches: Sequence[StoredEvent], received: datetime) -> Sequence[int]:
        """Positions of the batches, consecutive. Raises Conflict when a (journal, number)
        is there already; FatalError when storage fails. After Unavailable it is not known
        whether they are there: `journals` and `get` say so, and do not change afterwards."""
        ...

    def subscribe(self, wake: Callable[[int], None]) -> None:
        """`wake(head)` is called after every append, from the appending thread."""
        ...
