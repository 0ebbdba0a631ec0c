"""The ways into a gateway."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from core.clock import Clock
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
from edge.lines.config import Follower
from edge.lines.ports import Port
from edge.media.config import FOLDER
from edge.media.spool import Spool
from edge.mqtt import DeviceLink
from edge.notes import Notes
from edge.place import Gaps, Place

if TYPE_CHECKING:
    from edge.http.server import Server


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
    ) -> None:
        """`gaps`: what is missing of a device's own records; any thread. `counters`: the agent's,
        for what HTTP has to say in them. `known`: what is told of a device by now, where that is
        more than the settings say; any thread."""
        config = settings.config
        self._settings, self._commits, self._clock, self._gaps = settings, commits, clock, gaps
        self._listener: Listener | None = None
        self._link: DeviceLink | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ports: list[Port] = []
        self._notes: Notes | None = None
        self._counters = counters or Counters()
        self._known = known or settings.site.devices.get
        self.http: Server | None = None
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
        if settings.followers or settings.listening or settings.http is not None:
            notes = self._notes = Notes(settings.folder / "notes.db")
            link = DurableLink(self._commits.deliver)
            for listening in settings.listening:
                port = Port(listening, self._place(notes, listening.secrets), link)
                await port.start()
                self._ports.append(port)
                self._tasks.append(asyncio.create_task(port.run(), name=f"line {listening.name}"))
            if settings.http is not None:
                self._tasks.append(await self._serve(settings.http, notes))
            if settings.followers:
                self._tasks.append(asyncio.create_task(self._ask(notes, link), name="sources"))
        return tuple(self._tasks)

    @property
    def ports(self) -> Mapping[str, int]:
        """Where lines listen, by name."""
        names = [one.name for one in self._settings.listening]
        return dict(zip(names, (port.port for port in self._ports), strict=False))

    def _place(self, notes: Notes, secrets: Mapping[str, str]) -> Place:
        zone = self._settings.site.zone
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
        )
        await self.http.start()
        return asyncio.create_task(self.http.run(), name="http")

    async def _ask(self, notes: Notes, link: DurableLink) -> None:
        from edge.lines.asking import HttpLine  # an HTTP client is 10 MB
        from edge.lines.followers import Followers

        settings, spool = self._settings, self._spool()

        def line(follower: Follower) -> HttpLine:
            return HttpLine(follower, link, notes, spool, self._clock, self._gaps)

        await Followers(settings.followers, line).run()

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
