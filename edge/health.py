"""The gateway's own condition, as an event and as the retained state message."""

import shutil
from datetime import datetime
from pathlib import Path

from core.batch import parse
from core.events.device import HealthReported
from edge.counters import Counters
from edge.journal import EdgeJournal


def resident_bytes() -> int:
    """Resident set size of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def report(journal: EdgeJournal, counters: Counters, folder: Path, now: datetime) -> HealthReported:
    oldest = 0.0
    waiting = journal.read(journal.cursor, 1)
    if waiting:
        written = parse(waiting[0].state).header.written_us / 1_000_000
        oldest = round(max(0.0, now.timestamp() - written), 3)
    return HealthReported(
        boot=journal.boot,
        backlog=journal.head.number - journal.cursor,
        oldest_unreceipted_s=oldest,
        received=counters.received,
        recorded=counters.recorded,
        duplicates=counters.duplicates,
        quarantined=counters.quarantined,
        journal_bytes=sum(path.stat().st_size for path in folder.glob("journal.db*")),
        disk_free_bytes=shutil.disk_usage(folder).free,
        resident_bytes=resident_bytes(),
    )
