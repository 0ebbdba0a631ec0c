"""The gateway's journal files: the one that is written, and older ones that only drain.

    journal.db                first epoch
    journal-<epoch>.db        each later one, begun because the file before was damaged or the
                              operator renewed it (`menwei journal renew`)

No file is ever deleted, renamed or reset (I8): a damaged one stays where it is, what it still
gives back is delivered, and what it does not is declared. Which files there are is read from
the folder; how far each is delivered stands in the newest.
"""

import logging
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from core.batch import Head, Journal, Lane
from core.clock import Clock
from core.durable import sync_directory
from core.errors import DiskFull, EnvironmentFault, FatalError
from core.event import Data
from core.events.journal import DamageFound, Opened, Tail
from core.keys import Signer
from core.store.queries import queries
from core.store.recorder import open_reader, sqlite_code
from edge import formerkeys
from edge.damage import damage
from edge.headmark import HeadMark
from edge.journal import MEMORY, WHOLE, EdgeJournal, Unsound
from edge.known import Memory
from edge.stream import Stream
from edge.survey import survey, writer
from edge.takeover import take_over

log = logging.getLogger("edge.journal")

FIRST = "journal.db"
RENEW = "journal.renew"  # the operator's order to begin a new epoch; holds the reason
SUSPECT = "journal.suspect"  # left by an agent that met damage while it ran
_SQL = queries(Path(__file__).with_name("journal.sql"))


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
    """The journal files there are, oldest first, and those that are gone but whose mark says that
    something was in them. A copy somebody made under another name is none of them."""
    gone = {
        path.with_suffix("")
        for path in folder.glob("journal*.db.mark")
        if any(head.number for head in marks(path.with_suffix("")).values())
    }
    every = {*folder.glob("journal-*.db"), *gone} - {folder / FIRST}
    later = sorted(filter(_epoch_in_name, every), key=_epoch_in_name)
    first = folder / FIRST
    return [first, *later] if first.exists() or later or first in gone else []


def open_journals(
    folder: Path,
    signer: Signer,
    clock: Clock,
    hub_key: bytes,
    memory: Memory = MEMORY,
    journal: type[EdgeJournal] = EdgeJournal,
) -> Journals:
    """The newest file, or a new one beside it when it is damaged or was to be renewed."""
    found = files(folder)
    reason, detail = _order(folder) if found else ("", "")
    found = found or [folder / FIRST]
    keys = formerkeys.read(folder).every(signer)
    active: EdgeJournal | None = None
    if len(keys) > 1 and _whose(found[-1], keys) != signer.public:
        reason = "rotated"
    if not reason or (len(found) > 1 and _untouched(found[-1])):
        # The second: a life before this one obeyed the order and did not get further.
        active, told = _open_newest(journal, found[-1], signer, clock, hub_key, memory)
        reason, detail = (reason, detail) if active else ("damaged", told)
    if active is None:
        newest = found[-1]
        level = logging.INFO if reason == "rotated" else logging.ERROR
        log.log(level, "%s: %s (%s). It is only read from now on.", newest, reason, detail)
        epoch = max(int(clock.now().timestamp()), epoch_of(newest) + 1)
        found.append(folder / f"journal-{epoch}.db")
        active = journal(found[-1], signer, clock, hub_key, memory, epoch=epoch)
        sync_directory(folder)
    with ExitStack() as opened:
        opened.callback(active.close)
        made = _with_older(found[:-1], active, keys, hub_key, reason, detail)
        opened.pop_all()
    return made


def _with_older(
    older: list[Path],
    active: EdgeJournal,
    keys: Sequence[bytes],
    hub_key: bytes,
    reason: str,
    detail: str,
) -> Journals:
    if active.fresh:
        take_over(older, active)
    tails: list[Stream] = []
    broken: list[DamageFound] = []
    for path in older:
        streams, damages = _retired(path, keys, active, hub_key)
        tails += streams
        broken += damages
    findings: tuple[Data, ...] = ()
    if active.fresh:
        # Whoever dies before the first commit comes here again: nothing is said twice or never.
        own = active.journal.key
        ends = tuple(tail(one, own) for one in (*tails, *active.streams.values()))
        why = reason or _why(active, tails, broken)
        named = tuple(end for end in ends if end.number)
        said = detail[:200] if why == "renewed" else ""
        opened = Opened(epoch=active.epoch, reason=why, detail=said, tails=named)
        findings = (opened, *broken)
    for order in (RENEW, SUSPECT):
        (active.path.parent / order).unlink(missing_ok=True)
    active.tails = tuple(one for one in tails if not one.closed)
    return Journals(active, findings, len({one.file for one in broken}))


