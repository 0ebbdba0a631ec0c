"""The history follows the log: every event a row, and three sums of them, exactly once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.codec import Unread
from projections.follower import Item, Touched
from projections.history.rows import Rows
from projections.history.sink import Sink, Stand

Batch = Callable[[int], Sequence[Item]]  # the events of the batch at a position
_SLICE = 8  # batches that one `mend` reads again


class History:
    """A `projections.follower.Follower`, and `Mending`, over any sink. Used by one thread.

    What a version cannot read is noted by its place. Rows and sums do not depend on order, so
    after an upgrade nothing is loaded anew: `mend` reads through `batch` the batches that were
    noted before this start, and adds what can be read by now, each event once. `forget` and the
    log from its beginning give the same.
    """

    def __init__(self, sink: Sink, name: str = "history", batch: Batch | None = None) -> None:
        self.name = name
        self._sink = sink
        self._batch = batch
        self._rows = Rows()
        self._stand = sink.stand()
        self._mended = 0  # position up to which batches were read again
        self._mend_upto = self._stand.position

    def position(self) -> int:
        return self._stand.position

    def leaf(self) -> bytes:
        return self._stand.leaf

    def take(self, items: Sequence[Item], position: int, leaf: bytes) -> Touched:
        stand = Stand(position, leaf)
        unread: list[Unread] = []
        chunks = self._rows.chunks(items, unread)
        self._sink.write(chunks, unread, self._stand.position, stand)
        self._stand = stand
        return {}

    def mend(self) -> Touched | None:
        """A few batches; None when there are no more that may have become readable."""
        if self._batch is None or self._mended >= self._mend_upto:
            return None
        found = [one for one in self.unread(self._mended, _SLICE) if one <= self._mend_upto]
        for position in found:
            self.fill(self._batch(position))
            self._mended = position
        if not found:
            self._mended = self._mend_upto
            return None
        return {}

    def unread(self, after: int = 0, limit: int = 1000) -> Sequence[int]:
        """Positions of batches with events that could not be read, ascending."""
        return self._sink.unread(after, limit)

    def fill(self, items: Sequence[Item]) -> int:
        """How many of the events were missing and are rows now. Any others are left alone."""
        rows = self._rows.of(items)
        return self._sink.fill(rows) if rows else 0

    def reload(self) -> None:
        self._rows = Rows()
        self._stand = self._sink.stand()
        self._mended = 0  # a server that crashed may have lost what was added since

    def forget(self) -> None:
        self._sink.forget()
        self._mended = self._mend_upto = 0
        self.reload()

    def prune(self, now: datetime) -> None:
        """Once a day is often enough; `now` by the hub's own clock, which no gateway can set."""
        self._sink.prune(now)

    def close(self) -> None:
        self._sink.close()
