"""The hub's pictures, put together: where they stand, and what is done about them by itself."""

import asyncio
import logging
from datetime import timedelta

import msgspec

from core.clock import Clock
from core.errors import DiskFull, EnvironmentFault, Unavailable
from core.media.retention import Retention
from core.media.store import MediaStore
from core.ownjournal import Append
from infra.hub.config import Settings
from infra.hub.link import whole
from infra.hub.stores import MEDIA, Stores
from projections.web.archive import Archive
from projections.web.fixity import Fixity
from projections.web.keeping import Keeping
from projections.web.media_events import MediaEvents
from projections.web.recent import Recent

log = logging.getLogger("hub.media")

_AGAIN = 2.0  # seconds
_LOOK = 0.5  # ... after which somebody who cannot wait is noticed


class Pictures:
    """Two loops, each on a worker thread at a time. What is fatal in an append comes out of them
    (I8); a database that is away is waited for."""

    def __init__(self, settings: Settings, stores: Stores, append: Append, clock: Clock) -> None:
        folder, config = settings.folder / MEDIA, settings.config.media
        self.archive = Archive(
            MediaStore(folder, config.largest_mb * 1_000_000),
            stores.register,
            Retention(config.groups),
            stores.trust.whose,
            MediaEvents(append, clock),
            clock,
            Recent(stores.pictures.position, stores.log.head()),
        )
        self._keeping = Keeping(self.archive)
        path = folder / "fixity.json"
        try:
            self.fixity = Fixity(self.archive, path, timedelta(days=config.turn_days))
        except msgspec.DecodeError as error:
            raise EnvironmentFault(
                f"{path}: not what this hub wrote ({error}). It says how far the check of the "
                "pictures is: delete it, and the check begins anew."
            ) from error

    async def keep(self) -> None:
        """For ever: what is over is removed."""
        while True:
            try:
                pause = await whole(asyncio.to_thread(self._keeping.tick))
            except (DiskFull, Unavailable) as away:
                log.error("pictures whose time is over wait: %s", away)
                pause = _AGAIN
            await asyncio.sleep(pause)

    async def check(self) -> None:
        """For ever: every file is read again."""
        while True:
            try:
                pause = await whole(asyncio.to_thread(self.fixity.step))
            except (DiskFull, Unavailable) as away:
                log.error("the check of the pictures waits: %s", away)
                await asyncio.sleep(_AGAIN)
                continue
            while pause > 0 and not self.fixity.hurried:
                await asyncio.sleep(min(pause, _LOOK))
                pause -= _LOOK
