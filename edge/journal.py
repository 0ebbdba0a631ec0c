"""One journal file: signed batches of two lanes, and the ids they hold, in one commit.

Urgent and bulk are two journals (DESIGN §1.3) in one file, so that one sync makes both
durable and a message that speaks of both is never half recorded.

Owner: the intake thread writes; the uplink reads through read-only connections. If we die
before the commit nothing was acknowledged and it is delivered again; after it, the
redelivery is told by its ids. The file is never reset; a new file is a new epoch.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import SQLiteCursor
from msgspec.structs import replace

from core.batch import Head, Journal, Lane
from core.clock import Clock
from core.errors import DiskFull, EnvironmentFault, FatalError, MenweiError
from core.keys import Signer
from core.store.queries import queries
from core.store.recorder import DurableRecorder, open_reader, open_writer, storage_error
from core.writer import BatchWriter
from edge import formerkeys, lanes, records
from edge.damage import Corrupt as Corrupt
from edge.damage import damage
from edge.gate.memory import create as create_gate
from edge.headmark import HeadMark
from edge.identity import Identity
from edge.known import Known, Memory, SeenId
from edge.schema import probe
from edge.stream import Delivered, Stream
from edge.survey import survey, writer, writers
from edge.upgrade import upgrade

log = logging.getLogger("edge.journal")

SQL = queries(Path(__file__).with_name("journal.sql"))

LANES = (Lane.URGENT, Lane.BULK)
WHOLE = 32_000_000  # bytes; a file up to this size is read whole at start, else what waits
_PRUNED_AT_ONCE = 64  # batches given up in one commit when room is needed

NOTHING_CARRIED: Mapping[Stream, tuple[int, bool]] = {}
Statement = tuple[str, Sequence[tuple[Any, ...]]]  # SQL, rows: committed beside the batches


class Unsound(MenweiError):
    """The file gives back something else than was committed. It may only be read from now on."""


MEMORY = Memory()


class Space(msgspec.Struct, frozen=True):
    """Bytes of the file that hold something, and bytes in it that are free to use again."""

    used: int
    free: int


class EdgeJournal:
    """`boot` counts openings of this file; `epoch` is the Unix time of its making, so that a
    key whose journal was wiped writes a later epoch and never reuses a number."""

    def __init__(
        self,
        path: Path,
        signer: Signer,
        clock: Clock,
        hub_key: bytes,
        memory: Memory = MEMORY,
        *,
        epoch: int = 0,
    ) -> None:
        """`epoch` of a file that does not exist yet; default: now. Unsound leaves it untouched."""
        self.path, self._clock = path, clock
        self.identity = Identity(formerkeys.read(path.parent).secret(signer))
        with ExitStack() as opened:
            self.mark = HeadMark(path.with_name(path.name + ".mark"))
            opened.callback(self.mark.close)
            gone = not path.exists() or not path.stat().st_size
            if gone and any(head.number for head in self.mark.read().values()):
                raise Unsound(f"{path}: nothing is there any more")
            self._recorder = _writer(path)
            opened.push(self._give_back)
            with self._transaction() as c:
                for name in ("create_meta", "create_lanes", "create_refused"):
                    c.execute(SQL[name])
                records.create(c)
                create_gate(c)
                self._known = Known(c, memory)
                upgrade(c, self._known, self.identity, _day(clock.now()))
                self.epoch = self._epoch(c, signer.public) or epoch or int(clock.now().timestamp())
            self._reader = open_reader(path)
            opened.callback(self._reader.datastore.close)
            self.streams = self._open_lanes(signer, hub_key)
            with self._transaction() as c:
                self.boot = _meta(c, "boot") + 1
                c.execute(SQL["upsert_meta"], ("epoch", self.epoch))
                c.execute(SQL["upsert_meta"], ("boot", self.boot))
            opened.pop_all()
        self._writers = {
            lane: BatchWriter(self.streams[lane].journal, signer, self.streams[lane].head)
            for lane in LANES
        }
        self.tails: Sequence[Stream] = ()  # older epochs' journals; how far they are stands here
        self._written = 0  # bytes, since the last look whether a checkpoint is due
        self._saved = {stream: stream.delivered for stream in self.streams.values()}

    def _give_back(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Closes, unless storage failed: closing moves the WAL's pages and syncs, and after a
        failed sync trying again can make a loss look like a success (I8)."""
        if not isinstance(error, FatalError) or isinstance(error, Corrupt | DiskFull):
            self._recorder.datastore.close()

    @property
    def journal(self) -> Journal:
        """The urgent lane's."""
        return self.streams[Lane.URGENT].journal

    @property
    def fresh(self) -> bool:
        """Nothing has been written in this epoch's lanes."""
        return not any(self.streams[lane].head.number for lane in LANES)

    def commit(
        self,
        lines: Mapping[Lane, Sequence[bytes]],
        known: Sequence[SeenId] = (),
        beside: Sequence[Statement] = (),
        carried: Mapping[Stream, tuple[int, bool]] = NOTHING_CARRIED,
        *,
        make_room: bool = False,
    ) -> int:
        """Durable when this returns: the number of batches made. Nothing has changed after
        AlreadyKnown (an id is recorded) and DiskFull; FatalError when it can not be (I8).
        `carried`: up to where `lines` hold what an older journal had, and whether that is all."""
        now = self._clock.now()
        made = {lane: self._writers[lane].batches(lines.get(lane, ()), now) for lane in LANES}
        batches = [batch.stored() for lane in LANES for batch in made[lane]]
        day = _day(now)
        streams = (*self.streams.values(), *self.tails)
        delivered = {stream: stream.delivered for stream in streams}
        for stream, (upto, whole) in carried.items():
            closed = int(whole or stream.closed)
            delivered[stream] = replace(stream.delivered, carried=upto, closed=closed)
        if make_room:
            delivered |= {one: _pruned(one) for one in self.streams.values()}
        with self._transaction() as c:
            if known:
                self._known.insert(c, known, day)
                remembered = self._known.forget(c, len(known), day)
            self._recorder.insert(c, batches)
            for sql, rows in beside:
                c.executemany(sql, rows)
            for stream, told in delivered.items():
                if told != self._saved.get(stream):
                    self._save(c, stream, told)
        self._written += sum(len(batch.state) for batch in batches) + 100 * len(known)
        if known:
            self._known.committed(remembered)
        for lane in LANES:
            self._writers[lane].advance(made[lane])
            self.streams[lane].head = self._writers[lane].head
        for stream, told in delivered.items():
            self._saved[stream] = told
            stream.pruned, stream.carried = told.pruned, told.carried
            stream.closed = stream.closed or bool(told.closed)
        self.mark.write({lane: stream.head for lane, stream in self.streams.items()})
        return len(batches)

    def checkpoint(self) -> None:
        """When it is time. Apart from `commit`, so that nobody waits for it to be acknowledged."""
        try:
            self._recorder.committed(self._written)
        except FatalError as error:
            raise self._told(error) from error
        finally:
            self._written = 0

    def make_room(self) -> bool:
        """Gives up batches that the hub has until there are none, then shortens the WAL. True
        when there were some; DiskFull when not even that has room."""
        found = False
        while any(_pruned(one).pruned > one.pruned for one in self.streams.values()):
            self._recorder.checkpoint()  # what is in the WAL already needs its place first
            self.commit({}, make_room=True)
            found = True
        if found:
            self._recorder.checkpoint()
        return found

    def digests(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Content digests of those ids that are recorded already."""
        with self.reading() as c:
            return self._known.digests(c, keys)

    def refused(self) -> list[tuple[str, int, str, int, str, str]]:
        """(reason, lane, type, count, since, until) of what no event has declared yet."""
        with self.reading() as c:
            c.execute(SQL["select_refused"])
            return [tuple(row) for row in c.fetchall()]

    def space(self) -> Space:
        with self.reading() as c:
            size, pages, free = (
                _pragma(c, name) for name in ("page_size", "page_count", "freelist_count")
            )
        return Space((pages - free) * size, free * size)

    def delivered(self, journal: Journal) -> Delivered:
        """What this file knows of how far `journal` is delivered."""
        with self.reading() as c:
            return lanes.read(c, journal)

    @contextmanager
    def reading(self) -> Iterator[SQLiteCursor]:
        try:
            with self._recorder.reading() as c:
                yield c
        except FatalError as error:
            raise self._told(error) from error

    @contextmanager
    def reading_beside(self) -> Iterator[SQLiteCursor]:
        """As `reading`, read-only, for threads that are not the writer's."""
        try:
            with self._reader.reading() as c:
                yield c
        except FatalError as error:
            raise self._told(error) from error

    def take_over(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows of an older file, before this one's first batch."""
        with self._transaction() as c:
            c.executemany(sql, rows)

    def remember(self, some: Sequence[tuple[int, Sequence[SeenId]]]) -> None:
        """(day, ids) of an older file, oldest first, before this one's first batch."""
        with self._transaction() as c:
            self._known.take_over(c, some)

    def close(self) -> None:
        try:
            with self._transaction() as c:
                for stream in (*self.streams.values(), *self.tails):
                    if stream.delivered != self._saved.get(stream):
                        self._save(c, stream, stream.delivered)
        except DiskFull:  # the receipts come again
            log.warning("%s: no room to note what the hub has", self.path)
        self._reader.datastore.close()
        self._recorder.datastore.close()
        self.mark.close()

    @contextmanager
    def _transaction(self) -> Iterator[SQLiteCursor]:
        try:
            with self._recorder.datastore.transaction(commit=True) as c:
                yield c
        except PersistenceError as error:
            raise self._told(error) from error

    def _told(self, error: BaseException) -> FatalError:
        told = storage_error(str(self.path), error)
        return Corrupt(str(told)) if damage(error) else told

    def _epoch(self, c: SQLiteCursor, key: bytes) -> int:
        """Of this file; what its batches say outweighs the one row that could be damaged."""
        found = writer(c)
        if found is None:
            return _meta(c, "epoch")
        if found.key != key:
            raise EnvironmentFault(
                f"{self.path}: holds batches of another key. Restore gateway.key from backup, "
                "or keep this folder aside and start with an empty one."
            )
        return found.epoch

    def _open_lanes(self, signer: Signer, hub_key: bytes) -> dict[Lane, Stream]:
        """Unsound when a batch that was committed is not there as it was."""
        whole = self.path.stat().st_size <= WHOLE
        marks = self.mark.read()
        streams: dict[Lane, Stream] = {}
        with self._recorder.reading() as c:
            if whole:
                for check in ("quick_check(1)", "integrity_check('stored_events')"):
                    c.execute(f"PRAGMA {check}")
                    if (told := c.fetchone()[0]) != "ok":
                        raise Unsound(f"{self.path}: {told}")
            probe(c)
            if lanes.rows(c)[1]:
                raise Unsound(f"{self.path}: what is noted of deliveries is damaged")
            for lane in Lane:
                journal = Journal(signer.public, self.epoch, lane)
                delivered = lanes.read(c, journal)
                c.execute(SQL["oldest"], (journal.id.hex,))
                oldest = c.fetchone()[0]
                if isinstance(oldest, int) and oldest <= delivered.pruned:
                    raise Unsound(f"{self.path}: {lane.name} batch {oldest} was given up, and is")
                stream = Stream(journal, self._reader, Head(), delivered, hub_key)
                # At least the newest batch, from which the next one is chained.
                begin = delivered.pruned if whole else max(delivered.pruned, stream.cursor - 1)
                found = survey(c, journal, Head(number=begin), marks.get(lane, Head()))
                if found.holes:
                    hole = found.holes[0]
                    raise Unsound(f"{self.path}: {lane.name} batch {hole.first}: {hole.detail}")
                stream.head = found.head if found.oldest else Head()
                if stream.cursor > stream.head.number:
                    raise Unsound(f"{self.path}: {lane.name} ends before what the hub receipted")
                if lane is not Lane.ALL or stream.head.number:
                    streams[lane] = stream
            self._nothing_else(c, streams)
        return streams

    def _nothing_else(self, c: SQLiteCursor, streams: Mapping[Lane, Stream]) -> None:
        """A batch under a name that no lane of this file has was another's, or was changed."""
        names = {stream.journal.id.hex for stream in streams.values()}
        if strange := set(writers(c)) - names:
            raise Unsound(f"{self.path}: batches of no lane of this epoch: {len(strange)} journals")

    def _save(self, c: SQLiteCursor, stream: Stream, delivered: Delivered) -> None:
        lanes.save(c, stream.journal, delivered)
        if not stream.retired:
            c.execute(SQL["prune"], (stream.journal.id.hex, delivered.pruned))


def _writer(path: Path) -> DurableRecorder:
    try:
        return open_writer(path)
    except EnvironmentFault as fault:
        if isinstance(full := storage_error(str(path), fault), DiskFull):
            raise full from fault  # the agent starts as soon as there is room
        raise


def _day(now: datetime) -> int:
    return int(now.timestamp()) // 86400


def _pruned(stream: Stream) -> Delivered:
    """The oldest batches that the hub has are given up; the newest of the journal never is, nor is
    what the hub has not proven to hold, once it has shown that it can."""
    most = min(stream.cursor, stream.head.number - 1, stream.pruned + _PRUNED_AT_ONCE)
    most = most if stream.proven is None else min(most, stream.proven)
    return replace(stream.delivered, pruned=max(stream.pruned, most))


def _pragma(c: SQLiteCursor, name: str) -> int:
    c.execute(f"PRAGMA {name}")
    return int(c.fetchone()[0])


def _meta(c: SQLiteCursor, name: str) -> int:
    c.execute(SQL["select_meta"], (name,))
    row = c.fetchone()
    if row and not isinstance(row[0], int):
        raise Unsound(f"{name} is no number any more")
    return row[0] if row else 0
