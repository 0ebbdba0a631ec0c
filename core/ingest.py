"""Hub ingest: is this batch the next true page of a known gateway's journal? Then store it.

Order of checks: structure, identity, signature, number, epoch, chain, content. What fails is
refused with a reason and changes nothing; the neighbours in the same call are untouched.
If we die before the commit, the gateway resends; after it, it gets the same receipt. The
hub's own note of a new epoch is in the transaction of the batch that began it: once, always.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core import codec, epochs
from core.batch import Batch, Head, Journal, Lane, parse
from core.catalog import Envelope
from core.epochs import Known
from core.errors import BadFrame, FatalError
from core.event import Event
from core.ownjournal import GATEWAY, OwnJournal
from core.receipt import Receipt
from core.store.port import EventStore
from core.trust import Gateway

# Lanes with whose first batch an epoch begins: bulk waits behind.
_LEADING = {Lane.ALL: Lane.URGENT, Lane.URGENT: Lane.ALL}


class Arrival(msgspec.Struct, frozen=True):
    """A frame and the identity the transport vouches for (from its topic's ACL)."""

    compound: str
    gateway: str
    frame: bytes


class Ingest:
    """Owns the heads of all journals; the only appender of gateway batches. One thread.
    Without `own` it stores batches and writes no notes."""

    def __init__(
        self, store: EventStore, trust: Mapping[bytes, Gateway], own: OwnJournal | None = None
    ) -> None:
        self._store = store
        self._trust = trust
        self._own = own
        self._heads: dict[UUID, Head] = {}
        self._known: dict[bytes, Known] = {}
        self._recover()

    def accept(self, arrivals: Sequence[Arrival], received: datetime) -> list[Receipt]:
        """One receipt per arrival, in order. All good batches are committed together."""
        staged = _Staged(received)
        outcomes: list[tuple[UUID | None, str, int]] = []
        for arrival in arrivals:
            identity: UUID | None = None
            number = 0
            try:
                batch = parse(arrival.frame)
                identity, number = batch.header.journal.id, batch.header.number
                self._admit(arrival, batch, identity, staged)
                outcomes.append((identity, "", number))
            except BadFrame as bad:
                outcomes.append((identity, bad.reason, number))
        if staged.batches:
            self._commit(staged, received)
        return [self._receipt(*outcome) for outcome in outcomes]

    def _commit(self, staged: "_Staged", received: datetime) -> None:
        batches = [batch.stored() for batch in staged.batches.values()]
        if staged.notes and self._own is not None:
            positions = self._own.append_beside(batches, staged.notes, received)
        else:
            positions = self._store.append(batches, received)
        for (identity, _), batch, position in zip(
            staged.batches, staged.batches.values(), positions, strict=False
        ):
            self._heads[identity] = batch.head(position)
        self._known.update(staged.known)

    def _admit(self, arrival: Arrival, batch: Batch, identity: UUID, staged: "_Staged") -> None:
        """Stages the batch unless it is stored already; BadFrame when it is refused."""
        header = batch.header
        gateway = self._trust.get(header.journal.key)
        if gateway is None:
            raise BadFrame("unknown-gateway")
        if (gateway.compound, gateway.name) != (arrival.compound, arrival.gateway):
            raise BadFrame("wrong-gateway", "the key belongs to another gateway than the topic")
        batch.check_signature()
        head = staged.heads.get(identity) or self._heads.get(identity, Head())
        if header.number <= head.number:
            self._same(batch, identity, head, staged)
            return
        known = staged.known.get(header.journal.key) or self._known.get(header.journal.key)
        if known is not None:
            known.check(batch)
        if header.number > head.number + 1:
            raise BadFrame("gap", f"have {head.number}, got {header.number}")
        if header.previous != head.hash:
            raise BadFrame("chain", "previous hash is not the stored batch's")
        if header.first != head.last + 1:
            raise BadFrame("sequence", f"have {head.last}, got {header.first}")
        found = codec.envelopes(batch)
        prefix = gateway.source
        for envelope in found:
            if not envelope.source.startswith(prefix):
                raise BadFrame("source", "an event names another gateway")
        staged.batches[identity, header.number] = batch
        staged.heads[identity] = batch.head()
        self._begin(gateway, batch, known, found[0], staged)

    def _begin(
        self,
        gateway: Gateway,
        batch: Batch,
        known: Known | None,
        first: Envelope,
        staged: "_Staged",
    ) -> None:
        """What the batch tells of its key's epochs."""
        journal = batch.header.journal
        now = epochs.begun(known, journal.epoch)
        said = None
        if epochs.opens(batch) and journal.epoch == now.newest:
            said = epochs.opening(batch, first)
            now = now.with_opening(said)
        if now is not known:
            staged.known[journal.key] = now
        leads = batch.header.number == 1 and journal.lane in _LEADING
        if leads and journal.epoch == now.newest and not self._led(journal, staged):
            note = epochs.changed(gateway, now, said, GATEWAY, staged.received)
            staged.notes += [note] if note else []

    def _led(self, journal: Journal, staged: "_Staged") -> bool:
        """Whether the epoch has begun in the other leading lane: one epoch is one note."""
        other = Journal(journal.key, journal.epoch, _LEADING[journal.lane]).id
        return other in staged.heads or other in self._heads

    def _same(self, batch: Batch, identity: UUID, head: Head, staged: "_Staged") -> None:
        """A resend is the same bytes; other bytes under a used number are a fork."""
        number = batch.header.number
        if number == head.number:
            same = batch.hash == head.hash
        elif (waiting := staged.batches.get((identity, number))) is not None:
            same = waiting.frame == batch.frame
        else:
            stored = self._store.get(identity, number)
            same = stored is not None and stored.state == batch.frame
        if not same:
            raise BadFrame("fork", f"batch {number} differs from the one stored")

    def _recover(self) -> None:
        """Heads and epochs as the log has them. FatalError when it does not give them back."""
        written: dict[bytes, list[int]] = {}
        try:
            for newest in self._store.journals():
                batch = parse(newest.state)
                journal = batch.header.journal
                self._heads[journal.id] = batch.head(newest.id)
                written.setdefault(journal.key, []).append(journal.epoch)
            for key, found in written.items():
                *older, epoch = sorted(set(found))
                known = Known(epoch, older[-1] if older else None)
                first = self._store.get(Journal(key, epoch, Lane.URGENT).id, 1)
                if first is not None:
                    known = known.with_opening(epochs.opening(parse(first.state)))
                self._known[key] = known
        except BadFrame as bad:
            raise FatalError(f"the log is damaged where a journal begins or ends: {bad}") from bad

    def _receipt(self, identity: UUID | None, refused: str, number: int) -> Receipt:
        if identity is None:
            return Receipt(journal="", committed=0, refused=refused)
        head = self._heads.get(identity, Head())
        return Receipt(
            journal=identity.hex,
            committed=head.number,
            hash=head.hash.hex() if head.number else "",
            position=head.position,
            refused=refused,
            number=number,
        )


class _Staged:
    """What this call will append, and how journals and epochs stand if it does."""

    def __init__(self, received: datetime) -> None:
        self.received = received
        self.batches: dict[tuple[UUID, int], Batch] = {}
        self.heads: dict[UUID, Head] = {}
        self.known: dict[bytes, Known] = {}
        self.notes: list[Event] = []
