"""The intake thread: what arrived within a few milliseconds of the first is one commit."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from core.errors import DiskFull
from core.events.device import HealthReported, Throttled
from devices.fields import reveals, slug
from edge.ballast import Ballast
from edge.counters import Counters
from edge.delivery import Delivery
from edge.intake import Intake, Item, Own

log = logging.getLogger("edge.intake")

_ENOUGH = 128  # messages that are worth a commit of their own
_QUIET = 5  # no message for so many times the linger: the next one is committed at once
_AGAIN = 1.0  # seconds between attempts on a full disk


class Commits:
    """Owns the queue before the intake and the thread behind it. Everything that puts something
    in may be on any thread and never blocks; what devices send is bounded by their links."""

    def __init__(
        self, intake: Intake, ballast: Ballast, counters: Counters, linger: float, most: int
    ) -> None:
        """`linger` seconds a group waits for more; `most` messages in one, about."""
        self._intake, self._ballast, self._counters = intake, ballast, counters
        self._linger, self._most = linger, most
        self._queue: queue.SimpleQueue[tuple[float, Sequence[Item]] | None] = queue.SimpleQueue()
        self._health: list[Item] | None = None  # the report in the queue
        self._health_lock = threading.Lock()
        self._ended = threading.Event()
        self.disk_full = False

    @property
    def waiting(self) -> int:
        """Deliveries and facts before the intake, about."""
        return self._queue.qsize()

    def deliver(self, deliveries: Sequence[Delivery]) -> None:
        self._queue.put((time.monotonic(), deliveries))

    def put(self, item: Item) -> None:
        items = [item]
        if isinstance(item, Own) and isinstance(item.data, HealthReported):
            # While nothing leaves the queue, a newer report takes the place of the one in it.
            with self._health_lock:
                if self._health is not None:
                    self._health[0] = item
                    return
                self._health = items
        self._queue.put((time.monotonic(), items))

    def put_all(self, items: Sequence[Item]) -> None:
        """In one commit."""
        self._queue.put((time.monotonic(), items))

    def throttled(self, client: str, count: int, waited_s: float, rate: int) -> None:
        """A client of the endpoint had to wait for its share."""
        self._counters.throttled += count
        told = Throttled(count=count, waited_s=round(waited_s, 3), rate=rate)
        name = slug(client)
        if not name or reveals(client) or reveals(name):  # it would stand in a source (I6)
            name = "unnamed"
        self.put(Own(told, name))

    def end(self) -> None:
        """What is in the queue is committed, then `run` returns."""
        self._ended.set()
        self._queue.put(None)

    def run(self, committed: Callable[[], object]) -> None:
        before = float("-inf")
        while True:
            first = self._queue.get()
            if first is None:
                return
            arrived, items = first
            group = list(self._out(items))
            more = self._waiting(group)
            # Who comes alone need not wait for company, nor who waited for the commit before.
            if more and len(group) < _ENOUGH and arrived - before < _QUIET * self._linger:
                pause = arrived + self._linger - time.monotonic()
                if pause > 0:
                    time.sleep(pause)  # and not woken for each message
                    more = self._waiting(group)
            before = arrived
            if not self._take(group, arrived):
                return  # nothing may be recorded that stands behind it
            committed()
            if not more:
                return

    def _out(self, items: Sequence[Item]) -> Sequence[Item]:
        """They are in the queue no more."""
        if items is self._health:
            with self._health_lock:
                self._health = None
        return items

    def _waiting(self, group: list[Item]) -> bool:
        """Takes what is in the queue into the group, as much as it may hold; False at its end."""
        while len(group) < self._most:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return False
            group += self._out(following[1])
        return True

    def _made_room(self) -> bool:
        """Whether the hub has something that could be given up for what waits here."""
        try:
            with self._ballast.lent():
                return self._intake.make_room()
        except DiskFull:
            return False

    def _take(self, group: Sequence[Item], arrived: float) -> bool:
        """False when it ended before there was room: what is in the group is not acknowledged."""
        begun = False
        self._intake.arrived = arrived
        while True:
            try:
                more = self._intake.again() if begun else self._intake.take(group)
            except DiskFull as full:
                begun = True
                if self._ballast.give_up() or self._made_room():
                    continue
                if not self.disk_full:
                    log.error("disk full, nothing is acknowledged until there is room: %s", full)
                self.disk_full = True
                if self._ended.wait(_AGAIN):
                    return False
            else:
                break
        for carry in more:
            self.put(carry)
        if self.disk_full:
            log.warning("there is room again")
            self.disk_full = False
        if self._ballast.given_up:
            self._ballast.take()
        return True
