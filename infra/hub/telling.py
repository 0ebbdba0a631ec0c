"""What the hub says by itself about alarms: timers that come due, and what was concluded. Both
block for their fsync on a worker thread, and wait out a database that is away."""

import asyncio
import logging

from core.errors import DiskFull, Unavailable
from infra.hub.link import whole
from projections.outbox import Outbox
from projections.timers import Timers
from projections.web.live import Live

log = logging.getLogger("hub")

_LOOK = 1.0  # seconds; a page of the views wakes it earlier
_AGAIN = 2.0  # seconds


async def fire(timers: Timers) -> None:
    """For ever; what is fatal in an append comes out of here (I8)."""
    while True:
        try:
            pause = await whole(asyncio.to_thread(timers.tick))
        except (DiskFull, Unavailable) as away:
            log.error("timers wait: %s", away)
            pause = _AGAIN
        await asyncio.sleep(pause)


async def tell(outbox: Outbox, live: Live) -> None:
    """For ever; as soon as the views have concluded something."""
    position = -1
    while True:
        position = await live.beyond(position, _LOOK)
        try:
            while outbox.waiting and await whole(asyncio.to_thread(outbox.tick)):
                pass
        except (DiskFull, Unavailable) as away:
            log.error("what the views concluded of alarms waits to be written: %s", away)
            await asyncio.sleep(_AGAIN)
