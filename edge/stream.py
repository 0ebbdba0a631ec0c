"""One journal as the uplink sees it: what is there to send, and how far the hub has it.

The cursor rests on a receipt that the hub signed and that is kept as it came: a damaged or
forged one is no receipt, and everything goes again, which the hub takes calmly.
"""

from collections.abc import Sequence

import msgspec
from eventsourcing.persistence import PersistenceError, StoredEvent

from core.batch import ZERO_HASH, Head, Journal, Lane, leaf_hash, parse
from core.errors import BadFrame, FatalError
from core.receipt import Receipt, open_receipt
from core.store.recorder import DurableRecorder
from edge.survey import Hole


class Damaged(FatalError):
    """A batch that was committed reads differently now."""

    def __init__(self, stream: "Stream", number: int, detail: str) -> None:
        super().__init__(f"{stream.file}: batch {number}: {detail}")
        self.stream, self.number, self.detail = stream, number, detail


class Delivered(msgspec.Struct, frozen=True):
    """How far a journal is delivered, as kept in the newest journal file."""

    receipt: bytes = b""
    pruned: int = 0
    carried: int = 0
    closed: int = 0


class Stream:
    """Owns the cursor of one journal. `head` moves on with each commit; of an older file it
    stands still, and `holes` are what cannot be served of it."""

    def __init__(
        self,
        journal: Journal,
        reader: DurableRecorder,
        head: Head,
        delivered: Delivered,
        hub_key: bytes,
        *,
        retired: bool = False,
        holes: Sequence[Hole] = (),
    ) -> None:
        self.journal, self.head, self.retired, self.holes = journal, head, retired, tuple(holes)
        self.file = reader.datastore.pool.db_name
        self.delivered = delivered
        self.closed = bool(delivered.closed)
        self._reader = reader
        self._verified = Head()
        self.cursor = max(self._believed(delivered.receipt, hub_key), delivered.carried)

    @property
    def urgent(self) -> bool:
        return self.journal.lane is not Lane.BULK

    @property
    def pending(self) -> int:
        """Batches the hub has not receipted."""
        return 0 if self.closed else max(0, self.head.number - self.cursor)

    def next_hole(self) -> Hole | None:
        """The first range that cannot be served and that the hub has not."""
        return next((hole for hole in self.holes if hole.last > self.cursor), None)

    def sendable(self) -> int:
        """The last batch that may go under its own number."""
        hole = self.next_hole()
        return self.head.number if hole is None else hole.first - 1

    def read(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Batches with number > `after`, in order, each checked against its predecessor.
        Damaged when one is not what was committed: it is never served."""
        try:
            found = self._reader.select_events(self.journal.id, gt=after, limit=limit)
        except PersistenceError as error:
            raise Damaged(self, after + 1, str(error)) from error
        last = self._verified
        for stored in found:
            number = stored.originator_version
            try:
                batch = parse(stored.state)
                if batch.header.journal != self.journal or batch.header.number != number:
                    raise BadFrame("frame", "another batch stands in its place")
                if last.number + 1 == number:
                    if last.hash not in (ZERO_HASH, batch.header.previous):
                        raise BadFrame("chain", "does not continue the batch before")
                else:
                    batch.check_signature()
            except BadFrame as bad:
                raise Damaged(self, number, str(bad)) from bad
            last = batch.head()
        self._verified = last
        return found

    def took(self, committed: int, payload: bytes) -> bool:
        """The hub holds everything up to `committed`; True when that is news."""
        if committed <= self.cursor:
            return False
        self.cursor = committed
        self.delivered = msgspec.structs.replace(self.delivered, receipt=payload)
        return True

    def holds(self, receipt: Receipt) -> bool:
        """Whether the batch the hub names as its newest is the one this gateway wrote."""
        found = self.read(receipt.committed - 1, 1)
        return bool(found) and leaf_hash(found[0].state).hex() == receipt.hash

    def close_reader(self) -> None:
        self._reader.datastore.close()

    def _believed(self, payload: bytes, hub_key: bytes) -> int:
        if not payload:
            return 0
        try:
            receipt = open_receipt(payload, hub_key)
        except BadFrame:
            return 0
        return receipt.committed if receipt.journal == self.journal.id.hex else 0
