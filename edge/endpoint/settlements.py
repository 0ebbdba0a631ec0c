"""From whichever thread made messages durable back to the loop that acknowledges them."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from edge.delivery import Answer

Settled = Sequence[tuple[int, Answer]]


class Settling(Protocol):
    def apply(self, settled: Settled) -> None:
        """On the loop."""
        ...


class Settlements:
    """At most one wake-up of the loop waits at a time, however many groups were settled."""

    def __init__(self, wake: Callable[[Callable[[], None]], object]) -> None:
        self._wake = wake  # call_soon_threadsafe
        self._groups: deque[tuple[Settling, Settled]] = deque()
        self._woken = False

    def put(self, link: Settling, settled: Settled) -> None:
        self._groups.append((link, settled))
        if not self._woken:
            self._woken = True
            try:
                self._wake(self.drain)
            except RuntimeError:  # the loop is closed: there is nobody to acknowledge to
                self._woken = False

    def drain(self) -> None:
        self._woken = False  # before looking: what is put from now on wakes anew
        groups = self._groups
        together: dict[Settling, Settled] = {}
        while groups:
            link, settled = groups.popleft()
            before = together.get(link)
            together[link] = settled if before is None else [*before, *settled]
        for link, settled in together.items():
            link.apply(settled)
