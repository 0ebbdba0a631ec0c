"""The hub's own journal: what people and the hub itself do is a signed batch like any other."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from eventsourcing.persistence import StoredEvent

from core import codec, sealing
from core.batch import Batch, Head, Journal
from core.clock import Clock
from core.errors import Unavailable
from core.event import Event, Personal
from core.keys import Signer
from core.keystore import KeyStore
from core.store.port import Conflict, EventStore
from core.writer import BatchWriter, stored_head

GATEWAY = "hub"  # the gateway part of the sources of the hub's own events
NOBODY: Mapping[str, Personal] = {}
_REMEMBERED = 20_000  # ids that an outage hid and the log has after all
Append = Callable[[Sequence[Event], Mapping[str, Personal]], int]  # OwnJournal's, or one around it


class OwnJournal:
    """Owns the hub's lane of the log. Any thread; one append at a time.

    The epoch stays 1: this journal lives in the very store it is written to, so it can not
    be lost or restored apart from it. What a person writes freely, the `note` of whatever they
    do, may name somebody: it is sealed with a key from `keys` before it enters the log (I6).

    When an outage hides whether events were stored, the next append looks first, so that who
    hands the same events in again (by their ids) has them stored once.
    """

    def __init__(self, store: EventStore, signer: Signer, clock: Clock, keys: KeyStore) -> None:
        self._journal = Journal(signer.public, 1)
        self._store = store
        self._signer = signer
        self._clock = clock
        self._keys = keys
        self._lock = threading.Lock()
        # Appends since the last one that is known to stand: their first frame, and the ids.
        self._tried: list[tuple[Batch, Sequence[str]]] = []
        self._found: dict[str, int] = {}  # id → position, of tried ones that are there
        self._writer, _ = self._stands()

    @property
    def key(self) -> bytes:
        """The hub's public one, by which this journal is known."""
        return self._journal.key

    def append(self, events: Sequence[Event], personal: Mapping[str, Personal] = NOBODY) -> int:
        """Position of the last batch, durable when this returns. Unavailable: whether they are
        stored is not known; hand the same in again. `personal`: event id → what is sealed in."""
        try:
            return self.append_beside((), events, self._clock.now(), personal)[-1]
        except Conflict as taken:
            raise Unavailable(f"an earlier append may stand after all: {taken}") from taken

    def append_beside(
        self,
        others: Sequence[StoredEvent],
        events: Sequence[Event],
        at: datetime,
        personal: Mapping[str, Personal] = NOBODY,
    ) -> Sequence[int]:
        """Positions of `others` and behind them of the hub's own batches of `events`: all or
        none, in one transaction, so that what the hub says of a batch can not be missing."""
        with self._lock:
            if self._tried:
                self._look()
            stored = [self._found[one.id] for one in events if one.id in self._found]
            fresh = [one for one in events if one.id not in self._found]
            encoded = [
                codec.encode(self._sealed(event, at, personal.get(event.id))) for event in fresh
            ]
            self._keys.flush()
            batches = self._writer.batches(encoded, at)
            group = [*others, *(one.stored() for one in batches)]
            if not group:
                return stored
            try:
                positions = self._store.append(group, at)
            except (Unavailable, Conflict):
                if batches:
                    self._tried.append((batches[0], [one.id for one in fresh]))
                raise
            self._tried.clear()  # their numbers are taken
            self._writer.advance(batches)
        return positions

    def _look(self) -> None:
        """Where the journal stands after an outage, and which of the tried appends does. Each
        was all or nothing, and no two of them can stand under one number."""
        self._store.head()  # asks who appends: behind it, nothing under way can still be committed
        writer, position = self._stands()
        for first, ids in self._tried:
            stored = self._store.get(self._journal.id, first.header.number)
            if stored is not None and stored.state == first.frame:
                self._found.update(dict.fromkeys(ids, position))
                self._tried.clear()
                break
        for old in list(self._found)[:-_REMEMBERED]:
            del self._found[old]
        self._writer = writer

    def _stands(self) -> tuple[BatchWriter, int]:
        """A writer for what follows the journal's newest batch, and that one's position."""
        for newest in self._store.journals():
            if newest.originator_id == self._journal.id:
                head = stored_head(newest.state)
                return BatchWriter(self._journal, self._signer, head), newest.id
        return BatchWriter(self._journal, self._signer, Head()), 0

    def unseal(self, event: Event) -> Mapping[str, str]:
        """What this hub sealed itself (a person's note); empty for a gateway's, whose keys are
        not here, and for what has been erased."""
        pii = event.data.pii
        if pii is None:
            return {}
        with self._lock:
            key = self._keys.find(pii.kid)
        return sealing.unseal(key, pii, event.id) if key else {}

    def _sealed(self, event: Event, now: datetime, personal: Personal | None) -> Event:
        data = event.data
        if personal is None and (note := getattr(data, "note", "")):
            actor = getattr(data, "actor", "")
            personal = Personal(kind="other", identifier=actor, fields={"note": note}, into="")
            data = msgspec.structs.replace(data, note="")
        if personal is None:
            return event
        data = sealing.seal(self._keys, personal, data, event.id, now)
        return msgspec.structs.replace(event, data=data)
