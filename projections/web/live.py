"""From the runner's thread to the event loop: who waits for the log to grow is told."""

import asyncio
from collections import deque

from projections.runner import Page, Runner

_KEPT = 64  # pages in memory for screens that show events as they come


class Live:
    """Owns the newest pages. `attach` once; everything else on the event loop."""

    def __init__(self) -> None:
        self.position = 0
        self.pages: deque[Page] = deque(maxlen=_KEPT)
        self._waiting: set[asyncio.Future[None]] = set()

    def attach(self, runner: Runner, loop: asyncio.AbstractEventLoop) -> None:
        def listener(page: Page) -> None:
            try:
                loop.call_soon_threadsafe(self._publish, page)
            except RuntimeError:
                if not loop.is_closed():  # closed: nobody is left to tell
                    raise

        # Listen, then look: a page committed between the two is told, not missed.
        runner.listen(listener)
        self.position = max(self.position, runner.position())

    def _publish(self, page: Page) -> None:
        self.position = max(self.position, page.position)
        self.pages.append(page)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def beyond(self, position: int, patience: float) -> int:
        """The newest position once it is greater than `position`, or after `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                while self.position <= position:
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiting.discard(waiter)
        except TimeoutError:
            pass
        return self.position
