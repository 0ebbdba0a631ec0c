"""The hub's own journal: what people and the hub itself do is a signed batch like any other."""

import threading
from collections.abc import Sequence

from core import codec
from core.batch import Head, Journal, parse
from core.clock import Clock
from core.event import Event
from core.keys import Signer
from core.store.port import EventStore
from core.writer import BatchWriter

GATEWAY = "hub"  # the gateway part of the sources of the hub's own events


class OwnJournal:
    """Owns the hub's lane of the log. Any thread; one append at a time.

    The epoch stays 1: this journal lives in the very store it is written to, so it can not
    be lost or restored apart from it.
    """

    def __init__(self, store: EventStore, signer: Signer, clock: Clock) -> None:
        journal = Journal(signer.public, 1)
        head = next(
            (
                parse(newest.state).head(newest.id)
                for newest in store.journals()
                if newest.originator_id == journal.id
            ),
            Head(),
        )
        self._store = store
        self._clock = clock
        self._writer = BatchWriter(journal, signer, head)
        self._lock = threading.Lock()

    def append(self, events: Sequence[Event]) -> int:
        """Position of the last batch, durable when this returns."""
        with self._lock:
            now = self._clock.now()
            batches = self._writer.batches([codec.encode(event) for event in events], now)
            positions = self._store.append([batch.stored() for batch in batches], now)
            self._writer.advance(batches)
        return positions[-1]
