"""Heavy reads take turns: so many at once on worker threads, so many in the queue, no more.

Folding the past or scanning the log holds a core; without a bound, a few curious clients
would leave nothing for the intake and the live views.
"""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from core.errors import MenweiError

P = ParamSpec("P")
T = TypeVar("T")


class Busy(MenweiError):
    """Too many requests of this kind are waiting already."""


class Turns:
    """Event loop only."""

    def __init__(self, abreast: int, queue: int) -> None:
        self._running = asyncio.Semaphore(abreast)
        self._room = abreast + queue
        self._inside = 0

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` returns, once it was its turn. Busy when the queue is full."""
        if self._inside >= self._room:
            raise Busy("too many requests of this kind are waiting")
        self._inside += 1
        try:
            async with self._running:
                return await run_in_threadpool(work, *args, **kwargs)
        finally:
            self._inside -= 1
