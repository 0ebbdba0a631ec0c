"""One file, from bytes to what is staged of it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec

from core import codec
from core.clock import Clock, rfc3339
from core.event import Event, source_of
from core.events.custody import HistoryImported
from devices.adapter import from_epoch
from devices.fields import reveals
from edge.quarantine import Quarantine
from infra.importing import identity, objects, tables
from infra.importing.aside import Aside, Unusable
from infra.importing.ids import Ids
from infra.importing.lines import Block, blocks
from infra.importing.made import GATEWAY
from infra.importing.objects import Objects
from infra.importing.pool import Pool, Read
from infra.importing.reading import MESSAGES, PAYLOADS, How
from infra.importing.report import SHOWN, Report, Tally
from infra.importing.sniff import Sniffed, regular, sniff
from infra.importing.staging import Frames
from infra.importing.tables import Found
from infra.importing.window import Window
from projections.view import DISTRICT

_RAW = 64_000_000  # bytes of rows set aside that are kept
Told = Callable[[str, int, int], None]  # what is being done, how much of it, of how much


class File:
    """Read twice: once to know what it is, once to take it apart."""

    def __init__(self, path: Path, how: How, told: Told) -> None:
        """Unusable, ConfigError: it can not be imported."""
        self.path, self._how, self._told = path, how, told
        size = regular(path)
        self.sniffed: Sniffed = sniff(path, lambda read: told("reading", read, size))
        self.name = _name(path)
        self.aside: list[Aside] = []  # once it was staged

    @property
    def run(self) -> str:
        """Names this file read in this way: read in another, it may give more."""
        material = msgspec.json.encode([self.sniffed.sha256, self._how])
        return hashlib.sha256(material).hexdigest()

    def stage(
        self,
        folder: Path,
        imports: Path,
        frames: Frames | None,
        clock: Clock,
        pool: Pool,
    ) -> Report:
        """Into `folder`; durable but for `frames`, which the caller makes whole. `imports`: where
        it is remembered what was imported. Without `frames` nothing is staged: a dry run."""
        begun = clock.now()
        tally, reference = Tally(), pool.setting.reference_key
        told, reads = self._reads(reference)
        size = self.sniffed.size
        with ExitStack() as opened:
            ids = opened.enter_context(closing(Ids(folder, imports)))
            keys = opened.enter_context(closing(identity.keys(folder, reference)))
            quarantine = opened.enter_context(
                closing(Quarantine(folder / "quarantine.db", keys, _RAW))
            )
            window = Window(self.name, ids, tally, frames, quarantine, keys, clock)
            for read, batch in pool.decoded(reads, size):
                window.add(read, batch)
                self._told("decoding", read.block.read, size)
            window.flush()
            ids.whole()
        self.aside = tally.aside
        if not tally.rows:
            raise Unusable("empty")
        ended = clock.now()
        kinds = {} if isinstance(told, Found) else _kinds(told, tally)
        report = Report(
            file=self.name,
            sha256=self.sniffed.sha256,
            encoding=self.sniffed.encoding,
            kind=told.kind.name if isinstance(told, Found) else ", ".join(kinds) or MESSAGES,
            kinds=kinds,
            columns=told.used,
            unread=tuple(told.unread),
            rows=tally.rows,
            events=tally.events,
            aside=tally.reasons.total(),
            by_type=dict(sorted(tally.types.items())),
            by_reason=dict(tally.reasons.most_common()),
            compounds=dict(sorted(tally.compounds.items())),
            first="" if tally.first is None else from_epoch(tally.first / 1000),
            last="" if tally.last is None else from_epoch(tally.last / 1000),
            duration_s=round((ended - begun).total_seconds(), 3),
            rows_aside=tuple(self.aside[:SHOWN]),
            dry_run=frames is None,
        )
        if frames is not None and report.events:
            frames.write(DISTRICT, [codec.encode(self._imported(report, rfc3339(ended)))])
        return report

    def _reads(self, reference: bytes) -> tuple[Found | Objects, Iterator[Read]]:
        """Unusable for a table that cannot be read so."""
        path, sniffed, how = self.path, self.sniffed, self._how
        found = self.table()
        if found is None:
            told = Objects(how, reference, how.in_zone())
            told.learn(self.rows())
            return told, told.reads(self.rows())
        table = tables.table(path, sniffed, found, how, reference, how.in_zone())
        return found, tables.reads(path, sniffed, found, table)

    def table(self) -> Found | None:
        """Nothing for JSON; Unusable for what is neither."""
        path, sniffed, how = self.path, self.sniffed, self._how
        if how.kind == MESSAGES or objects.rows(path, sniffed) is not None:
            return None
        return tables.find(path, sniffed, how)

    def rows(self) -> Iterator[Block]:
        """As they stand in the file, each in its place."""
        path, sniffed = self.path, self.sniffed
        if found := self.table():
            return tables.rows(path, sniffed, found)
        return objects.rows(path, sniffed) or blocks(path, sniffed)

    def _imported(self, report: Report, at: str) -> Event:
        data = HistoryImported(
            file=report.file,
            sha256=report.sha256,
            rows=report.rows,
            events=report.events,
            aside=report.aside,
            first=report.first,
            last=report.last,
            actor=identity.actor(),
        )
        return Event(
            id=f"import:{self.run}",
            source=source_of(DISTRICT, GATEWAY, GATEWAY),
            type=data.TYPE,
            subject=f"gateway/{GATEWAY}",  # its own word: no device of the district said it
            time=at,
            recordedtime=at,
            timequality="gateway",
            origin="manual",
            data=data,
        )


def refused(path: Path, why: Unusable) -> Report:
    """Nothing of it is taken."""
    return Report(file=_name(path), refused=why.reason, detail=why.detail)


def _kinds(told: Objects, tally: Tally) -> dict[str, int]:
    """What its lines were found to be; rows became messages on the way."""
    said = {MESSAGES: tally.messages - told.handed, PAYLOADS: tally.payloads, **told.kinds}
    return {kind: count for kind, count in said.items() if count}


def _name(path: Path) -> str:
    """A file may be called after somebody, and in another encoding than this machine's."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return f"*{path.suffix}" if reveals(name) else name
