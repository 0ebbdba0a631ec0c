"""The hub's own journal: what people and the hub itself do is a signed batch like any other."""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from eventsourcing.persistence import StoredEvent

from core import codec, sealing
from core.batch import Head, Journal
from core.clock import Clock
from core.event import Event, Personal
from core.events.alarm import Acknowledged
from core.keys import Signer
from core.keystore import KeyStore
from core.store.port import EventStore
from core.writer import BatchWriter, stored_head

GATEWAY = "hub"  # the gateway part of the sources of the hub's own events


class OwnJournal:
    """Owns the hub's lane of the log. Any thread; one append at a time.

    The epoch stays 1: this journal lives in the very store it is written to, so it can not
    be lost or restored apart from it. What a person writes freely may name somebody: it is
    sealed with a key from `keys` before it enters the log (I6).
    """

    def __init__(self, store: EventStore, signer: Signer, clock: Clock, keys: KeyStore) -> None:
        journal = Journal(signer.public, 1)
        head = next(
            (
                stored_head(newest.state)
                for newest in store.journals()
                if newest.originator_id == journal.id
            ),
            Head(),
        )
        self._store = store
        self._clock = clock
        self._keys = keys
        self._writer = BatchWriter(journal, signer, head)
        self._lock = threading.Lock()

    def append(self, events: Sequence[Event]) -> int:
        """Position of the last batch, durable when this returns."""
        return self.append_beside((), events, self._clock.now())[-1]

    def append_beside(
        self, others: Sequence[StoredEvent], events: Sequence[Event], at: datetime
    ) -> Sequence[int]:
        """Positions of `others` and behind them of the hub's own batches of `events`: all or
        none, in one transaction, so that what the hub says of a batch can not be missing."""
        with self._lock:
            encoded = [codec.encode(self._sealed(event, at)) for event in events]
            self._keys.flush()
            batches = self._writer.batches(encoded, at)
            positions = self._store.append([*others, *(one.stored() for one in batches)], at)
            self._writer.advance(batches)
        return positions

    def unseal(self, event: Event) -> Mapping[str, str]:
        """What this hub sealed itself (a person's note); empty for a gateway's, whose keys are
        not here, and for what has been erased."""
        pii = event.data.pii
        if pii is None:
            return {}
        with self._lock:
            key = self._keys.find(pii.kid)
        return sealing.unseal(key, pii, event.id) if key else {}

    def _sealed(self, event: Event, now: datetime) -> Event:
        data = event.data
        if not isinstance(data, Acknowledged) or not data.note:
            return event
        note = Personal(kind="other", identifier=data.actor, fields={"note": data.note}, into="")
        bare = msgspec.structs.replace(data, note="")
        return msgspec.structs.replace(
            event, data=sealing.seal(self._keys, note, bare, event.id, now)
        )
