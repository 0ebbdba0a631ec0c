"""The ways into a gateway."""

import asyncio
import logging
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from core.clock import Clock
from core.errors import DiskFull
from core.tasks import end
from devices.adapter import Known
from edge.commits import Commits
from edge.config import Settings
from edge.counters import Counters
from edge.durable_link import DurableLink
from edge.endpoint.listener import Listener
from edge.gate.items import Connection, State
from edge.gate.opening import Opening
from edge.http.config import Resolved
from edge.lines.config import Follower, noted
from edge.lines.followers import Followers, Standing
from edge.lines.ports import Port
from edge.media.config import FOLDER
from edge.media.spool import Spool
from edge.mqtt import DeviceLink
from edge.notes import Notes
from edge.place import Gaps, Place

if TYPE_CHECKING:
    from edge.http.server import Server
    from edge.lines.asking import HttpLine

log = logging.getLogger("edge")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the settings, as the agent starts. `broken`: by device, its kind and why not."""

    followers: Sequence[Follower] = ()
    broken: Mapping[str, tuple[str, str]] = {}
    secrets: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return "Told"  # and no secrets


NOTHING = Told()


class Inlets:
    """The ways in: the agent's own endpoint, a session at a broker, HTTP that devices push by,
    devices that are asked, ports on which they converse."""

    def __init__(
        self,
        settings: Settings,
        commits: Commits,
        clock: Clock,
        gaps: Gaps = lambda _device: (),
        counters: Counters | None = None,
        known: Callable[[str], Known | None] | None = None,
        told: Told = NOTHING,
    ) -> None:
        """`gaps`: what is missing of a device's own records; any thread. `counters`: the agent's,
        for what HTTP has to say in them. `known`: what is told of a device by now, where that is
        more than the settings say; any thread. `told`: who else is asked, or has a secret."""
        config = settings.config
        self._settings, self._commits, self._clock, self._gaps = settings, commits, clock, gaps
        self._listener: Listener | None = None
        self._link: DeviceLink | None = None
        self._durable = DurableLink(commits.deliver)
        self._tasks: list[asyncio.Task[None]] = []
        self._ports: list[Port] = []
        self._notes: Notes | None = None
        self._counters = counters or Counters()
        self._known = known or settings.site.devices.get
        self.http: Server | None = None
        self._configured = {one.asked.device: one for one in settings.followers}
        every = {**self._configured, **{one.asked.device: one for one in told.followers}}
        self._followers = Followers(tuple(every.values()), self._line)
        for device, (kind, why) in told.broken.items():
            self._followers.broken(device, kind, why)
        self._secrets = dict(told.secrets)  # by device; they stand over those of the settings
        self._kept: Spool | None = None
        if settings.endpoint is not None:
            self._listener = Listener(
                settings.endpoint, commits.deliver, commits.throttled, self._connection
            )
        if settings.broker is not None:
            self._link = DeviceLink(
                settings.broker,
                settings.intake.password,
                config.intake.subscribe,
                f"{config.compound}-{config.gateway}",
                commits.deliver,
                settings.intake.tls,
            )

    def publish(self, word: Opening) -> None:
        """By every way a device may listen on; any thread."""
        left = (word.until - self._clock.now()).total_seconds()
        if self._listener is not None:
            self._listener.publish(word.topic, word.payload, expiry_s=max(1, round(left)))
        if self._link is not None:
            self._link.publish(word.topic, word.payload)

    def _connection(self, client: str, state: State) -> None:
        self._commits.put(Connection(client, state))

    async def start(self) -> Sequence[asyncio.Task[None]]:
        """What runs until it is stopped, and by an end of its own only on what is fatal."""
        settings = self._settings
        if self._listener is not None:
            await self._listener.start()
        if self._link is not None:
            self._tasks.append(asyncio.create_task(self._link.run(), name="device broker"))
        asks = bool(self._followers.standing) or settings.admin is not None
        if asks or settings.listening or settings.http is not None:
            notes = self._notes = Notes(settings.folder / "notes.db")
            link = self._durable
            for listening in settings.listening:
                port = Port(listening, self._place(notes, listening.secrets), link)
                await port.start()
                self._ports.append(port)
                self._tasks.append(asyncio.create_task(port.run(), name=f"line {listening.name}"))
            if settings.http is not None:
                self._tasks.append(await self._serve(settings.http, notes))
            if asks:
                self._tasks.append(asyncio.create_task(self._followers.run(), name="sources"))
        return tuple(self._tasks)

    @property
    def ports(self) -> Mapping[str, int]:
        """Where lines listen, by name."""
        names = [one.name for one in self._settings.listening]
        return dict(zip(names, (port.port for port in self._ports), strict=False))

    def _place(self, notes: Notes, secrets: Mapping[str, str]) -> Place:
        zone = self._settings.site.zone
        secrets = ChainMap(self._secrets, dict(secrets))
        return Place(notes, secrets, self._clock, zone, self._known, self._gaps)

    def _spool(self) -> Spool | None:
        media = self._settings.config.media
        if media is None:
            return None
        return Spool(self._settings.folder / FOLDER, media.budget_mb * 1_000_000, self._clock)

    async def _serve(self, http: Resolved, notes: Notes) -> "asyncio.Task[None]":
        from edge.http.server import Server  # who has no such devices does not load h11

        self.http = Server(
            http,
            self._commits.deliver,
            self._commits.throttled,
            self._place(notes, http.secrets),
            notes,
            self._counters,
            self._spool() if http.http.pictures else None,
            self._secrets,
        )
        await self.http.start()
        return asyncio.create_task(self.http.run(), name="http")

    def _line(self, follower: Follower) -> "HttpLine":
        from edge.lines.asking import HttpLine  # an HTTP client is 10 MB

        assert self._notes is not None
        if self._kept is None and follower.pictures:
            self._kept = self._spool()
        return HttpLine(follower, self._durable, self._notes, self._kept, self._clock, self._gaps)

    # -- what is told of devices meanwhile: edge.provisioning.live.Live ------------------------

    @property
    def takes_secrets(self) -> bool:
        return self._settings.http is not None or bool(self._settings.listening)

    def standing(self) -> Sequence[Standing]:
        return self._followers.standing

    def asked(self, device: str) -> Follower | None:
        return self._followers.asked(device)

    async def ask(self, follower: Follower) -> None:
        """A device at another address may be another device: what was noted of the one is not the
        other's, and asking too much does no harm."""
        device = follower.asked.device
        before = self._followers.asked(device)
        await self._followers.leave(device)
        if before is not None and (before.asked.url, before.asked.kind) != (
            follower.asked.url,
            follower.asked.kind,
        ):
            await self._unnote(before)
        await self._followers.ask(follower)

    async def leave(self, device: str) -> None:
        before = self._followers.asked(device)
        await self._followers.leave(device)
        if before is not None:
            await self._unnote(before)
        if (configured := self._configured.get(device)) is not None:
            await self._followers.ask(configured)

    def learn(self, device: str, secret: str) -> None:
        self._secrets[device] = secret
        if self.http is not None:
            self.http.learn(device, secret)

    def forget(self, device: str) -> None:
        self._secrets.pop(device, None)
        if self.http is not None:
            self.http.forget(device)

    async def _unnote(self, follower: Follower) -> None:
        if self._notes is None:
            return
        try:
            await asyncio.to_thread(self._notes.drop, noted(follower.asked))
        except DiskFull as full:
            log.warning("%s: its notes are left: %s", follower.asked.device, full)

    async def stop(self) -> None:
        if self._listener is not None:
            await self._listener.stop()
        if self.http is not None:
            await self.http.stop()
        for port in self._ports:
            await port.stop()
        await end(*self._tasks)
        if self._notes is not None:
            self._notes.close()
            self._notes = None
