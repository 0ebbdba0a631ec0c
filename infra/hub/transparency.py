"""The transparency log beside the hub's other parts: signs what is stored, every few seconds, and
looks again, slowly, whether what was signed is still what is stored. When it is not, signing ends
and everybody is told; the gates go on.
"""

import asyncio
import contextlib
import hashlib
import logging
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from core.clock import Clock, rfc3339
from core.errors import ConfigError, DiskFull, Unavailable
from core.event import Data, Event, source_of
from core.events.log import SUBJECT, Diverged
from core.keys import Signer
from core.ownjournal import GATEWAY
from core.store.port import EventStore
from core.tlog import lives
from core.tlog.checkpoint import default_origin
from core.tlog.integrator import Integrator
from core.tlog.log import TransparencyLog
from core.tlog.tiles import WIDTH
from infra.hub.config import Settings
from infra.hub.link import whole

log = logging.getLogger("hub.tlog")

DEVICE = "log"  # the device part of the sources of these events
_LOOK = 1.0  # seconds between two tiles of a round
_ROUND = 3600.0  # ... and between rounds
_AGAIN = 2.0  # ... when there was no room, or no answer
_T = TypeVar("_T")
_MOST = 65_536  # leaves; while a long log is caught up with, so many are published at once


def open_log(
    settings: Settings, opened: contextlib.ExitStack, signer: Signer, clock: Clock
) -> TransparencyLog:
    """ConfigError when hub.toml names it otherwise than it is known."""
    default = default_origin(signer.public)
    try:
        life = lives.opened(settings.folder, settings.config.log.origin, default)
    except ConfigError as error:
        raise ConfigError(f"{settings.path}: {error}") from error
    made = TransparencyLog(life.folder, life.origin, signer, clock)
    return opened.enter_context(contextlib.closing(made))


class Publisher:
    """Owns when the log is integrated, published and compared, and that a divergence is told."""

    def __init__(
        self,
        tlog: TransparencyLog,
        store: EventStore,
        append: Callable[[Sequence[Event]], int],
        compounds: Callable[[], Collection[str]],
        clock: Clock,
    ) -> None:
        self._tlog = tlog
        self._store = store
        self._append = append
        self._compounds = compounds
        self._clock = clock
        # A hub that is restarted every day would else never come to the end of its log.
        begin = random.randrange(tlog.size // WIDTH + 1)  # noqa: S311 - no secret
        self._integrator = Integrator(tlog, store, begin)

    async def run(self, checkpoint_s: float) -> None:
        """For ever; what is fatal in the log's files comes out of here (I8)."""
        loop = asyncio.get_running_loop()
        publishing = sweeping = loop.time()
        while not self._tlog.halted:
            pause = _LOOK
            try:
                if loop.time() >= publishing:
                    await self._publish()
                    publishing = loop.time() + checkpoint_s
                if loop.time() >= sweeping and not await _thread(self._integrator.sweep):
                    sweeping = loop.time() + _ROUND
            except (DiskFull, Unavailable) as away:
                log.error("the transparency log waits: %s", away)
                pause = _AGAIN
            await asyncio.sleep(pause)
        await self._tell()

    async def _publish(self) -> None:
        """In small steps: who stops the hub does not wait for a long log to be caught up with."""
        until, published = await _thread(self._store.head), self._tlog.size
        while await _thread(partial(self._integrator.step, until)):
            if self._tlog.size - published >= _MOST:
                await _thread(self._tlog.publish)
                published = self._tlog.size
        await _thread(self._tlog.publish)

    async def _tell(self) -> None:
        """Once a start, every compound that can hear it; then there is nothing left to do."""
        found = self._tlog.halted
        assert found is not None
        log.critical(
            "THE LOG IS NOT WHAT WAS SIGNED, position %d (%s): %s. Nothing more is signed; "
            "docs/recovery.md says what to do.", found.position, found.what, found.detail,
        )  # fmt: skip
        published = self._tlog.published()
        data = Diverged(
            origin=self._tlog.origin,
            size=published.size if published else 0,
            what=found.what,
            position=found.position,
            detail=found.detail,
        )
        at, said = self._clock.now(), list[Event]()
        while not await self._said(said):
            await asyncio.sleep(_AGAIN)
            said = said or events(SUBJECT, data, self._compounds(), at)
        await asyncio.Event().wait()

    async def _said(self, said: Sequence[Event]) -> bool:
        try:
            return bool(said) and await _thread(partial(self._append, said)) > 0
        except (DiskFull, Unavailable) as away:
            log.error("that the log diverged waits to be written: %s", away)
            return False


def events(subject: str, data: Data, compounds: Iterable[str], at: datetime) -> list[Event]:
    """The log is everybody's: each compound's guards hear of it."""
    told = rfc3339(at)
    digest = hashlib.sha256(repr((subject, data, told)).encode()).hexdigest()[:32]
    return [
        Event(
            id=f"log:{digest}",
            source=source_of(compound, GATEWAY, DEVICE),
            type=data.TYPE,
            subject=subject,
            time=told,
            recordedtime=told,
            timequality="gateway",
            data=data,
        )
        for compound in sorted(compounds)
    ]


async def _thread(work: Callable[[], _T]) -> _T:
    return await whole(asyncio.to_thread(work))
