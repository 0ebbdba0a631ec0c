"""The gateway's own condition, as an event and as the retained state message."""

import shutil
from datetime import datetime
from pathlib import Path

from core.batch import Lane, parse
from core.events.device import HealthReported
from edge.counters import Counters
from edge.journals import Journals
from edge.records import open_gaps
from edge.stream import Damaged, Stream


def resident_bytes() -> int:
    """Resident set size of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def report(
    journals: Journals, counters: Counters, folder: Path, now: datetime, *, disk_full: bool
) -> HealthReported:
    with journals.active.reading_beside() as c:
        gaps = open_gaps(c)
    waiting = [one for one in journals.streams if one.pending]
    urgent = [one for one in waiting if one.urgent]
    backlog = {
        lane: sum(one.pending for one in waiting if one.journal.lane is lane) for lane in Lane
    }
    return HealthReported(
        boot=journals.active.boot,
        backlog=sum(backlog.values()),
        backlog_urgent=backlog[Lane.URGENT] + backlog[Lane.ALL],
        backlog_bulk=backlog[Lane.BULK],
        oldest_unreceipted_s=max((_age(one, now) for one in waiting), default=0.0),
        oldest_urgent_s=max((_age(one, now) for one in urgent), default=0.0),
        received=counters.received,
        recorded=counters.recorded,
        duplicates=counters.duplicates,
        conflicts=counters.conflicts,
        quarantined=counters.quarantined,
        refused=counters.refused,
        throttled=counters.throttled,
        skewed_devices=counters.skewed_devices,
        open_gaps=gaps,
        quarantine_rows=counters.quarantine_rows,
        damaged=journals.damaged,
        journal_bytes=sum(map(_size, folder.glob("journal*.db*"))),
        disk_free_bytes=shutil.disk_usage(folder).free,
        disk_full=disk_full,
        resident_bytes=resident_bytes(),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # SQLite's own files come and go
        return 0


def _age(stream: Stream, now: datetime) -> float:
    """Seconds since the oldest batch that waits was written; 0 where it cannot be read."""
    try:
        waiting = stream.read(stream.cursor, 1)
    except Damaged:  # the uplink reads the same batch and deals with it
        return 0.0
    if not waiting:
        return 0.0
    written = parse(waiting[0].state).header.written_us / 1_000_000
    return round(max(0.0, now.timestamp() - written), 3)
