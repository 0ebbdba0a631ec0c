"""What all connections of one endpoint share."""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Literal, Protocol

from edge.delivery import Deliver
from edge.endpoint.access import Access, Door
from edge.endpoint.budget import Budget
from edge.endpoint.config import Endpoint, Resolved
from edge.endpoint.counters import Counters
from edge.endpoint.exchange import Exchange
from edge.endpoint.limits import Rate
from edge.endpoint.settlements import Settlements
from edge.endpoint.unfinished import Unfinished

Connected = Callable[[str, Literal["connected", "will", "disconnected"]], None]  # whose identity
Throttled = Callable[[str, int, float, int], None]  # client, messages, seconds waited, rate


class Cancellable(Protocol):
    def cancel(self) -> None: ...


class Check(Protocol):
    """A future of whether a password is right."""

    def cancelled(self) -> bool: ...
    def result(self) -> bool: ...
    def add_done_callback(self, call: Callable[[Any], object], /) -> None: ...


class Loop(Protocol):
    """What is needed of asyncio's."""

    def time(self) -> float: ...
    def call_soon(self, callback: Callable[..., object], /, *args: Any) -> Cancellable: ...
    def call_soon_threadsafe(
        self, callback: Callable[..., object], /, *args: Any
    ) -> Cancellable: ...
    def call_later(
        self, delay: float, callback: Callable[..., object], /, *args: Any
    ) -> Cancellable: ...
    def run_in_executor(self, executor: Executor | None, func: Callable[[], bool], /) -> Check: ...


class Member(Protocol):
    """A connection, as far as others act on it."""

    def tick(self, now: float) -> None: ...
    def heed(self) -> None:
        """The budget of all has filled up, or is free again."""
        ...

    def evict(self) -> None: ...
    def shut_down(self) -> None: ...


class Context:
    """Owns the state between connections; lives on one loop, whose clock is `now`."""

    def __init__(
        self,
        settings: Resolved,
        deliver: Deliver,
        throttled: Throttled,
        loop: Loop,
        checks: Executor | None = None,
        connected: Connected = lambda _client, _state: None,
    ) -> None:
        self.endpoint: Endpoint = settings.endpoint
        self.deliver = deliver
        self.loop = loop
        self.connected = connected  # told of every signed-in connection's begin and end
        self.checks = checks  # where slow password checks run
        self.now = loop.time
        self.counters = Counters(refused={}, dropped={})
        self.door = Door(settings)
        self.exchange = Exchange(self.endpoint, self.counters, self.now)
        self.settlements = Settlements(loop.call_soon_threadsafe)
        self.budget = Budget(self.endpoint.unsettled_bytes, self.counters, self._budget)
        most = max(self.endpoint.unfinished_bytes, self.endpoint.max_packet)
        self.unfinished = Unfinished(most, self.counters)
        self.members: dict[Member, None] = {}  # all connections
        self._waiting: dict[Member, None] = {}  # of them, not signed in yet, oldest first
        self._throttled = throttled
        self._rates: dict[tuple[str, str], Rate] = {}  # by Access.bucket

    def arrived(self, member: Member) -> None:
        """A connection that has not signed in. Too many of those, and the oldest has to go: one
        that signs in at once is never kept out by others that do nothing."""
        self.members[member] = None
        self._waiting[member] = None
        if len(self._waiting) > self.endpoint.max_waiting:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            self.counters.refuse("too-many-waiting")
            oldest.evict()
        self.counters.waiting = len(self._waiting)

    def waits(self, member: object) -> bool:
        """Whether it is still here, and not signed in."""
        return member in self._waiting

    def admitted(self, member: Member) -> None:
        self._waiting.pop(member, None)
        self.counters.waiting = len(self._waiting)
        self.counters.connections += 1
        self.counters.accepted += 1

    def left(self, member: Member) -> None:
        self.members.pop(member, None)
        self._waiting.pop(member, None)
        self.counters.waiting = len(self._waiting)

    def rate(self, access: Access) -> Rate:
        """One bucket a client, however often it reconnects."""
        found = self._rates.get(access.bucket)
        if found is None or found.rate != access.rate:
            found = self._rates[access.bucket] = Rate(access.rate, access.burst, self.now())
        return found

    def sweep(self) -> None:
        """Twice a second."""
        now = self.now()
        for member in list(self.members):
            member.tick(now)
        self.exchange.sweep()
        for bucket, rate in list(self._rates.items()):
            if (found := rate.report(now)) is not None:
                self._throttled("".join(bucket), *found, rate.rate)
            elif not rate.users and rate.idle(now):
                del self._rates[bucket]

    def _budget(self) -> None:
        for member in list(self.members):
            member.heed()
