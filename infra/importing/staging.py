"""A file as signed batches on disk, whole, before the log hears of any of it.

Owner: who has claimed the imports' folder, until `staged.json` is there; then who appends to the
log, until it is gone again. That one file says that the others are whole and synced: if we die
before, they are nothing and are written over; after, `taking` finishes what is in them, whoever
comes next. The batches continue the journals as the log had them when they were staged.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from uuid import UUID

import msgspec
from eventsourcing.persistence import Notification

from core import durable
from core.batch import Batch, Head, Header, Journal, parse, seal
from core.clock import Clock
from core.errors import BadFrame, EnvironmentFault
from core.keys import Signer
from core.sources import ILLEGIBLE
from core.store.port import Log
from core.tlog.tree import leaf_hash
from core.writer import stored_head
from infra.importing import identity
from infra.importing.made import Made
from infra.importing.report import Report

MANIFEST, FRAMES, IDS = "staged.json", "staged.frames", "staged.ids"
_SIZE = struct.Struct(">I")
# Bytes of events that make a batch: a vehicle's fixes and lifts of a day stay together, since
# folds settle a day once a batch. They compress to a fifth or less.
_PACK = 400_000


class Standing(msgspec.Struct, frozen=True):
    """A batch by its place in its journal, and its hash."""

    journal: str
    number: int
    hash: str

    def stands(self, log: Log) -> bool:
        stored = log.get(UUID(self.journal), self.number)
        return stored is not None and leaf_hash(stored.state).hex() == self.hash


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`run`: of which file, and how it was read. The last batch says that the file is imported:
    where that one stands, all of them do."""

    run: str
    report: Report
    compounds: tuple[str, ...]
    batches: int
    first: Standing
    last: Standing


def manifest(folder: Path) -> Manifest | None:
    """What is staged whole in the imports' folder."""
    path = folder / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, *ILLEGIBLE) as error:
        raise EnvironmentFault(f"{path}: cannot be read ({error}). Restore it.") from error


def discard(folder: Path) -> None:
    """The manifest last: when it is gone, a command beside us writes new files of these names. What
    it tells of may be missing then (`taking`), but never the ids alone."""
    (folder / FRAMES).unlink(missing_ok=True)
    durable.sync_directory(folder)
    for name in (IDS, MANIFEST):
        (folder / name).unlink(missing_ok=True)
    durable.sync_directory(folder)


def frames(folder: Path) -> Iterator[bytes]:
    """As they were written; of a file that was cut off something that is no frame, of one that is
    not there nothing."""
    try:
        file = (folder / FRAMES).open("rb")
    except FileNotFoundError:
        return
    with file:
        while size := file.read(_SIZE.size):
            yield file.read(_SIZE.unpack(size.ljust(_SIZE.size, b"\0"))[0])


def standings(folder: Path) -> Iterator[Standing]:
    """Of the frames, as far as they are what they were."""
    with suppress(BadFrame):
        for frame in frames(folder):
            yield _standing(parse(frame))


class Frames:
    """Owns staged.frames while it is written, and the ends of the journals it continues."""

    def __init__(
        self, folder: Path, hub: Signer, ends: Sequence[Notification], clock: Clock
    ) -> None:
        """`ends`: the newest batch of every journal of the log."""
        self._folder, self._hub, self._clock = folder, hub, clock
        self._ends = {one.originator_id: stored_head(one.state) for one in ends}
        self._file = (folder / FRAMES).open("wb")
        self._journals: dict[str, tuple[Signer, Journal, Head]] = {}
        self._batches = 0
        self._first: Batch | None = None
        self._last: Batch | None = None

    def add(self, made: Sequence[Made]) -> None:
        """In the order of compounds, days and who they are of; of those as they come."""
        ordered = sorted(made, key=_together)
        for compound, some in groupby(ordered, key=lambda one: one.compound):
            for pack in _packs(some):
                self.write(compound, pack)

    def write(self, compound: str, lines: Sequence[bytes]) -> None:
        """As one batch, if they fit."""
        signer, journal, head = self._journal(compound)
        header = Header(
            journal=journal,
            number=head.number + 1,
            first=head.last + 1,
            last=head.last + len(lines),
            previous=head.hash,
            written_us=round(self._clock.now().timestamp() * 1_000_000),
        )
        try:
            batch = seal(header, b"\n".join(lines) + b"\n", signer)
        except ValueError:
            if len(lines) < 2:
                raise
            half = len(lines) // 2
            self.write(compound, lines[:half])
            self.write(compound, lines[half:])
            return
        self._file.write(_SIZE.pack(len(batch.frame)) + batch.frame)
        self._journals[compound] = signer, journal, batch.head()
        self._batches += 1
        self._first = self._first or batch
        self._last = batch

    def _journal(self, compound: str) -> tuple[Signer, Journal, Head]:
        found = self._journals.get(compound)
        if found is None:
            signer = identity.signer(self._hub, compound)
            journal = identity.journal(signer)
            found = signer, journal, self._ends.get(journal.id, Head())
        return found

    def whole(self, run: str, report: Report) -> None:
        """Durable when this returns, and the log's to take."""
        assert self._first is not None
        assert self._last is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        told = Manifest(
            run=run,
            report=report,
            compounds=tuple(sorted(self._journals)),
            batches=self._batches,
            first=_standing(self._first),
            last=_standing(self._last),
        )
        durable.put(self._folder / MANIFEST, msgspec.json.encode(told), 0o600)

    def close(self) -> None:
        self._file.close()


def _standing(batch: Batch) -> Standing:
    return Standing(batch.header.journal.id.hex, batch.header.number, batch.hash.hex())


def _together(one: Made) -> tuple[str, int, str]:
    return one.compound, one.day, one.who


def _packs(made: Iterator[Made]) -> Iterator[list[bytes]]:
    """Lines of whole days of a device or vehicle, as many as make a batch."""
    pack: list[bytes] = []
    size = 0
    for _, some in groupby(made, key=_together):
        lines = [one.line for one in some]
        more = sum(map(len, lines)) + len(lines)
        if pack and size + more > _PACK:
            yield pack
            pack, size = [], 0
        pack += lines
        size += more
    if pack:
        yield pack
