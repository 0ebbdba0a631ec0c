"""Everything the laboratory knows of the edge's parts: how they are opened, fed, asked and left.

A change of the journal's or the intake's interface is met here and nowhere else.
"""

import importlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from core.event import Data
from core.events.device import SessionOpened
from core.store import wal
from edge.delivery import Answer
from edge.intake import Own
from tests.crash.lab import account
from tests.crash.lab.account import Wrong
from tests.crash.lab.dbapi import Module
from tests.crash.lab.files import TracedOs
from tests.crash.lab.script import Message
from tests.crash.lab.vfs import LabVfs
from tests.fix_core import START, FixedClock
from tests.fix_edge import EdgeRig, receipt_of

JOURNALS = "journal*.db"
_SPEAKERS = ("eventsourcing.sqlite", "core.store.recorder", "core.keystore", "edge.quarantine")
_WRITERS = ("edge.headmark",)


_LIMIT = 150_000  # bytes between checkpoints: many of them in a short run


@contextmanager
def speaking(module: Module, vfs: LabVfs) -> Iterator[None]:
    """Connections that our code makes meanwhile are `module`'s; the files it writes by itself
    are on the same disk."""
    speakers: list[Any] = [importlib.import_module(name) for name in _SPEAKERS]
    writers: list[Any] = [importlib.import_module(name) for name in _WRITERS]
    for one in speakers:
        one.sqlite3 = module
    for one in writers:
        one.os = TracedOs(vfs)
    limit, wal.LIMIT = wal.LIMIT, _LIMIT
    try:
        yield
    finally:
        wal.LIMIT = limit
        for one in speakers:
            one.sqlite3 = sqlite3
        for one in writers:
            one.os = os


class Acked(msgspec.Struct, frozen=True):
    """Numbers of messages that were acknowledged as stored."""

    numbers: tuple[int, ...]


class Cursors(msgspec.Struct, frozen=True):
    """Journal → last batch the hub has receipted."""

    numbers: Mapping[str, int]


class Edge:
    """A gateway's inside in `folder`, begun as the agent begins it. `told` hears of
    acknowledgements as they happen."""

    def __init__(
        self, folder: Path, told: Callable[[Acked], None] = lambda _: None, *, at: datetime = START
    ) -> None:
        self.rig = EdgeRig(folder, FixedClock(at), remembered=2000)
        self.rig.answers = _Heard(told)
        self._begin()

    def _begin(self) -> None:
        opened = SessionOpened(boot=self.rig.journal.boot, reason="start", buffered=0)
        self.rig.intake.take([Own(data) for data in (*self.rig.journals.findings, opened)])

    def take(self, messages: Sequence[Message], *, again: bool = False) -> None:
        """One group, numbered on from 0 over all groups; `again`: the one before, because
        DiskFull refused it."""
        if again:
            self.rig.intake.again()
        else:
            self.rig.take(*(one.payload for one in messages))

    def heads(self) -> dict[str, int]:
        return {one.journal.id.hex: one.head.number for one in self.rig.journals.streams}

    def cursors(self) -> dict[str, int]:
        return {one.journal.id.hex: one.cursor for one in self.rig.journals.streams}

    def receipted(self, numbers: Mapping[str, int]) -> None:
        for stream in self.rig.journals.streams:
            number = numbers[stream.journal.id.hex]
            if number > stream.cursor:
                stream.took(number, receipt_of(stream, number))

    def pruned(self) -> dict[str, int]:
        """Journal → batches up to here were receipted and have made room."""
        return {one.journal.id.hex: one.delivered.pruned for one in self.rig.journals.streams}

    def served(self, after: Mapping[str, int] | None = None) -> dict[str, dict[int, bytes]]:
        """Frames by number as the uplink would get them, `after` those it has."""
        found: dict[str, dict[int, bytes]] = {}
        for one in self.rig.journals.streams:
            journal = one.journal.id.hex
            begin = max((after or {}).get(journal, 0), one.delivered.pruned)
            found[journal] = {
                stored.originator_version: stored.state for stored in one.read(begin, 1_000_000)
            }
        return found

    def numbered(self) -> dict[str, dict[int, bytes]]:
        """As `served`, around what is declared damaged. Of older files, too."""
        found: dict[str, dict[int, bytes]] = {}
        for one in self.rig.journals.streams:
            frames = found.setdefault(one.journal.id.hex, {})
            for number in range(1, one.head.number + 1):
                if not any(hole.first <= number <= hole.last for hole in one.holes):
                    for stored in one.read(number - 1, 1):
                        frames[stored.originator_version] = stored.state
        return found

    def findings(self) -> list[Data]:
        """What the journal files had to say of themselves when they were opened."""
        return list(self.rig.journals.findings)

    def reopen(self) -> None:
        """An hour later: a restart takes time, and an epoch is named for its first second."""
        self.rig.clock.move(timedelta(hours=1))
        self.rig.reopen()
        self._begin()

    def close(self) -> None:
        self.rig.close()


class _Heard(dict[int, Answer]):
    """Where EdgeRig writes how messages were answered."""

    def __init__(self, told: Callable[[Acked], None]) -> None:
        super().__init__()
        self._told = told

    def __setitem__(self, number: int, answer: Answer) -> None:
        super().__setitem__(number, answer)
        if answer is Answer.STORED:
            self._told(Acked((number,)))


class Found(msgspec.Struct, frozen=True):
    """A gateway's folder as it is on disk, read without any of its code."""

    frames: dict[str, list[bytes]]
    ids: frozenset[str]
    aside: frozenset[bytes]
    declared: int


def look(folder: Path) -> Found:
    """Wrong when a chain, a number or a key does not hold, or an event is there twice."""
    frames: dict[str, list[bytes]] = {}
    for path in sorted(folder.glob(JOURNALS)):
        frames |= account.frames(path)
    events = account.events(frames)
    settled = account.settle((), events)
    settled.close()
    held = account.quarantine(folder / "quarantine.db")
    missing = (held.kids | account.kids(events)) - account.keys(folder / "keys.db")
    if missing:
        raise Wrong(f"keys are not on disk for what they seal: {sorted(missing)[:3]}")
    return Found(frames, settled.ids, held.held, settled.declared)
