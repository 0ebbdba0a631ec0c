"""The gateway's journal files: the one that is written, and older ones that only drain.

    journal.db                first epoch
    journal-<epoch>.db        each later one, begun because the file before was damaged or the
                              operator renewed it (`menwei journal renew`)

No file is ever deleted, renamed or reset (I8): a damaged one stays where it is, what it still
gives back is delivered, and what it does not is declared. Which files there are is read from
the folder; how far each is delivered stands in the newest.
"""

import logging
import shutil
import sqlite3
from itertools import islice
from pathlib import Path

import msgspec
from eventsourcing.sqlite import SQLiteCursor

from core.batch import Head, Journal, Lane, parse
from core.clock import Clock
from core.errors import BadFrame, EnvironmentFault, FatalError
from core.event import Data
from core.events.journal import DamageFound, Opened, Tail
from core.keys import Signer, sync_directory
from core.store.queries import queries
from core.store.recorder import open_reader, sqlite_code
from edge.headmark import HeadMark
from edge.journal import MEMORY, EdgeJournal, Unsound
from edge.known import Memory
from edge.stream import Stream
from edge.survey import Hole, survey

log = logging.getLogger("edge.journal")

FIRST = "journal.db"
RENEW = "journal.renew"  # the operator's order to begin a new epoch; holds the reason
SUSPECT = "journal.suspect"  # left by an agent that met damage while it ran
_SQL = queries(Path(__file__).with_name("journal.sql"))
_DAMAGE = (
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR_READ,
    sqlite3.SQLITE_IOERR_SHORT_READ,
)  # fmt: skip
_COPIED = 5000  # remembered ids taken over from an older file at once


class Journals(msgspec.Struct, frozen=True):
    """`findings` go into the journal's first commit, `Opened` before all others."""

    active: EdgeJournal
    findings: tuple[Data, ...] = ()
    damaged: int = 0  # files that stand aside with ranges that cannot be served

    @property
    def streams(self) -> tuple[Stream, ...]:
        """In the order of service: urgent before bulk, older before newer."""
        every = (*self.active.tails, *self.active.streams.values())
        return tuple(sorted(every, key=lambda one: (not one.urgent, one.journal.epoch)))

    def close(self) -> None:
        self.active.close()
        for tail in self.active.tails:
            tail.close_reader()


def files(folder: Path) -> list[Path]:
    """The journal files there are, oldest first."""
    later = sorted(folder.glob("journal-*.db"), key=_epoch_in_name)
    first = folder / FIRST
    return [first, *later] if first.exists() or later else []


def open_journals(
    folder: Path,
    signer: Signer,
    clock: Clock,
    hub_key: bytes,
    memory: Memory = MEMORY,
    journal: type[EdgeJournal] = EdgeJournal,
) -> Journals:
    """The newest file, or a new one beside it when it is damaged or was to be renewed."""
    found = files(folder) or [folder / FIRST]
    reason, detail = _order(folder)
    active: EdgeJournal | None = None
    if not reason:
        active, detail = _open_newest(journal, found[-1], signer, clock, hub_key, memory)
        reason = "" if active else "damaged"
    if active is None:
        newest = found[-1]
        log.error("%s: %s (%s). It is only read from now on.", newest, reason, detail)
        epoch = max(int(clock.now().timestamp()), epoch_of(newest) + 1)
        found.append(folder / f"journal-{epoch}.db")
        active = journal(found[-1], signer, clock, hub_key, memory, epoch=epoch)
        sync_directory(folder)
    if active.fresh and len(found) > 1:
        _take_over(found[-2], active)
    tails: list[Stream] = []
    broken: list[DamageFound] = []
    for path in found[:-1]:
        streams, damage = _retired(path, signer, active, hub_key)
        tails += streams
        broken += damage
    findings: tuple[Data, ...] = ()
    if active.fresh:
        # Whoever dies before the first commit comes here again: nothing is said twice or never.
        ends = tuple(map(_tail, (*tails, *active.streams.values())))
        why = reason or ("damaged" if broken else "renewed" if tails else "new")
        named = tuple(end for end in ends if end.number)
        said = detail[:200] if why == "renewed" else ""
        opened = Opened(epoch=active.epoch, reason=why, detail=said, tails=named)
        findings = (opened, *broken)
    for order in (RENEW, SUSPECT):
        (folder / order).unlink(missing_ok=True)
    active.tails = tuple(one for one in tails if not one.closed)
    return Journals(active, findings, len(broken))


def _open_newest(
    kind: type[EdgeJournal],
    path: Path,
    signer: Signer,
    clock: Clock,
    hub_key: bytes,
    memory: Memory,
) -> tuple[EdgeJournal | None, str]:
    """The journal, or nothing and why the file can only be read."""
    kept = _keep_wal(path)
    try:
        active = kind(path, signer, clock, hub_key, memory)
    except Unsound as unsound:
        return None, str(unsound)
    except (EnvironmentFault, FatalError) as error:
        if sqlite_code(error) not in _DAMAGE and sqlite_code(error) & 0xFF not in _DAMAGE:
            raise
        return None, str(error)
    kept.unlink(missing_ok=True)
    return active, ""


