"""The chosen part of the log, batch by batch."""

from collections.abc import Iterator, Sequence

import msgspec
from eventsourcing.persistence import Notification

from core.catalog import CATALOG
from core.event import Recorded
from core.store.port import Log
from infra.replaying.wish import Chosen
from projections.sieve import Sieve, sifted
from projections.web.scan import Place

_BATCHES, _BYTES = 256, 500_000  # of one read


class Part(msgspec.Struct, frozen=True):
    """One batch: `known` are its events before the first that is asked for, `unread` counts those
    that this version cannot read."""

    notification: Notification
    known: Sequence[Recorded]
    items: Sequence[Recorded]
    unread: int


def parts(log: Log, chosen: Chosen, sieve: Sieve) -> Iterator[Part]:
    """BadFrame where a stored batch is damaged."""
    at = chosen.before
    while at < chosen.last and (page := log.read(at, _BATCHES, _BYTES)):
        for notification in page:
            if notification.id > chosen.last:
                return
            found = sifted(notification, CATALOG, sieve)
            items = [one for one in found if isinstance(one, Recorded)]
            start = 0
            if notification.id == chosen.first.position:
                start = sum(place(one) < chosen.first for one in items)
            yield Part(notification, items[:start], items[start:], len(found) - len(items))
        at = page[-1].id


def place(item: Recorded) -> Place:
    return Place(item.position, item.index)
