"""The hub's log handed on to a library of GA/T 1400, object by object, each answer on record.

A page of the log becomes objects; they are posted, the receiver's answer is appended to the hub's
own journal, and only when all of the page is answered the position is kept. Dying after an
answer is on record: the records behind the position are read first, and what they name is not sent
again. Dying between an answer and its record: it is sent again under the same id.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from core.catalog import CATALOG
from core.clock import Clock, rfc3339
from core.errors import DiskFull, Unavailable
from core.event import Event, Recorded, source_of
from core.events.handoff import Delivered, Failed
from core.ownjournal import GATEWAY
from core.store.port import Log
from devices.fields import reveals
from devices.gat1400.status import OK, Status
from infra.handoff.config import Target
from infra.handoff.line import Away
from infra.handoff.mapping import Made, object_of
from infra.handoff.mark import Mark
from infra.handoff.pictures import AT_ONCE, ArchiveGallery, Pictures
from infra.handoff.session import Session, Unacceptable, Unregistered
from infra.hub.link import whole
from projections import pages
from projections.web.archive import Archive

log = logging.getLogger("hub.handoff")

DEVICE = "handoff"  # the device part of the sources of these events
_LOOK = 1.0  # seconds
_AGAIN = 2.0  # ... until a store that is away is asked again
_BACKOFF = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
_PAGE = 400_000  # bytes of frames
_IDLE = 256  # positions without anything to hand on after which the mark is kept all the same
_BUSY = frozenset({2, 3, 9})  # DeviceBusy, DeviceError, rebooting: of now, not of the object

Tell = Callable[[Sequence[Event]], int]
Open = Callable[[Event], Mapping[str, str]]
_T = TypeVar("_T")


class Sender:
    """One target. Owns its mark, its session and what of the page is answered. Event loop;
    `store`, `append` and `opened` are asked on worker threads."""

    def __init__(
        self,
        target: Target,
        store: Log,
        append: Tell,
        opened: Open,
        mark: Mark,
        clock: Clock,
        pictures: Pictures | None = None,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._target = target
        self._store = store
        self._append = append
        self._opened = opened
        self._mark = mark
        self._clock = clock
        self._pictures = pictures
        self._session = Session(target)
        self._position = 0
        self._kept = 0
        self._answered: set[str] = set()  # ids of objects behind the mark that are on record
        self._trouble = ""  # what is on record of the present one
        self._failures = 0
        self._due = 0.0  # when it is to hear of us at the latest, by the loop's clock
        self._rest = rest

    async def run(self) -> None:
        """For ever; what is fatal in an append or in the mark comes out of here (I8)."""
        await self.begin()
        while True:
            if not await self.step():
                await self._rest(_LOOK)

    async def step(self) -> bool:
        """One page of the log; False when there is none."""
        page = await self._page(self._position)
        if page is None:
            await self._keep_alive()
            return False
        made = await asyncio.to_thread(self._objects, page.items)
        for _, some in groupby(
            (one for one in made if one.id not in self._answered),
            key=lambda one: (one.of.compound, one.name),
        ):
            batch = self._target.config.batch
            for chunk in _chunks(list(some), min(batch, AT_ONCE) if self._pictures else batch):
                await self._deliver(await self._illustrated(chunk))
        self._position = page.last.id
        if made or self._position - self._kept >= _IDLE:
            await whole(asyncio.to_thread(self._mark.keep, self._position))
            self._kept = self._position
            self._answered.clear()
        return True

    async def begin(self) -> None:
        """From the mark on; what was answered behind it is read off the records."""
        kept = await asyncio.to_thread(self._mark.read)
        if kept is None:
            kept = 0
            if self._target.config.since == "now":
                kept = await _there(self._store.head)
            await whole(asyncio.to_thread(self._mark.keep, kept))
        self._position = self._kept = after = kept
        while page := await self._page(after):
            for item in page.items:
                if isinstance(item, Recorded):
                    self._answered.update(self._on_record(item))
            after = page.last.id

    async def _page(self, after: int) -> pages.Page | None:
        return await _there(partial(pages.read, self._store, CATALOG, after, None, _PAGE))

    def _on_record(self, item: Recorded) -> Iterable[str]:
        data = item.event.data
        if item.gateway != GATEWAY or not isinstance(data, Delivered | Failed):
            return ()
        final = isinstance(data, Delivered) or data.final
        return data.info_ids if final and data.target == self._target.name else ()

    def _objects(self, items: Sequence[object]) -> list[Made]:
        made: list[Made] = []
        for item in items:
            if not isinstance(item, Recorded):
                continue
            clear: Mapping[str, str] = {}
            if self._target.config.personal and item.event.data.pii is not None:
                try:
                    clear = self._opened(item.event)
                except ValueError:
                    clear = {}
            if one := object_of(item, self._target, clear):
                made.append(one)
        return made

    async def _illustrated(self, chunk: Sequence[Made]) -> Sequence[Made]:
        pictures = self._pictures
        if pictures is None:
            return chunk
        await pictures.brought(chunk, self._rest)
        return [await _there(partial(pictures.illustrated, one)) for one in chunk]

    async def _deliver(self, chunk: Sequence[Made]) -> None:
        """Returns when each of them is answered, and the answer on record."""
        waiting = list(chunk)
        while waiting:
            try:
                if not self._session.registered:
                    await self._session.register()
                said = await self._session.post(waiting)
            except Unacceptable as error:
                self._heard()
                if len(waiting) > 1:  # one of them spoils the rest
                    half = len(waiting) // 2
                    await self._deliver(waiting[:half])
                    await self._deliver(waiting[half:])
                else:
                    status = Status("", error.status, str(error))
                    await self._record(waiting, status)
                return
            except Away as error:
                reason = "unregistered" if isinstance(error, Unregistered) else "unreachable"
                await self._troubled(waiting, Status("", 0, str(error)), reason)
                continue
            self._heard()
            waiting = await self._settle(waiting, said)

    async def _settle(self, sent: Sequence[Made], said: Sequence[Status | None]) -> list[Made]:
        """Records what is answered; those that are not, or not for good."""
        pairs = list(zip(sent, said, strict=True))
        again: list[Made] = []
        trouble: Status | None = None
        for status, some in _by_status(pairs):
            if status is None or status.code in _BUSY:
                again += some
                trouble = status or Status("", 0, "it said nothing of them")
            else:
                await self._record(some, status)
        if again and trouble is not None:
            await self._troubled(again, trouble, "busy" if trouble.code else "unclear")
        return again

    async def _record(self, made: Sequence[Made], status: Status) -> None:
        """One event for all that got this answer, durable when this returns."""
        self._trouble, self._failures = "", 0
        if status.code == OK:
            data: Delivered | Failed = Delivered(**self._facts(made, status))
        else:
            log.error("%s refuses %s: %d", self._target.name, made[0].name, status.code)
            data = Failed(
                **self._facts(made, status), reason="refused", said=spoken(status.said), final=True
            )
        await self._told(made[0].of.compound, data)
        self._answered.update(one.id for one in made)

    async def _troubled(self, made: Sequence[Made], status: Status, reason: str) -> None:
        """On record once of each trouble; then a pause that grows."""
        if reason != self._trouble:
            self._trouble = reason
            log.error("%s: %s (%s); again", self._target.name, reason, spoken(status.said))
            facts = self._facts(made, status)
            data = Failed(**facts, reason=reason, said=spoken(status.said))
            await self._told(made[0].of.compound, data)
        pause = _BACKOFF[min(self._failures, len(_BACKOFF) - 1)]
        self._failures += 1
        await self._rest(pause)

    def _facts(self, made: Sequence[Made], status: Status) -> dict[str, Any]:
        positions = [one.of.position for one in made]
        return {
            "target": self._target.name,
            "object": made[0].name,
            "info_ids": tuple(one.id for one in made),
            "status_code": status.code,
            "count": len(made),
            "events": tuple(one.of.event.id for one in made),
            "from_position": min(positions),
            "to_position": max(positions),
            "basis": self._target.config.basis,
            "personal": any(one.personal for one in made),
        }

    async def _told(self, compound: str, data: Delivered | Failed) -> None:
        now = rfc3339(self._clock.now())
        parts = (data.TYPE, data.target, data.status_code, *data.info_ids)
        mark = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]
        final = isinstance(data, Delivered) or data.final
        event = Event(
            id=f"handoff:{mark}" if final else f"handoff:{mark}:{now}",
            source=source_of(compound, GATEWAY, DEVICE),
            type=data.TYPE,
            subject=f"handoff/{data.target}",
            time=now,
            recordedtime=now,
            data=data,
        )
        await _there(lambda: self._append([event]))

    async def _keep_alive(self) -> None:
        """Also registers, so that the other side sees us before there is anything to say."""
        if asyncio.get_running_loop().time() < self._due:
            return
        try:
            if self._session.registered:
                await self._session.keepalive()
            else:
                await self._session.register()
            self._failures = 0
            self._heard()
        except Away as error:
            pause = _BACKOFF[min(self._failures, len(_BACKOFF) - 1)]
            if not self._failures:
                log.error("%s: %s; again in %.0f s", self._target.name, error, pause)
            self._failures += 1
            self._due = asyncio.get_running_loop().time() + pause

    def _heard(self) -> None:
        self._due = asyncio.get_running_loop().time() + self._target.config.keepalive_s


def senders(
    targets: Sequence[Target],
    folder: Path,
    store: Log,
    append: Tell,
    opened: Open,
    clock: Clock,
    archive: Archive,
) -> list[Coroutine[Any, Any, None]]:
    """One for each target, each for ever, at its own pace."""
    made: list[Coroutine[Any, Any, None]] = []
    for one in targets:
        pictures: Pictures | None = None
        if one.config.pictures:
            gallery = ArchiveGallery(archive, one)
            pictures = Pictures(gallery, one.config.picture_wait_s, clock)
        mark = Mark(folder, one.name)
        made.append(Sender(one, store, append, opened, mark, clock, pictures).run())
    return made


def spoken(said: str) -> str:
    """What the other side said, as an event may keep it: nothing where it repeats a plate (I6)."""
    return "" if reveals(said) else said[:200]


async def _there(ask: Callable[[], _T]) -> _T:
    """On a worker thread; a store that is away, or without room, is waited for."""
    while True:
        try:
            return await whole(asyncio.to_thread(ask))
        except (DiskFull, Unavailable) as away:
            log.error("the hand-off waits: %s", away)
            await asyncio.sleep(_AGAIN)


def _chunks(made: Sequence[Made], size: int) -> Iterator[Sequence[Made]]:
    for at in range(0, len(made), size):
        yield made[at : at + size]


def _by_status(
    pairs: Sequence[tuple[Made, Status | None]],
) -> Iterator[tuple[Status | None, list[Made]]]:
    """Those of one code together, as one record."""
    codes: dict[int | None, tuple[Status | None, list[Made]]] = {}
    for one, status in pairs:
        key = None if status is None else status.code
        codes.setdefault(key, (status, []))[1].append(one)
    yield from codes.values()
