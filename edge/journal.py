"""One journal file: signed batches of two lanes, and the ids they hold, in one commit.

Urgent and bulk are two journals (DESIGN §1.3) in one file, so that one sync makes both
durable and a message that speaks of both is never half recorded.

Owner: the intake thread writes; the uplink reads through read-only connections. If we die
before the commit nothing was acknowledged and it is delivered again; after it, the
redelivery is told by its ids. The file is never reset; a new file is a new epoch.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import SQLiteCursor

from core.batch import Head, Journal, Lane, parse
from core.clock import Clock
from core.errors import BadFrame, EnvironmentFault, MenweiError
from core.keys import Signer
from core.store.queries import queries
from core.store.recorder import open_reader, open_writer, storage_error
from core.writer import BatchWriter
from edge import records
from edge.headmark import HeadMark
from edge.identity import Identity
from edge.known import Known, Memory, SeenId
from edge.stream import Delivered, Stream
from edge.survey import survey
from edge.upgrade import upgrade

SQL = queries(Path(__file__).with_name("journal.sql"))

LANES = (Lane.URGENT, Lane.BULK)
_WHOLE = 64_000_000  # bytes; a file up to this size is read whole at start, else what waits
_IDENTITY = b"menwei identity v1\n"  # signed: a secret that only this gateway's key can make
_PRUNED_AT_ONCE = 64  # batches given up in one commit when room is needed

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
        self.identity = Identity(signer.sign(_IDENTITY)[:32])
        with ExitStack() as opened:
            self._recorder = open_writer(path)
            opened.callback(self._recorder.datastore.close)
            self.mark = HeadMark(path.with_name(path.name + ".mark"))
            opened.callback(self.mark.close)
            with self._transaction() as c:
                for name in ("create_meta", "create_lanes", "create_refused"):
                    c.execute(SQL[name])
                records.create(c)
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
        self._saved = {stream: stream.delivered for stream in self.streams.values()}

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
        *,
        make_room: bool = False,
    ) -> int:
        """Durable when this returns: the number of batches made. Nothing has changed after
        AlreadyKnown (an id is recorded) and DiskFull; FatalError when it can not be (I8)."""
        now = self._clock.now()
        made = {lane: self._writers[lane].batches(lines.get(lane, ()), now) for lane in LANES}
        batches = [batch.stored() for lane in LANES for batch in made[lane]]
        day = _day(now)
        streams = (*self.streams.values(), *self.tails)
        delivered = {stream: stream.delivered for stream in streams}
        if make_room:
            delivered |= {one: _pruned(one) for one in self.streams.values()}
        with self._transaction() as c:
            if known:
                self._known.insert(c, known, day)
                remembered = self._known.forget(c, len(known), day)
            self._recorder.insert(c, batches)
            for sql, rows in beside:
                c.executemany(sql, rows)
            for stream in streams:
                if delivered[stream] != self._saved.get(stream):
                    self._save(c, stream, delivered[stream])
        if known:
            self._known.committed(remembered)
        for lane in LANES:
            self._writers[lane].advance(made[lane])
            self.streams[lane].head = self._writers[lane].head
        for stream in streams:
            self._saved[stream] = delivered[stream]
            if make_room:  # the uplink may have moved the receipt on meanwhile
                pruned = delivered[stream].pruned
                stream.delivered = msgspec.structs.replace(stream.delivered, pruned=pruned)
        self.mark.write({lane: stream.head for lane, stream in self.streams.items()})
        return len(batches)

    def digests(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Content digests of those ids that are recorded already."""
        with self._recorder.reading() as c:
            return self._known.digests(c, keys)

    def refused(self) -> list[tuple[str, int, str, int, str, str]]:
        """(reason, lane, type, count, since, until) of what no event has declared yet."""
        with self._recorder.reading() as c:
            c.execute(SQL["select_refused"])
            return [tuple(row) for row in c.fetchall()]

    def space(self) -> Space:
        with self._recorder.reading() as c:
            size, pages, free = (
                _pragma(c, name) for name in ("page_size", "page_count", "freelist_count")
            )
        return Space((pages - free) * size, free * size)

    def delivered(self, journal: Journal) -> Delivered:
        """What this file knows of how far `journal` is delivered."""
        with self._recorder.reading() as c:
            return delivered_of(c, journal)

    @contextmanager
    def reading(self) -> Iterator[SQLiteCursor]:
        with self._recorder.reading() as c:
            yield c

    def take_over(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows of an older file, before this one's first batch."""
        with self._transaction() as c:
            c.executemany(sql, rows)
            self._known.recount(c)

    def close(self) -> None:
        with self._transaction() as c:
            for stream in (*self.streams.values(), *self.tails):
                if stream.delivered != self._saved.get(stream):
                    self._save(c, stream, stream.delivered)
        self._reader.datastore.close()
        self._recorder.datastore.close()
        self.mark.close()

    @contextmanager
    def _transaction(self) -> Iterator[SQLiteCursor]:
        try:
            with self._recorder.datastore.transaction(commit=True) as c:
                yield c
        except PersistenceError as error:
            raise storage_error(str(self.path), error) from error

    def _epoch(self, c: SQLiteCursor, key: bytes) -> int:
        """Of this file; what its batches say outweighs the one row that could be damaged."""
        c.execute(SQL["writers"])
        for (name,) in c.fetchall():
            c.execute(SQL["newest"], (name,))
            try:
                found = parse(c.fetchone()[0]).header.journal
            except BadFrame:
                continue
            if found.key != key:
                raise EnvironmentFault(
                    f"{self.path}: holds batches of another key. Restore gateway.key from backup, "
                    "or keep this folder aside and start with an empty one."
                )
            return found.epoch
        return _meta(c, "epoch")

    def _open_lanes(self, signer: Signer, hub_key: bytes) -> dict[Lane, Stream]:
        """Unsound when a batch that was committed is not there as it was."""
        whole = self.path.stat().st_size <= _WHOLE
        marks = self.mark.read()
        streams: dict[Lane, Stream] = {}
        with self._recorder.reading() as c:
            if whole:
                c.execute("PRAGMA quick_check(1)")
                if (told := c.fetchone()[0]) != "ok":
                    raise Unsound(f"{self.path}: {told}")
            for lane in Lane:
                journal = Journal(signer.public, self.epoch, lane)
                delivered = delivered_of(c, journal)
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
        c.execute(SQL["writers"])
        names = {stream.journal.id.hex for stream in streams.values()}
        if strange := {row[0] for row in c.fetchall()} - names:
            raise Unsound(f"{self.path}: batches of no lane of this epoch: {len(strange)} journals")

    def _save(self, c: SQLiteCursor, stream: Stream, delivered: Delivered) -> None:
        journal = stream.journal
        c.execute(
            SQL["upsert_lane"],
            (journal.id.hex, journal.epoch, int(journal.lane), *msgspec.structs.astuple(delivered)),
        )
        if not stream.retired:
            c.execute(SQL["prune"], (journal.id.hex, delivered.pruned))


def _day(now: datetime) -> int:
    return int(now.timestamp()) // 86400


def _pruned(stream: Stream) -> Delivered:
    """The oldest batches that the hub has are given up; the newest of the journal never is."""
    most = min(stream.cursor, stream.head.number - 1, stream.delivered.pruned + _PRUNED_AT_ONCE)
    return msgspec.structs.replace(stream.delivered, pruned=max(stream.delivered.pruned, most))


def delivered_of(c: SQLiteCursor, journal: Journal) -> Delivered:
    c.execute(SQL["select_lane"], (journal.id.hex,))
    row = c.fetchone()
    return Delivered(*row) if row else Delivered()


def _pragma(c: SQLiteCursor, name: str) -> int:
    c.execute(f"PRAGMA {name}")
    return int(c.fetchone()[0])


def _meta(c: SQLiteCursor, name: str) -> int:
    c.execute(SQL["select_meta"], (name,))
    row = c.fetchone()
    return int(row[0]) if row else 0
