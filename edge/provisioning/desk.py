"""What can be done at a gateway: devices named and forgotten, what they said last, what was set
aside looked at and decoded again. Every act is in the journal before it takes effect.

If we die between the two, the log says what somebody meant to do, and nobody was told that it is
done: done again, it is recorded again.
"""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from core.clock import Clock, rfc3339
from core.event import Data
from core.events.provisioning import Provisioned, RawViewed, Removed, Replayed, What
from devices import registry
from devices.adapter import Known, Message
from devices.registry import Aside
from devices.shown import Shown, shown
from edge.act import Act
from edge.delivery import Delivery
from edge.heard import Heard, Last
from edge.intake import Item
from edge.lines.followers import State
from edge.own import Own
from edge.provisioning.again import Replaying, Tried, tried
from edge.provisioning.aside import AsideFile, Asked, Row, Sum
from edge.provisioning.book import MOST, Book, Told
from edge.provisioning.live import Live
from edge.provisioning.wish import Wish, meant
from edge.quarantine import GUESSABLE

_PATIENCE = 20.0  # seconds the journal has
PAGE = 100  # rows of quarantine


class Busy(Exception):
    """The journal has not taken it: a full disk, perhaps. It may still come to be."""


class AskedOf(msgspec.Struct, frozen=True, kw_only=True):
    """How a device is asked, and how it stands with that. `password`: there is one."""

    url: str
    user: str
    password: bool
    basic: bool
    pictures: bool
    options: dict[str, str]
    state: State
    since: str
    why: str


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """`told`: where what is known of it stands (edge.toml, here), empty: nowhere. Times empty and
    `count` 0: not heard since the agent's start. `sender`: user at the endpoint. `source`: how it
    is asked, if it is; `secret`: it was given one here."""

    device: str
    told: str
    kind: str = ""
    name: str = ""
    role: str = ""
    subject: str = ""
    zone: str = ""
    readers: dict[str, str] = {}
    options: dict[str, str] = {}
    by: str = ""
    at: str = ""
    adapter: str = ""
    first: str = ""
    last: str = ""
    count: int = 0
    size: int = 0
    sender: str = ""
    source: AskedOf | None = None
    secret: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A row of quarantine without what could name somebody: no topic, no hash."""

    row: int
    adapter: str
    reason: str
    detail: str
    first: str
    last: str
    count: int
    size: int
    kept: bool
    resolved: str


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`now` empty: it decodes."""

    row: int
    was: str
    now: str
    adapter: str
    detail: str
    devices: tuple[str, ...]
    events: tuple[Shown, ...]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`became`: of `count`, those that are decoded, or would be. `before`: where to go on; 0 at the
    end. `tried` holds as many as people read."""

    dry: bool
    count: int
    became: int
    still: int
    before: int
    tried: tuple[Attempt, ...]


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """`whole`: these are all its bytes; `base64` is None where none are kept."""

    topic: str
    size: int
    whole: bool
    base64: str | None


class AdminDesk:
    """On the agent's loop. Owns the book of devices; everything durable is the intake's."""

    def __init__(
        self,
        book: Book,
        heard: Heard,
        aside: AsideFile,
        clock: Clock,
        put: Callable[[Item], None],
        deliver: Callable[[Sequence[Delivery]], None],
        gateway: str,
        live: Live,
        *,
        only_known: bool,
    ) -> None:
        self._book, self._heard, self._aside, self._clock = book, heard, aside, clock
        self._put, self._deliver, self._gateway = put, deliver, gateway
        self._only_known, self._live = only_known, live
        self._turn = asyncio.Lock()  # one change at a time

    # -- devices -------------------------------------------------------------------------------

    def devices(self) -> list[Device]:
        known = self._book.site.devices
        heard = {one.device: one for one in self._heard.devices()}
        asked = dict.fromkeys(one.device for one in self._live.standing())
        every = {**known, **heard, **asked}
        return [self._device(key, known.get(key), heard.get(key)) for key in every]

    def device(self, key: str) -> Device | None:
        known, heard = self._book.site.devices.get(key), self._heard.last(key)
        there = known or heard or self._asked(key)
        return self._device(key, known, heard) if there else None

    def _device(self, key: str, known: Known | None, heard: Last | None) -> Device:
        own = self._book.told.get(key)
        told = "here" if own is not None else "edge.toml" if known is not None else ""
        one = known or Known()
        return Device(
            device=key,
            told=told,
            kind=own.kind if own is not None else "",
            name=one.name,
            role=one.role,
            subject=one.subject,
            zone=one.zone,
            readers=dict(one.readers),
            options=dict(one.options),
            by=own.by if own is not None else "",
            at=own.at if own is not None else "",
            adapter=heard.adapter if heard is not None else "",
            first=_told(heard.first if heard is not None else None),
            last=_told(heard.at if heard is not None else None),
            count=heard.count if heard is not None else 0,
            size=heard.size if heard is not None else 0,
            sender=heard.client if heard is not None else "",
            source=self._asked(key),
            secret=own is not None and bool(own.secret_file),
        )

    def _asked(self, key: str) -> AskedOf | None:
        standing = next((one for one in self._live.standing() if one.device == key), None)
        if standing is None:
            return None
        follower, told = self._live.asked(key), self._book.told.get(key, Told()).source
        source = follower.asked if follower is not None else told
        assert source is not None  # who cannot be asked was told of here
        return AskedOf(
            url=source.url,
            user=source.user,
            password=bool(follower.password) if follower is not None else False,
            basic=follower.basic if follower is not None else False,
            pictures=follower.pictures if follower is not None else False,
            options=dict(source.options),
            state=standing.state,
            since=_told(standing.since),
            why=standing.why,
        )

    async def name(self, key: str, wish: Wish, actor: str) -> tuple[Device, str]:
        """The device, and its secret if it was made up here: nobody is told it again. Unfit and
        ConfigError for what cannot be so; Busy; OSError when it could not be written down."""
        async with self._turn:
            live, before = self._live, self._book.told.get(key)
            found = await asyncio.to_thread(
                meant, key, wish, self._book, takes_secrets=live.takes_secrets
            )
            now = rfc3339(self._clock.now())
            one = msgspec.structs.replace(found.told, by=actor, at=now)
            again = before is not None
            if not again and len(self._book.told) >= MOST:
                raise Busy(f"more than {MOST} devices are not told of here; use edge.toml")
            data = Provisioned(
                device=key,
                actor=actor,
                kind=one.kind,
                called=one.name,
                role=one.role,
                about=one.subject,
                zone=one.zone,
                again=again,
                asked=one.source is not None,
                secret=bool(found.secret or one.secret_file),
            )
            await self.say(data, f"device/{key}")
            await asyncio.to_thread(self._book.put, key, one, found.password, found.secret)
            await self._act(Act(site=self._book.site))
            old = before or Told()
            if found.follower is not None and (found.password or old.source != one.source):
                await live.ask(found.follower)
            elif found.follower is None and old.source is not None:
                await live.leave(key)
            if found.secret:
                live.learn(key, found.secret)
            elif old.secret_file and not one.secret_file:
                live.forget(key)
        device = self._device(key, self._book.told[key], self._heard.last(key))
        return device, found.secret if wish.new_secret else ""

    async def forget(self, key: str, actor: str) -> bool:
        """False: nobody told of it here. Else as `name`."""
        async with self._turn:
            one = self._book.told.get(key)
            if one is None:
                return False
            await self.say(Removed(device=key, actor=actor), f"device/{key}")
            await asyncio.to_thread(self._book.drop, key)
            await self._act(Act(site=self._book.site))
            if one.source is not None:
                await self._live.leave(key)
            if one.secret_file:
                self._live.forget(key)
        return True

    def configured(self, key: str) -> bool:
        return self._book.configured(key)

    # -- what they said last -------------------------------------------------------------------

    def last(self, key: str) -> tuple[Last, list[Shown]] | None:
        """With what it decodes to today; None: not heard since the start."""
        one = self._heard.last(key)
        if one is None:
            return None
        if one.payload is None:
            return one, []
        message = Message(one.topic, one.payload, (), one.named)
        return one, shown(registry.decode(message, self._book.site))

    async def last_raw(self, key: str, actor: str) -> Raw | None:
        one = self._heard.last(key)
        if one is None:
            return None
        payload = one.payload
        await self.look(actor, "last", key, payload or b"", one.size)
        return _raw(one.topic, one.size, payload, whole=payload is not None)

    # -- quarantine ----------------------------------------------------------------------------

    async def page(self, asked: Asked) -> tuple[list[Line], list[Sum]]:
        rows = await asyncio.to_thread(self._aside.page, asked, PAGE)
        return [_line(one) for one in rows], await asyncio.to_thread(self._aside.sums)

    async def row(self, row: int) -> Line | None:
        found = await asyncio.to_thread(self._aside.rows, [row])
        return _line(found[0]) if found else None

    async def raw(self, row: int, actor: str) -> Raw | None:
        found = await asyncio.to_thread(self._aside.rows, [row])
        if not found:
            return None
        one = found[0]
        payload, whole = await asyncio.to_thread(self._aside.raw, one)
        outcome = registry.decode(Message(one.topic, payload or b""), self._book.site)
        devices = [] if isinstance(outcome, Aside) else [each.device for each in outcome.drafts]
        await self.look(
            actor, "quarantine", devices[0] if devices else "", payload or b"", one.size
        )
        return _raw(one.topic, one.size, payload, whole=whole)

    async def again(
        self, rows: Sequence[int], asked: Asked, adapter: str, actor: str, *, dry: bool
    ) -> Outcome:
        """Those rows; none named: what `asked` finds. ConfigError for an adapter nobody has."""
        if adapter:
            registry.by_name(adapter)
        async with self._turn:
            found = (
                await asyncio.to_thread(self._aside.rows, list(dict.fromkeys(rows))[:PAGE])
                if rows
                else await asyncio.to_thread(self._aside.page, asked, PAGE)
            )
            attempts = await asyncio.to_thread(
                tried, self._aside, found, self._book.site, adapter, only_known=self._only_known
            )
            fit = [one for one in attempts if not one.reason]
            became = len(fit)
            if fit and not dry:
                await asyncio.wait_for(Replaying(self._deliver).run(fit), _PATIENCE)
                after = await asyncio.to_thread(self._aside.rows, [one.row.row for one in fit])
                became = sum(1 for one in after if one.resolved)
            if attempts and not dry:
                data = Replayed(
                    actor=actor,
                    count=len(attempts),
                    became=became,
                    still=len(attempts) - became,
                    reason=asked.reason,
                    adapter=adapter or asked.adapter,
                )
                await self.say(data, f"gateway/{self._gateway}")
        more = not rows and (len(attempts) < len(found) or len(found) == PAGE)
        return Outcome(
            dry=dry,
            count=len(attempts),
            became=became,
            still=len(attempts) - became,
            before=attempts[-1].row.row if more and attempts else 0,
            tried=tuple(_attempt(one) for one in attempts),
        )

    # -- into the journal ----------------------------------------------------------------------

    async def look(self, actor: str, what: What, device: str, payload: bytes, size: int) -> None:
        """Durable when it returns: only then is a byte served."""
        hashed = hashlib.sha256(payload).hexdigest() if len(payload) > GUESSABLE else ""
        data = RawViewed(actor=actor, what=what, device=device, bytes=size, rawsha256=hashed)
        await self.say(data, f"device/{device}" if device else f"gateway/{self._gateway}")

    async def say(self, data: Data, subject: str) -> None:
        """Durable when it returns."""
        await self._act(Act(says=(Own(data, subject=subject),)))

    async def _act(self, act: Act) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def settled() -> None:
            if not done.done():
                done.set_result(None)

        told = msgspec.structs.replace(act, done=lambda: loop.call_soon_threadsafe(settled))
        self._put(told)
        try:
            async with asyncio.timeout(_PATIENCE):
                await done
        except TimeoutError as error:
            raise Busy(
                "the journal has not taken it yet: its disk may be full. It may still be done"
            ) from error


def _told(at: datetime | None) -> str:
    return rfc3339(at) if at is not None else ""


def _raw(topic: str, size: int, payload: bytes | None, *, whole: bool) -> Raw:
    text = base64.b64encode(payload).decode() if payload is not None else None
    return Raw(topic=topic, size=size, whole=whole, base64=text)


def _line(one: Row) -> Line:
    return Line(
        row=one.row, adapter=one.adapter, reason=one.reason, detail=one.detail, first=one.first,
        last=one.last, count=one.count, size=one.size, kept=one.kept, resolved=one.resolved,
    )  # fmt: skip


def _attempt(one: Tried) -> Attempt:
    return Attempt(
        row=one.row.row, was=one.row.reason, now=one.reason, adapter=one.adapter,
        detail=one.detail, devices=one.devices, events=one.events,
    )  # fmt: skip
