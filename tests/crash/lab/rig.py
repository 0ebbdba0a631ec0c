"""Everything the laboratory knows of the edge's parts: how they are opened, fed, asked and left.

A change of the journal's or the intake's interface is met here and nowhere else.
"""

import importlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.crash.lab import account
from tests.crash.lab.account import Wrong
from tests.crash.lab.script import Message
from tests.crash.lab.trace import Trace
from tests.fix_core import FixedClock
from tests.fix_edge import EdgeRig

JOURNALS = "journal*.db"
_SPEAKERS = ("eventsourcing.sqlite", "core.store.recorder", "core.keystore", "edge.quarantine")


@contextmanager
def speaking(module: object, trace: Trace | None = None) -> Iterator[None]:
    """Connections that our code makes meanwhile are `module`'s; what it writes to files by
    itself is traced as well."""
    speakers: list[Any] = [importlib.import_module(name) for name in _SPEAKERS]
    for one in speakers:
        one.sqlite3 = module
    try:
        yield
    finally:
        for one in speakers:
            one.sqlite3 = sqlite3


class Acked(msgspec.Struct, frozen=True):
    """Numbers of messages that were acknowledged."""

    numbers: tuple[int, ...]


class Cursors(msgspec.Struct, frozen=True):
    """Journal → last batch the hub has receipted."""

    numbers: Mapping[str, int]


class Edge:
    """A gateway's inside in `folder`. `told` hears of acknowledgements as they happen."""

    def __init__(self, folder: Path, told: Callable[[Acked], None] = lambda _: None) -> None:
        self.rig = EdgeRig(folder, FixedClock(), remembered=2000)
        self.rig.acked = _Heard(told)

    def take(self, messages: Sequence[Message], *, again: bool = False) -> None:
        """One group, numbered on from 0 over all groups; `again`: the one before, with its
        numbers, because DiskFull refused it."""
        self.rig.take(*(one.payload for one in messages))

    def heads(self) -> dict[str, int]:
        journal = self.rig.journal
        return {journal.journal.id.hex: journal.head.number}

    def cursors(self) -> dict[str, int]:
        journal = self.rig.journal
        return {journal.journal.id.hex: journal.cursor}

    def receipted(self, numbers: Mapping[str, int]) -> None:
        journal = self.rig.journal
        journal.move_cursor(numbers[journal.journal.id.hex])

    def served(self) -> dict[str, list[bytes]]:
        """Frames as the uplink would get them, from the beginning."""
        journal = self.rig.journal
        return {journal.journal.id.hex: [one.state for one in journal.read(0, 1_000_000)]}

    def reopen(self) -> None:
        self.rig.reopen()

    def close(self) -> None:
        self.rig.close()


class _Heard(list[int]):
    """What EdgeRig writes its acknowledgements to."""

    def __init__(self, told: Callable[[Acked], None]) -> None:
        super().__init__()
        self._told = told

    def append(self, number: int) -> None:
        super().append(number)
        self._told(Acked((number,)))


class Found(msgspec.Struct, frozen=True):
    """A gateway's folder as it is on disk, read without any of its code."""

    frames: dict[str, list[bytes]]
    ids: frozenset[str]
    aside: frozenset[bytes]


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
    return Found(frames, settled.ids, held.held)
