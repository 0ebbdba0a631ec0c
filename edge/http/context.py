"""What all connections of the HTTP intake share."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeVar

from core.errors import DiskFull, FatalError
from devices.lifting import Picture
from devices.wire import Place
from edge.counters import Counters as Told
from edge.delivery import Answer
from edge.durable_link import DurableLink
from edge.endpoint.limits import Rate
from edge.endpoint.topics import Rules
from edge.endpoint.unfinished import Sender, Unfinished
from edge.http.config import Resolved
from edge.http.counters import Counters
from edge.http.declined import Declined
from edge.http.dialogs import Dialogs
from edge.http.door import Door

if TYPE_CHECKING:
    from edge.media.spool import Spool

log = logging.getLogger("edge.http")

Throttled = Callable[[str, int, float, int], None]  # device, messages, seconds waited, rate
_T = TypeVar("_T")
_LARGE_ONES, _DAWDLES_S = 2, 20.0
_SAID, _SAID_S = 1_000, 60.0  # refusals remembered, and seconds between two lines of the log
_SMALL = 65_536  # bytes whose reading does not hold the loop up


class Notes(Protocol):
    def keep(self, notes: Mapping[str, str]) -> None:
        """Durable when it returns."""
        ...


class Room:
    """The bytes of all that are on their way to disk. Whoever is larger than the room goes in
    alone."""

    def __init__(self, limit: int, counters: Counters) -> None:
        self._limit, self._counters = limit, counters
        self._free = asyncio.Event()

    async def enter(self, size: int) -> None:
        while self._counters.unsettled_bytes and self._counters.unsettled_bytes + size > (
            self._limit
        ):
            self._free.clear()
            await self._free.wait()
        self._counters.unsettled_bytes += size

    def leave(self, size: int) -> None:
        self._counters.unsettled_bytes -= size
        self._free.set()


class Large:
    """Bodies of a MB and more are read a few at a time: they are a camera's largest pictures, and
    many at once would be more memory than there is. Who dawdles while others wait has to go."""

    def __init__(self) -> None:
        self._held: dict[Sender, float] = {}  # since when, in order
        self._free = asyncio.Event()

    async def enter(self, sender: Sender) -> None:
        loop = asyncio.get_running_loop()
        while len(self._held) >= _LARGE_ONES:
            oldest, since = next(iter(self._held.items()))
            if loop.time() - since > _DAWDLES_S:
                self.leave(oldest)
                oldest.dawdled()
                continue
            self._free.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._free.wait()
        self._held[sender] = loop.time()

    def leave(self, sender: Sender) -> None:
        if self._held.pop(sender, None) is not None:
            self._free.set()


class Context:
    """On one loop. `aside` is one thread for what would hold the loop up."""

    def __init__(
        self,
        settings: Resolved,
        link: DurableLink,
        throttled: Throttled,
        place: Place,
        notes: Notes,
        spool: "Spool | None",
        told: Told,
    ) -> None:
        http = settings.http
        self.http, self.settings = http, settings
        self.link, self.place, self.notes, self._told = link, place, notes, told
        self._throttled, self._spool = throttled, spool
        self._loop = asyncio.get_running_loop()
        self.counters = Counters()
        self.door = Door(settings)
        self.dialogs = Dialogs()
        self.room = Room(http.unsettled_bytes, self.counters)
        packed_and_not = 2 * http.max_body + _SMALL  # of one body
        self.unfinished = Unfinished(max(http.unfinished_bytes, packed_and_not), self.counters)
        self.large = Large()
        self.rules = {name: self._rules(name) for name in self.door.devices}
        self.nobody = self._rules("")
        self.fatal: asyncio.Future[None] = self._loop.create_future()
        self._rates: dict[tuple[str, str], Rate] = {}
        self._telling: set[asyncio.Task[Answer]] = set()
        self._said: dict[tuple[str, str], float] = {}  # address, reason → when the log had it
        self._aside = ThreadPoolExecutor(1, "http")

    @property
    def keeps(self) -> bool:
        """Whether pictures are kept, and not only hashed."""
        return self._spool is not None

    def now(self) -> float:
        return self._loop.time()

    async def aside(self, size: int, work: Callable[[], _T]) -> _T:
        """`work` on `size` bytes; off the loop where that is much."""
        if size <= _SMALL:
            return work()
        return await self._loop.run_in_executor(self._aside, work)

    async def slowly(self, work: Callable[[], _T]) -> _T:
        return await self._loop.run_in_executor(self._aside, work)

    def learn(self, name: str, secret: str) -> None:
        """Holds for the next request; `forget` likewise."""
        self.door.learn(name, secret)
        self.rules[name] = self._rules(name)

    def forget(self, name: str) -> None:
        self.door.forget(name)
        if name not in self.door.devices:
            self.rules.pop(name, None)

    def rate(self, name: str, address: str) -> Rate:
        """One bucket a device, or an address where nobody proves to be one."""
        http = self.http
        device = self.door.devices.get(name)
        rate = (device.rate if device is not None else None) or http.rate
        burst = (device.burst if device is not None else None) or max(http.burst, rate)
        key = (name, "") if name else ("", address)
        found = self._rates.get(key)
        if found is None:
            found = self._rates[key] = Rate(rate, burst, self.now())
        return found

    def refused(self, reason: str, *, unauthorized: bool = False) -> None:
        self.counters.refuse(reason)
        self._told.http_refused += 1
        if unauthorized:
            self.counters.unauthorized += 1
            self._told.http_unauthorized += 1

    def declined(self, address: str, declined: Declined) -> None:
        """Counted each time, and said now and then: who is refused comes again at once."""
        self.refused(declined.reason, unauthorized=declined.status in (401, 429))
        key, now = (address, declined.reason), self.now()
        level = logging.DEBUG
        if now - self._said.get(key, float("-inf")) >= _SAID_S:
            if len(self._said) >= _SAID:
                self._said.clear()
            self._said[key], level = now, logging.INFO
        log.log(level, "%s: %d %s", address, declined.status, declined.reason)

    def free(self, sender: Sender) -> None:
        """Its body is whole and on its way, or its request over."""
        self.unfinished.free(sender)
        self.large.leave(sender)

    def requested(self) -> None:
        self.counters.requests += 1
        self._told.http_requests += 1

    async def keep(self, device: str, pictures: tuple[Picture, ...]) -> None:
        """Durable when it returns, before the event that names them. Where there is no room, the
        event names a picture that is nowhere: its hash holds all the same."""
        self.counters.pictures += len(pictures)
        if self._spool is not None and pictures:
            await self.slowly(lambda: self._kept(device, pictures))

    def _kept(self, device: str, pictures: tuple[Picture, ...]) -> None:
        from edge.media.spool import NoRoom

        assert self._spool is not None
        for one in pictures:
            try:
                self._spool.keep(one.content, device, one.media.kind)
            except (NoRoom, DiskFull) as error:
                log.warning("a picture is not kept: %s", error)
            except OSError as error:  # of our disk, and not of whoever sends (I8)
                raise FatalError(f"pictures cannot be kept: {error.strerror}") from error

    def telling(self, told: Coroutine[object, object, Answer], size: int) -> "asyncio.Task[Answer]":
        """Goes on when who waits for it is gone: its bytes are under way until they are durable."""

        def settled(task: "asyncio.Task[Answer]") -> None:
            self._telling.discard(task)
            self.room.leave(size)

        task = asyncio.create_task(told)
        self._telling.add(task)
        task.add_done_callback(settled)
        return task

    def sweep(self) -> None:
        """Twice a second."""
        now = self.now()
        for key, rate in list(self._rates.items()):
            if (found := rate.report(now)) is not None:
                self._throttled(key[0], *found, rate.rate)
            elif not rate.users and rate.idle(now):
                del self._rates[key]

    def close(self) -> None:
        for task in list(self._telling):
            task.cancel()
        self._aside.shutdown(cancel_futures=True)  # a note under way is finished

    def _rules(self, name: str) -> Rules:
        device = self.door.devices.get(name)
        filters = self.http.publish
        if device is not None and device.publish is not None:
            filters = device.publish
        if not name:
            filters = tuple(one for one in filters if one[0] == "!" or "{user}" not in one)
        return Rules(filters, {"user": name, "client": name})
