"""The bytes that all clients together may have on their way to disk."""

from collections.abc import Callable

from edge.endpoint.counters import Counters

OVERHEAD = 256  # bytes of memory a waiting message costs beside its payload, about


class Budget:
    """Over the bound nobody is read from until half of it is settled."""

    def __init__(self, limit: int, counters: Counters, tell: Callable[[], None]) -> None:
        self._limit = limit
        self._counters = counters
        self._tell = tell
        self.full = False

    def charge(self, size: int) -> None:
        used = self._counters.unsettled_bytes = self._counters.unsettled_bytes + size
        if used > self._limit and not self.full:
            self.full = True
            self._tell()

    def refund(self, size: int) -> None:
        used = self._counters.unsettled_bytes = self._counters.unsettled_bytes - size
        if self.full and used <= self._limit // 2:
            self.full = False
            self._tell()
