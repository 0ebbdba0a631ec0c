"""The gateway's journal: signed batches, and the ids they hold, in one commit.

Owner: the intake thread writes; the uplink reads through read-only connections. If we die
before the commit nothing was acknowledged and the broker delivers again; after it, the
redelivery is told by its ids. The file is never reset; a new file is a new epoch.
"""

from collections.abc import Sequence
from pathlib import Path

from eventsourcing.persistence import PersistenceError, StoredEvent
from eventsourcing.sqlite import SQLiteCursor

from core.batch import Head, Journal
from core.clock import Clock
from core.errors import EnvironmentFault, FatalError
from core.keys import Signer
from core.store.queries import queries
from core.store.recorder import open_reader, open_writer
from core.writer import BatchWriter, stored_head

_SQL = queries(Path(__file__).with_name("journal.sql"))

SeenId = tuple[bytes, bytes]  # key, content digest


class EdgeJournal:
    """`boot` counts openings of this file; `epoch` is the Unix time of its making, so that a
    key whose journal was wiped writes a later epoch and never reuses a number."""

    def __init__(self, path: Path, signer: Signer, clock: Clock, remembered: int) -> None:
        self._clock = clock
        self._remembered = remembered
        self._recorder = open_writer(path)
        with self._recorder.datastore.transaction(commit=True) as c:
            c.execute(_SQL["create_meta"])
            c.execute(_SQL["create_seen"])
            epoch = _meta(c, "epoch") or int(clock.now().timestamp())
            self.boot = _meta(c, "boot") + 1
            self._cursor = self._saved_cursor = _meta(c, "cursor")
            c.execute(_SQL["upsert_meta"], ("epoch", epoch))
            c.execute(_SQL["upsert_meta"], ("boot", self.boot))
        self._reader = open_reader(path)
        self.journal = Journal(signer.public, epoch)
        newest = self._recorder.select_events(self.journal.id, desc=True, limit=1)
        if not newest and self._recorder.max_notification_id():
            raise EnvironmentFault(
                f"{path}: holds batches of another key. Restore gateway.key from backup, or keep "
                "this folder aside and start with an empty one."
            )
        head = stored_head(newest[0].state) if newest else Head()
        self._writer = BatchWriter(self.journal, signer, head)

    @property
    def head(self) -> Head:
        return self._writer.head

    @property
    def cursor(self) -> int:
        """The last batch the hub has receipted."""
        return self._cursor

    def move_cursor(self, number: int) -> None:
        """In memory; saved with the next commit. Losing it costs a resend, nothing else."""
        self._cursor = max(self._cursor, number)

    def commit(self, encoded: Sequence[bytes], seen: Sequence[SeenId]) -> None:
        """Durable when this returns. FatalError when it can not be (I8)."""
        batches = self._writer.batches(encoded, self._clock.now())
        cursor = self._cursor

        def beside(c: SQLiteCursor, _positions: Sequence[int]) -> None:
            c.executemany(_SQL["insert_seen"], seen)
            if seen and batches[-1].header.number % 64 == 0:
                c.execute(_SQL["forget_seen"], (self._remembered,))
            if cursor != self._saved_cursor:
                c.execute(_SQL["upsert_meta"], ("cursor", cursor))

        self._recorder.append([batch.stored() for batch in batches], beside)
        self._writer.advance(batches)
        self._saved_cursor = cursor

    def digests(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Content digests of those ids that are recorded already."""
        found: dict[bytes, bytes] = {}
        try:
            with self._recorder.datastore.transaction(commit=False) as c:
                for key in keys:
                    c.execute(_SQL["select_seen"], (key,))
                    row = c.fetchone()
                    if row is not None:
                        found[key] = row[0]
        except PersistenceError as error:
            raise FatalError(f"journal: {error}") from error
        return found

    def read(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Batches with number > `after`, in order."""
        try:
            return self._reader.select_events(self.journal.id, gt=after, limit=limit)
        except PersistenceError as error:
            raise FatalError(f"journal: {error}") from error

    def close(self) -> None:
        with self._recorder.datastore.transaction(commit=True) as c:
            c.execute(_SQL["upsert_meta"], ("cursor", self._cursor))
        self._reader.datastore.close()
        self._recorder.datastore.close()


def _meta(c: SQLiteCursor, name: str) -> int:
    c.execute(_SQL["select_meta"], (name,))
    row = c.fetchone()
    return row[0] if row else 0
