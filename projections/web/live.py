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
        self._grown = asyncio.Condition()

    def attach(self, runner: Runner, loop: asyncio.AbstractEventLoop) -> None:
        self.position = runner.position()

        def listener(page: Page) -> None:
            if not loop.is_closed():
                asyncio.run_coroutine_threadsafe(self._publish(page), loop)

        runner.listen(listener)

    async def _publish(self, page: Page) -> None:
        async with self._grown:
            self.position = page.position
            self.pages.append(page)
            self._grown.notify_all()

    async def beyond(self, position: int, patience: float) -> int:
        """The newest position once it is greater than `position`, or after `patience` seconds."""
        async with self._grown:
            try:
                async with asyncio.timeout(patience):
                    await self._grown.wait_for(lambda: self.position > position)
            except TimeoutError:
                pass
        return self.position
