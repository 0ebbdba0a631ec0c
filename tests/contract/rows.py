"""Rows for the store's contract: it looks at keys and bytes, never into a batch."""

from collections.abc import Sequence
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent

A, B, C = (UUID(int=number << 64 | 7) for number in (1, 2, 3))
ALL = 10**9


def batch(journal: UUID, number: int, size: int = 10) -> StoredEvent:
    return StoredEvent(journal, number, "menwei.batch.v1", bytes([number % 256]) * size)


def run(journal: UUID, first: int, last: int, size: int = 10) -> list[StoredEvent]:
    return [batch(journal, number, size) for number in range(first, last + 1)]


def keys(found: Sequence[Notification]) -> list[tuple[int, UUID | str, int]]:
    return [(one.id, one.originator_id, one.originator_version) for one in found]