def _tail(stream: Stream) -> Tail:
    head = stream.head
    return Tail(
        epoch=stream.journal.epoch,
        lane=int(stream.journal.lane),
        number=head.number,
        hash=head.hash.hex() if head.number else "",
    )


def order_renewal(folder: Path, reason: str) -> None:
    """Durable: the next start begins a new epoch."""
    path = folder / RENEW
    path.write_text(reason, encoding="utf-8")
    sync_directory(folder)


def suspect(folder: Path, detail: str) -> None:
    """Best effort: at the next start the newest file is only read."""
    (folder / SUSPECT).write_text(detail[:1000], encoding="utf-8")


def _order(folder: Path) -> tuple[str, str]:
    if (folder / RENEW).exists():
        return "renewed", (folder / RENEW).read_text(encoding="utf-8").strip()
    if (folder / SUSPECT).exists():
        return "damaged", (folder / SUSPECT).read_text(encoding="utf-8", errors="replace").strip()
    return "", ""


def _keep_wal(path: Path) -> Path:
    """SQLite throws away a WAL it cannot read to the end; until the file has proven whole, what
    a crash left is kept beside it."""
    wal = path.with_name(path.name + "-wal")
    kept = path.with_name(path.name + "-wal.kept")
    try:
        if wal.exists() and wal.stat().st_size and not kept.exists():
            shutil.copyfile(wal, kept)
    except OSError as error:
        log.warning("%s: no copy could be kept (%s)", wal, error.strerror)
        kept.unlink(missing_ok=True)
    return kept


def _retired(
    path: Path, signer: Signer, active: EdgeJournal, hub_key: bytes
) -> tuple[list[Stream], list[DamageFound]]:
    """What an older file may still deliver, and what of it cannot be read."""
    epoch = epoch_of(path)
    try:
        reader = open_reader(path)
        known = marks(path)
        with reader.reading() as c:
            heads = {
                lane: _survey(
                    c, Journal(signer.public, epoch, lane), active, known.get(lane, Head())
                )
                for lane in Lane
            }
    except (FatalError, sqlite3.Error) as error:
        return [], [DamageFound(epoch=epoch, file=path.name, detail=str(error)[:200])]
    streams, broken = [], []
    for lane, (head, holes) in heads.items():
        journal = Journal(signer.public, epoch, lane)
        if not head.number and not holes:
            continue
        stream = Stream(
            journal, reader, head, active.delivered(journal), hub_key, retired=True, holes=holes
        )
        streams.append(stream)
        broken += [
            DamageFound(
                epoch=epoch,
                file=path.name,
                lane=int(lane),
                from_batch=hole.first,
                to_batch=hole.last,
                detail=hole.detail[:200],
            )
            for hole in holes
        ]
    return streams, broken


def _survey(
    c: SQLiteCursor, journal: Journal, active: EdgeJournal, mark: Head
) -> tuple[Head, tuple[Hole, ...]]:
    pruned = active.delivered(journal).pruned
    found = survey(c, journal, Head(number=pruned), mark)
    return (found.head if found.oldest else Head()), found.holes


def _take_over(older: Path, active: EdgeJournal) -> None:
    """What a new file must know of the one before: the ids it holds, the devices' counters, what
    the hub has of it, what is refused and undeclared. As far as it can be read."""
    try:
        reader = open_reader(older)
        with reader.reading() as c:
            for table in ("known", "ages", "lanes", "refused", "records"):
                _copy(c, table, active)
        reader.datastore.close()
    except (FatalError, sqlite3.Error) as error:
        log.error("%s: what it remembers cannot be read to the end (%s)", older, error)


def marks(path: Path) -> dict[Lane, Head]:
    beside = path.with_name(path.name + ".mark")
    if not beside.exists():
        return {}
    mark = HeadMark(beside)
    found = mark.read()
    mark.close()
    return found


def _copy(c: SQLiteCursor, table: str, active: EdgeJournal) -> None:
    c.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    if c.fetchone() is None:
        return
    c.execute(f"SELECT * FROM {table}")  # noqa: S608 - one of four names above
    source = iter(c.fetchone, None)
    while rows := list(islice(source, _COPIED)):
        row = ", ".join("?" * len(rows[0]))
        active.take_over(
            f"INSERT OR IGNORE INTO {table} VALUES ({row})",  # noqa: S608
            [tuple(row) for row in rows],
        )


def epoch_of(path: Path) -> int:
    """From its name; of the first file from what is in it, 0 if nothing can be read."""
    if epoch := _epoch_in_name(path):
        return epoch
    try:
        reader = open_reader(path)
        with reader.reading() as c:
            c.execute(_SQL["writers"])
            for (name,) in c.fetchall():
                c.execute(_SQL["newest"], (name,))
                try:
                    return parse(c.fetchone()[0]).header.journal.epoch
                except BadFrame:
                    continue
            c.execute(_SQL["select_meta"], ("epoch",))
            row = c.fetchone()
            return int(row[0]) if row else 0
    except (FatalError, sqlite3.Error):
        return 0


def _epoch_in_name(path: Path) -> int:
    digits = path.stem.partition("-")[2]
    return int(digits) if digits.isdecimal() else 0
