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
from core.errors import BadFrame
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
            self._remember(parse(newest.state), newest.id)

    def accept(self, arrivals: Sequence[Arrival], received: datetime) -> list[Receipt]:
        """One receipt per arrival, in order. All good batches are committed together."""
        heads: dict[UUID, Head] = {}
        accepted: list[Batch] = []
        outcomes: list[tuple[UUID | None, str, int]] = []
        for arrival in arrivals:
            batch: Batch | None = None
            try:
                batch = parse(arrival.frame)
                if self._admit(arrival, batch, heads):
                    accepted.append(batch)
                outcomes.append((batch.header.journal.id, "", batch.header.number))
            except BadFrame as bad:
                journal = batch.header.journal.id if batch else None
                outcomes.append((journal, bad.reason, batch.header.number if batch else 0))
        if accepted:
            positions = self._store.append([batch.stored() for batch in accepted], received)
            for batch, position in zip(accepted, positions, strict=True):
                self._remember(batch, position)
        return [self._receipt(*outcome) for outcome in outcomes]

    def _admit(self, arrival: Arrival, batch: Batch, heads: dict[UUID, Head]) -> bool:
        """True: append it. False: it is stored already. BadFrame: refused."""
        header = batch.header
        gateway = self._trust.get(header.journal.key)
        if gateway is None:
            raise BadFrame("unknown-gateway")
        if (gateway.compound, gateway.name) != (arrival.compound, arrival.gateway):
            raise BadFrame("wrong-gateway", "the key belongs to another gateway than the topic")
        batch.check_signature()
        journal = header.journal.id
        head = heads.get(journal) or self._heads.get(journal, Head())
        if header.number <= head.number:
            self._same(batch, head)
            return False
        self._check_epoch(batch)
        if header.number > head.number + 1:
            raise BadFrame("gap", f"have {head.number}, got {header.number}")
        if header.previous != head.hash:
            raise BadFrame("chain", "previous hash is not the stored batch's")
        if header.first != head.last + 1:
            raise BadFrame("sequence", f"have {head.last}, got {header.first}")
        for envelope in codec.envelopes(batch):
            if not envelope.source.startswith(gateway.source):
                raise BadFrame("source", "an event names another gateway")
        heads[journal] = batch.head()
        return True

    def _check_epoch(self, batch: Batch) -> None:
        """A key writes one epoch at a time; going back means a cloned or restored gateway."""
        journal = batch.header.journal
        known = self._epochs.get((journal.key, journal.lane))
        if known is not None and journal.epoch < known:
            raise BadFrame("epoch", f"{journal.epoch} after {known}")

    def _same(self, batch: Batch, head: Head) -> None:
        """A resend is the same bytes; other bytes under a used number are a fork."""
        number = batch.header.number
        if number == head.number:
            same = batch.hash == head.hash
        else:
            stored = self._store.get(batch.header.journal.id, number)
            same = stored is None or stored.state == batch.frame
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
