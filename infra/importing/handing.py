"""What the command has staged while a hub runs, into that hub's log: it is the one writer (I8).

Also after a crash of either: what is staged whole is finished by the hub that starts next.
"""

import asyncio
import logging
import threading
from pathlib import Path

from core.clock import Clock
from core.errors import DiskFull, EnvironmentFault, Unavailable
from core.keys import Signer
from core.store.port import EventStore
from core.trust import Trust
from infra.hub.link import whole
from infra.importing import staging, taking
from infra.importing.taking import Stale

log = logging.getLogger("hub.import")

_LOOK = 0.2  # seconds between looks
_AGAIN = 5.0  # ... after the store was away or full


class _Stopped(Exception):
    """The hub stops; what is staged stays."""


async def take_in(folder: Path, store: EventStore, hub: Signer, trust: Trust, clock: Clock) -> None:
    """For ever; cancel to stop. `folder`: the hub's. What is fatal in a commit comes out (I8)."""
    imports = folder / taking.FOLDER
    stopping = threading.Event()
    while True:
        pause = _LOOK
        work = asyncio.create_task(
            asyncio.to_thread(_take, imports, store, hub, trust, clock, stopping)
        )
        try:
            await asyncio.shield(work)
        except (DiskFull, Unavailable, EnvironmentFault, OSError) as trouble:
            # Also when what was staged is damaged: gates do not wait for a history.
            log.error("an import waits: %s", trouble)
            pause = _AGAIN
        except asyncio.CancelledError:
            stopping.set()  # after the commit under way
            await whole(_end(work))
            raise
        await asyncio.sleep(pause)


async def _end(work: asyncio.Task[None]) -> None:
    await work


def _take(
    imports: Path,
    store: EventStore,
    hub: Signer,
    trust: Trust,
    clock: Clock,
    stopping: threading.Event,
) -> None:
    staged = staging.manifest(imports)
    if staged is None:
        return

    def told(_taken: int) -> None:
        if stopping.is_set():
            raise _Stopped

    try:
        report = taking.take(imports, staged, store, hub, trust, clock, told)
    except Stale as stale:
        log.error("%s is not imported, run it again: %s", staged.report.file, stale)
        staging.discard(imports)
    except _Stopped:
        log.info("%s: goes on when the hub starts again", staged.report.file)
    else:
        log.info("%s: %d events imported", report.file, report.events)
