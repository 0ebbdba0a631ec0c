"""Hub ingest: is this batch the next true page of a known gateway's journal? Then store it.

Order of checks: structure, identity, signature, number, chain, content. What fails is
refused with a reason and changes nothing; the neighbours in the same call are untouched.
If we die before the commit, the gateway resends; after it, it gets the same receipt.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core import codec
from core.batch import Batch, Head, Lane, parse
from core.errors import BadFrame, FatalError
from core.receipt import Receipt
from core.store.port import EventStore
from core.trust import Gateway


class Arrival(msgspec.Struct, frozen=True):
    """A frame and the identity the transport vouches for (from its topic's ACL)."""

    compound: str
    gateway: str
    frame: bytes


class Ingest:
    """Owns the heads of all journals; the only appender of gateway batches. One thread."""

    def __init__(self, store: EventStore, trust: Mapping[bytes, Gateway]) -> None:
        self._store = store
        self._trust = trust
        self._heads: dict[UUID, Head] = {}
        self._epochs: dict[tuple[bytes, Lane], int] = {}
        for newest in store.journals():
            try:
                self._remember(parse(newest.state), newest.id)
            except BadFrame as bad:
                raise FatalError(f"log position {newest.id} is damaged: {bad}") from bad

    def accept(self, arrivals: Sequence[Arrival], received: datetime) -> list[Receipt]:
        """One receipt per arrival, in order. All good batches are committed together."""
        staged = _Staged(dict(self._epochs))
        outcomes: list[tuple[UUID | None, str, int]] = []
        for arrival in arrivals:
            batch: Batch | None = None
            try:
                batch = parse(arrival.frame)
                self._admit(arrival, batch, staged)
                outcomes.append((batch.header.journal.id, "", batch.header.number))
            except BadFrame as bad:
                journal = batch.header.journal.id if batch else None
                outcomes.append((journal, bad.reason, batch.header.number if batch else 0))
        if staged.batches:
            accepted = list(staged.batches.values())
            positions = self._store.append([batch.stored() for batch in accepted], received)
            for batch, position in zip(accepted, positions, strict=True):
                self._remember(batch, position)
        return [self._receipt(*outcome) for outcome in outcomes]

    def _admit(self, arrival: Arrival, batch: Batch, staged: "_Staged") -> None:
        """Stages the batch unless it is stored already; BadFrame when it is refused."""
        header = batch.header
        gateway = self._trust.get(header.journal.key)
        if gateway is None:
            raise BadFrame("unknown-gateway")
        if (gateway.compound, gateway.name) != (arrival.compound, arrival.gateway):
            raise BadFrame("wrong-gateway", "the key belongs to another gateway than the topic")
        batch.check_signature()
        journal = header.journal.id
        head = staged.heads.get(journal) or self._heads.get(journal, Head())
        if header.number <= head.number:
            self._same(batch, head, staged)
            return
        lane = (header.journal.key, header.journal.lane)
        if header.journal.epoch < (known := staged.epochs.get(lane, 0)):
            # A key writes one epoch at a time: this is a cloned or restored gateway.
            raise BadFrame("epoch", f"{header.journal.epoch} after {known}")
        if header.number > head.number + 1:
            raise BadFrame("gap", f"have {head.number}, got {header.number}")
        if header.previous != head.hash:
            raise BadFrame("chain", "previous hash is not the stored batch's")
        if header.first != head.last + 1:
            raise BadFrame("sequence", f"have {head.last}, got {header.first}")
        for envelope in codec.envelopes(batch):
            if not envelope.source.startswith(gateway.source):
                raise BadFrame("source", "an event names another gateway")
        staged.add(batch)

    def _same(self, batch: Batch, head: Head, staged: "_Staged") -> None:
        """A resend is the same bytes; other bytes under a used number are a fork."""
        journal, number = batch.header.journal.id, batch.header.number
        if number == head.number:
            same = batch.hash == head.hash
        elif (waiting := staged.batches.get((journal, number))) is not None:
            same = waiting.frame == batch.frame
        else:
            stored = self._store.get(journal, number)
            same = stored is not None and stored.state == batch.frame
        if not same:
            raise BadFrame("fork", f"batch {number} differs from the one stored")

    def _remember(self, batch: Batch, position: int) -> None:
        journal = batch.header.journal
        self._heads[journal.id] = batch.head(position)
        known = self._epochs.get((journal.key, journal.lane), 0)
        self._epochs[journal.key, journal.lane] = max(known, journal.epoch)

    def _receipt(self, journal: UUID | None, refused: str, number: int) -> Receipt:
        if journal is None:
            return Receipt(journal="", committed=0, refused=refused)
        head = self._heads.get(journal, Head())
        return Receipt(
            journal=journal.hex,
            committed=head.number,
            hash=head.hash.hex() if head.number else "",
            position=head.position,
            refused=refused,
            number=number,
        )


class _Staged:
    """What this call will append, and how journals and epochs stand if it does."""

    def __init__(self, epochs: dict[tuple[bytes, Lane], int]) -> None:
        self.batches: dict[tuple[UUID, int], Batch] = {}
        self.heads: dict[UUID, Head] = {}
        self.epochs = epochs

    def add(self, batch: Batch) -> None:
        journal = batch.header.journal
        self.batches[journal.id, batch.header.number] = batch
        self.heads[journal.id] = batch.head()
        self.epochs[journal.key, journal.lane] = journal.epoch
