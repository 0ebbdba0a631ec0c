"""Hub ingest: is this batch the next true page of a known gateway's journal? Then store it.

Order of checks: structure, identity, signature, number, handover, epoch, chain, source. What
fails is refused with a reason and changes nothing; the neighbours in the same call are untouched.
What the events say is nobody's business here, but that a key hands over: a newer gateway's are
stored like any other, and wait in the log for a version that reads them.
If we die before the commit, the gateway resends; after it, it gets the same receipt. The
hub's own note of a new epoch is in the transaction of the batch that began it: once, always.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core import epochs, sources
from core.batch import Batch, Head, Journal, Lane, parse
from core.epochs import Known
from core.errors import BadFrame, FatalError, Unavailable
from core.event import Event
from core.keyhistory import said_in
from core.ownjournal import GATEWAY, OwnJournal
from core.receipt import Receipt
from core.store.port import Conflict, EventStore
from core.trust import Gateway, Trust
from core.verifier import Verifier

# Lanes with whose first batch an epoch begins: bulk waits behind.
_LEADING = {Lane.ALL: Lane.URGENT, Lane.URGENT: Lane.ALL}


class Arrival(msgspec.Struct, frozen=True):
    """A frame and the identity the transport vouches for (from its topic's ACL)."""

    compound: str
    gateway: str
    frame: bytes


class Ingest:
    """Owns the heads of all journals; the only appender of gateway batches. One thread.
    Without `own` it stores batches and writes no notes.

    After an outage of the store, in which a commit may or may not have been done, heads and
    epochs are read from the store again before anything else is taken.
    """

    def __init__(self, store: EventStore, trust: Trust, own: OwnJournal | None = None) -> None:
        self._store = store
        self._trust = trust
        self._own = own
        self._verifier = Verifier()
        self._heads: dict[UUID, Head] = {}
        self._known: dict[bytes, Known] = {}
        self._doubtful = False  # what we believe to be stored may not be all of it
        self._taken = False  # ... because somebody had stored what we were about to
        self._recover()

    def accept(self, arrivals: Sequence[Arrival], received: datetime) -> list[Receipt]:
        """One receipt per arrival, in order. All good batches are committed together.
        Unavailable: nothing is known, no receipt is true; call again, with the same if you like."""
        with self._trust.steady():
            return self._accept(arrivals, received)

    def _accept(self, arrivals: Sequence[Arrival], received: datetime) -> list[Receipt]:
        if self._doubtful:
            self._recover()
        claims = [self._claim(arrival) for arrival in arrivals]
        self._check_signatures(claims)
        staged = _Staged(received)
        try:
            for claim in claims:
                self._admit(claim, staged)
                if staged.hands_over:  # what follows is judged by it
                    self._commit(staged)
                    staged = _Staged(received)
            if staged.batches:
                self._commit(staged)
        except Unavailable:
            self._doubtful = True
            raise
        except Conflict as taken:
            # A commit that had seemed lost may end after we looked; a second look shows it.
            if self._taken:
                raise FatalError(f"somebody else writes to this log: {taken}") from taken
            self._doubtful = self._taken = True
            raise Unavailable(f"a batch is stored already: {taken}") from taken
        self._taken = False
        return [self._receipt(claim) for claim in claims]

    def _commit(self, staged: "_Staged") -> None:
        batches = [batch.stored() for batch in staged.batches.values()]
        if staged.notes and self._own is not None:
            positions = self._own.append_beside(batches, staged.notes, staged.received)
        else:
            positions = self._store.append(batches, staged.received)
        placed = {one.originator_id: at for one, at in zip(batches, positions, strict=False)}
        for identity, head in staged.heads.items():
            self._heads[identity] = Head(head.number, head.last, head.hash, placed[identity])
        if staged.hands_over:
            self._trust.stored(*list(zip(staged.batches.values(), positions, strict=False))[-1])
        self._known.update(staged.known)

    def _claim(self, arrival: Arrival) -> "_Claim":
        """Structure and identity: what can be told of the frame alone."""
        claim = _Claim()
        try:
            claim.batch = parse(arrival.frame)
        except BadFrame as bad:
            claim.refused = bad.reason
            return claim
        claim.journal = claim.batch.header.journal.id
        try:
            gateway = self._trust.of(claim.batch)
        except BadFrame as bad:
            claim.refused = bad.reason
            return claim
        if (gateway.compound, gateway.name) != (arrival.compound, arrival.gateway):
            claim.refused = "wrong-gateway"  # the key belongs to another than the topic
        else:
            claim.gateway = gateway
        return claim

    def _check_signatures(self, claims: Sequence["_Claim"]) -> None:
        asked = [claim for claim in claims if not claim.refused]
        signed = self._verifier.holds([one.batch for one in asked if one.batch is not None])
        for claim, holds in zip(asked, signed, strict=True):
            if not holds:
                claim.refused = "signature"

    def _admit(self, claim: "_Claim", staged: "_Staged") -> None:
        """Stages the batch unless it is refused, or stored already."""
        if claim.refused or claim.batch is None or claim.gateway is None:
            return
        try:
            self._append(claim.batch, claim.gateway, staged)
        except BadFrame as bad:
            claim.refused = bad.reason

    def _append(self, batch: Batch, gateway: Gateway, staged: "_Staged") -> None:
        header = batch.header
        identity = header.journal.id
        head = staged.heads.get(identity) or self._heads.get(identity, Head())
        if header.number <= head.number:
            self._same(batch, identity, head, staged)
            return
        self._trust.check(batch)
        known = staged.known.get(header.journal.key) or self._known.get(header.journal.key)
        if known is not None:
            known.check(batch)
        if header.number > head.number + 1:
            raise BadFrame("gap", f"have {head.number}, got {header.number}")
        if header.previous != head.hash:
            raise BadFrame("chain", "previous hash is not the stored batch's")
        if header.first != head.last + 1:
            raise BadFrame("sequence", f"have {head.last}, got {header.first}")
        sources.check(batch, gateway.source)
        self._begin(gateway, batch, known, staged)
        staged.batches[identity, header.number] = batch
        staged.heads[identity] = batch.head()
        staged.hands_over = bool(said_in(batch))

    def _begin(
        self, gateway: Gateway, batch: Batch, known: Known | None, staged: "_Staged"
    ) -> None:
        """What the batch tells of its key's epochs."""
        journal = batch.header.journal
        now = epochs.begun(known, journal.epoch)
        said = None
        if epochs.opens(batch) and journal.epoch == now.newest:
            said = epochs.opening(batch)
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
        heads: dict[UUID, Head] = {}
        written: dict[bytes, set[int]] = {}
        self._store.head()  # asks who appends: behind it, nothing under way can still be committed
        try:
            for newest in self._store.journals():
                batch = parse(newest.state)
                journal = batch.header.journal
                heads[journal.id] = batch.head(newest.id)
                written.setdefault(journal.key, set()).add(journal.epoch)
            known = {key: self._stands(key, sorted(found), heads) for key, found in written.items()}
        except BadFrame as bad:
            raise FatalError(f"the log is damaged where a journal begins or ends: {bad}") from bad
        self._heads, self._known, self._doubtful = heads, known, False

    def _stands(self, key: bytes, found: Sequence[int], heads: Mapping[UUID, Head]) -> Known:
        """How a key stands that has written the epochs `found`."""
        *older, newest = found
        stands = Known(newest, older[-1] if older else None)
        urgent = Journal(key, newest, Lane.URGENT).id
        if urgent not in heads:
            return stands
        before = self._known.get(key)
        if urgent in self._heads and before is not None and before.newest == newest:
            return msgspec.structs.replace(stands, tails=before.tails)  # an opening stays
        first = self._store.get(urgent, 1)
        return stands.with_opening(epochs.opening(parse(first.state))) if first else stands

    def _receipt(self, claim: "_Claim") -> Receipt:
        if claim.journal is None or claim.batch is None:
            return Receipt(journal="", committed=0, refused=claim.refused)
        head = self._heads.get(claim.journal, Head())
        return Receipt(
            journal=claim.journal.hex,
            committed=head.number,
            hash=head.hash.hex() if head.number else "",
            position=head.position,
            refused=claim.refused,
            number=claim.batch.header.number,
        )


class _Claim:
    """An arrival as far as it was looked at."""

    __slots__ = ("batch", "gateway", "journal", "refused")

    def __init__(self) -> None:
        self.batch: Batch | None = None
        self.journal: UUID | None = None
        self.gateway: Gateway | None = None
        self.refused = ""


class _Staged:
    """What this call will append, and how journals and epochs stand if it does."""

    def __init__(self, received: datetime) -> None:
        self.received = received
        self.batches: dict[tuple[UUID, int], Batch] = {}
        self.heads: dict[UUID, Head] = {}
        self.known: dict[bytes, Known] = {}
        self.notes: list[Event] = []
        self.hands_over = False  # the newest batch tells of a key
