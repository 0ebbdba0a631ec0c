"""Stored batches as items to fold, a page at a time."""

from collections.abc import Sequence

import msgspec
from eventsourcing.persistence import Notification

from core import codec
from core.batch import Batch, parse
from core.catalog import Catalog
from core.errors import BadFrame, FatalError
from core.store.port import Log
from projections.follower import Item
from projections.snapshots import end_of_block

PAGE_BATCHES = 1024
# Bytes of lines after which a page ends: what they decode to is some five times that.
_PLAIN = 8_000_000


class Page(msgspec.Struct, frozen=True):
    """Batches of one block, and every event of them."""

    notifications: Sequence[Notification]
    items: Sequence[Item]

    @property
    def last(self) -> Notification:
        return self.notifications[-1]

    def size(self) -> int:
        """Bytes of frames."""
        return sum(len(one.state) for one in self.notifications)

    def behind(self, position: int) -> Sequence[Item]:
        if position < self.notifications[0].id:
            return self.items
        return [one for one in self.items if one.position > position]

    def of(self, notification: Notification) -> Sequence[Item]:
        return [one for one in self.items if one.position == notification.id]


def read(log: Log, catalog: Catalog, after: int, upto: int | None, size: int) -> Page | None:
    """The page behind `after`, of batches up to `upto`, about `size` bytes of frames; None when
    there is none. It ends where a block ends, because there snapshots are taken.

    FatalError: a damaged batch in our own log is not somebody's bad input (I8).
    """
    limit = min(PAGE_BATCHES, end_of_block(after) - after)
    stored = log.read(after, limit, size)
    if not stored:
        return None
    end = end_of_block(stored[0].id - 1)
    if upto is not None:
        end = min(end, upto)
    taken: list[Notification] = []
    found: list[Item] = []
    plain = 0
    for notification in stored:
        if notification.id > end or plain >= _PLAIN:
            break
        try:
            batch = opened(notification)
            found += items(batch, notification, catalog)
        except BadFrame as bad:
            raise FatalError(str(bad)) from bad
        taken.append(notification)
        plain += batch.plain_size
    return Page(taken, found) if taken else None


def opened(notification: Notification) -> Batch:
    """BadFrame names the position."""
    try:
        return parse(notification.state)
    except BadFrame as bad:
        raise damaged(notification, bad) from bad


def items(batch: Batch, notification: Notification, catalog: Catalog) -> list[Item]:
    """Every event of the batch. BadFrame names the position."""
    try:
        return codec.recorded(batch, notification.id, catalog)
    except BadFrame as bad:
        raise damaged(notification, bad) from bad


def damaged(notification: Notification, bad: BadFrame) -> BadFrame:
    return BadFrame(bad.reason, f"the batch stored at position {notification.id}: {bad.detail}")
