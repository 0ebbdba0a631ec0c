"""Every picture is read again and hashed, slowly, for ever: whoever needs one in a year shall not
be the first to find that it is no longer there.

Where a turn stands is in `media/fixity.json`: a restart goes on from there.
"""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from core import durable
from core.clock import parse_rfc3339, rfc3339
from core.events.media import FixityChecked
from core.media.store import Damaged
from projections.web.archive import Archive

_SLOWEST = 256_000.0  # bytes a second; faster where a turn would take longer than half its time
_SAVED = 64  # files, after which is noted how far it is
_IDLE = 30.0  # seconds


class Count(msgspec.Struct):
    files: int = 0
    bytes: int = 0
    damaged: int = 0
    missing: int = 0


class Turn(msgspec.Struct):
    """`after`: the last hash that was looked at; `until`: when it ended, empty before; `total`:
    how many files, and bytes, there were when it began."""

    since: str = ""
    until: str = ""
    after: str = ""
    total: tuple[int, int] = (0, 0)
    counts: dict[str, Count] = {}

    def files(self) -> int:
        return sum(one.files for one in self.counts.values())


class Fixity:
    """Owns the file. `step` on one thread; `hurry` and `status` from any."""

    def __init__(self, archive: Archive, path: Path, turn: timedelta) -> None:
        """ValueError: the file is not one of ours."""
        self._archive, self._path = archive, path
        self._length = turn.total_seconds()
        self._hurry = threading.Event()
        try:
            self._turn = msgspec.json.decode(path.read_bytes(), type=Turn)
        except FileNotFoundError:
            self._turn = Turn()
        self._unsaved = 0

    def hurry(self) -> None:
        """From now on without a pause, until the turn is over; a new one where none is under
        way."""
        self._hurry.set()

    def status(self) -> dict[str, Any]:
        turn = self._turn
        found: dict[str, Any] = msgspec.to_builtins(turn)
        return {**found, "files": turn.files(), "hurried": self.hurried}

    @property
    def hurried(self) -> bool:
        return self._hurry.is_set()

    def step(self) -> float:
        """One file, or the beginning or end of a turn; seconds until the next one. Unavailable and
        DiskFull as an append does: then the same step again."""
        now = self._archive.clock.now()
        turn = self._turn
        if turn.until or not turn.since:
            due = parse_rfc3339(turn.since).timestamp() + self._length if turn.since else 0.0
            if not self.hurried and now.timestamp() < due:
                return min(_IDLE, due - now.timestamp())
            self._save(Turn(since=rfc3339(now), total=self._archive.register.total()))
            return 0.0
        page = self._archive.register.walk(turn.after, 1)
        if not page:
            self._end(turn, rfc3339(now))
            return 0.0
        sha256, size = page[0]
        self._look(turn, sha256)
        turn.after = sha256
        self._unsaved += 1
        if self._unsaved >= _SAVED:
            self._save(turn)
        return size / max(_SLOWEST, 2 * turn.total[1] / self._length)

    def _look(self, turn: Turn, sha256: str) -> None:
        entry = self._archive.entry(sha256)
        count = turn.counts.setdefault(entry.compound, Count())
        try:
            found = self._archive.store.open(sha256)
        except Damaged as fault:
            if not self._archive.failed(entry, fault):
                return  # removed meanwhile
            if fault.found:
                count.damaged += 1
            else:
                count.missing += 1
        else:
            found.file.close()
            count.bytes += found.bytes
        count.files += 1

    def _end(self, turn: Turn, now: str) -> None:
        """On record before it is over here: dying between says it twice, never not at all."""
        events = {
            compound: FixityChecked(
                files=one.files,
                bytes=one.bytes,
                damaged=one.damaged,
                missing=one.missing,
                since=turn.since,
                until=now,
            )
            for compound, one in sorted(turn.counts.items())
        }
        self._archive.events.sum_up(events)
        turn.until = now
        self._hurry.clear()
        self._save(turn)

    def _save(self, turn: Turn) -> None:
        durable.put(self._path, msgspec.json.encode(turn), 0o600)
        self._turn, self._unsaved = turn, 0
