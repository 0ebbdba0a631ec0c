"""The bytes that are held of packets which are not whole yet, of all who are signed in.

Each client may begin a packet as large as `max_packet` and take its time: together that would be
1 GB. Nobody is made to wait for who does not go on. Over the bound those go whose packet began
first: who dawdles gets older, while a packet that arrives at its network's pace soon is whole.
"""

from typing import Protocol


class Counted(Protocol):
    unfinished_bytes: int


class Sender(Protocol):
    def dawdled(self) -> None:
        """Its packet has to go, and the connection with it."""
        ...


class Unfinished:
    def __init__(self, limit: int, counters: Counted) -> None:
        self._limit = limit
        self._counters = counters
        self._held: dict[Sender, int] = {}  # in the order in which their packets began

    def hold(self, sender: Sender, size: int) -> None:
        """So much is there of its packet by now."""
        self._counters.unfinished_bytes += size - self._held.get(sender, 0)
        self._held[sender] = size
        while self._counters.unfinished_bytes > self._limit:
            oldest = next(iter(self._held))
            self.free(oldest)
            oldest.dawdled()

    def free(self, sender: Sender) -> None:
        """The packet is whole, or its connection over."""
        self._counters.unfinished_bytes -= self._held.pop(sender, 0)
