"""The bound of what a broker has handed over and the disk does not have yet."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from edge.delivery import Delivery


class Unsettled:
    """What came from one broker, on whichever connection: a new one begins with what the last
    one has left to do. Lives on the loop. Over the bound it is full until half is settled."""

    def __init__(self, messages: int, size: int) -> None:
        self._messages, self._most = messages, size
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._roomy = asyncio.Event()
        self._roomy.set()
        self.resume: Callable[[], object] = lambda: None  # the present connection, to read on

    @property
    def left(self) -> int:
        """Messages that may come."""
        return self._messages - len(self._sizes)

    @property
    def full(self) -> bool:
        return not self._roomy.is_set()

    def add(self, got: Sequence[Delivery]) -> None:
        sizes = [len(one.payload) for one in got]
        self._sizes += sizes
        self._bytes += sum(sizes)
        if len(self._sizes) >= self._messages or self._bytes >= self._most:
            self._roomy.clear()

    def settled(self, count: int) -> None:
        """The intake settles in order of receipt; if ever it does not, the sum is right again
        once all are settled."""
        for _ in range(count):
            self._bytes -= self._sizes.popleft()
        half = 2 * len(self._sizes) <= self._messages and 2 * self._bytes <= self._most
        if self.full and half:
            self._roomy.set()
            self.resume()

    async def room(self) -> None:
        """Returns at once unless it is full."""
        await self._roomy.wait()
