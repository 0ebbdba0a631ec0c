"""Turns encoded events into the next signed batches of one journal. Same code at edge and hub."""

from collections.abc import Sequence
from datetime import datetime

from core.batch import Batch, Head, Header, Journal, parse, seal
from core.errors import BadFrame, FatalError
from core.keys import Signer

# Lines a batch may hold before the next one starts: below MAX_FRAME even if nothing compresses.
_PLAIN_LIMIT = 96 * 1024


def stored_head(frame: bytes) -> Head:
    """Where a journal ends, from its newest batch as we stored it. FatalError if it is damaged."""
    try:
        return parse(frame).head()
    except BadFrame as bad:
        raise FatalError(f"the newest batch of our own journal is damaged: {bad}") from bad


class BatchWriter:
    """Owns the journal's head. `advance` is called only after the batches are committed, so a
    failed commit leaves the next attempt with the same numbers and no second history."""

    def __init__(self, journal: Journal, signer: Signer, head: Head) -> None:
        self.journal = journal
        self.head = head
        self._signer = signer

    def batches(self, encoded: Sequence[bytes], at: datetime) -> list[Batch]:
        """Batches that hold `encoded` in order, each chained to the one before."""
        made: list[Batch] = []
        head = self.head
        chunk: list[bytes] = []
        size = 0
        for line in encoded:
            if chunk and size + len(line) >= _PLAIN_LIMIT:
                made.append(self._seal(head, chunk, at))
                head, chunk, size = made[-1].head(), [], 0
            chunk.append(line)
            size += len(line) + 1
        if chunk:
            made.append(self._seal(head, chunk, at))
        return made

    def advance(self, committed: Sequence[Batch]) -> None:
        if committed:
            self.head = committed[-1].head()

    def _seal(self, head: Head, chunk: Sequence[bytes], at: datetime) -> Batch:
        header = Header(
            journal=self.journal,
            number=head.number + 1,
            first=head.last + 1,
            last=head.last + len(chunk),
            previous=head.hash,
            written_us=round(at.timestamp() * 1_000_000),
        )
        return seal(header, b"\n".join(chunk) + b"\n", self._signer)