def _untouched(path: Path) -> bool:
    """Whether nothing was ever written to this file. It is only read."""
    try:
        reader = open_reader(path)
        with reader.reading() as c:
            c.execute("SELECT 1 FROM stored_events LIMIT 1")
            found = c.fetchone() is None
        reader.datastore.close()
    except (FatalError, sqlite3.Error, UnicodeDecodeError):
        return False
    return found


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
        if not (damage(error) or _locked_by_a_bit(error, path)):
            raise
        return None, str(error)
    except UnicodeDecodeError as error:  # in SQLite's own words about a damaged schema
        return None, str(error)
    kept.unlink(missing_ok=True)
    return active, ""


def _locked_by_a_bit(error: BaseException, path: Path) -> bool:
    """A header can say that the file is for reading only, where the folder does not."""
    return sqlite_code(error) & 0xFF == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK)


def _why(active: EdgeJournal, tails: list[Stream], broken: list[DamageFound]) -> str:
    """Of an epoch that nobody ordered in this life."""
    if broken:
        return "damaged"
    if tails:
        newest = max(tails, key=lambda one: one.journal.epoch).journal
        return "renewed" if newest.key == active.journal.key else "rotated"
    return "upgraded" if Lane.ALL in active.streams else "new"


def tail(stream: Stream, key: bytes) -> Tail:
    """Where it ends, as `key` says it."""
    head, own = stream.head, stream.journal.key
    return Tail(
        epoch=stream.journal.epoch,
        lane=int(stream.journal.lane),
        number=head.number,
        hash=head.hash.hex() if head.number else "",
        key="" if own == key else own.hex(),
    )


def order_renewal(folder: Path, reason: str) -> None:
    """Durable: the next start begins a new epoch."""
    path = folder / RENEW
    path.write_text(reason, encoding="utf-8")
    sync_directory(folder)


def suspect(folder: Path, detail: str) -> None:
    """Best effort: at the next start the newest file is only read."""
    try:
        (folder / SUSPECT).write_text(detail[:1000], encoding="utf-8")
    except OSError as error:
        log.error("%s: not written: %s", folder / SUSPECT, error.strerror)


def _order(folder: Path) -> tuple[str, str]:
    if (folder / RENEW).exists():
        return "renewed", (folder / RENEW).read_text(encoding="utf-8", errors="replace").strip()
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
    path: Path, keys: Sequence[bytes], active: EdgeJournal, hub_key: bytes
) -> tuple[list[Stream], list[DamageFound]]:
    """What an older file may still deliver, and what of it cannot be read."""
    epoch = epoch_of(path)
    streams: list[Stream] = []
    try:
        whole = path.stat().st_size <= WHOLE
        reader = open_reader(path)
        known = marks(path)
        with reader.reading() as c:
            key = formerkeys.owner(c, epoch, keys)
            for lane in Lane:
                journal = Journal(key, epoch, lane)
                told = active.delivered(journal)
                stream = Stream(journal, reader, Head(), told, hub_key, retired=True)
                # What the hub has may be damaged by now: of a large file it is not read.
                begin = stream.pruned if whole else max(stream.pruned, stream.cursor - 1)
                found = survey(c, journal, Head(number=begin), known.get(lane, Head()))
                stream.head = found.head if found.oldest else Head()
                stream.holes = found.holes
                if stream.head.number or stream.holes:
                    streams.append(stream)
    except (FatalError, sqlite3.Error, OSError, UnicodeDecodeError) as error:
        if isinstance(error, DiskFull):
            raise
        return [], [DamageFound(epoch=epoch, file=path.name, detail=str(error)[:200])]
    broken = [
        DamageFound(
            epoch=epoch,
            file=path.name,
            lane=int(stream.journal.lane),
            from_batch=hole.first,
            to_batch=hole.last,
            detail=hole.detail[:200],
        )
        for stream in streams
        for hole in stream.holes
    ]
    return streams, broken


def _whose(path: Path, keys: Sequence[bytes]) -> bytes:
    """The newest key for a file that tells nothing: what is wrong with it is found elsewhere."""
    try:
        reader = open_reader(path)
        with reader.reading() as c:
            found = formerkeys.owner(c, epoch_of(path), keys)
        reader.datastore.close()
    except (FatalError, sqlite3.Error, UnicodeDecodeError):
        return keys[0]
    return found


def marks(path: Path) -> dict[Lane, Head]:
    beside = path.with_name(path.name + ".mark")
    if not beside.exists():
        return {}
    mark = HeadMark(beside)
    found = mark.read()
    mark.close()
    return found


def epoch_of(path: Path) -> int:
    """From its name; of the first file from what is in it, 0 if nothing can be read."""
    if epoch := _epoch_in_name(path):
        return epoch
    try:
        reader = open_reader(path)
        with reader.reading() as c:
            if found := writer(c):
                return found.epoch
            c.execute(_SQL["select_meta"], ("epoch",))
            row = c.fetchone()
            return row[0] if row and isinstance(row[0], int) else 0
    except (FatalError, sqlite3.Error, UnicodeDecodeError):
        return 0


def _epoch_in_name(path: Path) -> int:
    digits = path.stem.partition("-")[2]
    return int(digits) if digits.isascii() and digits.isdecimal() else 0
