"""From the runner's thread to the event loop: who waits for the log to grow is told."""

import asyncio

from projections.runner import Page, Runner


class Live:
    """Owns the position the views have told. `attach` once; everything else on the event loop."""

    def __init__(self) -> None:
        self.position = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def attach(self, runner: Runner, loop: asyncio.AbstractEventLoop) -> None:
        def listener(page: Page) -> None:
            try:
                loop.call_soon_threadsafe(self._publish, page.position)
            except RuntimeError:
                if not loop.is_closed():  # closed: nobody is left to tell
                    raise

        # Listen, then look: a page committed between the two is told, not missed.
        runner.listen(listener)
        self.position = max(self.position, runner.position())

    def _publish(self, position: int) -> None:
        self.position = max(self.position, position)
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
