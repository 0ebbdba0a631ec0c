"""One journal as the uplink sees it: what is there to send, and how far the hub has it.

The cursor rests on a receipt that the hub signed and that is kept as it came: a damaged or
forged one is no receipt, and everything goes again, which the hub takes calmly.
"""

from collections.abc import Sequence

import msgspec
from eventsourcing.persistence import StoredEvent

from core.batch import TOPIC, Head, Journal, Lane
from core.errors import BadFrame, FatalError
from core.receipt import Receipt, open_receipt
from core.store.recorder import DurableRecorder, path_of
from core.tlog.tree import leaf_hash
from edge.damage import damage
from edge.survey import Hole, Row, checked, frame


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
    stands still, and `holes` are what cannot be served of it.

    The uplink's thread writes `receipt`, the intake's `pruned` and `carried`, each after what it
    speaks of is done; `closed` only ever becomes true. `proven` is the last batch that the hub
    has shown to stand in its log, None while it never showed anything (edge/witness).
    """

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
        self.file = path_of(reader.datastore.pool.db_name)
        self.receipt, self.pruned, self.carried = (
            delivered.receipt, delivered.pruned, delivered.carried,
        )  # fmt: skip
        self.closed = bool(delivered.closed)
        self.proven: int | None = None
        self._reader = reader
        # What was given up had been receipted, whatever became of the receipt.
        self.cursor = max(self._believed(hub_key), self.carried, self.pruned)

    @property
    def delivered(self) -> Delivered:
        return Delivered(self.receipt, self.pruned, self.carried, int(self.closed))

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
        """Batches with number > `after`, in order and without a gap, up to the next hole; the
        first may be a later one where batches were given up. Damaged when one is not what was
        committed: it is never served."""
        hole = next((one for one in self.holes if one.last > after), None)
        end = self.head.number if hole is None else hole.first - 1
        first = max(after, self.pruned) + 1
        rows = self._rows(first, min(end, first + limit - 1))
        last = Head()
        for number, batch, why in checked(self.journal, rows):
            if batch is None:
                raise Damaged(self, number, why)
            if last.number and batch.header.previous != last.hash:
                raise Damaged(self, number, "does not continue the batch before")
            last = batch.head()
        return [
            StoredEvent(self.journal.id, number, TOPIC, state)
            for number, state in rows
            if isinstance(state, bytes)
        ]

    def _rows(self, first: int, end: int) -> list[Row]:
        rows: list[Row] = []
        number = first
        try:
            with self._reader.reading() as c:
                for number in range(first, end + 1):
                    row = frame(c, self.journal, number)
                    if row is not None:
                        rows.append(row)
                    elif number > max(self.cursor, self.pruned):
                        raise Damaged(self, number, "missing")
                    elif rows:  # only what the hub has is given up; `pruned` is about to say so
                        break
        except Damaged:
            raise
        except FatalError as error:
            if damage(error):
                raise Damaged(self, number, str(error)) from error
            raise
        return rows

    def took(self, committed: int, payload: bytes = b"") -> bool:
        """The hub holds everything up to `committed`; True when that is news. Without `payload`
        no receipt says just that: it is forgotten at a restart, and asked again."""
        if committed <= self.cursor:
            return False
        self.cursor = committed
        if payload:
            self.receipt = payload
        return True

    def lost(self, committed: int, payload: bytes) -> None:
        """The hub says that it holds no more than `committed`: what is behind may not be given
        up before it has been sent again."""
        if committed < self.cursor:
            self.receipt = payload
            self.cursor = max(committed, self.carried, self.pruned)

    def holds(self, receipt: Receipt) -> bool:
        """Whether the batch the hub names as its newest is the one this gateway wrote."""
        leaf = self.leaf(receipt.committed)
        return leaf is not None and leaf.hex() == receipt.hash

    def leaf(self, number: int) -> bytes | None:
        """The hash of a batch; None where it is not kept any more."""
        found = self.read(number - 1, 1)
        kept = found and found[0].originator_version == number
        return leaf_hash(found[0].state) if kept else None

    def close_reader(self) -> None:
        self._reader.datastore.close()

    def _believed(self, hub_key: bytes) -> int:
        if not self.receipt:
            return 0
        try:
            receipt = open_receipt(self.receipt, hub_key)
        except BadFrame:
            return 0
        return receipt.committed if receipt.journal == self.journal.id.hex else 0
